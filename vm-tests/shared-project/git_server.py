"""A git server over HTTP that wants to know who pushes: `git http-backend` behind a password.

usage: git_server.py FOLDER PORT
"""

import base64
import http.server
import os
import subprocess
import sys

FOLDER, PORT = sys.argv[1], int(sys.argv[2])
PASSWORD = "Basic " + base64.b64encode(b"agent:hunter2").decode()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        if self.headers["Authorization"] != PASSWORD:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environment = os.environ | {
            "GIT_PROJECT_ROOT": FOLDER,
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers["Content-Type"] or "",
            "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"] or "",
            "REMOTE_USER": "agent",
        }
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        result = subprocess.run(["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE, check=True)
        head, _, content = result.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
