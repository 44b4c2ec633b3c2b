# Two bare instances: each serves on its own port, and one does not need the other.

with subtest("both servers are healthy, and give their configuration on their own ports"):
    for instance in ("scratch", "web"):
        wait_for_server(instance)
        # Health alone says little: a server whose configuration is broken is healthy, too.
        config = ask(instance, "/config")
        equal(config["$schema"], "https://opencode.ai/config.json", f"the configuration of {instance}")
        equal(ask(instance, "/path")["directory"], f"{PROJECTS}/{instance}", f"the project of {instance}")
    expect(port_of("scratch") != port_of("web"))

with subtest("each runs as a user of its own"):
    for instance in ("scratch", "web"):
        pid = machine.get_unit_property(f"opencode-{instance}.service", "MainPID")
        equal(machine.succeed(f"ps -o user:32= -p {pid}").strip(), f"opencode-{instance}", "the server's user")

with subtest("what a server logs is in the journal of its unit, and in no other"):
    for instance, other in (("scratch", "web"), ("web", "scratch")):
        own = journal(f"opencode-{instance}")
        expect(f"listening on http://127.0.0.1:{port_of(instance)}" in own, own)
        expect(f"127.0.0.1:{port_of(other)}" not in own, own)

with subtest("when one is stopped, the other goes on"):
    before = machine.get_unit_property("opencode-web.service", "MainPID")
    equal(machine.systemctl("stop opencode-scratch.service")[0], 0, "the exit status of systemctl")
    machine.fail(request("scratch", "/global/health", seconds=5))
    machine.succeed(request("web", "/config"))
    equal(machine.get_unit_property("opencode-web.service", "MainPID"), before, "the other's process")
    machine.succeed("systemctl start opencode-scratch.service")
    wait_for_server("scratch")
