"""The scripted provider behind TLS, at a public address: notes what it is asked with, which an answer would tell the agent."""

import http.server
import json
import ssl
import sys

# The link there leads to the store.
sys.path.insert(0, "/etc/opencode-tests")
import provider  # noqa: E402

ADDRESS = ("203.0.113.10", 443)
CERTIFICATE, KEY = "/etc/false-internet/host.pem", "/etc/false-internet/host.key"
# For root.
REQUESTS = "/root/requests"


class Provider(provider.Provider):
    def do_GET(self):
        answer = f"answer of {self.headers['Host']}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_POST(self):
        with open(REQUESTS, "a") as log:
            log.write(json.dumps({"host": self.headers["Host"], "authorization": self.headers.get_all("Authorization")}) + "\n")
        super().do_POST()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server = http.server.ThreadingHTTPServer(ADDRESS, Provider)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
