# What a fleet takes: the memory of its servers, and the time until they answer. docs/explanation/costs.md has the figures.
import time

SIZES = (1, 4, 8)
# Memory is looked at when nothing is under way any more.
REST_SECONDS = 5
# Twice what was measured: a server with more than this has a leak, or does what it should not.
MEBIBYTES_AT_REST = 700
MEBIBYTES_AFTER_TURN = 1200

# Starts servers at once and prints the seconds until the last of them has answered.
START_AND_ASK = """
import subprocess, sys, time, urllib.request
from concurrent.futures import ThreadPoolExecutor

patience, units, ports = float(sys.argv[1]), sys.argv[2].split(","), sys.argv[3].split(",")
began = time.monotonic()

def until_answered(port):
    # A request that comes too early is never answered; on a machine that is busy, a good one may take a while.
    wait = 0.5
    while True:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=wait).read()
        except TimeoutError:
            wait *= 1.5
        except OSError:
            time.sleep(0.05)
        if time.monotonic() > began + patience:
            sys.exit(f"no answer at port {port}")

subprocess.run(["systemctl", "start", *units], check=True)
with ThreadPoolExecutor(len(ports)) as pool:
    list(pool.map(until_answered, ports))
print(time.monotonic() - began)
"""


def units(instances):
    return [f"opencode-{instance}.service" for instance in instances]


def start(instances):
    ports = [str(port_of(instance)) for instance in instances]
    return float(machine.succeed(f"python3 /root/start.py {SERVER_SECONDS} {','.join(units(instances))} {','.join(ports)}"))


def memory(instances):
    """MiB of each server: what is resident, and that with what several share divided among them."""
    found = []
    for unit in units(instances):
        pid = machine.get_unit_property(unit, "MainPID")
        lines = machine.succeed(f"cat /proc/{pid}/smaps_rollup").splitlines()
        kibibytes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
        found.append((kibibytes["Rss"] // 1024, kibibytes["Pss"] // 1024))
    return found


def said(figures):
    resident, shared_out = zip(*figures)
    return f"{min(resident)} to {max(resident)} MiB each, {sum(shared_out)} MiB together"


def turn(instance):
    session = ask(instance, "/session", {"title": "a turn"})["id"]
    answer = ask(instance, f"/session/{session}/message", {"parts": [{"type": "text", "text": "Do your work."}]}, seconds=600)
    expect("All three are done." in json.dumps(answer), answer)


machine.succeed("systemd-run --unit=provider python3 /etc/opencode-tests/provider.py")
machine.wait_for_open_port(18080, "127.0.0.1", timeout=60)
write_file("/root/start.py", START_AND_ASK)

for size in SIZES:
    fleet = [f"fleet-{number}" for number in range(1, size + 1)]
    servers = " ".join(units(fleet))
    with subtest(f"a fleet of {size} starts, rests and works"):
        first = start(fleet)
        time.sleep(REST_SECONDS)
        at_rest = memory(fleet)
        for instance in fleet:
            turn(instance)
        time.sleep(REST_SECONDS)
        after_turn = memory(fleet)
        machine.succeed(f"systemctl stop {servers}")
        again = start(fleet)
        print(f"{size}: all answer /config {first:.1f} s after their first start, {again:.1f} s after a later one")
        print(f"{size}: at rest {said(at_rest)}; after a turn {said(after_turn)}")
        expect(max(resident for resident, _ in at_rest) < MEBIBYTES_AT_REST, at_rest)
        expect(max(resident for resident, _ in after_turn) < MEBIBYTES_AFTER_TURN, after_turn)
        # The next fleet starts for the first time, too.
        machine.succeed(f"systemctl stop {servers} {servers.replace('.service', '-setup.service')}")
        machine.succeed(f"rm -rf {STATE}/fleet-* {PROJECTS}/fleet-*/*")
