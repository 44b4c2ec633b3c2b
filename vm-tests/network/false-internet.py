"""What there is to be reached: hosts of a false Internet, services of the host, and sockets that are open to everyone.

Says who was asked, so that a test can tell answers apart. Files are served below the working directory; what is posted
goes to the scripted provider.
"""

import http.server
import json
import os
import socket
import ssl
import sys
import threading
import time
import urllib.request

PROVIDER = "http://127.0.0.1:18080"
CERTIFICATE, KEY = "/etc/false-internet/host.pem", "/etc/false-internet/host.key"
HTTPS = [
    ("203.0.113.10", 443),
    ("203.0.113.10", 8443),
    ("10.9.9.9", 443),
    ("10.9.9.10", 443),
    ("127.0.0.1", 443),
    ("2001:db8::10", 443),
    ("fe80::10%lo", 443),
]
HTTP = [("203.0.113.10", 80), ("169.254.169.254", 80), ("169.254.169.254", 443), ("127.0.0.1", 18090), ("127.0.0.1", 18091)]
# For root.
REQUESTS = "/root/false-internet-requests"
# Between the events of a stream.
STREAM_SECONDS = {"/v1/stream": 2, "/v1/slow-stream": 8}
# Answers that are about more than what was asked.
HEADERS = {
    "/v1/elsewhere": {"Location": "https://denied.example/v1/x"},
    "/v1/internal": {"X-Accel-Redirect": "/v1/secret"},
    "/v1/policy": {"Content-Security-Policy": "x" * 20000},
}
UDP = [("203.0.113.10", 53), ("127.0.0.53", 53)]
UNIX = ["\0open-door", "/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve", "/nix/var/nix/daemon-socket/socket"]


def note(request):
    """What came of a request, for a test to see: an answer would tell the agent."""
    with open(REQUESTS, "a") as log:
        log.write(json.dumps({"path": request.path, "headers": request.headers.items()}) + "\n")


class Host(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        note(self)
        if self.path in STREAM_SECONDS:
            return self.stream(STREAM_SECONDS[self.path])
        if self.path in HEADERS:
            return self.say(302 if "Location" in HEADERS[self.path] else 200, HEADERS[self.path], b"")
        if self.path != "/":
            return super().do_GET()
        self.say(200, {}, f"answer of {self.headers['Host']} at {self.server.server_address[0]}\n".encode())

    def say(self, status, headers, answer):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def stream(self, seconds):
        """Two events, and time between them."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for word in ("one", "two"):
            self.wfile.write(f"data: {word}\n\n".encode())
            time.sleep(seconds)
        self.close_connection = True

    def do_POST(self):
        note(self)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/count":
            return self.say(200, {}, f"{len(body)}\n".encode())
        with urllib.request.urlopen(urllib.request.Request(PROVIDER + self.path, body)) as answer:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.read())
        self.close_connection = True

    def log_message(self, *_arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512

    def __init__(self, address, context=None):
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.context = context
        # A link-local address has a zone, of which bind() wants the number.
        super().__init__(socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][4], Host)

    def finish_request(self, request, client):
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client)
        if self.context:
            request.close()

    def handle_error(self, request, client):
        pass


def echo(server):
    while True:
        data, client = server.recvfrom(512)
        server.sendto(data, client)


def accept(server):
    while True:
        client, _ = server.accept()
        client.sendall(b"open")
        client.close()


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    work = [Server(address, context).serve_forever for address in HTTPS] + [Server(address).serve_forever for address in HTTP]
    os.umask(0)
    for address in UDP:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(address)
        work.append(lambda server=server: echo(server))
    for path in UNIX:
        if path.startswith("/"):
            os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen()
        work.append(lambda server=server: accept(server))
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    print("ready", file=sys.stderr, flush=True)
    threads[0].join()


main()
