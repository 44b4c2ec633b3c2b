"""JSON Schemas brought into one form, and what tells two of them apart."""

import json

ANY = {"kind": "any"}

# What a schema may say of itself that does not change what it takes.
REMARKS = {"description", "title", "default", "examples", "deprecated"}

# All integers that JavaScript has exactly; a bound of this size is none.
LARGEST_INTEGER = 2**53 - 1

BOUNDS = ("pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems")

# What each kind of schema may have beside that. Anything else is refused, lest it be overlooked.
KEYWORDS = {
    "object": {"properties", "additionalProperties", "required", "propertyNames"},
    "array": {"items", "prefixItems", "minItems", "maxItems"},
    "string": {"enum", "const", "pattern"},
    "boolean": {"enum", "const"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
}


class UnknownSchema(Exception):
    """A schema says something that this comparison does not know."""


def canonical(node, definitions=None):
    """A schema with references resolved, remarks dropped and unions flattened and sorted."""
    definitions = definitions or {}
    says = set(node) - REMARKS
    if says == {"$ref"}:
        return canonical(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    if says == {"anyOf"}:
        return _union([canonical(each, definitions) for each in node["anyOf"]])
    if not says:
        return ANY
    if not isinstance(node.get("type"), str) or not says <= {"type"} | KEYWORDS.get(node["type"], set()):
        raise UnknownSchema(f"schema.py has to learn what this means: {json.dumps(node)}")
    if node.get("propertyNames", {"type": "string"}) != {"type": "string"}:
        raise UnknownSchema(f"schema.py has to learn what these names are: {json.dumps(node['propertyNames'])}")
    bounds = {key: node[key] for key in BOUNDS if key in node and node[key] not in (LARGEST_INTEGER, -LARGEST_INTEGER)}
    if node["type"] == "object":
        rest = node.get("additionalProperties", {})
        return {
            "kind": "object",
            "keys": {key: canonical(value, definitions) for key, value in node.get("properties", {}).items()},
            "rest": None if rest is False else ANY if rest is True else canonical(rest, definitions),
            "required": sorted(node.get("required", [])),
        }
    if node["type"] == "array" and "prefixItems" in node:
        return {"kind": "tuple", "places": [canonical(each, definitions) for each in node["prefixItems"]], **bounds}
    if node["type"] == "array":
        return {"kind": "list", "items": canonical(node.get("items", {}), definitions), **bounds}
    values = node["enum"] if "enum" in node else [node["const"]] if "const" in node else None
    enum = {"enum": sorted(values)} if values is not None else {}
    return {"kind": node["type"], **bounds, **enum}


def _union(alternatives):
    flat = []
    for each in alternatives:
        flat += each["alternatives"] if each["kind"] == "union" else [each]
    # A plain string takes every string that an enumeration beside it names.
    plain = [each["kind"] for each in flat if set(each) == {"kind"}]
    flat = [each for each in flat if each["kind"] not in plain or set(each) == {"kind"}]
    distinct = sorted({json.dumps(each, sort_keys=True): each for each in flat}.items())
    kept = [each for _, each in distinct]
    return kept[0] if len(kept) == 1 else {"kind": "union", "alternatives": kept}


def describe(node):
    kind = node["kind"]
    if kind == "union":
        return " | ".join(describe(each) for each in node["alternatives"])
    if kind == "object":
        keys = [key if key in node["required"] else key + "?" for key in node["keys"]]
        if node["rest"] is not None:
            keys.append("*: " + describe(node["rest"]))
        return "{" + ", ".join(keys) + "}"
    if kind == "list":
        return "[" + describe(node["items"]) + "]" + _limits(node)
    if kind == "tuple":
        return "[" + ", ".join(describe(each) for each in node["places"]) + "]"
    if "enum" in node:
        return " | ".join(json.dumps(each) for each in node["enum"])
    return kind + _limits(node)


def _limits(node):
    return "".join(f" {key}={node[key]}" for key in BOUNDS if key in node)


def differences(ours, theirs, names, path=""):
    """What `ours` and `theirs` do not have in common, as (path, text). `names` says what the two sides are called."""
    if ours == theirs:
        return
    here = path or "(top level)"
    if ours["kind"] == theirs["kind"] == "object":
        yield from _of_objects(ours, theirs, names, path)
    elif ours["kind"] == theirs["kind"] == "list" and ours["items"] != theirs["items"]:
        yield from differences(ours["items"], theirs["items"], names, path + "[]")
    elif "union" in (ours["kind"], theirs["kind"]):
        yield from _of_unions(ours, theirs, names, path)
    else:
        yield here, f"{names[0]}: {describe(ours)}; {names[1]}: {describe(theirs)}"


def _of_objects(ours, theirs, names, path):
    def below(key):
        return f"{path}.{key}" if path else key

    for key in sorted(ours["keys"].keys() | theirs["keys"].keys()):
        mine, yours = ours["keys"].get(key), theirs["keys"].get(key)
        if mine and yours:
            yield from differences(mine, yours, names, below(key))
        elif mine:
            yield below(key), f"only in the {names[0]}: {describe(mine)}"
        else:
            yield below(key), f"only in the {names[1]}: {describe(yours)}"
    if ours["rest"] is None or theirs["rest"] is None:
        if ours["rest"] is not theirs["rest"]:
            is_open = names[0] if ours["rest"] is not None else names[1]
            yield below("*"), f"other keys are allowed in the {is_open} only"
    else:
        yield from differences(ours["rest"], theirs["rest"], names, below("*"))
    if ours["required"] != theirs["required"]:
        yield path or "(top level)", f"required keys: {names[0]} {ours['required']}, {names[1]} {theirs['required']}"


def _of_unions(ours, theirs, names, path):
    def alternatives(node):
        return node["alternatives"] if node["kind"] == "union" else [node]

    mine = [each for each in alternatives(ours) if each not in alternatives(theirs)]
    yours = [each for each in alternatives(theirs) if each not in alternatives(ours)]
    # Objects are compared with the one they have most in common with, so that a new key is named by its path.
    for each in [node for node in mine if node["kind"] == "object"]:
        partners = [node for node in yours if node["kind"] == "object"]
        if partners:
            partner = max(partners, key=lambda node: len(node["keys"].keys() & each["keys"].keys()))
            mine.remove(each)
            yours.remove(partner)
            yield from differences(each, partner, names, path)
    for node in mine:
        yield path, f"only the {names[0]} take: {describe(node)}"
    for node in yours:
        yield path, f"only the {names[1]} take: {describe(node)}"


def paths(node, path=""):
    """Every path of a schema, once."""

    def below(key):
        return f"{path}.{key}" if path else key

    if node["kind"] == "object":
        for key, value in node["keys"].items():
            yield below(key)
            yield from paths(value, below(key))
        if node["rest"] is not None:
            yield below("*")
            yield from paths(node["rest"], below("*"))
    elif node["kind"] == "list":
        yield from paths(node["items"], path + "[]")
    elif node["kind"] == "union":
        for each in node["alternatives"]:
            yield from paths(each, path)


def folded(node, if_all=False):
    """Names that the schema treats like any other name, such as agent.build, count as any name.

    With `if_all`, where all names that an object has are such names, which is where our options have a map.
    """
    if node["kind"] == "object":
        rest = folded(node["rest"], if_all) if node["rest"] is not None else None
        keys = {key: folded(value, if_all) for key, value in node["keys"].items()}
        special = {key: value for key, value in keys.items() if value != rest}
        return {**node, "rest": rest, "keys": keys if if_all and special else special}
    if node["kind"] == "list":
        return {**node, "items": folded(node["items"], if_all)}
    if node["kind"] == "union":
        return {**node, "alternatives": [folded(each, if_all) for each in node["alternatives"]]}
    return node


def option_paths(node):
    """The paths of a schema as options have them: `*` for the elements of lists, too, and without what is no option."""
    return {path.replace("[]", ".*") for path in paths(folded(node, if_all=True)) if not path.endswith("*")}
