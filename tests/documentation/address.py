"""Where the flake is. `package.metadata.flake` in Cargo.toml says it, and every file that names it is compared with that."""

import re
import tomllib

import pages

# Files with `github:<owner>/opencode-setup` in them, besides the pages.
OTHERS = (pages.ROOT / "examples/template/flake.nix", pages.ROOT / "nixos/opencode.md")
ADDRESS = re.compile(r"\b(?:github|gitlab|sourcehut|codeberg):[\w.~-]+/opencode-setup\b")


def declared():
    cargo = tomllib.loads((pages.ROOT / "Cargo.toml").read_text())
    return cargo["package"]["metadata"]["flake"]


def files():
    return [*pages.all_pages(), *OTHERS]


def with_declared(text):
    return ADDRESS.sub(declared(), text)
