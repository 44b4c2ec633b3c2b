"""Sends what no client sends, as an agent would: a line with the status of each answer, `-` where there is none.

Arguments: a port on 127.0.0.1, and a file with a JSON list of requests, in which each character stands for a byte.
"""

import json
import socket
import sys

SECONDS = 5


def status_of(request):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), SECONDS) as one:
        one.settimeout(SECONDS)
        one.sendall(request.encode("latin-1"))
        try:
            words = one.recv(4096).split(b"\r\n")[0].split()
        except OSError:
            words = []
    return words[1].decode() if len(words) > 1 else "-"


for request in json.load(open(sys.argv[2])):
    print(status_of(request))
