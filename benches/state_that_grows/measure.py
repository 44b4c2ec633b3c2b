"""What grows in HOME and in TMPDIR while an agent works: sizes after the first turn and after the last.

    unshare --net sh -c 'ip link set lo up; exec python3 benches/state_that_grows/measure.py [TURNS] [CONFIG]'

runs $OPENCODE_BIN in a HOME of its own, with a project that is a git repository and a model that is a script. Each turn is
a session: the agent runs a command, writes a file of 10 KB that was not there before, and searches. CONFIG is JSON that is
added to the configuration, such as '{"snapshot": false}'. In a network namespace, nobody else answers at its ports.
"""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "vm-tests"))
import provider  # noqa: E402

PORT, PROVIDER_PORT = 4500, 4501
STARTS = 3
DATA, CACHE, STATE = ".local/share/opencode", ".cache/opencode", ".local/state/opencode"
PLACES = {
    "log": f"home/{DATA}/log",
    "database": f"home/{DATA}/opencode*.db*",
    "snapshots": f"home/{DATA}/snapshot",
    "other data": f"home/{DATA}/[!los]*",
    "state": f"home/{STATE}",
    "caches": f"home/{CACHE}",
    "configuration": "home/.config",
    "libraries in TMPDIR": "tmp/.*.so",
    "the rest of TMPDIR": "tmp/opencode",
    "the project": "project",
}


class Provider(provider.Provider):
    """The model: three tools one after another, then an answer."""

    turn = 0

    @staticmethod
    def steps_for(request):
        steps = [
            ("bash", {"command": f"seq {Provider.turn} 2000", "description": "Counts"}),
            ("write", {"filePath": f"file-{Provider.turn}.txt", "content": os.urandom(5000).hex()}),
            ("grep", {"pattern": "needle"}),
        ]
        return steps if request.get("tools") else []

    def log_message(self, *_):
        pass


def ask(route, body=None, seconds=300):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{route}", headers={"content-type": "application/json"})
    data = None if body is None else json.dumps(body).encode()
    return json.load(urllib.request.urlopen(request, data, timeout=seconds))


def start(work, environment):
    with open(work / "stderr", "ab") as errors:
        command = [os.environ["OPENCODE_BIN"], "serve", "--port", str(PORT), "--print-logs"]
        server = subprocess.Popen(command, cwd=work / "project", env=environment, stdout=errors, stderr=errors)
    while True:
        try:
            ask("/config", seconds=2)
            return server
        except OSError:
            time.sleep(0.3)


def stop(server):
    server.terminate()
    server.wait()


def turn():
    Provider.turn += 1
    session = ask("/session", {})["id"]
    answer = ask(f"/session/{session}/message", {"parts": [{"type": "text", "text": "Do your work."}]})
    if "All three are done." not in json.dumps(answer):
        sys.exit(f"turn {Provider.turn} failed: {answer}")


def sizes(work):
    """KiB on disk and number of files of each place."""
    found = {}
    for name, pattern in PLACES.items():
        files = [file for top in work.glob(pattern) for file in ([top] if top.is_file() else top.rglob("*")) if file.is_file()]
        found[name] = (sum(file.stat().st_blocks for file in files) // 2, len(files))
    found["standard error (the journal)"] = ((work / "stderr").stat().st_size // 1024, 1)
    return found


def configuration(more):
    scripted = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": f"http://127.0.0.1:{PROVIDER_PORT}/v1", "apiKey": "none"},
        "models": {"agent": {"name": "Agent", "tool_call": True, "limit": {"context": 100000, "output": 4096}}},
    }
    return {"model": "scripted/agent", "provider": {"scripted": scripted}, **more}


def main(turns, more):
    threading.Thread(target=http.server.ThreadingHTTPServer(("127.0.0.1", PROVIDER_PORT), Provider).serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for place in ("home/.config/opencode", "project", "tmp"):
            (work / place).mkdir(parents=True)
        (work / "home/.config/opencode/opencode.json").write_text(json.dumps(configuration(more)))
        subprocess.run(["git", "init", "--quiet", work / "project"], check=True)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(work / "home"),
            "TMPDIR": str(work / "tmp"),
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "npm_config_offline": "true",
        }
        server = start(work, environment)
        turn()
        first = sizes(work)
        for _ in range(turns - 1):
            turn()
        last = sizes(work)
        for _ in range(STARTS):
            stop(server)
            server = start(work, environment)
            turn()
        restarted = sizes(work)
        stop(server)

        print(f"{'KiB (files)':<30}{'1 turn':>16}{f'{turns} turns':>16}{f'{STARTS} starts more':>16}")
        for name in first:
            print(f"{name:<30}" + "".join(f"{f'{size} ({files})':>16}" for size, files in (first[name], last[name], restarted[name])))
        for folder in (work / "home" / DATA).glob("snapshot/*/*"):
            for age in ("7.days", "now"):
                subprocess.run(["git", f"--git-dir={folder}", "gc", "--quiet", f"--prune={age}"], check=True)
                size, files = sizes(work)["snapshots"]
                print(f"snapshots after git gc --prune={age}: {size} ({files})")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 50, json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
