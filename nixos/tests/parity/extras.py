"""Where our options knowingly differ from the server's schema, and why."""

import copy

# Options of ours that the schema does not have.
KNOWN_EXTRAS = {
    "agents": "is a key of opencode 2",
    "extraConfig": "holds keys that are newer than our options; it is not rendered itself",
    "keybinds": "opencode before 1.2.15 reads it from opencode.json",
    "lsp.enabled": "renders an older spelling to the letter, with a warning",
    "mcp.servers": "is a key of opencode 2",
    "permissions": "is a key of opencode 2",
    "providers": "an alias of provider; it is not rendered itself",
    "theme": "opencode before 1.2.15 reads it from opencode.json",
    "tui": "opencode before 1.2.15 reads it from opencode.json",
}

# Keys of the schema that are no options of ours.
KNOWN_OMISSIONS = {
    "$schema": "the renderer puts it into every file",
}


def without_known(options):
    """Paths of options, without those that the schema is known to lack and what is below them."""
    stale = [
        (path, "is listed as an option of ours that the schema lacks, and there is none")
        for path in KNOWN_EXTRAS
        if path not in options
    ]
    below = tuple(path + "." for path in KNOWN_EXTRAS)
    return {path for path in options if path not in KNOWN_EXTRAS and not path.startswith(below)}, stale


def without_rendered(schema):
    """A schema without the keys that are no options of ours."""
    tree, stale = copy.deepcopy(schema), []
    for key in KNOWN_OMISSIONS:
        if tree["keys"].pop(key, None) is None:
            stale.append((key, "is listed as a key that we render ourselves, and the schema lacks it"))
    return tree, stale
