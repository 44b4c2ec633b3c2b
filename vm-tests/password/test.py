# A password that is made on the machine: root's, the server's, and nobody else's.
FILE = "/var/lib/opencode-passwords/guarded"
PART = "/var/lib/opencode-passwords/.guarded.new"


COPY = "/run/opencode-passwords/guarded"


def attach(user, seconds=UNIT_SECONDS):
    """Opens the terminal client for a while as this user, on a terminal, and gives back who runs it and what it drew."""
    drawn = f"/tmp/drawn-by-{user}"
    client = f"timeout {seconds} script --quiet --flush --command 'opencodectl attach guarded' {drawn}"
    # What is typed: nothing, and no end of it.
    typed = f"timeout {seconds} tail --follow /dev/null"
    machine.succeed(f"rm -f {drawn}; ({{ {typed} | runuser -u {user} -- {client}; }} > /dev/null 2>&1 &)")
    machine.wait_until_succeeds(f"grep --text /var/lib/opencode/projects/guarded {drawn}", timeout=seconds)
    who = machine.succeed("ps -eo uid=,args= | grep 'opencode[ ]attach http' | awk '{print $1}'").split()
    lines = machine.succeed("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    machine.succeed("pkill --full 'opencode[ ]attach http'")
    machine.wait_until_fails("pgrep --full 'opencodectl[ ]attach'", timeout=seconds)
    return who, lines


def status(password=None):
    """What the server says to a request with this password."""
    user = "" if password is None else "--user " + shlex.quote(f"opencode:{password}")
    url = f"http://127.0.0.1:{port_of('guarded')}/config"
    return machine.succeed(f"curl --silent --max-time 60 --output /dev/null --write-out '%{{http_code}}' {user} {url}")


with subtest("it is made before the server starts, and is root's alone"):
    wait_for_units("guarded")
    equal(machine.succeed(f"stat --format='%a %U %G' {FILE}").strip(), "600 root root", "the file")
    equal(machine.succeed("stat --format='%a %U %G' /var/lib/opencode-passwords").strip(), "700 root root", "the folder")
    first = machine.succeed(f"cat {FILE}")
    equal(len(base64.b64decode(first)), 32, "the bytes of it")
    wait_for_units("other")
    expect(machine.succeed(f"cat {FILE[: -len('guarded')]}other") != first, "two instances have the same")

with subtest("the server takes it, and nothing else"):
    equal(status(), "401", "no password")
    equal(status("guess"), "401", "a wrong one")
    equal(status(first), "200", "the password")

with subtest("opencodectl shows it to root, and to no other user but the server's own"):
    equal(machine.succeed("opencodectl password guarded"), first + "\n", "what is printed")
    said = machine.fail("runuser -u nobody -- opencodectl password guarded 2>&1")
    machine.fail("runuser -u opencode-other -- opencodectl password guarded 2>&1")
    expect(first not in said, said)
    machine.succeed("opencodectl verify guarded")

with subtest("nobody else reads the file, and the setup unit does not get it"):
    process = machine.get_unit_property("opencode-guarded.service", "MainPID")
    machine.fail(f"runuser -u opencode-guarded -- cat {FILE}")
    machine.fail(f"nsenter --target {process} --mount runuser -u opencode-guarded -- cat {FILE}")
    machine.fail("systemctl cat opencode-guarded-setup | grep LoadCredential")

with subtest("no unit has said it, and no command line has it"):
    machine.succeed("journalctl --sync")
    said = machine.succeed("journalctl --boot --no-pager --output=verbose --unit='opencode*'")
    expect("opencode-guarded" in said, "the journal does not have what is known to be in it", said)
    expect(first not in said, "the journal has it")
    lines = machine.succeed("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    expect("opencode serve" in lines, "the command lines do not have what is known to be in them", lines)
    expect(first not in lines, "a command line has it")

with subtest("it stays over restarts"):
    machine.succeed("systemctl restart opencode-guarded-password.service opencode-guarded-setup.service")
    wait_for_units("guarded")
    equal(machine.succeed(f"cat {FILE}"), first, "the file")
    equal(status(first), "200", "the password")

with subtest("without its file and after a restart of its unit, there is another"):
    machine.succeed(f"rm {FILE}")
    machine.succeed("systemctl restart opencode-guarded-password.service")
    wait_for_units("guarded")
    second = machine.succeed(f"cat {FILE}")
    expect(second != first, second)
    equal(status(first), "401", "the old password")
    equal(status(second), "200", "the new password")

with subtest("a run that was cut off leaves no half of one"):
    machine.succeed(f"rm {FILE} && echo half > {PART} && systemctl restart opencode-guarded-password.service")
    wait_for_units("guarded")
    equal(len(base64.b64decode(machine.succeed(f"cat {FILE}"))), 32, "the bytes of it")
    machine.fail(f"ls {PART}")

with subtest("the group has a copy, which follows the password, and the server runs or not"):
    password = machine.succeed(f"cat {FILE}")
    equal(machine.succeed(f"stat --format='%a %U %G' {COPY}").strip(), "640 root developers", "the copy")
    equal(machine.succeed("stat --format='%a %U %G' /run/opencode-passwords").strip(), "711 root root", "its folder")
    equal(machine.succeed(f"cat {COPY}"), password, "the copy")
    equal(machine.succeed("runuser -u alice -- opencodectl password guarded"), password + "\n", "what alice is told")
    machine.succeed("systemctl stop opencode-guarded.service")
    machine.succeed("runuser -u alice -- opencodectl password guarded")
    machine.succeed("systemctl start opencode-guarded.service")
    wait_for_units("guarded")

with subtest("nobody else reads it: no other person, and no agent, in its sandbox or out of it"):
    process = machine.get_unit_property("opencode-guarded.service", "MainPID")
    for user in ("bob", "opencode-guarded", "opencode-other"):
        machine.fail(f"runuser -u {user} -- cat {COPY}")
        machine.fail(f"runuser -u {user} -- ls /run/opencode-passwords")
    machine.fail(f"nsenter --target {process} --mount cat {COPY}")
    said = machine.fail("runuser -u bob -- opencodectl attach guarded 2>&1")
    expect("only root and the members of auth.group" in said, said)

with subtest("a member of the group attaches as herself"):
    who, lines = attach("alice")
    equal(set(who), {machine.succeed("id -u alice").strip()}, "who runs the client")
    expect(password not in lines, "a command line has the password")
    machine.fail("ls -d /tmp/opencodectl-attach-*")

with subtest("root attaches as a user that exists only meanwhile"):
    who, lines = attach("root")
    expect(who != [], "nobody runs the client")
    known = machine.succeed("cut -d: -f3 /etc/passwd").split()
    expect(not set(who) & set(known), f"it runs as {who}")
    expect(password not in lines, "a command line has the password")
    machine.succeed("journalctl --sync")
    said = machine.succeed("journalctl --boot --no-pager --output=verbose")
    expect(password not in said, "the journal has the password")
    machine.wait_until_succeeds("test -z \"$(systemctl list-units --plain --no-legend 'run-*.service')\"", timeout=60)
