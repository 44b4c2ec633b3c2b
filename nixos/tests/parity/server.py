"""The real server: which binary, and what it answers."""

import contextlib
import json
import os
import pathlib
import platform
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

START_TIMEOUT_SECONDS = 60


class ServerFailed(Exception):
    """The binary is not there, or the server did not come up."""


def find_binary(wanted_version):
    """$OPENCODE_BIN, or else the pinned version from npm, installed into the user's cache."""
    named = os.environ.get("OPENCODE_BIN")
    if named:
        if not os.access(named, os.X_OK):
            raise ServerFailed(f"OPENCODE_BIN is {named!r}, which is no program that can be run.")
        return named
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "opencode-npm"
    architecture = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    binary = cache / "node_modules" / f"opencode-linux-{architecture}" / "bin" / "opencode"
    if not binary.exists() or version_of(binary) != wanted_version:
        if not shutil.which("npm"):
            raise ServerFailed("There is no opencode: set OPENCODE_BIN, or put npm on PATH to have it installed.")
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", cache, f"opencode-ai@{wanted_version}"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return str(binary)


def environment(home):
    return {
        "HOME": str(home),
        "TMPDIR": str(home),
        "PATH": "/usr/bin:/bin",
        # Nothing here needs the network.
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "npm_config_offline": "true",
    }


def version_of(binary):
    with tempfile.TemporaryDirectory() as home:
        answer = subprocess.run(
            [binary, "--version"], env=environment(home), capture_output=True, text=True, check=True
        )
    return answer.stdout.strip()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(binary, config=None):
    """Runs the server with `config` as its opencode.json; yields a function that GETs a route as JSON."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        project = pathlib.Path(home) / "project"
        project.mkdir()
        if config is not None:
            folder = pathlib.Path(home) / ".config" / "opencode"
            folder.mkdir(parents=True)
            (folder / "opencode.json").write_text(config)
        port = free_port()
        log = pathlib.Path(home) / "server.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [binary, "serve", "--print-logs", "--hostname", "127.0.0.1", "--port", str(port)],
                cwd=project,
                env=environment(home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            _wait_until_healthy(process, port, log)
            yield lambda route: _get(port, route, seconds=30)
        finally:
            # It can swallow the first SIGTERM while it installs a plugin.
            process.kill()
            process.wait()


def _get(port, route, seconds):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{route}", timeout=seconds) as answer:
        return json.load(answer)


def _wait_until_healthy(process, port, log):
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerFailed(f"The server stopped with status {process.returncode}:\n{log.read_text()}")
        try:
            # Requests that come too early are never answered, so each try is short.
            if _get(port, "/global/health", seconds=1)["healthy"]:
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise ServerFailed(f"The server was not healthy within {START_TIMEOUT_SECONDS} seconds:\n{log.read_text()}")
