"""Takes an address where a server is to listen, as soon as it is free, and tells what it is sent: foreign.py ADDRESS PORT."""

import socket
import sys
import time


def take(address):
    while True:
        try:
            return socket.create_server(address)
        except OSError:
            time.sleep(0.0005)


listener = take((sys.argv[1], int(sys.argv[2])))
print("listens", flush=True)
while True:
    client, _ = listener.accept()
    print("was sent:", client.recv(4096), flush=True)
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse")
    client.close()
