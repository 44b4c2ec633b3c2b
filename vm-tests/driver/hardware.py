"""What a virtual machine and a container have in common: a process, the way in, and files while they are needed."""

import pathlib
import tempfile
import threading

from .guest_shell import MachineGone


class Hardware:
    """A machine that can be switched on time and again, until it is retired.

    `name` is for people. Subclasses make their files in `prepare`, start a process in `_start`, and remove the files in
    `_remove_files`, which may find only some of them.
    """

    name = "machine"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        # The path of a socket must be short, and that of a checkout need not be.
        self._sockets = tempfile.TemporaryDirectory(prefix="opencode-vm-test-")
        self.agent_socket = pathlib.Path(self._sockets.name, "agent")
        self._process = None
        # Whoever abandons a run does so from another thread, or in the middle of this one.
        self._switch = threading.RLock()
        self._is_retired = False

    def power_on(self):
        with self._switch:
            if self._is_retired:
                raise MachineGone("the run was abandoned")
            # Whoever connects is to wait for the new ones.
            for socket in pathlib.Path(self._sockets.name).iterdir():
                socket.unlink()
            self._process = self._start()

    def is_on(self):
        return self._process is not None and self._process.poll() is None

    def wait_until_off(self, seconds):
        self._process.wait(seconds)

    def cut_power(self):
        """From one instruction to the next, with nothing written that was not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def retire(self):
        """Ends the machine for good."""
        with self._switch:
            self._is_retired = True
            self._end()

    def discard(self):
        """Leaves nothing behind but logs."""
        self.retire()
        self._remove_files()
        self._sockets.cleanup()

    def _end(self):
        Hardware.cut_power(self)
