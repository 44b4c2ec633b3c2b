"""The terminal of whoever runs the tests, connected to a shell in a virtual machine."""

import contextlib
import os
import select
import socket
import sys
import termios
import tty

# Ctrl-]
ESCAPE = b"\x1d"


def relay(path, is_on):
    """Connects the terminal with the machine's console at a socket, until the machine ends or Ctrl-] is pressed."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(path))
    print("A root shell in the machine. Ctrl-] ends it, and the machine.")
    connection.sendall(b"\n")
    with _raw_terminal():
        while is_on():
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
