"""The Debian that the machines run: a minimal root file system with the packages that tests need."""

import os
import pathlib

from . import cache
from .command import run

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
SUITE = "bookworm"

# What the machine itself needs, and the packages that tests look in with.
SYSTEM_PACKAGES = ["ca-certificates", "dbus", "iproute2", "systemd-sysv", "util-linux"]

# The packages that a machine.nix can name, by their names in nixpkgs.
PACKAGES = {
    "bash": ["bash"],
    "bashInteractive": ["bash"],
    "coreutils": ["coreutils"],
    "curl": ["curl"],
    "findutils": ["findutils"],
    "gcc": ["gcc", "gcc-12", "binutils", "libc6-dev"],
    "git": ["git"],
    "gnugrep": ["grep"],
    "gnused": ["sed"],
    "jq": ["jq"],
    "procps": ["procps"],
    "python3": ["python3", "python3-minimal", "python3.11-minimal"],
    "ripgrep": ["ripgrep"],
    "systemd": ["systemd"],
}


def digest():
    """Of what root_archive makes."""
    return cache.digest_of(pathlib.Path(__file__), MIRROR)


def root_archive(say):
    """A tar archive of the root file system, from the cache or made now."""
    return cache.folder("debian", digest(), _bootstrap, say) / "root.tar"


def programs_of_packages(root):
    """What each Debian package has in its folders of programs."""
    folders = ("/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/")
    listings = root / "var" / "lib" / "dpkg" / "info"
    found = {}
    for package in {name for names in PACKAGES.values() for name in names}:
        listing = [*listings.glob(f"{package}.list"), *listings.glob(f"{package}:amd64.list")][0]
        lines = listing.read_text().splitlines()
        found[package] = [line for line in lines if line.startswith(folders) and line.count("/") <= 3]
    return found


def _bootstrap(folder):
    packages = {*SYSTEM_PACKAGES, *(name for names in PACKAGES.values() for name in names)}
    run(
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(sorted(packages))}",
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "info", "locale", "man")),
        SUITE,
        folder / "root.tar",
        MIRROR,
    )
