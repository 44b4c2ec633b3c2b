"""A virtual machine: its disk, its process, and the time when it loses power."""

import contextlib
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

from . import console, initramfs
from .failure import CannotRun

PROGRAM = "qemu-system-x86_64"
MEMORY_MEBIBYTES = 4096
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


class VirtualMachine:
    """A machine with a disk of its own, in `folder`. It can be started again after it ended, however it ended."""

    def __init__(self, folder, base, payload, processors):
        if not shutil.which(PROGRAM):
            raise CannotRun(f"there is no {PROGRAM} here; apt-get install qemu-system-x86")
        self.name = f"QEMU with {accelerator(base.kernel.image)}, {processors} processor(s)"
        self.folder = pathlib.Path(folder)
        # The path of a socket must be short, and that of a checkout need not be.
        self._sockets = tempfile.TemporaryDirectory(prefix="opencode-vm-test-")
        self.agent_socket = pathlib.Path(self._sockets.name, "agent")
        self._console_socket = pathlib.Path(self._sockets.name, "console")
        self._kernel = base.kernel
        self._processors = processors
        self._process = None
        self._disk = self.folder / "disk.raw"
        self._initramfs = self.folder / "initramfs"
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", str(base.disk), str(self._disk)], check=True)
        self._initramfs.write_bytes(initramfs.build(base.kernel, payload))

    def power_on(self):
        for socket in (self.agent_socket, self._console_socket):
            socket.unlink(missing_ok=True)
        has_kvm = accelerator(self._kernel.image) == "kvm"
        accel = "kvm" if has_kvm else "tcg,thread=multi"
        command = f"{PROGRAM} -accel {accel} -cpu max -smp {self._processors} -m {MEMORY_MEBIBYTES}".split()
        # Not its files, not its devices: those that are named here.
        command += "-nodefaults -no-user-config -display none -no-reboot -nic none".split()
        command_line = KERNEL_COMMAND_LINE + ("" if has_kvm else WITHOUT_KVM)
        command += ["-kernel", self._kernel.image, "-initrd", self._initramfs, "-append", command_line]
        # What the machine was told is on the disk is there after a power cut, and nothing else has to be.
        command += ["-drive", f"file={self._disk},format=raw,if=virtio,cache=writethrough"]
        command += ["-chardev", f"file,id=log,path={self.folder}/console.log,append=on", "-serial", "chardev:log"]
        command += ["-device", "virtio-serial-pci"]
        command += ["-chardev", f"socket,id=console,path={self._console_socket},server=on,wait=off"]
        command += ["-device", "virtconsole,chardev=console"]
        command += ["-chardev", f"socket,id=agent,path={self.agent_socket},server=on,wait=off"]
        command += ["-device", "virtserialport,chardev=agent,name=driver-agent"]
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def is_on(self):
        return self._process is not None and self._process.poll() is None

    def wait_until_off(self, seconds):
        self._process.wait(seconds)

    def cut_power(self):
        """From one instruction to the next, with nothing written that was not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def shell(self, machine):
        """For whoever sits at the terminal."""
        machine.succeed("systemctl start driver-console.service")
        console.relay(self._console_socket, self.is_on)

    def discard(self):
        """The disk is large, and worth nothing once a test is over."""
        self.cut_power()
        self._disk.unlink(missing_ok=True)
        self._initramfs.unlink(missing_ok=True)
        self._sockets.cleanup()
