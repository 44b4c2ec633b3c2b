"""The two programs, built from this tree."""

import functools
import json
import subprocess

import pages

NAMES = ("opencode-setup", "opencodectl")


@functools.cache
def built():
    """Builds the programs, and returns where each is."""
    build = ["cargo", "build", "--quiet", "--bins", "--message-format=json-render-diagnostics"]
    messages = subprocess.run(build, cwd=pages.ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    artifacts = [json.loads(line) for line in messages.splitlines()]
    return {one["target"]["name"]: one["executable"] for one in artifacts if one.get("executable")}
