# An agent with a network of its own tries every way out. It gets what it was given, and each refusal is a line in the
# journal.
HOSTS = {
    "203.0.113.10": "allowed.example denied.example wild.example one.wild.example other.example both.example",
    "10.9.9.9": "private.example both.example",
    "10.9.9.10": "intern.example",
    "169.254.169.254": "metadata.example",
    "127.0.0.1": "loopback.example",
}
NAMES = sorted({name for names in HOSTS.values() for name in names.split()})
INTERNET = "/etc/false-internet"


def make_internet():
    """Addresses on the loopback of the machine, their names, a CA, and whoever answers there."""
    for address in (*HOSTS, "127.0.0.53", "2001:db8::10"):
        if not address.startswith("127."):
            prefix = 128 if ":" in address else 32
            machine.succeed(f"ip address replace {address}/{prefix} dev lo")
    machine.succeed("sysctl -q -w net.ipv4.ping_group_range='0 2147483647' || echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range")
    lines = "".join(f"{address} {names}\\n" for address, names in HOSTS.items())
    machine.succeed(f"cat /etc/hosts > /tmp/hosts; printf '{lines}' >> /tmp/hosts; rm -f /etc/hosts; install -m 644 /tmp/hosts /etc/hosts")
    alternatives = ",".join([f"DNS:{name}" for name in NAMES] + ["IP:203.0.113.10", "IP:10.9.9.10"])
    machine.succeed(
        f"mkdir -p {INTERNET}/www && cd {INTERNET}"
        " && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem"
        " -addext keyUsage=critical,keyCertSign 2>&1"
        f" && openssl req -newkey rsa:2048 -nodes -subj /CN=host -keyout host.key -addext subjectAltName={alternatives}"
        " -CA ca.pem -CAkey ca.key -days 2 -x509 -out host.pem 2>&1"
    )
    machine.succeed(
        f"cd {INTERNET}/www && git init -q -b main work && cd work && echo from the internet > file && git add file"
        " && git -c user.name=t -c user.email=t@example commit -qm first && cd .. && git clone -q --bare work repository.git"
        " && git -C repository.git update-server-info"
    )
    machine.succeed("systemd-run --unit=provider python3 /etc/opencode-tests/provider.py")
    machine.succeed(
        f"systemd-run --unit=internet --property=WorkingDirectory={INTERNET}/www --property=LimitNOFILE=8192"
        " python3 /etc/opencode-tests/false-internet.py"
    )
    machine.wait_until_succeeds("journalctl --unit=internet | grep ready", timeout=60)


def proxy_of(instance):
    configuration = machine.succeed(f"systemctl cat opencode-{instance}-proxy | grep -o '/nix/store/[^\" ]*squid.conf'").strip()
    return machine.succeed(f"sed -n 's/^http_port //p' {configuration}").strip()


def curl(url, arguments=""):
    """Tries a URL inside; a line `<status of CONNECT> <status> <answer>`."""
    return f"curl --silent --max-time 20 {arguments} --write-out '%{{http_connect}} %{{http_code}}\\n' --output answer {url}; cat answer; rm -f answer\n"


def fetch(instance, url, arguments=""):
    _, output = in_sandbox(instance, curl(url, arguments))
    return output


def allowed(instance, url, name, address, arguments=""):
    equal(fetch(instance, url, arguments), f"200 200\nanswer of {name} at {address}\n", f"what {instance} gets of {url}")


def refused(instance, url, domain, port, because):
    output = fetch(instance, url, "--insecure")
    equal(output.split("\n")[0], "403 000", f"what {instance} gets of {url}")
    line = f"refused instance={instance} domain={domain} port={port} method=CONNECT because={because}"
    found = [one for one in journal(f"opencode-{instance}-proxy").splitlines() if one.endswith(line)]
    equal(len(found), 1, f"the lines that say `{line}` in {journal(f'opencode-{instance}-proxy')}")


def ask_proxy(line, status):
    """Sends a line to the proxy of `closed` that no client sends."""
    write_file("/etc/opencode-tests-line", line + "\r\n\r\n")
    script = "curl --silent --max-time 3 telnet://127.0.0.1:3128 --noproxy '*' < /etc/opencode-tests-line | head -1\n"
    _, output = in_sandbox("closed", script)
    equal(output.split()[1:2], [status], f"the answer to {line!r}")


def ways_out(instance):
    _, output = in_sandbox(instance, f"python3 /etc/opencode-tests/ways-out.py {' '.join(others)}")
    return output


for each in ("closed", "neighbour", "open"):
    wait_for_server(each)
others = [f"127.0.0.1:{port_of('neighbour')}", proxy_of("neighbour")]
make_internet()
# They see the sockets that are there when they start, and a proxy reads /etc/hosts then.
machine.succeed("systemctl restart opencode-closed-proxy opencode-neighbour-proxy opencode-closed opencode-neighbour opencode-open")
for each in ("closed", "neighbour", "open"):
    wait_for_server(each)

with subtest("the script can tell: with the network of the host, every way leads out"):
    output = ways_out("open")
    equal([line for line in output.splitlines() if not line.startswith("can: ")], [], "what it cannot")

with subtest("with one of its own, none does"):
    output = ways_out("closed")
    equal([line for line in output.splitlines() if not line.startswith("cannot: ")], [], "what it can")
    equal(len(output.splitlines()), 14, "the number of ways")

with subtest("it joins namespaces that sockets made, and still has a /tmp and an IPC namespace of its own"):
    for each in ("closed", "neighbour"):
        pid = machine.get_unit_property(f"opencode-{each}.service", "MainPID")
        machine.succeed(f"test $(readlink /proc/{pid}/ns/ipc) != $(readlink /proc/1/ns/ipc)")
        equal(in_sandbox(each, "ls /tmp/mine-* 2> /dev/null; touch /tmp/mine-$$")[1], "", f"what is in /tmp of {each}")
    machine.fail("ls /tmp/mine-*")

with subtest("other processes of its user, which have the network of the host, are out of its sight"):
    wait_for_server("person")
    machine.succeed("systemd-run --uid=alice --unit=hers sleep infinity")
    pid = machine.get_unit_property("hers.service", "MainPID")
    # Where it is in sight, it leads to the sockets in /run: only owners decide about that.
    machine.succeed(f"systemd-run --wait --uid=alice ls /proc/{pid}/root/run/systemd/journal/socket")
    output = in_sandbox("person", "for each in /proc/[0-9]*; do ls -d $each/root/run/systemd/journal/socket; done 2> /dev/null")[1]
    equal(output, "", "what leads outside")

with subtest("an allowed domain answers, and what is below a wildcard"):
    allowed("closed", "https://allowed.example/", "allowed.example", "203.0.113.10")
    allowed("closed", "https://one.wild.example/", "one.wild.example", "203.0.113.10")

with subtest("another is refused, and so is its port, with a line each"):
    refused("closed", "https://denied.example/", "denied.example", 443, "domain")
    refused("closed", "https://wild.example/", "wild.example", 443, "domain")
    refused("closed", "https://allowed.example:8443/", "allowed.example", 8443, "port")
    output = fetch("closed", "http://allowed.example/")
    equal(output.split("\n")[0], "000 403", "HTTP without TLS")

with subtest("an address is refused, and a name that leads to the host or a private network"):
    refused("closed", "https://203.0.113.10/", "203.0.113.10", 443, "domain")
    refused("closed", "https://private.example/", "private.example", 443, "address")
    refused("closed", "https://both.example/", "both.example", 443, "address")
    refused("closed", "https://metadata.example/", "metadata.example", 443, "address")
    refused("closed", "https://loopback.example/", "loopback.example", 443, "address")
    refused("closed", "https://169.254.169.254/", "169.254.169.254", 443, "domain")

with subtest("unless it was given"):
    allowed("closed", "https://intern.example/", "intern.example", "10.9.9.10")
    allowed("closed", "https://10.9.9.10/", "10.9.9.10", "10.9.9.10")

with subtest("what the proxy speaks besides HTTP is refused, and what is no name below a wildcard"):
    equal(fetch("closed", "ftp://allowed.example:443/").split("\n")[0], "000 403", "FTP")
    expect("domain=allowed.example port=443 method=GET because=protocol" in journal("opencode-closed-proxy"), journal("opencode-closed-proxy"))
    ask_proxy("CONNECT denied.example/.wild.example:443 HTTP/1.1", "403")
    expect("domain=denied.example/.wild.example port=443 method=CONNECT because=domain" in journal("opencode-closed-proxy"), journal("opencode-closed-proxy"))

with subtest("what the proxy cannot read is not told as allowed"):
    ask_proxy("GET http://denied.example/", "400")
    expect("status=400" not in journal("opencode-closed-proxy"), journal("opencode-closed-proxy"))

with subtest("io_uring makes no sockets, of whatever family"):
    setup_ring = "python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(425, 4, ctypes.create_string_buffer(120)) >= 0)'"
    equal(machine.succeed(setup_ring), "True\n", "what the kernel allows")
    equal(in_sandbox("closed", setup_ring), (0, "False\n"), "what the sandbox allows")

with subtest("a port of the host that was given"):
    output = fetch("closed", "http://127.0.0.1:18090/")
    equal(output, "000 200\nanswer of 127.0.0.1:18090 at 127.0.0.1\n", "the answer of the host's port")

with subtest("each instance has its own list"):
    allowed("neighbour", "https://other.example/", "other.example", "203.0.113.10")
    refused("neighbour", "https://allowed.example/", "allowed.example", 443, "domain")
    refused("closed", "https://other.example/", "other.example", 443, "domain")

with subtest("what was allowed is told where that is wanted"):
    expect("allowed instance=closed domain=allowed.example port=443" in journal("opencode-closed-proxy"), journal("opencode-closed-proxy"))
    expect("allowed instance=" not in journal("opencode-neighbour-proxy"), journal("opencode-neighbour-proxy"))

with subtest("git clones over HTTPS"):
    status, output = in_sandbox("closed", "git clone -q https://allowed.example/repository.git clone && cat clone/file")
    equal((status, output), (0, "from the internet\n"), "the clone")

with subtest("200 connections at once"):
    script = """
import concurrent.futures, http.client, os, ssl, threading
host, port = os.environ["HTTPS_PROXY"].removeprefix("http://").split(":")
context = ssl.create_default_context(cafile=os.environ["CURL_CA_BUNDLE"])
# Asks for fields that the test's own CA does without.
context.verify_flags &= ~ssl.VERIFY_X509_STRICT
together = threading.Barrier(200)
def one(_):
    connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=90)
    connection.set_tunnel("allowed.example", 443)
    connection.connect()
    together.wait(90)
    connection.request("GET", "/")
    return connection.getresponse().status
with concurrent.futures.ThreadPoolExecutor(200) as pool:
    print(list(pool.map(one, range(200))).count(200))
"""
    write_file("/etc/opencode-tests-many.py", script)
    status, output = in_sandbox("closed", "python3 /etc/opencode-tests-many.py", seconds=120)
    equal((status, output), (0, "200\n"), "the answers")

with subtest("a turn of the agent, with its provider at an allowed name"):
    session = ask("closed", "/session", {"title": "a turn"})["id"]
    answer = ask("closed", f"/session/{session}/message", {"parts": [{"type": "text", "text": "Do your work."}]}, seconds=300)
    expect("All three are done." in json.dumps(answer), answer)

with subtest("without its proxy everything is closed, and it comes back"):
    machine.succeed("systemctl stop opencode-closed-proxy")
    equal(fetch("closed", "https://allowed.example/").split("\n")[0], "000 000", "an allowed domain")
    output = ways_out("closed")
    equal([line for line in output.splitlines() if not line.startswith("cannot: ")], [], "what it can")
    machine.succeed("systemctl start opencode-closed-proxy && systemctl kill --signal=KILL opencode-closed-proxy")
    machine.wait_until_succeeds("systemctl show --property=NRestarts opencode-closed-proxy | grep -v =0 && systemctl is-active opencode-closed-proxy", timeout=60)
    machine.wait_until_succeeds(f"curl --silent --output /dev/null http://{proxy_of('closed')}/", timeout=60)
    allowed("closed", "https://allowed.example/", "allowed.example", "203.0.113.10")

with subtest("a restart of the server leaves it in its network, and its clients find it"):
    for _ in range(3):
        machine.succeed("systemctl restart opencode-closed")
        wait_for_server("closed")
    allowed("closed", "https://allowed.example/", "allowed.example", "203.0.113.10")
    refused("closed", "https://late.example/", "late.example", 443, "domain")
    output = ways_out("closed")
    equal([line for line in output.splitlines() if not line.startswith("cannot: ")], [], "what it can")

with subtest("where the server stops, nobody listens"):
    machine.succeed("systemctl stop opencode-closed")
    machine.fail(request("closed", "/global/health", seconds=5))
    machine.succeed("systemctl start opencode-closed")
    wait_for_server("closed")
