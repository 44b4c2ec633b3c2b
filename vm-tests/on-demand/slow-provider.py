"""An LLM provider that takes its time: it answers when a file is there."""

import http.server
import json
import pathlib
import time

PORT = 18080
GO_ON = pathlib.Path("/run/provider-goes-on")


class Provider(http.server.BaseHTTPRequestHandler):
    """Answers chat completions as a stream."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        while not GO_ON.exists():
            time.sleep(0.1)
        for change, finish in (({"role": "assistant", "content": "Done."}, None), ({}, "stop")):
            choice = {"index": 0, "delta": change, "finish_reason": finish}
            chunk = {"id": "chat", "object": "chat.completion.chunk", "created": 0, "model": "agent", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Provider).serve_forever()
