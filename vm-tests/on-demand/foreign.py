"""Takes an address where a server is to listen, and tells what it is sent: foreign.py ADDRESS PORT."""

import socket
import sys

listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    client, _ = listener.accept()
    print("was sent:", client.recv(4096), flush=True)
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse")
    client.close()
