# Fifty instances on one machine.
import re

INSTANCES = ["first", "last", *(f"fleet-{number}" for number in range(1, 49))]

with subtest("all setup units and all servers are up"):
    for suffix in ("-setup.service", ".service"):
        wanted = " ".join(f"opencode-{instance}{suffix}" for instance in INSTANCES)
        machine.wait_until_succeeds(f"test $(systemctl is-active {wanted} | grep -cx active) = {len(INSTANCES)}", timeout=600)
    equal(machine.succeed("systemctl list-units --failed --no-legend --plain 'opencode-*'"), "", "units that failed")

with subtest("all are as their manifests want it"):
    status, output = machine.execute("opencode-setup check --all")
    equal(status, 0, f"check's exit code, having said {output}")
    for instance in INSTANCES:
        expect(re.search(rf"\b{instance}\b", output), f"no row for {instance}", output)

with subtest("both real servers give their configuration"):
    for instance in ("first", "last"):
        wait_for_server(instance)

with subtest("what it took"):
    times = machine.succeed(
        "systemctl show --property=Id,ExecMainStartTimestampMonotonic,ExecMainExitTimestampMonotonic 'opencode-*-setup.service'"
    )
    began = [int(value) for value in re.findall(r"^ExecMainStartTimestampMonotonic=(\d+)$", times, re.MULTILINE)]
    ended = [int(value) for value in re.findall(r"^ExecMainExitTimestampMonotonic=(\d+)$", times, re.MULTILINE)]
    equal(len(ended), len(INSTANCES), "the number of setup units")
    each = sorted(end - begin for begin, end in zip(began, ended))
    print(f"50 setups: {(max(ended) - min(began)) / 1e6:.1f} s from the first start to the last end")
    print(f"one setup: {each[len(each) // 2] / 1e3:.0f} ms in the middle, {each[-1] / 1e3:.0f} ms at most")
    used = machine.succeed("free --mebi | awk '/^Mem:/ { print $3 }'").strip()
    pids = [machine.get_unit_property(f"opencode-{name}.service", "MainPID") for name in ("first", "last")]
    real = [int(machine.succeed(f"ps -o rss= -p {pid}")) // 1024 for pid in pids]
    print(f"memory: {used} MiB in use on the machine, of which the two servers {real[0]} and {real[1]} MiB")
    expect(max(ended) - min(began) < 300e6, "fifty setups took more than five minutes")
