# `configFile`, missing at first.

with subtest("without the file, setup fails, and the server does not start"):
    wait_until_setup_failed("own")
    machine.fail("systemctl start opencode-own.service")
    machine.fail(request("own", "/global/health", seconds=5))

with subtest("the journal says which file it is"):
    said = journal("opencode-own-setup")
    expect("/srv/own/opencode.json" in said, said)

with subtest("with the file, the server starts and uses it"):
    write_file("/srv/own/opencode.json", '{ "username": "own" } // with a comment\n')
    machine.succeed("systemctl start opencode-own.service")
    equal(machine.succeed(f"readlink {STATE}/own/{CONFIG}").strip(), "/srv/own/opencode.json", "the link")
    wait_for_server("own")
    equal(ask("own", "/config")["username"], "own", "the configuration")
