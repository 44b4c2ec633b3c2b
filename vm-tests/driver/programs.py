"""The programs under test: the real opencode, and our own two."""

import json
import pathlib
import subprocess
import sys

from .command import run
from .failure import CannotRun

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The options' tests know how to find the real server, and which version is pinned.
sys.path.insert(0, str(ROOT / "nixos" / "tests" / "parity"))
import server as real_server  # noqa: E402


def opencode():
    """$OPENCODE_BIN, or the pinned version from npm."""
    pinned = (ROOT / "nixos" / "schema" / "opencode-version").read_text().strip()
    try:
        return pathlib.Path(real_server.find_binary(pinned)).resolve()
    except (real_server.ServerFailed, subprocess.CalledProcessError) as failure:
        raise CannotRun(f"opencode: {failure}") from failure


def our_own():
    """A release build of this very tree, static, so that it runs in any machine: the paths of its programs."""
    build = ["cargo", "build", "--release", "--bins", "--message-format=json-render-diagnostics"]
    messages = [json.loads(line) for line in run(*build, cwd=ROOT).splitlines()]
    return [pathlib.Path(message["executable"]) for message in messages if message.get("executable")]
