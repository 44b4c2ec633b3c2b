# Servers sleep until a client comes, and again when nothing has happened for two seconds.
import time


def call(instance, route, body=None, seconds=60):
    """As `request`, with the password that was made on the machine where there is one."""
    command = request(instance, route, body, seconds)
    return command if instance == "closed" else command + with_password(instance)


def ask(instance, route, body=None, seconds=60):
    return json.loads(machine.succeed(call(instance, route, body, seconds)))


def state_of(unit):
    return machine.get_unit_property(unit, "ActiveState")


def units_of(instance):
    """All that may run of an instance: none of them does while it sleeps."""
    names = ["", "-in", "-idle", "-setup"] + (["-out", "-proxy", "-host-18080"] if instance == "closed" else [])
    return [f"opencode-{instance}{name}.service" for name in names]


def is_asleep(instance):
    states = {unit: state_of(unit) for unit in units_of(instance)}
    return all(state == "inactive" for state in states.values()), states


def wait_until_asleep(instance, seconds=30):
    units = " ".join(units_of(instance))
    machine.wait_until_succeeds(f"! systemctl is-active {units} | grep -v inactive", timeout=seconds)
    machine.succeed(f"systemctl is-active opencode-{instance}-in.socket")


def server_of(instance):
    return machine.get_unit_property(f"opencode-{instance}.service", "MainPID")


def watch(instance, seconds):
    """For that long, the server stays."""
    before = server_of(instance)
    expect(before != "0", f"{instance} does not run")
    time.sleep(seconds)
    equal(server_of(instance), before, f"the server of {instance}")


INSTANCES = ("plain", "closed")
# Longer than the idle time by as much as two looks take.
LONGER = 6

machine.wait_for_unit("multi-user.target")
machine.succeed("systemd-run --unit=provider python3 /etc/opencode-tests/slow-provider.py")

with subtest("after the boot, systemd listens and nothing else runs"):
    for each in (*INSTANCES, "late"):
        machine.succeed(f"systemctl is-active opencode-{each}-in.socket")
        asleep, states = is_asleep(each)
        expect(asleep, states)

# Its password is made at the first start.
with subtest("a client without the password wakes it, and is refused"):
    machine.fail(request("plain", "/global/health"))
    machine.succeed("test -s /var/lib/opencode-passwords/plain")
    wait_until_asleep("plain")

with subtest("the first connection starts setup and server, and is answered"):
    for each in INSTANCES:
        began = time.monotonic()
        equal(ask(each, "/global/health")["healthy"], True, "the answer")
        print(f"{each}: from the first connection to the answer {time.monotonic() - began:.1f} s")
        for unit in ("", "-setup", "-in", "-idle"):
            equal(state_of(f"opencode-{each}{unit}.service"), "active", f"{each}{unit}")

with subtest("and when nothing happens, everything sleeps"):
    for each in INSTANCES:
        wait_until_asleep(each)
        print(machine.succeed(f"journalctl --no-pager -o short-monotonic --boot --unit='opencode-{each}*' | tail -40"))
