"""Is what our warnings say of the server true of this one?"""

import json

import server

MOVED_TO_TUI = {"theme": "tokyonight", "keybinds": {"leader": "ctrl+x"}, "tui": {"scroll_speed": 3}}


def untrue(binary):
    """Yields (path, text) for each warning of nixos/lib/warnings.nix that this server proves wrong."""
    with server.running(binary, json.dumps({**MOVED_TO_TUI, "lsp": True})) as get:
        answer = get("/config")
    for key in MOVED_TO_TUI:
        if key in answer:
            yield key, "the server reads it again"
    if answer.get("lsp") is not True:
        yield "lsp", f"`lsp = true' is what we tell people to write, and the server answers {answer.get('lsp')!r}"
    try:
        with server.running(binary, json.dumps({"lsp": {"enabled": True}})):
            yield "lsp.enabled", "the server takes it"
    except server.ServerFailed as refusal:
        if "lsp" not in str(refusal):
            raise
