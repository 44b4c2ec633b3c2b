"""Does the server take what we render, and give it back as it was set?"""

import schema
import server

def unused_paths(node, config):
    """Paths of the schema that nothing in `config` is at."""
    return sorted(set(schema.paths(schema.folded(node))) - set(_used(schema.folded(node), config)))


def refusals(binary, config, rendered):
    """Starts the server with the file `rendered`; yields (path, text) for each value of `config` that it lost."""
    try:
        with server.running(binary, rendered) as get:
            answer = get("/config")
    except server.ServerFailed as failure:
        yield "(top level)", f"the server does not take the file at all: {failure}"
    else:
        yield from missing(config, answer)


def _used(node, value, path=""):
    if node["kind"] == "object":
        for key, inner in value.items():
            name = key if key in node["keys"] else "*"
            here = f"{path}.{name}" if path else name
            below = node["keys"].get(key, node["rest"])
            # A key that the schema lacks is reported with the differences.
            if below is not None:
                yield here
                yield from _used(below, inner, here)
    elif node["kind"] == "list":
        for inner in value:
            yield from _used(node["items"], inner, path + "[]")
    elif node["kind"] == "union":
        for each in node["alternatives"]:
            if _fits(each, value):
                yield from _used(each, value, path)


def _fits(node, value):
    if node["kind"] == "object":
        return (
            isinstance(value, dict)
            and all(key in value for key in node["required"])
            and (node["rest"] is not None or all(key in node["keys"] for key in value))
        )
    return isinstance(value, list) if node["kind"] in ("list", "tuple") else not isinstance(value, (dict, list))


def missing(expected, actual, path=""):
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            here = f"{path}.{key}" if path else key
            if key not in actual:
                yield here, "the server's answer does not have it"
            else:
                yield from missing(value, actual[key], here)
    elif expected != actual:
        yield path, f"set to {expected!r}, answered as {actual!r}"
