"""Checks that migrations of a release stay as they were released, and that new ones come after them.

Usage: migrations.py            checks against migrations/released.sha256, if it is there (from the first release on)
       migrations.py --release  writes that file: part of making a release
"""

import hashlib
import pathlib
import sys

FOLDER = pathlib.Path("migrations")
RELEASED = FOLDER / "released.sha256"


def current() -> dict[str, str]:
    files = sorted(FOLDER.rglob("*.sql"))
    return {str(file.relative_to(FOLDER)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def number(name: str) -> tuple[str, int]:
    """The folder of a migration and its number in it."""
    path = pathlib.Path(name)
    return str(path.parent), int(path.name.split("_", 1)[0])


def faults(released: dict[str, str], now: dict[str, str]) -> list[str]:
    wrong = [f"{name}: changed or gone since the release; add a new migration instead" for name, digest in released.items() if now.get(name) != digest]
    last = {}
    for name in released:
        folder, count = number(name)
        last[folder] = max(count, last.get(folder, 0))
    for name in now.keys() - released.keys():
        folder, count = number(name)
        if count <= last.get(folder, 0):
            wrong.append(f"{name}: give it a number above {last[folder]}, the last that was released")
    return wrong


def self_test() -> None:
    old = {"0001_a.sql": "x", "0003_b.sql": "y"}
    assert not faults(old, old | {"0004_c.sql": "z"})
    assert faults(old, old | {"0001_a.sql": "changed"})
    assert faults(old, {"0001_a.sql": "x"})
    assert faults(old, old | {"0002_between.sql": "z"})


def main(arguments: list[str]) -> int:
    self_test()
    if arguments == ["--release"]:
        RELEASED.write_text("".join(f"{digest}  {name}\n" for name, digest in current().items()))
        return 0
    if not RELEASED.exists():
        print("no migration is released yet")
        return 0
    lines = (line.split("  ", 1) for line in RELEASED.read_text().splitlines())
    wrong = faults({name: digest for digest, name in lines}, current())
    print(*wrong, sep="\n")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1:]))
