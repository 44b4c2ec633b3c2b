"""A container in the place of a virtual machine: systemd as PID 1 on the host's kernel.

Quick, and for most scenarios as good a judge. It has no power to cut and no disk; where the host still has the older
control groups it has no limits of memory, processes or processor time; and it cannot change the kernel's settings.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

from .failure import CannotRun
from .hardware import Hardware

BOOT = pathlib.Path(__file__).resolve().parent / "nspawn-boot"
AGENT_DROP_IN = """\
[Service]
ExecStart=
ExecStart=/usr/local/lib/opencode-vm-tests/agent /mnt/driver/agent
"""


class Container(Hardware):
    """The same as qemu.VirtualMachine, as far as a container can be."""

    name = "nspawn"

    def __init__(self, folder, base, payload):
        if not shutil.which("systemd-nspawn"):
            raise CannotRun("there is no systemd-nspawn here; apt-get install systemd-container")
        # An overlay cannot have its upper folder on another overlay, which a CI machine may well be.
        super().__init__(pathlib.Path(folder).resolve())
        self._state = self.folder / "container"
        self._base = base.root
        self._payload = payload

    def prepare(self):
        shutil.rmtree(self._state, ignore_errors=True)
        upper = self._state / "upper"
        upper.mkdir(parents=True)
        self._payload.file("etc/systemd/system/driver-agent.service.d/container.conf", AGENT_DROP_IN)
        self._payload.write_to(upper)

    def _start(self):
        with (self.folder / "console.log").open("ab") as log:
            return subprocess.Popen(
                ["unshare", "--mount", "bash", str(BOOT), str(self._state), str(self._base), self._sockets.name],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def cut_power(self):
        raise CannotRun("a container has no power to cut; run this scenario in a virtual machine, without --nspawn")

    def shell(self, machine):
        """For whoever sits at the terminal."""
        machine.start()
        print("A root shell in the container. `exit` ends it, and the container.")
        enter = ["nsenter", "--target", str(self._children()[0]), "--all", "bash", "--login"]
        subprocess.run(enter, check=False)

    def _end(self):
        # With its first process, all of a container ends; without systemd-nspawn, nothing of it does.
        for process in self._children() if self.is_on() else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        super()._end()

    def _remove_files(self):
        shutil.rmtree(self._state, ignore_errors=True)

    def _children(self):
        pid = self._process.pid
        try:
            return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            # It has just ended.
            return []
