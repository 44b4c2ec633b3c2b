"""A virtual machine: its disk, its process, and the time when it loses power."""

import contextlib
import functools
import os
import pathlib
import shutil
import subprocess

from . import console, initramfs
from .command import run
from .failure import CannotRun
from .hardware import Hardware

PROGRAM = "qemu-system-x86_64"
# Eight servers have 3.3 GiB after a turn each. What a machine does not use, it does not take from the host.
MEMORY_MEBIBYTES = 6144
# `panic=-1`: a kernel that panics restarts, and QEMU ends then.
KERNEL_COMMAND_LINE = (
    "console=ttyS0 root=/dev/vda rw panic=-1 loglevel=4 random.trust_cpu=on mitigations=off"
    " systemd.show_status=false systemd.journald.forward_to_console=1"
)
# Code that opencode's runtime optimises once more is code that QEMU has to translate once more: with this it starts in
# half the time.
WITHOUT_KVM = " systemd.setenv=BUN_JSC_useDFGJIT=0"
PROBE_SECONDS = 15


@functools.cache
def accelerator(kernel_image):
    """`kvm` if a kernel gets to its end with it, which a /dev/kvm that is there does not mean; `tcg` if not."""
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        # Without a disk it panics, and `panic=-1` makes QEMU end.
        command = f"{PROGRAM} -accel kvm -cpu max -m 256 -nodefaults -display none -no-reboot -serial stdio".split()
        command += ["-kernel", kernel_image, "-append", "console=ttyS0 panic=-1"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            probe = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_SECONDS, check=False
            )
            if b"Kernel panic" in probe.stdout:
                return "kvm"
    return "tcg"


class VirtualMachine(Hardware):
    """A machine with a disk of its own, in `folder`. It can be started again after it ended, however it ended."""

    def __init__(self, folder, base, payload, processors):
        if not shutil.which(PROGRAM):
            raise CannotRun(f"there is no {PROGRAM} here; apt-get install qemu-system-x86")
        super().__init__(folder)
        self.name = f"QEMU with {accelerator(base.kernel.image)}, {processors} processor(s)"
        self._console_socket = pathlib.Path(self._sockets.name, "console")
        self._base = base
        self._payload = payload
        self._processors = processors
        self._disk = self.folder / "disk.raw"
        self._initramfs = self.folder / "initramfs"

    def prepare(self):
        run("cp", "--sparse=always", "--reflink=auto", self._base.disk, self._disk)
        self._initramfs.write_bytes(initramfs.build(self._base.kernel, self._payload))

    def _start(self):
        has_kvm = accelerator(self._base.kernel.image) == "kvm"
        accel = "kvm" if has_kvm else "tcg,thread=multi"
        command = f"{PROGRAM} -accel {accel} -cpu max -smp {self._processors} -m {MEMORY_MEBIBYTES}".split()
        # Not its files, not its devices: those that are named here.
        command += "-nodefaults -no-user-config -display none -no-reboot -nic none".split()
        command_line = KERNEL_COMMAND_LINE + ("" if has_kvm else WITHOUT_KVM)
        command += ["-kernel", self._base.kernel.image, "-initrd", self._initramfs, "-append", command_line]
        # What the machine was told is on the disk is there after a power cut, and nothing else has to be.
        command += ["-drive", f"file={self._disk},format=raw,if=virtio,cache=writethrough"]
        command += ["-chardev", f"file,id=log,path={self.folder}/console.log,append=on", "-serial", "chardev:log"]
        command += ["-device", "virtio-serial-pci"]
        command += ["-chardev", f"socket,id=console,path={self._console_socket},server=on,wait=off"]
        command += ["-device", "virtconsole,chardev=console"]
        command += ["-chardev", f"socket,id=agent,path={self.agent_socket},server=on,wait=off"]
        command += ["-device", "virtserialport,chardev=agent,name=driver-agent"]
        with (self.folder / "qemu.log").open("ab") as log:
            return subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def shell(self, machine):
        """For whoever sits at the terminal."""
        machine.succeed("systemctl start driver-console.service")
        console.relay(self._console_socket, self.is_on)

    def _remove_files(self):
        # The disk is large, and worth nothing once a test is over.
        self._disk.unlink(missing_ok=True)
        self._initramfs.unlink(missing_ok=True)
