# A password that is made on the machine: root's, the server's, and nobody else's.
FILE = "/var/lib/opencode-passwords/guarded"
PART = "/var/lib/opencode-passwords/.guarded.new"


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
