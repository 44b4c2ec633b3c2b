"""The way into a machine: commands to the agent inside, over a socket."""

import base64
import dataclasses
import json
import socket
import time

from .failure import CannotRun


class MachineGone(Exception):
    """The machine ended, or the channel to it did."""


@dataclasses.dataclass(frozen=True)
class Result:
    """How a command ended."""

    status: int
    output: str
    errors: str


class GuestShell:
    """A connection to the agent of a machine that is starting. `is_alive` tells whether there still is a machine."""

    def __init__(self, path, is_alive):
        self._is_alive = is_alive
        self._pending = b""
        self._socket = self._connect(path)

    def _connect(self, path, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(path))
                return connection
            except OSError as error:
                connection.close()
                if not self._is_alive() or time.monotonic() > deadline:
                    raise CannotRun(f"no way into the machine at {path}: {error}") from error
                time.sleep(0.05)

    def wait_until_ready(self, seconds):
        """Waits for the agent's first word."""
        if "ready" not in self._answer(seconds):
            raise MachineGone("the agent began with something else than `ready`")

    def run(self, command, seconds):
        """Runs a command as root."""
        request = json.dumps({"command": command, "timeout": seconds}).encode() + b"\n"
        try:
            self._socket.sendall(request)
        except OSError as error:
            raise MachineGone(f"the machine is gone: {error}") from error
        # The agent keeps the time; a machine that hangs keeps none.
        answer = self._answer(seconds + 60)
        return Result(
            answer["status"],
            base64.b64decode(answer["output"]).decode(errors="replace"),
            base64.b64decode(answer["errors"]).decode(errors="replace"),
        )

    def _answer(self, seconds):
        deadline = time.monotonic() + seconds
        while b"\n" not in self._pending:
            # Not in one wait: a machine can die without closing the socket.
            self._socket.settimeout(1)
            try:
                received = self._socket.recv(1 << 20)
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise MachineGone(f"the machine did not answer within {seconds:.0f} seconds") from None
                if self._is_alive():
                    continue
                received = b""
            except OSError:
                received = b""
            if not received:
                raise MachineGone("the machine ended while it was asked something")
            self._pending += received
        line, self._pending = self._pending.split(b"\n", 1)
        return json.loads(line)

    def close(self):
        self._socket.close()
