"""The Debian that the machines run: a minimal root file system with the packages that tests need."""

import pathlib
import shutil

from . import cache, mirror
from .command import run
from .failure import CannotRun

# Of Debian's releases, the one whose systemd (257) is closest to that of NixOS.
SUITE = "trixie"
KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# What the machine itself needs, and the packages that tests look in with.
SYSTEM_PACKAGES = ["ca-certificates", "dbus", "iproute2", "openssl", "systemd-sysv", "util-linux"]

# The packages that a machine.nix can name, by their names in nixpkgs.
PACKAGES = {
    "bash": ["bash"],
    "bashInteractive": ["bash"],
    "coreutils": ["coreutils"],
    "curl": ["curl"],
    "findutils": ["findutils"],
    "gcc": ["gcc", "gcc-14", "binutils", "libc6-dev"],
    "git": ["git"],
    "gnugrep": ["grep"],
    "gnused": ["sed"],
    "jq": ["jq"],
    "mailcap": ["nginx-common"],
    "nginx": ["nginx"],
    "openssl": ["openssl"],
    "procps": ["procps"],
    "python3": ["python3", "python3-minimal", "python3.13-minimal"],
    "ripgrep": ["ripgrep"],
    "squid": ["squid"],
    "systemd": ["systemd"],
}

# What packages of nixpkgs have that Debian does not list among its programs: place in the package -> path on Debian.
OTHER_PROGRAMS = {
    "mailcap": {"etc/nginx/mime.types": "/etc/nginx/mime.types"},
    "nginx": {
        "bin/nginx": "/usr/sbin/nginx",
        "conf/fastcgi.conf": "/etc/nginx/fastcgi.conf",
        "conf/uwsgi_params": "/etc/nginx/uwsgi_params",
    },
    "squid": {"bin/squid": "/usr/sbin/squid"},
    "systemd": {"lib/systemd/systemd-socket-proxyd": "/usr/lib/systemd/systemd-socket-proxyd"},
}


def source():
    """The `deb` line of the machines. Whatever else the host has among its sources is not for them."""
    return f"deb [signed-by={KEYRING}] {mirror.of_debian()} {SUITE} main"


def bootstrap(variant, packages, target, *options):
    """Debian with these packages, as an archive or in a folder. With the variant `extract`, they are only unpacked."""
    for needed, package in ((shutil.which("mmdebstrap"), "mmdebstrap"), (KEYRING.exists(), "debian-archive-keyring")):
        if not needed:
            raise CannotRun(f"making a Debian takes the package {package}; apt-get install {package}")
    include = f"--include={','.join(sorted(packages))}"
    run("mmdebstrap", f"--variant={variant}", include, *options, SUITE, target, source())


def digest():
    """Of what root_archive makes."""
    return cache.digest_of(pathlib.Path(__file__), source())


def root_archive(say):
    """A tar archive of the root file system, from the cache or made now."""
    return cache.folder("debian", digest(), _make_root, say) / "root.tar"


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


def _make_root(folder):
    bootstrap(
        "minbase",
        {*SYSTEM_PACKAGES, *(name for names in PACKAGES.values() for name in names)},
        folder / "root.tar",
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "info", "locale", "man")),
    )
