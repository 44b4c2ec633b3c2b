"""A container in the place of a virtual machine: systemd as PID 1 on the host's kernel.

Quick, for work on a scenario. It is no replacement: nspawn brings filters and limits of its own, and has no power to
cut.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from .failure import CannotRun

BOOT = pathlib.Path(__file__).resolve().parent / "nspawn-boot"
AGENT_DROP_IN = """\
[Service]
ExecStart=
ExecStart=/usr/local/lib/opencode-vm-tests/agent /mnt/driver/agent.socket
"""


class Container:
    """The same as qemu.VirtualMachine, as far as a container can be."""

    name = "nspawn"

    def __init__(self, folder, base, payload):
        if not shutil.which("systemd-nspawn"):
            raise CannotRun("there is no systemd-nspawn here; apt-get install systemd-container")
        # An overlay cannot have its upper folder on another overlay, which a CI machine may well be.
        self.folder = pathlib.Path(folder).resolve()
        self._state = self.folder / "container"
        self._base = base.root
        self._process = None
        shutil.rmtree(self._state, ignore_errors=True)
        upper = self._state / "upper"
        upper.mkdir(parents=True)
        payload.file("etc/systemd/system/driver-agent.service.d/container.conf", AGENT_DROP_IN)
        payload.write_to(upper)
        # The path of a socket must be short, and that of a checkout need not be.
        self._sockets = tempfile.TemporaryDirectory(prefix="opencode-vm-test-")
        self.agent_socket = pathlib.Path(self._sockets.name, "agent.socket")

    def power_on(self):
        self.agent_socket.unlink(missing_ok=True)
        with (self.folder / "console.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "bash", str(BOOT), str(self._state), str(self._base), self._sockets.name],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def is_on(self):
        return self._process is not None and self._process.poll() is None

    def wait_until_off(self, seconds):
        self._process.wait(seconds)

    def cut_power(self):
        raise CannotRun("a container has no power to cut; run this scenario in a virtual machine, without --nspawn")

    def shell(self, machine):
        """For whoever sits at the terminal."""
        machine.start()
        print("A root shell in the container. `exit` ends it, and the container.")
        enter = ["nsenter", "--target", str(self._children()[0]), "--all", "bash", "--login"]
        subprocess.run(enter, check=False)

    def discard(self):
        if self.is_on():
            # With its first process, all of a container ends; without systemd-nspawn, nothing of it does.
            for process in [*self._children(), self._process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self._process.wait()
        self._sockets.cleanup()
        shutil.rmtree(self._state, ignore_errors=True)

    def _children(self):
        pid = self._process.pid
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
