"""The two programs under test: the real opencode, and our opencode-setup."""

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


def opencode_setup():
    """A release build of this very tree, static, so that it runs in any machine."""
    build = ["cargo", "build", "--release", "--bin=opencode-setup", "--message-format=json-render-diagnostics"]
    messages = [json.loads(line) for line in run(*build, cwd=ROOT).splitlines()]
    return next(pathlib.Path(message["executable"]) for message in messages if message.get("executable"))
