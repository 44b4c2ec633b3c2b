# Once all is in place, setting up again touches nothing.

HOME = f"{STATE}/steady"
LOG = ".local/share/opencode/log/opencode.log"
SNAPSHOT = f"find {HOME} -printf '%P inode=%i changed=%T@ mode=%m owner=%U:%G links to=%l\\n' | LC_ALL=C sort"
CONTENTS = f"find {HOME} -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"

wait_for_server("steady")
ask("steady", "/session", {"title": "kept"})
# What the server unpacks for its first terminal, and never removes.
ask("steady", "/pty", {"command": "/bin/true"})
LIBRARIES = "ls -A /tmp/systemd-private-*-opencode-steady.service-*/tmp | grep '[.]so$'"
machine.succeed(LIBRARIES)
# Two runs of the setup unit, and nobody else at work between them.
machine.succeed("systemctl stop opencode-steady.service")

with subtest("the journal has what the server logs, and no file grows with it"):
    expect("level=INFO" in journal("opencode-steady.service"), journal("opencode-steady.service"))
    equal(machine.succeed(f"readlink {HOME}/{LOG}").strip(), "/dev/null", "where the log leads")
    equal(machine.succeed(f"find {HOME}/{LOG.rpartition('/')[0]} -type f"), "", "files beside it")

with subtest("with the server its /tmp is gone, and the libraries that it has left there"):
    machine.fail(LIBRARIES)

with subtest("the server has written to HOME in the meantime"):
    before, contents = machine.succeed(SNAPSHOT), machine.succeed(CONTENTS)
    for path in (".local/share/opencode/opencode.db", LOG, CONFIG):
        expect(f"{path} inode=" in before, f"{path} is missing", before)

with subtest("a restart of the setup unit changes no inode, no time, no mode, no owner and no byte"):
    invocation = machine.get_unit_property("opencode-steady-setup.service", "InvocationID")
    machine.succeed("systemctl restart opencode-steady-setup.service")
    expect(machine.get_unit_property("opencode-steady-setup.service", "InvocationID") != invocation, "it did not run")
    equal(machine.succeed(SNAPSHOT).splitlines(), before.splitlines(), "HOME")
    equal(machine.succeed(CONTENTS), contents, "the files' contents")

with subtest("neither does applying it by hand, as root"):
    machine.succeed("opencode-setup apply steady")
    equal(machine.succeed(SNAPSHOT).splitlines(), before.splitlines(), "HOME")
