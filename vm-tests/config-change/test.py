# The system switches to another generation, and back.

LINK = f"{STATE}/moving/{CONFIG}"
SWITCH = {
    "generation b": "/run/booted-system/specialisation/b/bin/switch-to-configuration test",
    "generation a": "/run/booted-system/bin/switch-to-configuration test",
}


def runs(generation):
    """The link and the server are a generation's; gives back where the link leads."""
    equal(json.loads(machine.succeed(f"cat {LINK}"))["username"], generation, "what the link leads to")
    wait_for_server("moving")
    equal(ask("moving", "/config")["username"], generation, "the server's configuration")
    return machine.succeed(f"readlink {LINK}").strip()


with subtest("the first generation boots"):
    machine.wait_for_unit("opencode-moving.service")
    first = runs("generation a")
    pid = machine.get_unit_property("opencode-moving.service", "MainPID")

with subtest("the second one is switched to: link and server are its"):
    machine.succeed(SWITCH["generation b"])
    expect(machine.get_unit_property("opencode-moving.service", "MainPID") != pid, "the server was not restarted")
    second = runs("generation b")
    expect(second != first, second)

with subtest("and back"):
    machine.succeed(SWITCH["generation a"])
    equal(runs("generation a"), first, "the link")

with subtest("nothing of either is left behind"):
    folder = machine.succeed(f"find {STATE}/moving/.config/opencode -name '*opencode.json*' -printf '%f\\n'").split()
    equal(folder, ["opencode.json"], "the folder of the configuration")
