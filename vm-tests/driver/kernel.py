"""Debian's kernel for virtual machines, and what the initramfs needs to reach the disk with it."""

import dataclasses
import lzma
import pathlib
import shutil

from . import cache, debian

PACKAGES = ("linux-image-cloud-amd64", "busybox-static")
# In this order. All else that leads to the disk is built in.
MODULES = ["virtio_blk"]


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel, the modules it needs to reach the disk, and a shell for the initramfs."""

    image: pathlib.Path
    modules: list
    busybox: pathlib.Path


def get(say):
    """The kernel, from the cache or fetched now."""
    folder = cache.folder("kernel", cache.digest_of(pathlib.Path(__file__), debian.source()), _fetch, say)
    return Kernel(folder / "vmlinuz", [folder / f"{name}.ko" for name in MODULES], folder / "busybox")


def _fetch(folder):
    unpacked = folder / "unpacked"
    debian.bootstrap("extract", PACKAGES, unpacked)
    shutil.copy(next(unpacked.glob("boot/vmlinuz-*")), folder / "vmlinuz")
    shutil.copy(unpacked / "usr" / "bin" / "busybox", folder / "busybox")
    for name in MODULES:
        compressed = next(unpacked.glob(f"usr/lib/modules/**/{name}.ko.xz"))
        (folder / f"{name}.ko").write_bytes(lzma.decompress(compressed.read_bytes()))
    shutil.rmtree(unpacked)
