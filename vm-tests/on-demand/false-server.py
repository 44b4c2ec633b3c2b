"""Answers like a server of opencode 1 in which nothing happens: false-server.py ADDRESS PORT."""

import http.server
import sys


class Server(http.server.BaseHTTPRequestHandler):
    """Sessions, terminals and their states: none."""

    def do_GET(self):
        body = b"{}" if self.path.startswith("/session/status") else b"[]"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nobody reads it."""


http.server.ThreadingHTTPServer.request_queue_size = 64
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Server).serve_forever()
