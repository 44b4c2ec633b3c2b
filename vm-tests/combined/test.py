# All features at once, with both majors: nginx in front of servers that sleep, with keys that they do not have.
import time

BOTH = ("one", "two")
OTHER = {"one": "two", "two": "one"}
KEYS = {"one": "sk-one-51c0ffee", "two": "sk-two-7ea5e7a1"}
METRICS = "/var/lib/opencode-metrics/opencode.prom"
INTERNET, ADDRESS = "/etc/false-internet", "203.0.113.10"
HOSTS = ("provider.example", "registry.example")
# Clearly longer than the idle time, which is three seconds.
LONGER = 7
ROUTES = {
    "one": {"health": "/global/health", "events": "/event", "session": "/session", "pty": "/pty", "known": ["/config", "/provider"]},
    "two": {"health": "/api/health", "events": "/api/event", "session": "/api/session", "pty": "/api/pty", "known": ["/api/provider", "/api/model"]},
}


def make_internet():
    """A public address on the loopback of the machine, its names, a CA, and the provider that answers there."""
    machine.succeed(f"ip address replace {ADDRESS}/32 dev lo")
    machine.succeed("rm -f /etc/resolv.conf && echo nameserver 127.0.0.54 > /etc/resolv.conf")
    names = ",".join(f"DNS:{name}" for name in HOSTS)
    machine.succeed(
        f"mkdir -p {INTERNET} && cd {INTERNET}"
        " && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem"
        " -addext keyUsage=critical,keyCertSign 2>&1"
        f" && openssl req -newkey rsa:2048 -nodes -subj /CN=host -keyout host.key -addext subjectAltName={names}"
        " -CA ca.pem -CAkey ca.key -days 2 -x509 -out host.pem 2>&1"
    )
    for unit, script in (("dns", "dns.py 127.0.0.54"), ("provider", "behind_tls.py")):
        machine.succeed(f"systemd-run --unit={unit} python3 /etc/opencode-tests/{script}")
    machine.wait_until_succeeds("journalctl --unit=dns | grep ready", timeout=60)
    machine.wait_for_open_port(443, ADDRESS, timeout=60)


def make_secrets():
    for instance, key in KEYS.items():
        write_file(f"/etc/keys/{instance}", key + "\n")
    write_file("/etc/keys/password", "correct horse\n")
    machine.succeed("chmod 700 /etc/keys && chmod 400 /etc/keys/*")


def through_nginx(instance, route, body=None, seconds=60, password_of=None):
    """The command that asks a server by its name, with the password that a member of the group is told."""
    command = (
        f"curl --silent --show-error --fail --globoff --max-time {seconds} --resolve {instance}.example:80:127.0.0.1"
        f' --user "opencode:$(runuser -u alice -- opencodectl password {password_of or instance})" http://{instance}.example{route}'
    )
    if body is not None:
        command += " --header 'content-type: application/json' --data " + shlex.quote(json.dumps(body))
    return command


def answer_of(instance, route, body=None, seconds=60):
    return json.loads(machine.succeed(through_nginx(instance, route, body, seconds)))


def units_of(instance):
    """All that may run of an instance."""
    return [f"opencode-{instance}{name}.service" for name in ("", "-in", "-idle", "-setup", "-out", "-proxy", "-credential-held")]


def stay_awake(seconds=LONGER):
    before = {each: server_of(each) for each in BOTH}
    expect("0" not in before.values(), "one sleeps", before)
    time.sleep(seconds)
    equal({each: server_of(each) for each in BOTH}, before, "the servers")


def wake(instance):
    equal(answer_of(instance, ROUTES[instance]["health"])["healthy"], True, f"the health of {instance}")


def ask_status():
    lines = machine.succeed("opencodectl status --json --timeout 30").splitlines()
    return {one["instance"]: one for one in map(json.loads, lines)}


def samples(*names):
    """For each instance, the values of metrics, as the unit of the timer writes them now."""
    machine.succeed("systemctl start opencodectl-metrics.service")
    values = dict(line.rsplit(" ", 1) for line in machine.succeed(f"cat {METRICS}").splitlines() if not line.startswith("#"))
    return {each: tuple(values.get(f'{name}{{name="{each}"}}') for name in names) for each in BOTH}


def start_stream(instance):
    """A client that reads events through nginx until it is stopped."""
    write_file(f"/etc/opencode-tests-stream-{instance}", f"exec {through_nginx(instance, ROUTES[instance]['events'], seconds=600)} --no-buffer\n")
    machine.succeed(f"systemd-run --collect --unit=stream-{instance} sh /etc/opencode-tests-stream-{instance}")
    # Of this run of the unit.
    said = f"journalctl _SYSTEMD_INVOCATION_ID=$(systemctl show --value --property=InvocationID stream-{instance})"
    machine.wait_until_succeeds(f"{said} | grep server.connected", timeout=60)


def stop_streams():
    machine.succeed("systemctl stop stream-one stream-two")


def begin_turn(instance):
    """Sends a prompt to a new session, and does not wait for the answer."""
    route = ROUTES[instance]["session"]
    if instance == "one":
        session = answer_of("one", route, {})["id"]
        machine.succeed(through_nginx("one", f"{route}/{session}/prompt_async", {"parts": [{"type": "text", "text": "Do your work."}]}))
    else:
        session = answer_of("two", route, {"location": {"directory": f"{PROJECTS}/two"}})["data"]["id"]
        answer_of("two", f"{route}/{session}/prompt", {"text": "Do your work."})
    return session


def messages_of(instance, session):
    return json.dumps(answer_of(instance, f"{ROUTES[instance]['session']}/{session}/message"))


def run_inside(instance, script):
    """As `in_sandbox`, with either major."""
    location = "" if instance == "one" else f"?location[directory]={PROJECTS}/two"
    return in_sandbox(instance, script, ask=lambda each, _, body: answer_of(each, ROUTES[each]["pty"] + location, body))


def keys_used():
    """The headers with keys that the provider has got since the last time."""
    lines = machine.succeed("cat /root/requests; rm /root/requests").splitlines()
    return [json.loads(line)["authorization"] for line in lines]


def attach(user, instance, arguments=""):
    """Opens the terminal client as this user until it has drawn where the server works, and gives back who ran it."""
    drawn = f"/tmp/{instance}-drawn-by-{user}"
    client = f"timeout 120 script --quiet --flush --command 'opencodectl attach {instance} {arguments}' {drawn}"
    # What is typed: nothing, and no end of it.
    machine.succeed(f"({{ timeout 120 tail --follow /dev/null | runuser -u {user} -- {client}; }} > /tmp/attach-log 2>&1 &)")
    machine.wait_until_succeeds(f"systemctl is-active --quiet opencode-{instance}.service", timeout=UNIT_SECONDS)
    # On a busy machine, a client takes longer than the idle time of this test to come to its first request.
    start_stream(instance)
    machine.wait_until_succeeds(f"grep --text {PROJECTS}/{instance} {drawn}", timeout=60)
    who = machine.succeed(f"ps -eo user=,args= | grep '[o]pencode.*http://127.0.0.1:{port_of(instance)}' | awk '{{print $1}}'").split()
    machine.succeed(f"pkill --full '[o]pencode.*http://127.0.0.1:{port_of(instance)}'")
    machine.wait_until_fails("pgrep --full 'opencodectl[ ]attach'", timeout=60)
    machine.succeed(f"systemctl stop stream-{instance}")
    return who


machine.wait_for_unit("multi-user.target")
make_internet()
make_secrets()
machine.succeed("systemctl restart opencode-one-clients opencode-two-clients")
machine.wait_for_open_port(80, "127.0.0.1", timeout=60)

with subtest("status and metrics tell of both that they sleep, and wake neither"):
    for each in BOTH:
        sleeps(each, units_of(each))
    found = ask_status()
    equal({each: (found[each]["asleep"], found[each]["healthy"]) for each in BOTH}, dict.fromkeys(BOTH, (True, None)), "status")
    machine.succeed("opencodectl status")
    equal(samples("opencode_asleep", "opencode_healthy"), dict.fromkeys(BOTH, ("1", None)), "the metrics")
    for each in BOTH:
        sleeps(each, units_of(each))

with subtest("a request through nginx wakes a server and is answered, with its own password only"):
    for each in BOTH:
        began = time.monotonic()
        wake(each)
        print(f"{each}: answered after {time.monotonic() - began:.1f} s")
        machine.fail(through_nginx(each, ROUTES[each]["session"], password_of=OTHER[each]))

with subtest("an event stream through nginx keeps it awake, and status and metrics see it"):
    for each in BOTH:
        start_stream(each)
    stay_awake()
    found = ask_status()
    for each in BOTH:
        equal((found[each]["asleep"], found[each]["healthy"], found[each]["configuration"]["inEffect"]), (False, True, True), f"the status of {each}")
    equal(samples("opencode_asleep", "opencode_healthy"), dict.fromkeys(BOTH, ("0", "1")), "the metrics")
    machine.succeed("opencodectl verify one two")

with subtest("when it closes, the server stops"):
    stop_streams()
    for each in BOTH:
        wait_until_asleep(each, units_of(each), seconds=60)

with subtest("in the middle of a turn it does not sleep, with nobody connected; afterwards it does"):
    machine.succeed("systemctl kill --signal=STOP provider")
    for each in BOTH:
        start_stream(each)
    turns = {each: begin_turn(each) for each in BOTH}
    # Until a turn has begun, a server knows of none.
    machine.wait_until_succeeds("test $(opencodectl status --json | grep --count '\"busy\":1') = 2", timeout=60)
    stop_streams()
    stay_awake()
    for each in BOTH:
        equal(property_of(f"opencode-{each}-in.service", "ActiveState"), "inactive", f"the door of {each}")
    equal({each: found["sessions"]["busy"] for each, found in ask_status().items()}, dict.fromkeys(BOTH, 1), "the sessions at work")
    machine.succeed("systemctl kill --signal=CONT provider")
    for each in BOTH:
        wait_until_asleep(each, units_of(each), seconds=60)

with subtest("each turn was made with the key that its server does not have"):
    for each in BOTH:
        start_stream(each)
    equal(sorted(set(map(tuple, keys_used()))), sorted((f"Bearer {key}",) for key in KEYS.values()), "the keys that the provider got")
    for each in BOTH:
        expect("All three are done." in messages_of(each, turns[each]), messages_of(each, turns[each]))
        equal(machine.succeed(f"cat {PROJECTS}/{each}/written.txt"), "a needle in a file\n", f"what the agent of {each} wrote")

with subtest("the key is in nothing that an agent or a reader of the journal has"):
    for each, key in KEYS.items():
        expect("held-outside" in machine.succeed(f"cat {STATE}/{each}/{CONFIG}"), "what stands in its place")
        machine.fail(f"grep --recursive --text --fixed-strings '{key}' {STATE}/{each} {PROJECTS}/{each}")
        variables = machine.succeed(f"cat /proc/{server_of(each)}/environ")
        expect("HTTPS_PROXY" in variables and key not in variables, f"the environment of {each}")
        for route in ROUTES[each]["known"]:
            answer = machine.succeed(through_nginx(each, route))
            expect("held" in answer and key not in answer, f"what {route} of {each} tells")
        expect(key not in messages_of(each, turns[each]), "the messages have the key")
    machine.succeed("journalctl --sync")
    for key in KEYS.values():
        machine.fail(f"journalctl --boot --no-pager --output=verbose --all | grep --text --fixed-strings '{key}'")

with subtest("what is inside reaches an allowed host, its own provider, and nothing of the other"):
    for each in BOTH:
        other = OTHER[each]
        manifest = machine.succeed(f"cat /etc/opencode-setup/{other}.json")
        ask = "curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}\n'"
        socket = f"/run/opencode-credential-sockets/{other}/held"
        ways = [
            f"{ask} --cacert {INTERNET}/ca.pem https://registry.example/",
            f"{ask} --cacert {INTERNET}/ca.pem https://denied.example/",
            f"{ask} http://127.0.0.1:{port_of(other)}/",
            f"{ask} --noproxy '*' http://127.0.0.1:{port_of(other)}/",
            f"{ask} --noproxy '*' --resolve {other}.example:80:127.0.0.1 http://{other}.example/",
            f"{ask} --unix-socket {socket} http://x/v1/x",
            f"cat /run/opencode-passwords/{other} /etc/keys/{other}",
            f"cat {STATE}/{other}/{CONFIG}",
        ]
        status, output = run_inside(each, "\n".join(f"{way} 2> /dev/null" for way in ways) + "\n")
        equal(output.split(), ["200", "000", "000", "000", "000", "000"], f"what {each} gets, after an allowed host")
        expect(status != 0, "the file of the other")
        base = json.loads(machine.succeed(f"cat {STATE}/{each}/{CONFIG}"))["provider"]["held"]["options"]["baseURL"]
        # The same port leads each of them to its own key.
        run_inside(each, f"{ask} --header 'Authorization: Bearer mine' --data '{{\"messages\": []}}' {base}/chat/completions\n")
        equal(keys_used(), [[f"Bearer {KEYS[each]}"]], f"the keys that {each} can use")
        for user in (f"opencode-{other}", "alice"):
            machine.fail(f"setpriv --reuid={user} --clear-groups {ask} --unix-socket /run/opencode-credential-sockets/{each}/held http://x/v1/x")

with subtest("awake and asleep, both are backed up, and restored with what they had"):
    for each in BOTH:
        expect(server_of(each) != "0", f"{each} sleeps")
        machine.succeed(f"opencodectl backup {each} /root/{each}-awake.tar")
    stop_streams()
    for each in BOTH:
        wait_until_asleep(each, units_of(each), seconds=60)
        machine.succeed(f"opencodectl backup {each} /root/{each}-asleep.tar")
        sleeps(each, units_of(each))
        machine.succeed(f"rm -rf {STATE}/{each}/.local/share/opencode")
        machine.succeed(f"opencodectl restore {each} /root/{each}-{'awake' if each == 'one' else 'asleep'}.tar --move-aside")
        sleeps(each, units_of(each))
    for each in BOTH:
        expect("All three are done." in messages_of(each, turns[each]), f"the turn of {each} is lost")
        said = machine.fail(f"opencodectl restore {each} /root/{each}-asleep.tar --move-aside 2>&1")
        expect(f"systemctl stop opencode-{each}-in.socket opencode-{each}-setup.service" in said, said)

with subtest("the terminal client wakes a server, for root and for a member of the group"):
    for each in BOTH:
        wait_until_asleep(each, units_of(each), seconds=60)
        who = attach("root", each)
        expect(who and not set(who) & {"root", "alice", f"opencode-{each}"}, f"who runs root's client of {each}", who)
        machine.wait_until_succeeds("test -z \"$(systemctl list-units --plain --no-legend 'run-*.service' | grep attach)\"", timeout=60)
    equal(set(attach("alice", "one")), {"alice"}, "who runs alice's client")
    # The client of 2 would have to be in the directory of the server.
    said = machine.fail("runuser -u alice -- opencodectl attach two 2>&1")
    expect("this user may not enter" in said, said)

with subtest("a switch restarts what runs, lets sleep what sleeps, and leaves the sockets"):
    since = {each: property_of(f"opencode-{each}-in.socket", "ActiveEnterTimestampMonotonic") for each in BOTH}
    # on-demand has the same with a server of opencode 1 that runs.
    awake, asleep = "two", "one"
    for each in BOTH:
        wait_until_asleep(each, units_of(each), seconds=60)
    start_stream(awake)
    before = server_of(awake)
    machine.succeed("/run/booted-system/specialisation/b/bin/switch-to-configuration test")
    expect(server_of(awake) not in ("0", before), f"the server of {awake}: {server_of(awake)}")
    sleeps(asleep, units_of(asleep))
    # The connection of the client has ended with the server.
    machine.execute(f"systemctl stop stream-{awake}")
    for each in BOTH:
        start_stream(each)
    machine.succeed("opencodectl verify one two")
    stop_streams()
    equal({each: property_of(f"opencode-{each}-in.socket", "ActiveEnterTimestampMonotonic") for each in BOTH}, since, "since when they listen")
