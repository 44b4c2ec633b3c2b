# Servers sleep until a client comes, and again when nothing has happened for a while.
import os
import time

INSTANCES = ("plain", "closed")
# Clearly longer than the idle time, which is one second.
LONGER = 3
STARTS = 200 if os.environ.get("OPENCODE_SETUP_FULL_TESTS") else 20
STARTS_OF_OPENCODE = STARTS // 4
AT_REST = 200
GO_ON = "/run/provider-goes-on"


def call(instance, route, body=None, seconds=60):
    """As `request`, with the password that was made on the machine where there is one."""
    command = request(instance, route, body, seconds)
    return command if instance == "closed" else command + with_password(instance)


def answer_of(instance, route, body=None, seconds=60):
    return json.loads(machine.succeed(call(instance, route, body, seconds)))


def units_of(instance):
    """All that may run of an instance."""
    names = ["", "-in", "-idle", "-setup"] + (["-out", "-proxy", "-host-18080"] if instance == "closed" else [])
    return [f"opencode-{instance}{name}.service" for name in names]


def stays_awake(instance, seconds=LONGER):
    before = server_of(instance)
    expect(before != "0", f"{instance} sleeps")
    time.sleep(seconds)
    equal(server_of(instance), before, f"the server of {instance}")


def server_url(instance):
    """Where the server itself listens."""
    return json.loads(machine.succeed(f"cat /etc/opencode-setup/{instance}.json"))["server"]["url"]


def answers(instance):
    """From the first connection to the answer, in seconds."""
    began = time.monotonic()
    equal(answer_of(instance, "/global/health")["healthy"], True, "the answer")
    return time.monotonic() - began


machine.wait_for_unit("multi-user.target")
machine.succeed("systemd-run --unit=provider python3 /etc/opencode-tests/slow-provider.py")

with subtest("after the boot, systemd listens and nothing else runs"):
    for each in (*INSTANCES, "late"):
        sleeps(each, units_of(each))

with subtest("a client without the password wakes it and is refused; the password is made then"):
    machine.fail(request("plain", "/global/health"))
    machine.succeed("test -s /var/lib/opencode-passwords/plain")
    wait_until_asleep("plain", units_of("plain"))

with subtest("the first connection starts setup and server, and is answered; when nothing happens, all of it sleeps"):
    for each in INSTANCES:
        print(f"{each}: answered after {answers(each):.1f} s")
        # The watch begins beside the first answer.
        for unit in units_of(each)[:4]:
            machine.wait_until_succeeds(f"systemctl is-active {unit}", timeout=10)
    for each in INSTANCES:
        wait_until_asleep(each, units_of(each))

with subtest("one that is started by hand sleeps as well"):
    machine.succeed("systemctl start opencode-plain.service")
    equal(property_of("opencode-plain-in.service", "ActiveState"), "inactive", "the door")
    wait_until_asleep("plain", units_of("plain"))

with subtest("not in the middle of a turn, also in another directory than its own"):
    turns = {}
    machine.succeed("install -d -o opencode-plain -g opencode-plain /var/lib/opencode/projects/plain/other")
    for each, where in (("plain", "?directory=/var/lib/opencode/projects/plain/other"), ("closed", "")):
        turns[each] = (answer_of(each, f"/session{where}", {})["id"], where)
        session = turns[each][0]
        machine.succeed(call(each, f"/session/{session}/prompt_async{where}", {"parts": [{"type": "text", "text": "Go."}]}))
    for each in INSTANCES:
        stays_awake(each)
    for each in INSTANCES:
        equal(property_of(f"opencode-{each}-in.service", "ActiveState"), "inactive", "the door")
    machine.succeed(f"touch {GO_ON}")
    for each, (session, where) in turns.items():
        wait_until_asleep(each, units_of(each))
        expect("Done." in json.dumps(answer_of(each, f"/session/{session}/message{where}")), f"the turn of {each} did not end")

with subtest("not with a terminal open, and not with an event stream"):
    terminal = answer_of("plain", "/pty", {"command": "/bin/sleep", "args": ["600"]})["id"]
    write_file("/etc/opencode-tests-stream", f"exec {call('closed', '/event', seconds=600)} --no-buffer\n")
    machine.succeed("systemd-run --unit=stream sh /etc/opencode-tests-stream")
    machine.wait_until_succeeds("journalctl --unit=stream | grep server.connected", timeout=60)
    stays_awake("closed")
    stays_awake("plain", 1)
    equal(property_of("opencode-plain-in.service", "ActiveState"), "inactive", "the door")
    machine.succeed(call("plain", f"/pty/{terminal}") + " --request DELETE", "systemctl stop stream")
    for each in INSTANCES:
        wait_until_asleep(each, units_of(each))

with subtest("not one that does not answer, since it may be in a turn"):
    answers("plain")
    machine.succeed("systemctl kill --kill-whom=main --signal=STOP opencode-plain.service")
    stays_awake("plain")
    machine.succeed("systemctl kill --kill-whom=main --signal=CONT opencode-plain.service")
    wait_until_asleep("plain", units_of("plain"))

with subtest("whoever listens in the place of a server whose setup fails gets nothing of what clients send"):
    address, port = server_url("late").removeprefix("http://").split(":")
    machine.succeed(f"systemd-run --unit=foreign --uid=65534 python3 /etc/opencode-tests/foreign.py {address} {port}")
    machine.wait_for_open_port(int(port), address, timeout=20)
    for _ in range(3):
        machine.fail(request("late", "/global/health") + " --user opencode:secret")
    said = journal("foreign")
    expect("secret" not in said and "GET" not in said, said)
    machine.succeed("systemctl stop foreign")

with subtest("nor does whoever takes the place of a server that ends, in a restart or by itself, while clients ask"):
    for number, end in enumerate(("restart", "kill --kill-whom=main --signal=KILL")):
        answers("plain")
        ask_on = f"while true; do {call('plain', '/global/health', seconds=5)}; done"
        write_file("/etc/opencode-tests-askers", f"({ask_on}) &\n" * 4 + "wait\n")
        machine.succeed(f"systemd-run --unit=askers-{number} sh /etc/opencode-tests-askers")
        address, port = server_url("plain").removeprefix("http://").split(":")
        machine.succeed(f"systemd-run --unit=greedy-{number} --uid=65534 python3 /etc/opencode-tests/foreign.py {address} {port}")
        time.sleep(2)
        machine.execute(f"systemctl {end} opencode-plain.service")
        machine.wait_until_succeeds(f"journalctl --unit=greedy-{number} | grep listens", timeout=30)
        time.sleep(2)
        said = journal(f"greedy-{number}")
        expect("GET" not in said, said)
        machine.succeed(f"systemctl stop askers-{number} greedy-{number}")
        wait_until_asleep("plain", units_of("plain"))

with subtest("a setup that fails leaves the socket, and what comes when it is ready is answered"):
    for _ in range(30):
        machine.fail(request("late", "/global/health"))
    equal(property_of("opencode-late-in.socket", "ActiveState"), "active", "the socket")
    machine.succeed("touch /etc/opencode-tests-ready")
    # Nobody asks, so it may sleep again before anybody looks.
    machine.wait_until_succeeds("journalctl --unit=opencode-late | grep 'late: ready, as declared'", timeout=UNIT_SECONDS)
    answers("late")
    wait_until_asleep("late", units_of("late"))

with subtest("the terminal client wakes a server that sleeps"):
    sleeps("plain", units_of("plain"))
    # On a terminal, and ended by a signal like one that is closed.
    machine.execute("timeout --signal=HUP 20 script --quiet --command 'opencodectl attach plain' /tmp/terminal < /dev/null > /dev/null 2>&1 & sleep 12")
    expect(server_of("plain") != "0", journal("opencode-plain-in"))
    equal(property_of("opencode-plain-in.service", "ActiveState"), "active", "the door")
    machine.succeed("sleep 9")
    wait_until_asleep("plain", units_of("plain"))

with subtest("stops and starts under a client that asks about once a second: none of its requests is lost"):
    for each, starts in (("quick", STARTS), ("plain", STARTS_OF_OPENCODE)):
        client = f"/etc/opencode-tests/client.py opencode-{each}.service http://127.0.0.1:{port_of(each)}/session/status {starts}"
        machine.succeed(f"systemd-run --unit=client-{each} --property=Type=exec --remain-after-exit python3 {client}")
    for each in ("quick", "plain"):
        machine.wait_until_succeeds(f"systemctl show --property=SubState client-{each} | grep 'exited\\|failed'", timeout=STARTS * 15)
        print(journal(f"client-{each}"))
        equal(property_of(f"client-{each}.service", "Result"), "success", f"the result of the client of {each}")
    wait_until_asleep("quick", units_of("quick"))

with subtest("a switch restarts what runs, lets sleep what sleeps, and leaves the sockets"):
    sockets = {each: property_of(f"opencode-{each}-in.socket", "ActiveEnterTimestampMonotonic") for each in INSTANCES}
    sleeps("closed", units_of("closed"))
    answers("plain")
    before = server_of("plain")
    machine.succeed("/run/booted-system/specialisation/b/bin/switch-to-configuration test")
    expect(server_of("plain") not in ("0", before), f"the server of plain: {server_of('plain')}")
    sleeps("closed", units_of("closed"))
    wait_until_asleep("plain", units_of("plain"))
    for each in INSTANCES:
        equal(answer_of(each, "/config")["username"], "generation b", f"the configuration of {each}")
        equal(property_of(f"opencode-{each}-in.socket", "ActiveEnterTimestampMonotonic"), sockets[each], "since when it listens")
        wait_until_asleep(each, units_of(each))

with subtest("one that does not run with what is declared is not tried again, and nobody listens"):
    write_file(f"{STATE}/closed/.config/opencode/opencode.jsonc", '{ "username": "somebody else" }')
    machine.fail(request("closed", "/global/health"))
    machine.wait_until_succeeds("test $(systemctl show --value --property=ActiveState opencode-closed-in.socket) = inactive", timeout=20)
    machine.wait_until_succeeds("test $(systemctl show --value --property=MainPID opencode-closed.service) = 0", timeout=UNIT_SECONDS)
    time.sleep(1)
    equal(server_of("closed"), "0", "the server")
    machine.succeed(f"rm {STATE}/closed/.config/opencode/opencode.jsonc", "systemctl start opencode-closed-in.socket")
    answers("closed")

with subtest(f"{AT_REST} instances at rest cost next to nothing, and any of them answers in seconds"):
    write_file("/etc/opencode-tests-password", "secret\n")
    machine.succeed(f"python3 /etc/opencode-tests/copies.py {AT_REST} {port_of('rest')}")

    def processes():
        return int(machine.succeed("ls -d /proc/[0-9]* | wc -l"))

    def manager():
        return int(machine.succeed("sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/1/status")) / 1024

    wait_until_asleep("closed", units_of("closed"))
    before = (processes(), manager())
    machine.succeed("systemctl daemon-reload")
    sockets = " ".join(f"opencode-rest-{number}-in.socket" for number in range(1, AT_REST + 1))
    machine.succeed(f"systemctl start {sockets}")
    after = (processes(), manager())
    print(f"processes {before[0]} -> {after[0]}, memory of systemd {before[1]:.0f} -> {after[1]:.0f} MiB")
    expect(after[0] - before[0] < 5, "processes run for instances at rest")
    for number in (1, AT_REST // 2, AT_REST):
        began = time.monotonic()
        machine.succeed(f"curl --silent --fail --max-time 60 --user opencode:secret http://127.0.0.1:{20000 + number}/global/health")
        print(f"rest-{number}: answered after {time.monotonic() - began:.1f} s")
    equal(machine.succeed("systemctl list-units --plain --no-legend --state=active 'opencode-rest-*-setup.service' | wc -l").strip(), "3", "servers")
