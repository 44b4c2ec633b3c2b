"""An LLM provider that speaks the OpenAI protocol, and an agent that does the same three things every time.

Which step is next follows from how many results of tools a request has, and how it is spelt from the tools that the
request offers: opencode 2 has other names than 1.
"""

import http.server
import json

PORT = 18080

COMMAND = {
    "command": "git init -q repository && cd repository && echo 'int main(void) { return 0; }' > main.c"
    " && gcc main.c -o main && ./main && git add main.c"
    " && git -c user.name=agent -c user.email=agent@example commit -qm 'From the sandbox' && git log --format=%s",
    "description": "Compiles and commits a program",
}
CONTENT = {"content": "a needle in a file\n"}
STEPS = {
    1: [("bash", COMMAND), ("write", {"filePath": "written.txt", **CONTENT}), ("grep", {"pattern": "needle"})],
    2: [("shell", COMMAND), ("write", {"path": "written.txt", **CONTENT}), ("grep", {"pattern": "needle"})],
}


def major_of(request):
    """Which opencode asks; None where there are no tools: such a request wants a title for the session."""
    names = {tool["function"]["name"] for tool in request.get("tools", [])}
    return (2 if "shell" in names else 1) if names else None


def steps_for(request):
    return STEPS.get(major_of(request), [])


class Provider(http.server.BaseHTTPRequestHandler):
    """Answers chat completions as a stream."""

    steps_for = staticmethod(steps_for)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        done = sum(1 for message in request["messages"] if message["role"] == "tool")
        steps = self.steps_for(request)
        if done < len(steps):
            name, arguments = steps[done]
            call = {"index": 0, "id": f"call-{done}", "type": "function"}
            call["function"] = {"name": name, "arguments": json.dumps(arguments)}
            self.answer({"role": "assistant", "tool_calls": [call]}, "tool_calls")
        else:
            self.answer({"role": "assistant", "content": "All three are done."}, "stop")

    def answer(self, delta, reason):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for change, finish in ((delta, None), ({}, reason)):
            choice = {"index": 0, "delta": change, "finish_reason": finish}
            chunk = {"id": "chat", "object": "chat.completion.chunk", "created": 0, "model": "agent", "choices": [choice]}
            if finish:
                chunk["usage"] = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Provider).serve_forever()
