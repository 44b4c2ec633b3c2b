# How closed the units are as booted, and that an agent can work in there all the same.
import re

# As in nixos/tests/hardening: an exposure from 0 (closed) to 10.
BARS = {"opencode-worker.service": 1.5, "opencode-worker-setup.service": 0.5}
PROJECT = f"{PROJECTS}/worker"

machine.succeed("systemd-run --unit=provider python3 /etc/opencode-tests/provider.py")
wait_for_server("worker")

with subtest("systemd finds both units as closed as they should be"):
    for unit, bar in BARS.items():
        report = machine.succeed(f"systemd-analyze security --no-pager {unit} 2> /dev/null")
        exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", report).group(1))
        print(f"systemd-analyze security: {unit} {exposure} (at most {bar})")
        expect(exposure <= bar, report)

with subtest("a shell command through the server works: git, a compiler, and what it compiled"):
    status, output = in_sandbox(
        "worker",
        """
        set -eu
        git init -q by-hand && cd by-hand
        echo 'int main(void) { return 0; }' > main.c
        gcc main.c -o main && ./main && echo "compiled and ran"
        git add main.c && git -c user.name=me -c user.email=me@example commit -qm 'By hand' && git log --format=%s
        """,
    )
    equal(status, 0, f"the exit status of the command, which said {output}")
    expect("compiled and ran" in output and "By hand" in output, output)

with subtest("a turn of an agent works: bash, write and grep"):
    machine.wait_for_open_port(18080, timeout=60)
    session = ask("worker", "/session", {"title": "sandbox"})["id"]
    ask("worker", f"/session/{session}/message", {"parts": [{"type": "text", "text": "Do your work."}]}, seconds=600)
    messages = ask("worker", f"/session/{session}/message")
    parts = [part for message in messages for part in message["parts"]]
    tools = {part["tool"]: part["state"] for part in parts if part["type"] == "tool"}
    for tool in ("bash", "write", "grep"):
        expect(tool in tools, f"the agent did not use {tool}", parts)
        equal(tools[tool]["status"], "completed", f"how {tool} ended ({tools[tool]})")
    expect("From the sandbox" in tools["bash"]["output"], tools["bash"])
    expect("written.txt" in tools["grep"]["output"], tools["grep"])
    equal(machine.succeed(f"cat {PROJECT}/written.txt"), "a needle in a file\n", "what the agent wrote")
    expect(any("All three are done." in part.get("text", "") for part in parts), parts)

with subtest("what the agent made is the instance's"):
    owner = "opencode-worker opencode-worker"
    equal(machine.succeed(f"stat --format='%U %G' {PROJECT}/written.txt").strip(), owner, "the owner")
    equal(machine.succeed(f"stat --format='%U %G' {PROJECT}/repository/main").strip(), owner, "the owner")
