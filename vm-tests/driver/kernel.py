"""Debian's kernel for virtual machines, and what the initramfs needs to reach the disk with it."""

import dataclasses
import pathlib
import re
import shutil

from . import cache
from .command import run
from .failure import CannotRun

PACKAGE = "linux-image-cloud-amd64"
# In this order.
MODULES = """
    virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk virtio_console
""".split()


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel, the modules it needs to reach the disk, and a shell for the initramfs."""

    image: pathlib.Path
    modules: list
    busybox: pathlib.Path


def get(say):
    """The kernel, from the cache or fetched now."""
    folder = cache.folder("kernel", cache.digest_of(pathlib.Path(__file__)), _fetch, say)
    return Kernel(folder / "vmlinuz", [folder / f"{name}.ko" for name in MODULES], folder / "busybox")


def _fetch(folder):
    # Lists that are old name packages that are gone, and a machine may have none at all.
    run("apt-get", "update", "--quiet")
    found = re.search(r"Depends: (linux-image-\S+)", run("apt-cache", "depends", PACKAGE))
    if not found:
        raise CannotRun(f"apt knows no {PACKAGE}: is `main` of Debian among its sources?")
    unpacked = folder / "unpacked"
    for package in (found.group(1), "busybox-static"):
        run("apt-get", "download", "--quiet", package, cwd=folder)
    for archive in folder.glob("*.deb"):
        run("dpkg-deb", "--extract", archive, unpacked)
    shutil.copy(next(unpacked.glob("boot/vmlinuz-*")), folder / "vmlinuz")
    shutil.copy(unpacked / "bin" / "busybox", folder / "busybox")
    for name in MODULES:
        shutil.copy(next(unpacked.glob(f"lib/modules/**/{name}.ko")), folder)
    shutil.rmtree(unpacked)
    for archive in folder.glob("*.deb"):
        archive.unlink()
