"""The programs under test: the real opencode of both majors, and our own two."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from . import cache
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


def opencode2():
    """$OPENCODE2_BIN, or the pinned preview of opencode 2 from npm."""
    named = os.environ.get("OPENCODE2_BIN")
    if named:
        if not os.access(named, os.X_OK):
            raise CannotRun(f"OPENCODE2_BIN is {named!r}, which is no program that can be run")
        return pathlib.Path(named).resolve()
    if not shutil.which("npm"):
        raise CannotRun("there is no opencode 2: set OPENCODE2_BIN, or put npm on PATH to have it installed")
    package = "@opencode-ai/cli-linux-x64-baseline"
    version = (ROOT / "nixos" / "opencode" / "2-version").read_text().strip()
    install = ["npm", "install", "--no-audit", "--no-fund", f"{package}@{version}", "--prefix"]
    folder = cache.folder("opencode2", cache.digest_of(version), lambda folder: run(*install, folder), print)
    return folder / "node_modules" / package / "bin" / "opencode2"


def our_own():
    """A release build of this very tree, static, so that it runs in any machine: the paths of its programs."""
    build = ["cargo", "build", "--release", "--bins", "--message-format=json-render-diagnostics"]
    messages = [json.loads(line) for line in run(*build, cwd=ROOT).splitlines()]
    return [pathlib.Path(message["executable"]) for message in messages if message.get("executable")]
