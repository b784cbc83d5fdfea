"""Finds what breaks clients between two OpenAPI documents.

Usage: breaking.py RELEASED CURRENT
An operation, a parameter, a field of an answer or a value of an enum is gone, a type or a tier changed, or a request needs
something that it did not need before. Additions are no break. `breaking.py --self-test` changes a document in each of
these ways and expects a finding.
"""

import copy
import json
import pathlib
import sys

METHODS = ("get", "post", "put", "patch", "delete")
# What of a schema a client's code depends on.
FACETS = ("type", "format", "$ref", "x-confidentiality", "pattern")


def shape(schema: dict) -> str:
    """A schema without its texts and members, for comparison."""
    kept = {key: schema[key] for key in FACETS if key in schema}
    for key in ("items", "oneOf", "allOf"):
        if key in schema:
            inner = schema[key] if isinstance(schema[key], list) else [schema[key]]
            kept[key] = [shape(one) for one in inner]
    return json.dumps(kept, sort_keys=True)


def compare_schema(name: str, old: dict, new: dict, is_sent: bool):
    if shape(old) != shape(new):
        yield f"{name}: {shape(old)} became {shape(new)}"
    for value in old.get("enum", []):
        if value not in new.get("enum", []):
            yield f"{name}: the value {value} is gone"
    for field, inner in old.get("properties", {}).items():
        if field not in new.get("properties", {}):
            yield f"{name}.{field} is gone"
        else:
            yield from compare_schema(f"{name}.{field}", inner, new["properties"][field], is_sent)
    needed_before, needed = set(old.get("required", [])), set(new.get("required", []))
    if is_sent and needed - needed_before:
        yield f"{name} needs {sorted(needed - needed_before)}"
    if not is_sent and needed_before - needed:
        yield f"{name} no longer always has {sorted(needed_before - needed)}"


def references(value: object):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and isinstance(inner, str):
                yield inner.rsplit("/", 1)[-1]
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def sent_schemas(document: dict) -> set[str]:
    """The schemas that stand in request bodies, at any depth."""
    schemas = document["components"]["schemas"]
    bodies = [item[method].get("requestBody", {}) for item in document["paths"].values() for method in METHODS if method in item]
    found, rest = set(), set(references(bodies))
    while rest:
        name = rest.pop()
        found.add(name)
        rest |= set(references(schemas.get(name, {}))) - found
    return found


def compare(old: dict, new: dict):
    for path, item in old["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            was, now = item[method], new["paths"].get(path, {}).get(method)
            place = f"{method} {path}"
            if now is None:
                yield f"{place} is gone"
                continue
            if was["operationId"] != now["operationId"]:
                yield f"{place}: operationId {was['operationId']} became {now['operationId']}"
            parameters = {(one.get("in"), one.get("name")): one for one in now.get("parameters", [])}
            before = {(one.get("in"), one.get("name")): one for one in was.get("parameters", [])}
            for key, parameter in before.items():
                if key not in parameters:
                    yield f"{place}: parameter {key[1]} is gone"
                else:
                    yield from compare_schema(
                        f"{place}?{key[1]}", parameter.get("schema", {}), parameters[key].get("schema", {}), is_sent=True
                    )
            for key, parameter in parameters.items():
                if parameter.get("required") and not before.get(key, {}).get("required"):
                    yield f"{place}: parameter {key[1]} is needed"
            for status in was["responses"]:
                if status.startswith("2") and status not in now["responses"]:
                    yield f"{place}: no longer answers {status}"
            for kind in was.get("requestBody", {}).get("content", {}):
                if kind not in now.get("requestBody", {}).get("content", {}):
                    yield f"{place}: no longer takes {kind}"
    sent = sent_schemas(old) | sent_schemas(new)
    for name, schema in old["components"]["schemas"].items():
        if name not in new["components"]["schemas"]:
            yield f"schema {name} is gone"
        else:
            yield from compare_schema(name, schema, new["components"]["schemas"][name], name in sent)


def self_test(document: dict) -> list[str]:
    """One change of each kind; those that were not found."""
    paths, schemas = document["paths"], document["components"]["schemas"]
    view = next(name for name, one in schemas.items() if name.endswith("View") and "withheld" in one["properties"])
    field = next(iter(schemas[view]["properties"]))
    enum = next(name for name, one in schemas.items() if "enum" in one)
    sent = next(name for name in sorted(sent_schemas(document)) if schemas[name].get("properties"))
    path = next(path for path in paths if "get" in paths[path] and paths[path]["get"].get("parameters"))

    def changed(change):
        new = copy.deepcopy(document)
        change(new)
        return bool(list(compare(document, new)))

    kinds = {
        "nothing": not changed(lambda new: None),
        "a path": changed(lambda new: new["paths"].pop(path)),
        "a parameter": changed(lambda new: new["paths"][path]["get"]["parameters"].pop()),
        "a field": changed(lambda new: new["components"]["schemas"][view]["properties"].pop(field)),
        "a tier": changed(lambda new: new["components"]["schemas"][view]["properties"][field].update({"x-confidentiality": "other"})),
        "a value": changed(lambda new: new["components"]["schemas"][enum]["enum"].pop()),
        "a needed field": changed(lambda new: new["components"]["schemas"][sent].setdefault("required", []).append("more")),
    }
    return [kind for kind, is_right in kinds.items() if not is_right]


def main(arguments: list[str]) -> int:
    if arguments[0] == "--self-test":
        missed = self_test(json.loads(pathlib.Path(arguments[1]).read_text()))
        print("missed:", *missed) if missed else print("finds each kind of break")
        return 1 if missed else 0
    old, new = (json.loads(pathlib.Path(path).read_text()) for path in arguments)
    breaks = list(compare(old, new))
    print(*breaks, sep="\n")
    print(f"{len(breaks)} breaking changes")
    return 1 if breaks else 0


sys.exit(main(sys.argv[1:]))
