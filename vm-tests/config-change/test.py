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


def processes():
    """The servers' processes; that of `unwanted`, too, which nothing but the switch would start again."""
    instances = ("moving", "unwanted")
    return {instance: machine.get_unit_property(f"opencode-{instance}.service", "MainPID") for instance in instances}


with subtest("the first generation boots"):
    wait_for_units("moving")
    first = runs("generation a")
    equal(machine.systemctl("start opencode-unwanted.service")[0], 0, "the exit status of systemctl")
    before = processes()
    wait_for_server("staying")
    staying = machine.get_unit_property("opencode-staying.service", "MainPID")

with subtest("the second one is switched to: link and server are its"):
    machine.succeed(SWITCH["generation b"])
    second = runs("generation b")
    expect(second != first, second)
    for instance, process in processes().items():
        expect(process not in ("0", before[instance]), f"the server of {instance} was not restarted: {process}")

with subtest("an instance with restartIfChanged = false stays as it is"):
    wait_for_server("staying")
    equal(machine.get_unit_property("opencode-staying.service", "MainPID"), staying, "the server's process")
    equal(ask("staying", "/config")["username"], "generation a", "the configuration")

with subtest("its /run/current-system is that of its start: a mount cannot follow the link"):
    seen = in_sandbox("staying", "readlink -f /run/current-system/etc/opencode-setup/moving.json")[1].strip()
    now = machine.succeed("readlink -f /run/current-system/etc/opencode-setup/moving.json").strip()
    expect(seen.startswith("/nix/store/") and seen != now, seen, now)

with subtest("after a crash, it is a new server with what its setup made before the switch"):
    machine.succeed("systemctl kill --signal=KILL opencode-staying.service")
    machine.wait_until_succeeds(
        f"systemctl is-active opencode-staying.service && test $(systemctl show --value --property=MainPID opencode-staying) != {staying}",
        timeout=UNIT_SECONDS,
    )
    wait_for_server("staying")
    equal(ask("staying", "/config")["username"], "generation a", "the configuration")

with subtest("restarting its setup brings the new configuration in"):
    machine.succeed("systemctl restart opencode-staying-setup.service")
    wait_for_server("staying")
    equal(ask("staying", "/config")["username"], "generation b", "the configuration")

with subtest("and back"):
    machine.succeed(SWITCH["generation a"])
    equal(runs("generation a"), first, "the link")

with subtest("nothing of either is left behind"):
    folder = machine.succeed(f"find {STATE}/moving/.config/opencode -name '*opencode.json*' -printf '%f\\n'").split()
    equal(folder, ["opencode.json"], "the folder of the configuration")
