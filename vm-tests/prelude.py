# Functions for all test scripts: this file comes before each of them, on NixOS and on Debian.
import base64
import hashlib
import json
import shlex

STATE = "/var/lib/opencode/instance-state"
PROJECTS = "/var/lib/opencode/projects"
CONFIG = ".config/opencode/opencode.json"

# A server without KVM takes most of a minute to come up; three at once on one processor, two.
SERVER_SECONDS = 420
# Everything else is a matter of seconds, on a host that has nothing else to do.
UNIT_SECONDS = 240


def port_of(instance):
    """As the module computes it: see the description of `listen.port`."""
    return 12000 + int(hashlib.sha256(instance.encode()).hexdigest()[:8], 16) % 20000


def request(instance, route, body=None, seconds=60):
    """The command that asks a server, as the operator does. It fails on any answer but a good one."""
    command = f"curl --silent --show-error --fail --max-time {seconds} http://127.0.0.1:{port_of(instance)}{route}"
    if body is not None:
        command += " --header 'content-type: application/json' --data " + shlex.quote(json.dumps(body))
    return command


def with_password(instance):
    """The option of curl for a server whose password was generated on the machine."""
    return f' --user "opencode:$(cat /var/lib/opencode-passwords/{instance})"'


def ask(instance, route, body=None, seconds=60):
    return json.loads(machine.succeed(request(instance, route, body, seconds)))


def wait_for_units(instance):
    """Until both units of an instance are active. Fails for the first of them that does not become so."""
    for unit in (f"opencode-{instance}-setup.service", f"opencode-{instance}.service"):
        machine.wait_for_unit(unit, timeout=UNIT_SECONDS)


def wait_until_setup_failed(instance, tried_again=True):
    """Until an attempt of the setup unit has failed; the server must not have started."""
    unit = f"opencode-{instance}-setup.service"
    state = f"systemctl show --value --property=SubState {unit}"
    ended = machine.wait_until_succeeds(f"{state} | grep --line-regexp 'failed\\|auto-restart\\|exited'", timeout=UNIT_SECONDS)
    equal(ended.strip(), "auto-restart" if tried_again else "failed", f"the state of {unit}")
    machine.fail(f"systemctl is-active opencode-{instance}.service")


def wait_until_healthy(instance):
    """Until a server says that it is up."""
    wait_for_units(instance)
    machine.wait_for_open_port(port_of(instance), "127.0.0.1", timeout=SERVER_SECONDS)
    # A request that comes too early is never answered; on a machine that is slow, a good one may take a while.
    tries = [request(instance, "/global/health", seconds=seconds) + " | grep '\"healthy\":true'" for seconds in (1, 2, 4, 8)]
    machine.wait_until_succeeds(" || ".join(tries), timeout=SERVER_SECONDS)


def wait_for_server(instance):
    """Until a server answers what only one that read its configuration and its project can."""
    wait_until_healthy(instance)
    machine.wait_until_succeeds(request(instance, "/config", seconds=30), timeout=SERVER_SECONDS)


def property_of(unit, name):
    return machine.get_unit_property(unit, name)


def server_of(instance):
    """The main process of a server on demand; "0" while it sleeps."""
    return property_of(f"opencode-{instance}.service", "MainPID")


def sleeps(instance, units):
    """None of the units of an instance on demand runs, and systemd listens."""
    for unit in units:
        equal(property_of(unit, "ActiveState"), "inactive", f"the state of {unit}")
    equal(property_of(f"opencode-{instance}-in.socket", "SubState"), "listening", f"the socket of {instance}")


def wait_until_asleep(instance, units, seconds=40):
    machine.wait_until_succeeds(f"test -z \"$(systemctl is-active {' '.join(units)} | grep -v inactive)\"", timeout=seconds)
    sleeps(instance, units)


def write_file(path, text):
    """As root, with the rights that root's files have."""
    encoded = base64.b64encode(text.encode()).decode()
    machine.succeed(f"mkdir -p $(dirname {shlex.quote(path)}); echo {encoded} | base64 -d > {shlex.quote(path)}")


def in_sandbox(instance, script, seconds=120, ask=ask):
    """Runs a shell script where the server's own commands run: in its sandbox, by its terminal route.

    Gives back its exit status and all it printed. `ask` is for servers that the function above does not reach.
    """
    folder = machine.succeed(f"systemctl show --value --property=WorkingDirectory opencode-{instance}").strip()
    number = machine.succeed("cat /proc/sys/kernel/random/uuid").strip()
    probe = f"{folder}/.probe-{number}"
    write_file(probe, script)
    write_file(
        f"{probe}.sh",
        f"cd '{folder}'\nsh '{probe}' > '{probe}.output' 2>&1 < /dev/null\necho $? > '{probe}.part'\nmv '{probe}.part' '{probe}.status'\n",
    )
    machine.succeed(f"chmod 755 '{probe}' '{probe}.sh'")
    ask(instance, "/pty", {"command": "/bin/sh", "args": [f"{probe}.sh"]})
    machine.wait_for_file(f"{probe}.status", timeout=seconds)
    status = int(machine.succeed(f"cat '{probe}.status'"))
    output = machine.succeed(f"cat '{probe}.output'")
    machine.succeed(f"rm '{probe}'*")
    return status, output


def journal(unit, arguments="--boot"):
    """What a unit has written to the journal since the machine started."""
    # The last lines may not be in the journal yet.
    return machine.succeed(f"journalctl --sync && journalctl --no-pager --output=cat {arguments} --unit={unit}")


def expect(condition, *facts):
    """Fails with these facts, which an assertion alone would not print."""
    if not condition:
        raise AssertionError("\n".join(str(fact) for fact in facts) or "it does not hold")


def equal(found, wanted, what=""):
    expect(found == wanted, f"{what or 'a value'} is not as it should be", f"found:  {found!r}", f"wanted: {wanted!r}")


def environment_of(instance):
    """The variables of a server's process, as the kernel has them."""
    pid = machine.get_unit_property(f"opencode-{instance}.service", "MainPID")
    lines = machine.succeed(f"tr '\\0' '\\n' < /proc/{pid}/environ").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
