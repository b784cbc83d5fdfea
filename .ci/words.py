"""Checks how texts are written (docs/language.md): words.txt, imperative summaries, a text for each field and value.

Usage: words.py OPENAPI_DOCUMENT
"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
METHODS = ("get", "post", "put", "patch", "delete")
LONGEST_SUMMARY = 60
# What a summary may begin with.
VERBS = set(
    "Abandon Accept Achieve Activate Add Advance Apply Approve Ask Block Cancel Celebrate Change Check Close Complete Confirm Copy "
    "Create Decline Delete Disclose Dismiss End Enrol Erase Export Invite Learn Leave List Load Mark Match Miss Move Open "
    "Pause Plan Promote Propose Publish Put Raise Read Refuse Reject Remove Rename Reopen Replace Replay Report Request "
    "Reschedule Resolve Resume Return Revoke Roll Rotate Schedule Send Set Sign Start Stream Suggest Swap Test Unblock "
    "Undo Update Withdraw Write".split()
)


def patterns() -> list[tuple[re.Pattern[str], str]]:
    lines = (HERE / "words.txt").read_text().splitlines()
    pairs = (line.split(" | ", 1) for line in lines if line.strip() and not line.startswith("#"))
    return [(re.compile(rf"\b(?:{word.strip()})\b", re.IGNORECASE), advice.strip()) for word, advice in pairs]


def document_texts(value: object, place: str = ""):
    """Each text for people in an OpenAPI document, with its place. Examples are data."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("summary", "description", "title") and isinstance(inner, str):
                yield f"{place}/{key}", inner
            elif key not in ("example", "examples", "default", "enum"):
                yield from document_texts(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from document_texts(inner, f"{place}/{number}")


def document_shape(document: dict):
    """What is missing or badly shaped in the document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            summary = item[method]["summary"]
            place = f"{method} {path}: {summary!r}"
            if summary.split()[0] not in VERBS:
                yield f"{place}: begin with an imperative verb"
            if len(summary) > LONGEST_SUMMARY or summary.endswith("."):
                yield f"{place}: at most {LONGEST_SUMMARY} characters and no full stop"
    for name, schema in document["components"]["schemas"].items():
        text = schema.get("description", "")
        for value in schema.get("enum", []):
            if f"- `{value}`: " not in text:
                yield f"{name}: the value {value} has no text"
        for field, shape in schema.get("properties", {}).items():
            if not list(document_texts(shape)):
                reference = shape.get("$ref", "").rsplit("/", 1)[-1]
                if not document["components"]["schemas"].get(reference, {}).get("description"):
                    yield f"{name}.{field} has no text"


def source_texts(file: pathlib.Path):
    """Comments and string literals of a source file, with their lines. Code in backticks is a name, not a word."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        comment = line.partition("//")[2]
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
        # A text that goes on from the line before ends with a backslash there.
        rest = [line] if line.rstrip().endswith("\\") else []
        for text in (comment, *strings, *rest):
            yield f"{file}:{number}", text


def main(document_path: str) -> int:
    document = json.loads(pathlib.Path(document_path).read_text())
    wrong = list(document_shape(document))
    texts = [(f"document {place}", text) for place, text in document_texts(document)]
    for file in (*pathlib.Path().glob("*.md"), *pathlib.Path("docs").rglob("*.md")):
        if file.name in ("language.md", "CHANGELOG.md"):
            continue
        texts += [(f"{file}:{number}", line) for number, line in enumerate(file.read_text().splitlines(), 1)]
    for file in pathlib.Path("src").rglob("*.rs"):
        texts += source_texts(file)
    for pattern, advice in patterns():
        for place, text in texts:
            found = pattern.search(re.sub(r"`[^`]*`", "", text))
            if found:
                wrong.append(f"{place}: {found.group()!r}: {advice}")
    print(*wrong[:200], sep="\n")
    print(f"{len(texts)} texts, {len(wrong)} to mend")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
