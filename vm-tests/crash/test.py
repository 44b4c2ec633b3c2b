# The power goes while a state directory is being set up, for the first time or for a new configuration.
#
# What lies between two changes of a setup is shorter than it takes to cut the power. So setups are slowed down here, and
# each cut comes a while after the first change is seen: somewhere between that and a little after the last. That time is
# divided among the cuts, so that a few of them cover all of it; OPENCODE_SETUP_FULL_TESTS asks for more of them.
import os
import random
import time

CUTS = 20 if os.environ.get("OPENCODE_SETUP_FULL_TESTS") else 8
SETUP = "opencode-cut-setup.service"
HOME = f"{STATE}/cut"
RECORD = f"{HOME}/.local/state/opencode-setup/state.json"
BY_HAND = '{ "username": "by hand" }\n'
NOTES = "notes of the user\n"
FIRST_SETUP = f"systemctl start {SETUP}"
CHANGE = "/run/booted-system/specialisation/b/bin/switch-to-configuration test"
# What each of them changes first.
FIRST_SIGN = {FIRST_SETUP: f"{HOME}/.cache", CHANGE: RECORD}

# Starts a command, waits until something about a path is different, and prints when that was.
START_AND_WATCH = """
import os, subprocess, sys, time

def look(path):
    return os.lstat(path).st_ino if os.path.lexists(path) else None

path, command = sys.argv[1:]
before, began = look(path), time.time()
nowhere = subprocess.DEVNULL
subprocess.Popen(["sh", "-c", command], stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
while look(path) == before:
    time.sleep(0.002)
    if time.time() > began + 60:
        sys.exit("nothing has changed at " + path)
print(time.time())
"""

seed = random.randrange(1 << 32)
chance = random.Random(seed)
print(f"the seed of the moments is {seed}")


def before_first_setup():
    """An instance that never ran, with two files of its user, one of them where the link goes."""
    machine.succeed(f"systemctl stop opencode-cut.service {SETUP}", f"rm -rf {HOME}")
    machine.succeed(f"install -d -m 700 -o opencode-cut -g opencode-cut {HOME} {HOME}/.config {HOME}/.config/opencode")
    for path, text in ((CONFIG, BY_HAND), ("notes", NOTES)):
        write_file(f"{HOME}/{path}", text)
        machine.succeed(f"chown opencode-cut:opencode-cut {HOME}/{path}")
    # Its user wrote them long ago.
    machine.succeed("sync")


def changes_made(since=0):
    """When, and which: what the setup unit has told of, since a time or since the machine started."""
    lines = journal(SETUP, f"--boot --output=json --since=@{since}").splitlines()
    told = [(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, entry["MESSAGE"]) for entry in map(json.loads, lines)]
    return [(when, what) for when, what in told if what.startswith("cut: ") and not what.startswith("cut: ready")]


def start_and_watch(command):
    """Starts a setup, slowed down until the next boot; ends when its first change is seen, and tells the time of that."""
    machine.succeed(f"systemctl set-property --runtime {SETUP} CPUQuota=10%")
    return float(machine.succeed(f"python3 /root/watch.py {FIRST_SIGN[command]} '{command}'"))


def duration_of_changes(command):
    """Seconds from the first change to the last, when nobody disturbs a command."""
    first = start_and_watch(command)
    machine.wait_until_succeeds(f"systemctl is-active {SETUP}", timeout=UNIT_SECONDS)
    changes = changes_made(first - 1)
    expect(changes, f"the journal has no changes of {SETUP}", journal(SETUP))
    print(f"undisturbed, {len(changes)} changes take {changes[-1][0] - first:.2f} s: {command}")
    return changes[-1][0] - first


def moments(command, number):
    """Seconds between the first change and a cut: of as many equal parts of the time in question, one in each."""
    part = 1.2 * durations[command] / number
    found = [part * (index + chance.random()) for index in range(number)]
    chance.shuffle(found)
    return found


def cut_during(command, moment):
    """Takes the power away. What the disk has then, is left."""
    start_and_watch(command)
    time.sleep(moment)
    machine.crash()
    machine.start()


def everything_is_there():
    wait_until_healthy("cut")
    equal(ask("cut", "/global/config")["username"], "generation a", "the server's configuration")
    equal(machine.execute("opencode-setup check cut")[0], 0, "check's exit code")
    equal(machine.succeed(f"cat {HOME}/notes"), NOTES, "the user's notes")
    # It may have been moved before the cut or after it; it is there once, and whole.
    kept = machine.succeed(f"cat {HOME}/{CONFIG}.backup-*")
    equal(kept, BY_HAND, "the user's configuration")
    left = machine.succeed(f"find {HOME} -name '.*.opencode-setup' -o -name 'state.json?*' -o -name '*.backup-[2-9]*'")
    equal(left, "", "what is left of interrupted runs")


wait_for_units("cut")
write_file("/root/watch.py", START_AND_WATCH)
before_first_setup()
durations = {command: duration_of_changes(command) for command in (FIRST_SETUP, CHANGE)}
to_come = {command: moments(command, CUTS // 2) for command in durations}

still_due = {FIRST_SETUP: [], CHANGE: []}
for number in range(1, CUTS + 1):
    command, name = (FIRST_SETUP, "the first setup") if number % 2 else (CHANGE, "a change of configuration")
    with subtest(f"power cut {number} of {CUTS}, during {name}"):
        if command == FIRST_SETUP:
            before_first_setup()
        moment = to_come[command].pop()
        cut_during(command, moment)
        everything_is_there()
        still_due[command].append(len(changes_made()))
        print(f"cut {moment:.3f} s after the first change; the next setup had {still_due[command][-1]} changes to make")

with subtest("the cuts came in the middle of it"):
    # Not all of them have to; but if none did, nothing would be tested here. Of a change this cannot be told: the next
    # boot is one of generation A again, and a link to B's file is due then whether B's record was written or not.
    expect(any(still_due[FIRST_SETUP]), "no cut came before the end of a first setup", still_due)
