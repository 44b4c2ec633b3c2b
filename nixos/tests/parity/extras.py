"""Where our options knowingly differ from the server's schema, and why."""

import copy

# Options of ours that the schema does not have.
KNOWN_EXTRAS = {
    "extraConfig": "holds keys that are newer than our options; it is not rendered itself",
    "keybinds": "opencode before 1.2.15 reads it from opencode.json",
    "lsp.enabled": "renders an older spelling to the letter, with a warning",
    "providers": "an alias of provider; it is not rendered itself",
    "theme": "opencode before 1.2.15 reads it from opencode.json",
    "tui": "opencode before 1.2.15 reads it from opencode.json",
}

# Keys of the schema that are no options of ours.
KNOWN_OMISSIONS = {
    "$schema": "the renderer puts it into every file",
}


def without_known(options):
    return _without(options, KNOWN_EXTRAS, "is listed as an option of ours that the schema lacks, and there is none")


def without_rendered(schema):
    return _without(schema, KNOWN_OMISSIONS, "is listed as a key that we render ourselves, and the schema lacks it")


def _without(tree, listed, complaint):
    tree, stale = copy.deepcopy(tree), []
    for path in listed:
        *parents, last = path.split(".")
        node = tree
        for parent in parents:
            node = _as_object(node["keys"][parent])
        if node["keys"].pop(last, None) is None:
            stale.append((path, complaint))
    return tree, stale


def _as_object(node):
    """Of a union of a scalar and an object, the object."""
    if node["kind"] == "union":
        return next(each for each in node["alternatives"] if each["kind"] == "object")
    return node
