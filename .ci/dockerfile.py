"""Does what a Dockerfile says in an empty folder, as far as ours goes: no container engine is at hand in CI.

Usage: dockerfile.py DOCKERFILE IMAGE CARGO_TARGET
IMAGE (an empty folder) gets the files of the last stage, and .env, .command and .healthcheck, a word or a setting a line.
Of the build stage COPY and RUN are done; of the last one COPY and ENV, and `RUN install -d`. Anything else is an error
rather than a guess.
"""

import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile


def instructions(text: str) -> list[tuple[str, str]]:
    """Keyword and rest of each instruction."""
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    return [(keyword, rest.strip()) for keyword, _, rest in (line.partition(" ") for line in lines)]


def context() -> list[str]:
    """What .dockerignore lets into the build: ours refuses everything and then names exceptions."""
    rules = [line for line in pathlib.Path(".dockerignore").read_text().split("\n") if line and not line.startswith("#")]
    if rules[0] != "*" or not all(rule.startswith("!") for rule in rules[1:]):
        sys.exit(".dockerignore: expected '*' and then lines of '!name'")
    return [rule[1:] for rule in rules[1:]]


def under(root: pathlib.Path, path: str) -> pathlib.Path:
    return root / path.lstrip("/")


def copy(source: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        # copyfile leaves the times behind, as a fresh checkout would.
        shutil.copytree(source, target, copy_function=shutil.copyfile, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


def build_stage(steps: list[tuple[str, str]], root: pathlib.Path, cargo_target: pathlib.Path) -> pathlib.Path:
    """Runs the first stage under `root` and returns its working folder."""
    folder = root
    for keyword, rest in steps:
        print(f"    {keyword} {rest}", flush=True)
        match keyword:
            case "FROM":
                pass
            case "WORKDIR":
                folder = under(root, rest)
                folder.mkdir(parents=True)
                (folder / "target").symlink_to(cargo_target)
            case "COPY" if rest == ". .":
                for name in context():
                    if pathlib.Path(name).exists():
                        copy(pathlib.Path(name), folder / name)
            case "RUN":
                subprocess.run(["sh", "-c", f"unset CARGO_TARGET_DIR; {rest}"], cwd=folder, check=True)
            case _:
                sys.exit(f"Dockerfile: {keyword} {rest}: not known in the build stage")
    return folder


def last_stage(steps: list[tuple[str, str]], build: pathlib.Path, image: pathlib.Path) -> None:
    settings: list[str] = []
    words: dict[str, list[str]] = {"ENTRYPOINT": [], "CMD": []}
    for keyword, rest in steps:
        print(f"    {keyword} {rest}", flush=True)
        match keyword, shlex.split(rest):
            case "RUN", ["install", "-d", *_, path]:
                under(image, path).mkdir(mode=0o700)
            case "COPY", ["--from=build", source, target] if under(build, source).exists():
                copy(under(build, source), under(image, target))
            case "COPY", ["--from=build", source, target] if source.startswith("/etc/"):
                # Part of the official image, which is a Debian like this one.
                copy(pathlib.Path(source), under(image, target))
            case "ENV", [setting]:
                settings.append(setting)
            case ("ENTRYPOINT" | "CMD"), _:
                words[keyword] = json.loads(rest)
            case "HEALTHCHECK", _:
                (image / ".healthcheck").write_text("\n".join(json.loads(rest.partition("CMD ")[2])))
            case "USER", [user] if not user.startswith(("0", "root")):
                pass
            case ("FROM" | "VOLUME" | "EXPOSE"), _:
                pass
            case _:
                sys.exit(f"Dockerfile: {keyword} {rest}: not known in the last stage")
    (image / ".env").write_text("\n".join(settings))
    (image / ".command").write_text("\n".join(words["ENTRYPOINT"] + words["CMD"]))


def main(dockerfile: str, image: str, cargo_target: str) -> None:
    steps = instructions(pathlib.Path(dockerfile).read_text())
    stages = [number for number, (keyword, _) in enumerate(steps) if keyword == "FROM"]
    if len(stages) != 2 or not any(keyword == "USER" for keyword, _ in steps[stages[1] :]):
        sys.exit("Dockerfile: expected a build stage and a last stage with a USER")
    with tempfile.TemporaryDirectory() as root:
        build_stage(steps[: stages[1]], pathlib.Path(root), pathlib.Path(cargo_target).resolve())
        last_stage(steps[stages[1] :], pathlib.Path(root), pathlib.Path(image))


main(*sys.argv[1:])
