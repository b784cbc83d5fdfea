"""Checks what modules of the crate import from each other: no circles, and no import against the order of src/lib.rs.

Usage: circles.py          checks
       circles.py MODULE   lists what a module uses, and what uses it

A module may use the modules that it contains, and these may use it. Tests may use everything.
"""

import pathlib
import re
import sys

SOURCE = pathlib.Path("src")
Module = tuple[str, ...]

# Circles that stay, each with the reason. This list may only become shorter.
ALLOWED: list[set[str]] = []

COMMENT_OR_LITERAL = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/                                     # comments
    | \bb?r(?P<hashes>\#*)".*?"(?P=hashes)                    # raw strings
    | \bb?"(?:\\.|[^"\\])*" | "(?:\\.|[^"\\])*"             # strings
    | '(?:\\[^']+|\\'|[^'\\])'                               # characters
    """,
    re.DOTALL | re.VERBOSE,
)
VISIBILITY = re.compile(r"\bpub\s*\(\s*in\s[^)]*\)")
TOKEN = re.compile(
    r"""
    \bmod\s+(?P<inline>\w+)\s*\{
    | \buse\s+(?P<tree>[^;]+);
    | (?P<path>\b\w+(?:\s*::\s*\w+)+)
    | (?P<brace>[{}])
    """,
    re.VERBOSE,
)


def name(module: Module) -> str:
    return "::".join(module) or "lib"


def contains(outer: Module, inner: Module) -> bool:
    return inner[: len(outer)] == outer


def branches(tree: str) -> list[str]:
    """Splits the inside of braces at its commas, not at those of inner braces."""
    parts, depth = [""], 0
    for character in tree:
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]


def expand(tree: str, prefix: Module = ()):
    """Each path of a `use` declaration, with the name that it gets in the file."""
    head, brace, rest = tree.partition("{")
    path, _, alias = head.partition(" as ")
    path = (*prefix, *(part.strip() for part in path.split("::") if part.strip()))
    if brace:
        for branch in branches(rest.rpartition("}")[0]):
            yield from expand(branch, path)
    else:
        if len(path) > 1 and path[-1] == "self":
            path = path[:-1]
        yield path, alias.strip() or path[-1]


class Crate:
    """The modules of the crate, and what each one uses."""

    def __init__(self) -> None:
        self.modules: dict[Module, str] = {}
        for file in sorted(SOURCE.rglob("*.rs")):
            parts = file.relative_to(SOURCE).with_suffix("").parts
            if parts != ("main",):
                self.modules[parts[:-1] if parts[-1] in ("mod", "lib") else parts] = file.read_text()
        # Per module: the paths in its code, and the path that each imported name stands for.
        self.paths: dict[Module, list[Module]] = {}
        self.names: dict[Module, dict[str, Module]] = {}
        for module, text in self.modules.items():
            self.read(module, text)
        self.uses: dict[Module, set[Module]] = {}
        for module, paths in self.paths.items():
            owners = {self.owner(path) for path in paths} - {None}
            self.uses[module] = {owner for owner in owners if not contains(module, owner)}

    def read(self, module: Module, text: str) -> None:
        text = VISIBILITY.sub("pub", COMMENT_OR_LITERAL.sub('""', text))
        paths = self.paths[module] = []
        names = self.names[module] = {}
        # The inline modules around the current place; `None` for other braces.
        around: list[str | None] = []
        for token in TOKEN.finditer(text):
            here = (*module, *filter(None, around))
            if token["inline"]:
                around.append(token["inline"])
            elif token["brace"] == "{":
                around.append(None)
            elif token["brace"] == "}":
                around.pop()
            elif "tests" in around:
                continue
            elif token["tree"]:
                for path, alias in expand(token["tree"]):
                    path = self.absolute(here, path)
                    if path is not None:
                        paths.append(path)
                        names.setdefault(alias, path)
            else:
                path = tuple(part.strip() for part in token["path"].split("::"))
                absolute = self.absolute(here, path)
                if absolute is not None:
                    paths.append(absolute)
                elif path[0] in names:
                    paths.append((*names[path[0]], *path[1:]))

    def absolute(self, here: Module, path: Module) -> Module | None:
        """The path from the root of the crate. `None`: it leads out of the crate, or begins with an imported name."""
        if path[0] == "crate":
            return path[1:]
        if (*here, path[0]) in self.modules:
            return (*here, *path)
        if path[0] not in ("self", "super"):
            return None
        while path and path[0] in ("self", "super"):
            here = here[:-1] if path[0] == "super" else here
            path = path[1:]
        return (*here, *path)

    def owner(self, path: Module, steps: int = 0) -> Module | None:
        """The module that declares what a path names; re-exports are followed. `None`: the path names a module."""
        module = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in self.modules)
        rest = path[len(module) :]
        if not rest:
            return None
        origin = self.names[module].get(rest[0])
        if origin is not None and steps < 10:
            return self.owner((*origin, *rest[1:]), steps + 1)
        return module

    def reachable(self, module: Module) -> set[Module]:
        """What a module uses, directly or through others."""
        found, waiting = set(), [module]
        while waiting:
            new = self.uses[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    def circles(self) -> list[set[Module]]:
        """The largest groups of modules in which each one uses each other one, directly or through others."""
        reachable = {module: self.reachable(module) for module in self.modules}
        found = []
        for module in self.modules:
            circle = {other for other in reachable[module] if module in reachable[other]}
            if circle and circle not in found:
                found.append(circle)
        return found

    def upward(self):
        """Each use of a module that stands later in src/lib.rs."""
        order = re.findall(r"^pub mod (\w+);", self.modules[()], re.MULTILINE)
        for module, uses in self.uses.items():
            for used in sorted(uses):
                if module and used and order.index(used[0]) > order.index(module[0]):
                    yield f"{name(module)} uses {name(used)}, which stands later in src/lib.rs"


def check(crate: Crate) -> list[str]:
    wrong = list(crate.upward())
    circles = crate.circles()
    named = [{name(module) for module in circle} for circle in circles]
    for circle, names in zip(circles, named):
        if names not in ALLOWED:
            wrong.append("these modules use each other in a circle: move what they share to one of them, or below them")
            for module in sorted(circle):
                used = sorted(name(used) for used in crate.uses[module] & circle)
                wrong.append(f"  {name(module)} uses {', '.join(used)}")
    for allowed in ALLOWED:
        if allowed not in named:
            wrong.append(f"this circle is not there any more, remove it from ALLOWED: {', '.join(sorted(allowed))}")
    return wrong


def main(module: str | None = None) -> int:
    crate = Crate()
    if module is not None:
        path = tuple(module.split("::"))
        print("uses:", *sorted(name(used) for used in crate.uses[path]), sep="\n  ")
        print("is used by:", *sorted(name(user) for user, uses in crate.uses.items() if path in uses), sep="\n  ")
        return 0
    wrong = check(crate)
    print(*wrong, f"{len(crate.modules)} modules", sep="\n")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
