# Hooks run in order, with their tools, and only where they may write; and one that fails keeps the server down.

wait_for_units("hooked")

with subtest("the order is: first hook, setup, second hook"):
    said = journal("opencode-hooked-setup")
    places = [said.find(words) for words in ("pre: phase pre-init, link no", CONFIG, "post: phase post-init, link yes")]
    expect(-1 not in places and places == sorted(places), places, said)

with subtest("programs of `path` are there for hooks"):
    expect("jq: hooked" in said, said)

with subtest("a hook can write to HOME, and is denied the project and /etc"):
    for line in (f"denied: {PROJECTS}/hooked", "denied: /etc/open", f"may write: {STATE}/hooked"):
        expect(line in said, f"missing: {line}", said)
    machine.fail(f"test -e {PROJECTS}/hooked/from-hook")
    machine.fail("test -e /etc/open/from-hook")
    machine.succeed(f"test -e {STATE}/hooked/from-hook")

with subtest("hooks do not compile and have no network, unless they are allowed to"):
    network = machine.succeed("readlink /proc/1/ns/net").strip()
    for instance, may in (("probing", "may not"), ("granted", "may")):
        wait_for_units(instance)
        said = journal(f"opencode-{instance}-setup").splitlines()
        expect(f"{may} compile" in said and f"{may} use the network" in said, said)
        expect((f"network: {network}" in said) == (may == "may"), "the network is not the one it should be", said)

with subtest("a first hook that fails blocks the server, and leaves HOME untouched"):
    wait_until_setup_failed("before")
    equal(machine.get_unit_property("opencode-before-setup.service", "ExecMainStatus"), "4", "the exit code")
    expect("pre wants /srv/hooks/before" in journal("opencode-before-setup"), journal("opencode-before-setup"))
    equal(machine.succeed(f"find {STATE}/before -mindepth 1"), "", "HOME")
    machine.fail("systemctl start opencode-before.service")
    equal(machine.succeed(f"find {STATE}/before -mindepth 1"), "", "HOME, after another try")

with subtest("a second hook that fails blocks the server, when all is in place"):
    wait_until_setup_failed("behind")
    equal(machine.get_unit_property("opencode-behind-setup.service", "ExecMainStatus"), "4", "the exit code")
    machine.succeed(f"test -L {STATE}/behind/{CONFIG}")
    machine.fail("systemctl start opencode-behind.service")

with subtest("after the fix, starting the server is enough"):
    for instance in ("before", "behind"):
        machine.succeed(f"mkdir -p /srv/hooks && touch /srv/hooks/{instance}")
        machine.succeed(f"systemctl start opencode-{instance}.service")
        machine.succeed(f"systemctl is-active opencode-{instance}.service opencode-{instance}-setup.service")
        machine.succeed(f"test -L {STATE}/{instance}/{CONFIG}")
