# Three instances of one person do not see each other's state, projects and processes.
import time

OTHERS = {"two": f"{STATE}/two", "three": "/srv/state-of-three"}

wait_for_server("one")
for instance, home in OTHERS.items():
    wait_for_units(instance)
    machine.succeed(f"runuser -u alice -- sh -c 'echo file-of-{instance} > {home}/secret'")

with subtest("outside, alice can read all of it: owners do not separate them"):
    machine.succeed(f"runuser -u alice -- cat {STATE}/one/{CONFIG}")
    for instance, home in OTHERS.items():
        equal(machine.succeed(f"runuser -u alice -- cat {home}/secret").strip(), f"file-of-{instance}", "the file")
        pid = machine.get_unit_property(f"opencode-{instance}.service", "MainPID")
        machine.succeed(f"runuser -u alice -- grep --text --quiet secret-of-{instance} /proc/{pid}/environ")

status, output = in_sandbox(
    "one",
    f"""
    echo "states: $(ls -A {STATE} | xargs)"
    echo "projects: $(ls -A {PROJECTS} | xargs)"
    for home in {" ".join(OTHERS.values())}; do cat "$home/secret" 2> /dev/null; ls -A "$home" 2> /dev/null; done
    for process in /proc/[0-9]*; do
      tr '\\0' '\\n' < "$process/environ" 2> /dev/null | grep ^SECRET_OF
      for home in {" ".join(OTHERS.values())}; do cat "$process/root$home/secret" "$process/cwd/secret" 2> /dev/null; done
    done
    echo "own: $(cat "$HOME/{CONFIG}" | wc -c)"
    echo end
    """,
)
expect(output.rstrip().endswith("end"), output)

with subtest("the folders of states and of projects hold the instance's own"):
    expect("states: one\n" in output, output)
    expect("projects: one\n" in output, output)
    expect("own: 0" not in output, "the instance cannot read its own state", output)

with subtest("a state directory of another place is closed, too"):
    expect("state-of-three" not in output, output)

with subtest("no process of another instance gives its files or its variables away (systemd 257)"):
    if int(machine.succeed("systemctl --version | head -1 | cut -d' ' -f2")) >= 257:
        for instance in OTHERS:
            expect(f"secret-of-{instance}" not in output, f"a variable of {instance}", output)
            expect(f"file-of-{instance}" not in output, f"a file of {instance}", output)
        expect("SECRET_OF=secret-of-one" in output, "the script did not find its own, and so proves nothing", output)
    else:
        print("skipped: this systemd is older than 257, which the module says for several instances of one user")

with subtest("the server is the first process of its namespace, and stops all the same"):
    began = time.monotonic()
    machine.succeed("systemctl stop opencode-one.service")
    took = time.monotonic() - began
    print(f"stopping took {took:.1f} s")
    machine.succeed("systemctl start opencode-one.service")
    wait_for_server("one")
