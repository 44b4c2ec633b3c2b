# A setup that fails is tried again, and the server comes up by itself; nobody waits for that.
import time

machine.wait_for_unit("multi-user.target", timeout=UNIT_SECONDS)


def restarts(instance):
    return int(machine.get_unit_property(f"opencode-{instance}-setup.service", "NRestarts"))


def comes_up(instance):
    for unit in (f"opencode-{instance}-setup", f"opencode-{instance}"):
        machine.wait_until_succeeds(f"systemctl is-active {unit}.service", timeout=UNIT_SECONDS)


with subtest("a hook that fails at first: the server comes up by itself"):
    comes_up("flaky")
    said = journal("opencode-flaky-setup")
    expect(all(f"attempt {number} fails" in said for number in (1, 2, 3)), said)
    equal(restarts("flaky"), 3, "how often it was tried again")

with subtest("a hook that hangs is ended, and does not keep the boot waiting"):
    comes_up("hanging")
    expect("timed out" in journal("opencode-hanging-setup"), journal("opencode-hanging-setup"))

with subtest("a secret that is late: the boot is over, and nothing waits for it"):
    machine.fail("systemctl is-active opencode-secret.service")
    machine.wait_until_succeeds("systemctl list-jobs | grep 'No jobs'", timeout=UNIT_SECONDS)
    expect(restarts("secret") >= 1, "it was not tried again")

with subtest("when it is there, the server comes up by itself, with what it says"):
    write_file("/srv/late/secret.env", "SECRET=late\n")
    comes_up("secret")
    equal(environment_of("secret")["SECRET"], "late", "the secret")

with subtest("the pauses between attempts grow, where systemd knows how (254)"):
    if int(machine.succeed("systemctl --version | head -1 | cut -d' ' -f2")) >= 254:
        lines = map(json.loads, journal("opencode-flaky-setup", "--boot --output=json").splitlines())
        told = [(int(line["__MONOTONIC_TIMESTAMP"]) / 1e6, line["MESSAGE"]) for line in lines]
        tries = [when for when, what in told if "Scheduled restart job" in what]
        pauses = [later - earlier for earlier, later in zip(tries, tries[1:])]
        expect(len(pauses) == 2 and pauses[1] > 1.25 * pauses[0], pauses, told)
    else:
        print("skipped: this systemd is older than 254")

with subtest("a server that nothing wants is not started by its setup"):
    machine.execute("systemctl start opencode-unwanted-setup.service")
    machine.wait_until_succeeds("systemctl is-active opencode-unwanted-setup.service", timeout=UNIT_SECONDS)
    machine.fail("systemctl is-active opencode-unwanted.service")

with subtest("a usage error, a conflict and a bad manifest are not tried again"):
    for instance, code in (("misused", "2"), ("conflicting", "5"), ("unreadable", "6")):
        wait_until_setup_failed(instance, tried_again=False)
        equal(machine.get_unit_property(f"opencode-{instance}-setup.service", "ExecMainStatus"), code, "the exit code")
        equal(restarts(instance), 0, f"how often the setup of {instance} was tried again")

with subtest("a switch does not wait for a secret, either, and the server comes up when it is there"):
    began = time.monotonic()
    status, output = machine.execute("/run/booted-system/specialisation/b/bin/switch-to-configuration test")
    equal(status, 4, f"the exit code of the switch, which said {output}")
    expect(time.monotonic() - began < UNIT_SECONDS / 4, "the switch waited")
    machine.fail("systemctl is-active opencode-secret.service")
    write_file("/srv/late/second.env", "SECRET=later\n")
    comes_up("secret")
    equal(environment_of("secret")["SECRET"], "later", "the secret")
