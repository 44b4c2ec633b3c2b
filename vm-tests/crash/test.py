# The power goes while a state directory is being set up, for the first time or for a new configuration.
#
# Every cut is at another moment, from right after the start to a little after the end, however long that takes here.
import random
import time

CUTS = 20
HOME = f"{STATE}/cut"
BY_HAND = '{ "username": "by hand" }\n'
NOTES = "notes of the user\n"
FIRST_SETUP = "systemctl start opencode-cut-setup.service"
SWITCH_TO_B = "/run/booted-system/specialisation/b/bin/switch-to-configuration test"

seed = random.randrange(1 << 32)
chance = random.Random(seed)
print(f"the seed of the moments is {seed}")


def before_first_setup():
    """An instance that never ran, with two files of its user, one of them where the link goes."""
    machine.succeed("systemctl stop opencode-cut.service opencode-cut-setup.service", f"rm -rf {HOME}")
    machine.succeed(f"install -d -m 700 -o opencode-cut -g opencode-cut {HOME} {HOME}/.config {HOME}/.config/opencode")
    for path, text in ((CONFIG, BY_HAND), ("notes", NOTES)):
        write_file(f"{HOME}/{path}", text)
        machine.succeed(f"chown opencode-cut:opencode-cut {HOME}/{path}")
    # Its user wrote them long ago.
    machine.succeed("sync")


def duration_of(command):
    began = time.monotonic()
    machine.succeed(command)
    return time.monotonic() - began


def cut_during(command):
    """Starts something and takes the power away at a moment nobody chose. What the disk has then, is left."""
    machine.succeed(f"{command} > /dev/null 2>&1 &")
    delay = chance.uniform(0, 1.2 * durations[command])
    time.sleep(delay)
    machine.crash()
    machine.start()
    return delay


def everything_is_there():
    wait_until_healthy("cut")
    equal(ask("cut", "/global/config")["username"], "generation a", "the server's configuration")
    equal(machine.execute("opencode-setup check cut")[0], 0, "check's exit code")
    equal(machine.succeed(f"cat {HOME}/notes"), NOTES, "the user's notes")
    # It may have been moved before the cut or after it; it is there once, and whole.
    kept = machine.succeed(f"cat {HOME}/{CONFIG}.backup-*")
    equal(kept, BY_HAND, "the user's configuration")
    left = machine.succeed(f"find {HOME} -name '.*.opencode-setup' -o -name 'state.json.new' -o -name '*.backup-[2-9]*'")
    equal(left, "", "what is left of interrupted runs")


machine.wait_for_unit("opencode-cut.service")
before_first_setup()
durations = {command: duration_of(command) for command in (FIRST_SETUP, SWITCH_TO_B)}
print("undisturbed, they take " + " and ".join(f"{seconds:.2f}" for seconds in durations.values()) + " s")

moments = []
for number in range(1, CUTS + 1):
    first = number % 2 == 1
    with subtest(f"power cut {number} of {CUTS}, during {'the first setup' if first else 'a change of configuration'}"):
        if first:
            before_first_setup()
            moments.append(cut_during(FIRST_SETUP))
        else:
            moments.append(cut_during(SWITCH_TO_B))
        everything_is_there()

print("power was cut after " + ", ".join(f"{moment:.2f}" for moment in moments) + " s")
