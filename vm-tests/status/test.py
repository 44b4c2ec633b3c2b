# How instances stand, one in each way, compared with what systemd, the servers and the disk say.
import time

FILE = "/var/lib/opencode-metrics/opencode.prom"
NAMES = ["broken", "closed", "drifted", "good", "napping", "overridden", "stopped"]
OVERRIDE = f"{STATE}/overridden/.opencode/opencode.json"
REFUSALS = 3
# More than the usual five seconds, for a host that has much else to do.
STATUS = "opencodectl status --timeout 60"


def documents(command=f"{STATUS} --json"):
    lines = machine.succeed(f"{command} 2> /tmp/complaints || {{ cat /tmp/complaints; exit 1; }}").splitlines()
    return {one["instance"]: one for one in map(json.loads, lines)}


def table(command=STATUS):
    """The cells of each instance. No cell has two spaces in a row."""
    lines = machine.succeed(f"{command} 2> /tmp/complaints").splitlines()
    print("\n".join(lines))
    header = [one for one in lines[0].split("  ") if one]
    columns = [one.strip() for one in header]
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines[1:]]
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}


def samples(text):
    """The value of each metric by its name and the instance."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            series, value = line.rsplit(" ", 1)
            name, labels = series.rstrip("}").split("{", 1)
            labels = dict(label.split("=", 1) for label in labels.split(","))
            key = (name, labels.pop("name").strip('"'), *(f"{key}={value}" for key, value in sorted(labels.items())))
            found[key] = int(value)
    return found


def taken(instance):
    return int(machine.succeed(f"du --one-file-system --summarize --block-size=1 {STATE}/{instance} | cut -f 1"))


with subtest("the instances come to stand as they should"):
    machine.succeed("systemctl start opencode-stopped opencode-napping")
    machine.succeed("systemctl stop opencode-stopped opencode-napping")
    machine.succeed("systemctl start opencode-napping-in.socket")
    for instance in ("good", "closed", "drifted", "overridden"):
        wait_for_units(instance)
    wait_until_setup_failed("broken")
    machine.succeed(f"rm {STATE}/drifted/{CONFIG}")
    write_file(OVERRIDE, '{"share": "manual"}')
    machine.succeed(f"chown -R opencode-overridden: {STATE}/overridden/.opencode && systemctl restart opencode-overridden")
    wait_for_server("overridden")
    for _ in range(2):
        ask("overridden", "/session", {"title": "one"})
    for _ in range(REFUSALS):
        in_sandbox("closed", "curl --silent --max-time 20 https://denied.example/\n")
    machine.wait_until_succeeds(
        f"test $(journalctl --unit=opencode-closed-proxy --grep='^refused' --output=cat | grep --count domain=denied) = {REFUSALS}",
        timeout=60,
    )

with subtest("the document says how each stands"):
    found = documents()
    equal(sorted(found), NAMES, "the instances")
    version = ask("overridden", "/global/health")["version"]
    facts = {
        name: (
            f"{one['unit']['active']}/{one['unit']['sub']}",
            one["setupFailed"],
            one["asleep"],
            one["healthy"],
            one["serverVersion"],
            one["configuration"]["inEffect"],
            one["configuration"]["drift"],
            one["refusals"],
        )
        for name, one in found.items()
    }
    running, dead = "active/running", "inactive/dead"
    equal(facts["good"], (running, False, False, True, version, True, False, None))
    equal(facts["closed"], (running, False, False, True, version, True, False, REFUSALS))
    equal(facts["overridden"], (running, False, False, True, version, False, False, None))
    equal(facts["drifted"], (running, False, False, False, None, None, True, None))
    equal(facts["stopped"], (dead, False, False, None, None, None, False, None))
    equal(facts["napping"], (dead, False, True, None, None, None, False, 0))
    equal(facts["broken"][:5], (dead, True, False, None, None))
    equal(found["overridden"]["sessions"], {"busy": 0, "total": 2}, "the sessions")
    equal([one["exitCode"] for one in found.values()], [0] * len(NAMES), "the exit codes")
    for name, one in found.items():
        equal(one["port"], port_of(name), f"the port of {name}")

with subtest("sizes, memory and restarts are those of the disk and of systemd"):
    for name in ("drifted", "stopped", "napping"):
        equal(found[name]["state"], {"bytes": taken(name), "complete": True}, f"the size of {name}")
    expect(found["good"]["state"]["bytes"] > 100_000, found["good"]["state"])
    machine.succeed("systemctl kill --signal=KILL opencode-drifted")
    machine.wait_until_succeeds("systemctl show --property=NRestarts,ActiveState opencode-drifted | grep -c '=1\\|=active' | grep 2", timeout=60)
    found = documents()
    equal(found["drifted"]["unit"]["restarts"], 1, "the restarts")
    for name in ("good", "closed"):
        memory = machine.get_unit_property(f"opencode-{name}.service", "MemoryCurrent")
        if memory.isdigit():
            expect(0.5 < found[name]["memoryBytes"] / int(memory) < 2, found[name]["memoryBytes"], memory)
        else:
            # Without control groups of version 2 nobody counts it.
            equal(found[name]["memoryBytes"], None, "the memory that nobody counts")

with subtest("the table says the same in short"):
    rows = table()
    equal(sorted(rows), NAMES, "the rows")
    short = {name: (row["STATE"], row["HEALTHY"], row["CONFIGURATION"], row["REFUSALS"]) for name, row in rows.items()}
    equal(short["good"], (running, "yes", "in effect", "-"))
    equal(short["closed"], (running, "yes", "in effect", str(REFUSALS)))
    equal(short["overridden"], (running, "yes", "overridden", "-"))
    equal(short["drifted"], (running, "no", "drift", "-"))
    equal(short["stopped"], (dead, "-", "-", "-"))
    equal(short["napping"], ("asleep", "-", "-", "0"))
    equal((short["broken"][0], short["broken"][1]), ("setup failed", "-"))
    equal(rows["overridden"]["SESSIONS"], "0/2", "the sessions")
    equal(sorted(table(f"{STATUS} good closed")), ["closed", "good"], "the rows of two")

with subtest("an isolated server is verified where it listens, and one that sleeps is left alone"):
    machine.succeed("opencodectl verify closed")
    said = machine.fail("opencodectl verify napping 2>&1")
    expect("down" in said, said)
    machine.fail("systemctl is-active opencode-napping.service")

with subtest("a user who is nobody in particular sees what everybody may"):
    rows = table("runuser -u nobody -- opencodectl status")
    complaints = machine.succeed("cat /tmp/complaints").splitlines()
    equal(len(complaints), 1, complaints)
    expect("run it as root" in complaints[0], complaints)
    equal(rows["good"]["STATE"], running)
    equal(rows["broken"]["STATE"], "setup failed")
    equal(rows["napping"]["STATE"], "asleep")
    for row in rows.values():
        hidden = [row[column] for column in ("VERSION", "HEALTHY", "CONFIGURATION", "SESSIONS", "SIZE", "REFUSALS")]
        equal(hidden, ["-"] * 6, row)

with subtest("the owner of an instance sees that one"):
    one = documents("runuser -u opencode-overridden -- opencodectl status overridden --json")["overridden"]
    equal((one["healthy"], one["configuration"]["inEffect"], one["restricted"]), (True, False, False))

with subtest("the timer has metrics written, of the same facts, with the rights of its unit"):
    machine.wait_for_file(FILE, timeout=60)
    # One that began after all that was done above.
    machine.succeed(f"rm {FILE}")
    for instance in ("good", "closed", "overridden"):
        machine.wait_until_succeeds(f"grep 'opencode_healthy.*\"{instance}\".* 1' {FILE}", timeout=120)
    equal(machine.succeed(f"stat --format='%a %U' {FILE}").strip(), "644 root", "the file")
    equal(machine.succeed("ls -A /var/lib/opencode-metrics").split(), ["opencode.prom"], "the folder")
    equal(machine.get_unit_property("opencodectl-metrics.service", "Result"), "success", "the result")
    written = samples(machine.succeed(f"cat {FILE}"))
    equal({key[1] for key in written}, set(NAMES), "the instances")
    for key, value in {
        ("opencode_healthy", "good"): 1,
        ("opencode_healthy", "closed"): 1,
        ("opencode_healthy", "drifted"): 0,
        ("opencode_configuration_in_effect", "good"): 1,
        ("opencode_configuration_overridden", "overridden"): 1,
        ("opencode_configuration_differences", "overridden", 'allowed="false"'): 1,
        ("opencode_home_drift", "drifted"): 1,
        ("opencode_home_drift", "good"): 0,
        ("opencode_home_warnings", "overridden"): 1,
        ("opencode_setup_failed", "broken"): 1,
        ("opencode_setup_failed", "good"): 0,
        ("opencode_asleep", "napping"): 1,
        ("opencode_asleep", "stopped"): 0,
        ("opencode_unit_active", "good"): 1,
        ("opencode_unit_active", "stopped"): 0,
        ("opencode_unit_restarts_total", "drifted"): 1,
        ("opencode_refusals_total", "closed"): REFUSALS,
        ("opencode_sessions", "overridden"): 2,
        ("opencode_sessions_busy", "overridden"): 0,
        ("opencode_state_bytes", "stopped"): taken("stopped"),
        ("opencode_state_complete", "stopped"): 1,
        ("opencode_instance_info", "good", f'version="{version}"'): 1,
        ("opencode_observed", "broken"): 1,
    }.items():
        equal(written.get(key), value, key)
    expect(("opencode_healthy", "napping") not in written, "a sleeping server was asked")

with subtest("none of this has woken the one that sleeps; a connection does"):
    machine.fail("systemctl is-active opencode-napping.service")
    machine.succeed("systemctl is-active opencode-napping-in.socket")
    machine.execute(f"curl --silent --max-time 5 http://127.0.0.1:{port_of('napping')}/")
    machine.wait_for_unit("opencode-napping.service", timeout=UNIT_SECONDS)

with subtest("a server that hangs is told of in seconds"):
    machine.succeed("systemctl kill --signal=STOP opencode-good")
    began = time.monotonic()
    hanging = documents("opencodectl status --json")["good"]
    expect(time.monotonic() - began < 15, time.monotonic() - began)
    equal((hanging["healthy"], hanging["serverVersion"]), (False, None))
    expect("GET /global/health" in hanging["notes"][0], hanging["notes"])
    machine.succeed("systemctl kill --signal=CONT opencode-good")
