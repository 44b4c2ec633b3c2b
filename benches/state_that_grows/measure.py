"""What grows in HOME and in TMPDIR while an agent works: sizes after the first turn and after the last.

    unshare --net sh -c 'ip link set lo up; exec python3 benches/state_that_grows/measure.py [--major 2] [TURNS] [CONFIG]'

runs $OPENCODE_BIN, or $OPENCODE2_BIN with `--major 2`, in a HOME of its own, with a project that is a git repository and a
model that is a script. Each turn is a session: the agent runs a command, writes a file of 10 KB that was not there before,
and searches. CONFIG is JSON that is added to the configuration, such as '{"snapshot": false}'. In a network namespace,
nobody else answers at its ports.
"""

import argparse
import base64
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
PASSWORD = "secret"
PROMPT = {"type": "text", "text": "Do your work."}
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
        major = provider.major_of(request)
        if major is None:
            return []
        shell, path = {1: ("bash", "filePath"), 2: ("shell", "path")}[major]
        return [
            (shell, {"command": f"seq {Provider.turn} 2000", "description": "Counts"}),
            ("write", {path: f"file-{Provider.turn}.txt", "content": os.urandom(5000).hex()}),
            ("grep", {"pattern": "needle"}),
        ]

    def log_message(self, *_):
        pass


def ask(route, body=None, seconds=300):
    password = base64.b64encode(f"opencode:{PASSWORD}".encode()).decode()
    headers = {"content-type": "application/json", "authorization": f"Basic {password}"}
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{route}", headers=headers)
    data = None if body is None else json.dumps(body).encode()
    answer = urllib.request.urlopen(request, data, timeout=seconds).read()
    return json.loads(answer) if answer else None


class One:
    """opencode 1."""

    variable = "OPENCODE_BIN"
    arguments = ["--print-logs"]
    environment = {}
    health = "/config"

    @staticmethod
    def turn(_project):
        session = ask("/session", {})["id"]
        return ask(f"/session/{session}/message", {"parts": [PROMPT]})


class Two:
    """opencode 2."""

    variable = "OPENCODE2_BIN"
    arguments = []
    environment = {"OPENCODE_PRINT_LOGS": "1"}
    health = "/api/health"

    @staticmethod
    def turn(project):
        session = ask("/api/session", {"location": {"directory": str(project)}})["data"]["id"]
        ask(f"/api/session/{session}/prompt", {"text": PROMPT["text"]})
        ask(f"/api/session/{session}/wait", {})
        return ask(f"/api/session/{session}/message")


def start(major, work, environment):
    with open(work / "stderr", "ab") as errors:
        command = [os.environ[major.variable], "serve", "--port", str(PORT), *major.arguments]
        server = subprocess.Popen(command, cwd=work / "project", env=environment, stdout=errors, stderr=errors)
    while True:
        try:
            ask(major.health, seconds=2)
            return server
        except OSError:
            time.sleep(0.3)


def stop(server):
    server.terminate()
    server.wait()


def turn(major, work):
    Provider.turn += 1
    answer = major.turn(work / "project")
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


def main(major, turns, more):
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
            "OPENCODE_SERVER_PASSWORD": PASSWORD,
            **major.environment,
        }
        server = start(major, work, environment)
        turn(major, work)
        first = sizes(work)
        for _ in range(turns - 1):
            turn(major, work)
        last = sizes(work)
        for _ in range(STARTS):
            stop(server)
            server = start(major, work, environment)
            turn(major, work)
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


parser = argparse.ArgumentParser()
parser.add_argument("--major", type=int, choices=[1, 2], default=1)
parser.add_argument("turns", type=int, nargs="?", default=50)
parser.add_argument("config", type=json.loads, nargs="?", default={})
chosen = parser.parse_args()
main({1: One, 2: Two}[chosen.major], chosen.turns, chosen.config)
