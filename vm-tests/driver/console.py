"""The terminal of whoever runs the tests, connected to a shell in the machine."""

import contextlib
import os
import select
import socket
import sys
import termios
import tty

ESCAPE = b"\x1d"


def attach(machine):
    """Until the shell ends or Ctrl-] is pressed."""
    machine.succeed("systemctl start driver-console.service")
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(machine.hardware.console_socket))
    print("root shell in the machine; Ctrl-] ends it and the machine\r")
    connection.sendall(b"\n")
    with _raw_terminal():
        while True:
            ready, _, _ = select.select([connection, sys.stdin.fileno()], [], [], 1)
            if connection in ready:
                data = connection.recv(65536)
                if not data:
                    return
                os.write(sys.stdout.fileno(), data)
            if sys.stdin.fileno() in ready:
                data = os.read(sys.stdin.fileno(), 65536)
                if not data or ESCAPE in data:
                    return
                connection.sendall(data)
            if not machine.hardware.is_on():
                return


@contextlib.contextmanager
def _raw_terminal():
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
