"""The initramfs: what the kernel needs to reach the disk, and a scenario's payload on its way there."""

import pathlib

from .tree import Tree

GUEST = pathlib.Path(__file__).resolve().parent / "guest"


def build(kernel, payload):
    """The archive as bytes. `kernel` is base_image.Kernel."""
    tree = Tree()
    for folder in ("dev", "proc", "root"):
        tree.directory(folder)
    tree.file("bin/busybox", kernel.busybox.read_bytes(), 0o755)
    tree.link("bin/sh", "busybox")
    tree.file("init", (GUEST / "init").read_bytes(), 0o755)
    for module in kernel.modules:
        tree.file(f"modules/{module.stem}.ko", module.read_bytes())
    tree.file("modules/order", "".join(f"{module.stem}\n" for module in kernel.modules))
    # The kernel unpacks archives one after the other.
    return tree.cpio() + payload.prefixed("payload").cpio()
