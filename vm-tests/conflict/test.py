# A configuration that was written by hand is in the way of the link, at the very first start.


def by_hand(instance):
    return f'{{ "username": "by hand" }} // of {instance}'


with subtest("it ends up beside the link, with its bytes, mode and owner, and the journal says so"):
    machine.wait_for_unit("opencode-kept-setup.service", timeout=UNIT_SECONDS)
    backup = f"{STATE}/kept/{CONFIG}.backup-1"
    equal(machine.succeed(f"cat {backup}"), by_hand("kept"), "the backup")
    equal(machine.succeed(f"stat --format='%U %G %a' {backup}").strip(), "opencode-kept opencode-kept 640", "its rights")
    machine.succeed(f"test -L {STATE}/kept/{CONFIG}")
    expect("opencode.json.backup-1" in journal("opencode-kept-setup"), journal("opencode-kept-setup"))

with subtest("the server is healthy, with the configuration that was declared"):
    wait_for_server("kept")
    equal(ask("kept", "/config")["username"], "declared", "the configuration")

with subtest("with onConflict = \"fail\", the unit fails, the server does not start, and nothing is touched"):
    wait_until_setup_failed("strict", tried_again=False)
    equal(machine.get_unit_property("opencode-strict-setup.service", "ExecMainStatus"), "5", "the exit code")
    equal(machine.succeed(f"cat {STATE}/strict/{CONFIG}"), by_hand("strict"), "the file")
    equal(machine.succeed(f"ls -A {STATE}/strict/.config/opencode").split(), ["opencode.json"], "what is beside it")

with subtest("the journal says both ways out"):
    said = journal("opencode-strict-setup")
    expect("move it away by hand" in said, said)
    expect('set onConflict to "backup"' in said, said)

with subtest("the first of them works"):
    machine.succeed(f"mv {STATE}/strict/{CONFIG} /root/strict.json", "systemctl start opencode-strict.service")
    machine.succeed(f"test -L {STATE}/strict/{CONFIG}")
