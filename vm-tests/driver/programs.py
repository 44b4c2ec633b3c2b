"""The two programs under test: the real opencode, and our opencode-setup."""

import pathlib
import subprocess
import sys

from .failure import CannotRun

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The options' tests know how to find the real server, and which version is pinned.
sys.path.insert(0, str(ROOT / "nixos" / "tests" / "parity"))
import server as real_server  # noqa: E402


def opencode():
    """$OPENCODE_BIN, or the pinned version from npm."""
    pinned = (ROOT / "nixos" / "tests" / "parity" / "opencode-version").read_text().strip()
    try:
        return pathlib.Path(real_server.find_binary(pinned)).resolve()
    except (real_server.ServerFailed, subprocess.CalledProcessError) as failure:
        raise CannotRun(f"opencode: {failure}") from failure


def opencode_setup():
    """A release build of this very tree, static, so that it runs in any machine."""
    build = ["cargo", "build", "--release", "--message-format=short", "--color=never"]
    result = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise CannotRun(f"opencode-setup does not build (cargo build --release):\n{result.stderr}")
    built = sorted(ROOT.glob("target/*/release/opencode-setup"), key=lambda file: file.stat().st_mtime)
    if not built:
        raise CannotRun("cargo build --release left no target/<triple>/release/opencode-setup")
    return built[-1]
