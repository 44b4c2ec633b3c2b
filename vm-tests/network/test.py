# An agent with a network of its own tries every way out. It gets what it was given, and each refusal is a line in the
# journal.
HOSTS = {
    "203.0.113.10": "allowed.example denied.example wild.example one.wild.example other.example",
    "10.9.9.9": "private.example",
    "10.9.9.10": "intern.example",
    "169.254.169.254": "metadata.example",
    "127.0.0.1": "loopback.example",
}
# Only the DNS knows these: nginx does not read /etc/hosts, and squid takes one address of a name that is there.
OF_THE_DNS = ["provider.example", "registry.example", "rebinding.example", "both.example", "half.example", "moved.example"]
NAMES = sorted({*OF_THE_DNS, *(name for names in HOSTS.values() for name in names.split())})
# All characters that are no letters and may be in one, more or less.
KEYS = {"closed": "sk-closed-3f9a~+/=;{}#'", "neighbour": "sk-neighbour-77aa"}
INTERNET = "/etc/false-internet"


def make_internet():
    """Addresses on the loopback of the machine, their names, a CA, and whoever answers there."""
    for address in (*HOSTS, "127.0.0.53", "2001:db8::10", "fe80::10"):
        if not address.startswith("127."):
            prefix = 128 if ":" in address else 32
            machine.succeed(f"ip address replace {address}/{prefix} dev lo")
    machine.succeed("sysctl -q -w net.ipv4.ping_group_range='0 2147483647' || echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range")
    lines = "".join(f"{address} {names}\\n" for address, names in HOSTS.items())
    machine.succeed(f"cat /etc/hosts > /tmp/hosts; printf '{lines}' >> /tmp/hosts; rm -f /etc/hosts; install -m 644 /tmp/hosts /etc/hosts")
    machine.succeed("rm -f /etc/resolv.conf && echo nameserver 127.0.0.54 > /etc/resolv.conf")
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
    make_registry()
    machine.succeed("systemd-run --unit=provider python3 /etc/opencode-tests/provider.py")
    machine.succeed(
        f"systemd-run --unit=internet --property=WorkingDirectory={INTERNET}/www --property=LimitNOFILE=8192"
        " python3 /etc/opencode-tests/false-internet.py"
    )
    for unit, address in (("dns", "127.0.0.54"), ("other-dns", "127.0.0.55")):
        machine.succeed(f"systemd-run --unit={unit} python3 /etc/opencode-tests/dns.py {address}")
    for unit in ("internet", "dns", "other-dns"):
        machine.wait_until_succeeds(f"journalctl --unit={unit} | grep ready", timeout=60)


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


def ask_raw(instance, port, requests):
    """The status of the answer to each of some requests that no client sends."""
    write_file("/etc/opencode-tests-raw.json", json.dumps(requests))
    status, output = in_sandbox(instance, f"python3 /etc/opencode-tests/raw.py {port} /etc/opencode-tests-raw.json")
    expect(status == 0, output)
    return output.split()


def make_registry():
    """One package, and what npm is told of it."""
    package = {"name": "tiny-plugin", "version": "1.0.0", "type": "module", "main": "index.js"}
    write_file("/tmp/registry/package/package.json", json.dumps(package))
    write_file(
        "/tmp/registry/package/index.js",
        "import { writeFileSync } from 'node:fs'\n"
        "export const Tiny = async () => { writeFileSync(`${process.env.HOME}/plugin-ran`, 'yes'); return {} }\n",
    )
    archive = f"{INTERNET}/www/tiny-plugin-1.0.0.tgz"
    machine.succeed(f"tar --create --gzip --file {archive} --directory /tmp/registry package")
    digest = machine.succeed(f"openssl dgst -sha512 -binary {archive} | base64 --wrap=0")
    dist = {"tarball": "https://registry.example/tiny-plugin-1.0.0.tgz", "integrity": f"sha512-{digest}"}
    about = {"name": "tiny-plugin", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {**package, "dist": dist}}}
    write_file(f"{INTERNET}/www/tiny-plugin", json.dumps(about))


def make_keys():
    """As a program that decrypts secrets does: with the rights that only root needs."""
    for instance, key in KEYS.items():
        write_file(f"/etc/keys/{instance}", key + "\n")
    machine.succeed("chmod 700 /etc/keys && chmod 400 /etc/keys/*")


def wait_for_nginx():
    machine.wait_until_succeeds("systemctl is-active opencode-credentials && test -S /run/opencode-credential-sockets/neighbour/held", timeout=60)


def address_of_provider(instance, provider):
    return ask(instance, "/config")["provider"][provider]["options"]["baseURL"]


def requests_after(action):
    """What the Internet has got because of an action: { path, headers }, the latter in lower case."""
    log = "/root/false-internet-requests"
    machine.succeed(f"rm -f {log}")
    action()
    lines = machine.succeed(f"cat {log} 2> /dev/null || true").splitlines()
    return [
        {"path": one["path"], "headers": [(name.lower(), value) for name, value in one["headers"]]}
        for one in map(json.loads, lines)
    ]


def values_of(request, header):
    return [value for name, value in request["headers"] if name == header]


def ways_out(instance):
    _, output = in_sandbox(instance, f"python3 /etc/opencode-tests/ways-out.py {' '.join(others)}")
    return output


for each in ("closed", "neighbour", "open"):
    wait_for_server(each)
others = [f"127.0.0.1:{port_of('neighbour')}", proxy_of("neighbour")]
make_internet()
make_keys()
# They have been told of /etc/resolv.conf.
machine.wait_until_succeeds("systemctl show --value --property=ActiveState opencode-resolver.service | grep --line-regexp inactive")
# They see the sockets that are there when they start, and a proxy reads /etc/hosts then.
machine.succeed("systemctl restart opencode-credentials opencode-closed-proxy opencode-neighbour-proxy opencode-closed opencode-neighbour opencode-open")
for each in ("closed", "neighbour", "open"):
    wait_for_server(each)
wait_for_nginx()

with subtest("the script can tell: with the network of the host, every way leads out"):
    output = ways_out("open")
    equal([line for line in output.splitlines() if not line.startswith("can: ")], [], "what it cannot")

with subtest("with one of its own, none does"):
    output = ways_out("closed")
    equal([line for line in output.splitlines() if not line.startswith("cannot: ")], [], "what it can")
    equal(len(output.splitlines()), 15, "the number of ways")

with subtest("nobody makes packets of their own"):
    raw = "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)' 2>&1 | tail -n 1"
    equal(machine.succeed(raw), "", "what root outside is told")
    for each in ("open", "closed"):
        expect("not supported" in in_sandbox(each, raw)[1], in_sandbox(each, raw)[1])

with subtest("systemd finds its units as closed as those of others"):
    # As in nixos/tests/hardening.
    bars = {"": 1.5, "-setup": 0.5, "-in": 1.5, "-out": 1.5, "-proxy": 1.5, "-host-18090": 1.5, "-credential-held": 1.5}
    units = {f"opencode-closed{ending}.service": bar for ending, bar in bars.items()}
    for unit, bar in {**units, "opencode-credentials.service": 1.5}.items():
        report = machine.succeed(f"systemd-analyze security --no-pager {unit} 2> /dev/null")
        exposure = float(report.split("Overall exposure level for ")[1].split(": ")[1].split(" ")[0])
        expect(exposure <= bar, report)

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

with subtest("a name that also has an address that was not given is refused"):
    refused("closed", "https://half.example/", "half.example", 443, "address")

with subtest("what the proxy speaks besides HTTP is refused, and what is no name below a wildcard"):
    equal(fetch("closed", "ftp://allowed.example:443/").split("\n")[0], "000 403", "FTP")
    expect("domain=allowed.example port=443 method=GET because=protocol" in journal("opencode-closed-proxy"), journal("opencode-closed-proxy"))
    ask_proxy("CONNECT denied.example/.wild.example:443 HTTP/1.1", "403")
    expect("domain=denied.example/.wild.example port=443 method=CONNECT because=domain" in journal("opencode-closed-proxy"), journal("opencode-closed-proxy"))

with subtest("a name or an address in disguise gets nowhere"):
    wanted = {
        "CONNECT [::1]:443": "403",
        "CONNECT [::ffff:127.0.0.1]:443": "403",
        "CONNECT [::ffff:10.9.9.9]:443": "403",
        "CONNECT [2001:db8::10]:443": "403",
        "CONNECT [fe80::10%25lo]:443": "403",
        # Numbers that are 127.0.0.1 and 203.0.113.10 to some programs.
        "CONNECT 2130706433:443": "403",
        "CONNECT 0x7f000001:443": "403",
        "CONNECT 0x7f.1:443": "403",
        "CONNECT 0177.0.0.1:443": "403",
        "CONNECT 127.1:443": "403",
        "CONNECT 3405803786:443": "403",
        "CONNECT denied.example.:443": "403",
        "CONNECT allowed.example@denied.example:443": "403",
        "CONNECT denied.example:443@allowed.example:443": "403",
        "CONNECT denied.example:443#.wild.example:443": "403",
        "CONNECT denied.example%00.wild.example:443": "403",
        "CONNECT denied.example\\.wild.example:443": "403",
        "CONNECT denied.example\x1b[31m.wild.example:443": "400",
        # One name without the space, for the check and for the DNS, which does not know it.
        "CONNECT denied.example\tx.wild.example:443": "503",
        "CONNECT xn--llowed-cua.example:443": "403",
        "CONNECT \xe1llowed.example:443": "403",
        "CONNECT allowed.example:8443": "403",
        # 443 and 65536.
        "CONNECT allowed.example:65979": "400",
        "CONNECT allowed.example:8443-443": "403",
        "GET http://allowed.example/": "403",
        "GET http://allowed.example:443@denied.example/": "403",
        "GET http://[::ffff:127.0.0.1]:443/": "403",
        "GET cache_object://localhost/info": "403",
        "GET http://127.0.0.1/squid-internal-mgr/info": "403",
        "G\x1b[31mET http://denied.example/": "400",
        "PURGE http://denied.example/": "403",
        # The proxy goes by the line, and not by what comes after it.
        "CONNECT denied.example:443 HTTP/1.1\r\nHost: allowed.example:443\r\nX: ": "403",
    }
    lines = [f"{line} HTTP/1.1\r\nHost: allowed.example\r\n\r\n" for line in wanted]
    equal(dict(zip(wanted, ask_raw("closed", 3128, lines))), wanted, "the answers")
    said = journal("opencode-closed-proxy")
    expect("\x1b" not in said, "characters that a terminal obeys", said)
    # Where it ignores the rest, it goes to the host that is allowed.
    lines = [f"CONNECT {to} HTTP/1.1\r\n\r\n" for to in ("ALLOWED.Example:443", "allowed.example:443@denied.example:8443", "allowed.example:443-8443")]
    before = journal("opencode-closed-proxy").count("allowed instance=closed domain=allowed.example port=443 method=CONNECT status=200")
    equal(ask_raw("closed", 3128, lines), ["200"] * 3, "the answers")
    said = journal("opencode-closed-proxy")
    equal(said.count("allowed instance=closed domain=allowed.example port=443 method=CONNECT status=200"), before + 3, said)

with subtest("another program of the host uses a proxy for what it allows, and no more"):
    for url, answer in (("https://allowed.example/", "200 200"), ("https://denied.example/", "403 000")):
        through = f"--proxy http://{proxy_of('closed')}"
        equal(fetch("open", url, through).split("\n")[0], answer, f"what it gets of {url}")

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

with subtest("the server installs a plugin from an allowed registry"):
    machine.succeed("systemctl start opencode-plugged")
    wait_for_server("plugged")
    machine.wait_for_file(f"{STATE}/plugged/plugin-ran", timeout=60)
    expect("allowed instance=plugged domain=registry.example port=443" in journal("opencode-plugged-proxy"), journal("opencode-plugged-proxy"))

with subtest("so does the package manager that a shell command calls"):
    install = "mkdir package && cd package && echo {} > package.json && BUN_BE_BUN=1 opencode add tiny-plugin 2>&1 && cat node_modules/tiny-plugin/package.json"
    status, output = in_sandbox("plugged", install)
    expect(status == 0 and '"version": "1.0.0"' in output, status, output)
    status, output = in_sandbox("plugged", install.replace("package", "other", 2).replace("add", "add --registry https://denied.example/"))
    expect(status != 0, output)

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

with subtest("a key is added outside, and a header of the agent's is not passed on"):
    base = address_of_provider("closed", "held")
    found = requests_after(lambda: fetch("closed", f"{base}/x?y=%2f", "--header 'Authorization: Bearer mine' --header 'X-Other: kept'"))
    equal([one["path"] for one in found], ["/v1/x?y=%2f"], "what the provider was asked")
    equal(values_of(found[0], "authorization"), [f"Bearer {KEYS['closed']}"], "the key that it got")
    equal(values_of(found[0], "host"), ["provider.example"], "the host that it got")
    equal(values_of(found[0], "x-other"), ["kept"], "another header")
    found = requests_after(lambda: fetch("neighbour", f"{address_of_provider('neighbour', 'held')}/", "--header 'X-API-Key: mine' --header 'Authorization: Bearer mine'"))
    equal(values_of(found[0], "x-api-key"), [KEYS["neighbour"]], "the key of another")
    equal(values_of(found[0], "authorization"), [], "what the agent sent")
    equal(values_of(found[0], "host"), ["provider.example:8443"], "the host and port that it got")

with subtest("only below the path of the provider"):
    # nginx takes the later ones for paths below /v1, and others may not.
    for path in ("", "/v2/x", "/v1/../x", "/v1/%2e%2e/x", "/v2//../v1/x", "/v1/%252e%252e/x", "/v1/..;/x", "/v1/\\x", "/v1/#/../x"):
        root = base.removesuffix("/v1")
        found = requests_after(lambda: equal(fetch("closed", f"'{root}'", f"--path-as-is --request-target '{path or '/'}'").split("\n")[0], "000 404", f"the answer for {path}"))
        equal(found, [], "what the provider was asked")

port = base.split(":")[2].split("/")[0]

with subtest("a request in disguise gets a key to its provider alone, and no key back"):
    def get(path="/v1/x", headers="", method="GET", host="x"):
        return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"

    wanted = {
        get(method="TRACE"): "405",
        get(method="CONNECT"): "405",
        get("denied.example:443", method="CONNECT"): "400",
        get(headers="Host: denied.example\r\n"): "400",
        get(headers="Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", method="POST"): "400",
        get(headers="Transfer-Encoding: identity\r\n", method="POST"): "501",
        get(headers="Authorization : Bearer mine\r\n"): "400",
        get(headers="Authorization: Bearer mine\r\nAuthorization: Bearer other\r\n"): "400",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": "400",
    }
    found = requests_after(lambda: equal(dict(zip(wanted, ask_raw("closed", port, list(wanted)))), wanted, "the answers"))
    equal(found, [], "what the provider was asked")
    passed_on = [
        get("http://denied.example/v1/x", host="denied.example"),
        get(headers="Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
        get(headers="Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGVzdA==\r\n"),
        get(headers="Connection: authorization, host\r\nAuthorization: Bearer mine\r\nx_api_key: mine\r\n"),
    ]
    found = requests_after(lambda: ask_raw("closed", port, passed_on))
    equal(len(found), len(passed_on), "how much the provider was asked")
    for one in found:
        equal(one["path"], "/v1/x", "the path")
        equal(values_of(one, "host"), ["provider.example"], "the host")
        equal(values_of(one, "authorization"), [f"Bearer {KEYS['closed']}"], "the key")
        for header in ("upgrade", "connection", "x_api_key"):
            equal(values_of(one, header), [], header)

with subtest("an answer leads nowhere else with the key"):
    for path, answer in (("elsewhere", "000 302"), ("internal", "000 200"), ("policy", "000 200")):
        found = requests_after(lambda: equal(fetch("closed", f"{base}/{path}").split("\n")[0], answer, f"the answer for {path}"))
        equal([one["path"] for one in found], [f"/v1/{path}"], "what the Internet was asked")

with subtest("50 MB in one request"):
    status, output = in_sandbox("closed", f"head -c 50000000 /dev/zero | curl --silent --show-error --data-binary @- {base}/count")
    equal((status, output), (0, "50000000\n"), "what the provider counts")

with subtest("200 answers at once with a key"):
    # Each takes seconds. curl does not send what is behind "#".
    many = f"curl --silent --parallel --parallel-immediate --parallel-max 200 --output /dev/null --write-out '%{{http_code}}\n' '{base}/stream#[1-200]' | grep -c 200"
    equal(in_sandbox("closed", many), (0, "200\n"), "the answers")

with subtest("a stream is passed on as it comes"):
    status, output = in_sandbox("closed", f"curl --silent --no-buffer {base}/stream | while read -r line; do echo \"$line $(date +%s%N)\"; done")
    times = [int(line.split()[2]) for line in output.splitlines() if line.startswith("data: ")]
    equal(len(times), 2, output)
    expect(times[1] - times[0] > 10**9, "the first event came with the second", output)

with subtest("a turn of the agent with a key that it does not have"):
    session = ask("closed", "/session", {"title": "a turn with a key"})["id"]
    message = {"model": {"providerID": "held", "modelID": "agent"}, "parts": [{"type": "text", "text": "Do your work."}]}
    found = requests_after(lambda: expect("All three are done." in json.dumps(ask("closed", f"/session/{session}/message", message, seconds=300))))
    expect(found, "the provider was asked nothing")
    for one in found:
        equal(values_of(one, "authorization"), [f"Bearer {KEYS['closed']}"], f"the key for {one['path']}")

with subtest("nothing that the agent or the journal has is the key"):
    script = "cat /proc/*/environ ~/.config/opencode/opencode.json; grep -r -a . ~ . /tmp /run /etc 2> /dev/null; true"
    for each, key in KEYS.items():
        # Neither is in this file as it is searched for.
        write_file("/etc/opencode-tests-search.sh", f"({script}) | grep -a -c 'held-''outside'; ({script}) | grep -a -c 'sk-''{each}'; true")
        status, output = in_sandbox(each, "sh /etc/opencode-tests-search.sh")
        counts = output.split()
        expect(int(counts[0]) > 0, "the search finds nothing at all", output)
        equal(counts[1], "0", f"places at which {each} sees a key")
        expect(key not in json.dumps(ask(each, "/config")), "GET /config has the key")
        expect(key not in json.dumps(ask(each, "/provider")), "GET /provider has the key")
    everything = machine.succeed("journalctl --boot --no-pager --output=cat")
    for key in KEYS.values():
        expect(key not in everything, "the journal has a key")

with subtest("the certificate of the upstream is verified"):
    found = requests_after(lambda: equal(fetch("closed", f"{address_of_provider('closed', 'impostor')}/x").split("\n")[0], "000 502", "the answer"))
    equal(found, [], "what another host was asked")
    expect("certificate" in journal("opencode-credentials"), journal("opencode-credentials"))

with subtest("nobody else uses a key"):
    socket = "/run/opencode-credential-sockets/closed/held"
    ask_socket = f"curl --silent --max-time 5 --unix-socket {socket} http://x/v1/x"
    found = requests_after(lambda: machine.succeed(ask_socket))
    equal(len(found), 1, "what root asks by the socket")
    output = in_sandbox("neighbour", f"{ask_socket}; echo $?; curl --silent {base}/x; echo $?; ls /run")[1]
    # The port is that of another door in its own network, or of none.
    found = requests_after(lambda: in_sandbox("neighbour", f"curl --silent {base}/x; {ask_socket}"))
    equal([value for one in found for value in values_of(one, "authorization")], [], "keys that another instance used")
    expect("opencode-credential" not in output, output)
    for user in ("nobody", "opencode-open", "opencode-closed", "opencode-neighbour"):
        found = requests_after(lambda: machine.fail(f"setpriv --reuid={user} --clear-groups {ask_socket}"))
        equal(found, [], f"what {user} asks by the socket")
        machine.fail(f"setpriv --reuid={user} --clear-groups ls /run/opencode-credentials")
    output = in_sandbox("open", f"{ask_socket}; echo $?; curl --silent --max-time 5 {base}/x; echo $?")[1]
    equal(output, "7\n7\n", "what an instance with the host's network gets")

with subtest("nginx that died comes back, and the doors find it"):
    machine.succeed("systemctl kill --signal=KILL opencode-credentials")
    machine.wait_until_succeeds("systemctl show --property=NRestarts opencode-credentials | grep -v =0", timeout=60)
    wait_for_nginx()
    machine.wait_until_succeeds("curl --silent --output /dev/null --unix-socket /run/opencode-credential-sockets/closed/held http://x/v1/x", timeout=60)
    found = requests_after(lambda: fetch("closed", f"{base}/x"))
    equal(len(found), 1, "what the provider was asked")

with subtest("a key that is missing, or would end the string, is left out, and the others work"):
    of_neighbour = f"{address_of_provider('neighbour', 'held')}/"
    for bad in ('a";proxy_set_header X "b', "a$host", "two words", "", None):
        if bad is None:
            machine.succeed("rm /etc/keys/closed")
        else:
            write_file("/etc/keys/closed", bad + "\n")
        machine.succeed("systemctl restart opencode-credentials")
        wait_for_nginx()
        found = requests_after(lambda: equal(fetch("closed", f"{base}/x").split("\n")[0], "000 503", f"the answer with {bad!r}"))
        equal(found, [], "what the provider was asked without a key")
        found = requests_after(lambda: fetch("neighbour", of_neighbour))
        equal([values_of(one, "x-api-key") for one in found], [[KEYS["neighbour"]]], "the key of another")
    said = journal("opencode-credentials")
    expect("/etc/keys/closed is missing, or no key" in said and "two words" not in said, said)

with subtest("certificates that are missing, or are none, cost only the provider that they are of"):
    make_keys()
    machine.succeed("cp /etc/false-internet/ca.pem /etc/false-internet/no-ca.pem")
    for spoil in ("rm {}", "echo nothing > {}", "truncate --size=-200 {}", "rm {0}; mkdir {0}", "cp /etc/shadow {0}; chmod 600 {0}"):
        machine.succeed("rm -rf {0}; cp /etc/false-internet/ca.pem {0}; ".format("/etc/false-internet/no-ca.pem") + spoil.format("/etc/false-internet/no-ca.pem"))
        machine.succeed("systemctl restart opencode-credentials")
        wait_for_nginx()
        of_mistaken = address_of_provider("closed", "mistaken")
        found = requests_after(lambda: equal(fetch("closed", f"{of_mistaken}/x").split("\n")[0], "000 503", f"the answer after {spoil}"))
        equal(found, [], "what the provider was asked")
        found = requests_after(lambda: fetch("neighbour", of_neighbour))
        equal([values_of(one, "x-api-key") for one in found], [[KEYS["neighbour"]]], "the key of another")
        # systemd's own lines are before and after it.
        said = journal("opencode-credentials").splitlines()[-3:]
        expect(any("closed+mistaken: /etc/false-internet/no-ca.pem" in line for line in said), said)

with subtest("another key is used after a restart, and none stays when it stops"):
    machine.succeed("systemctl stop opencode-credentials")
    machine.fail("ls /run/opencode-credentials")
    write_file("/etc/keys/closed", "sk-new\n")
    machine.succeed("systemctl restart opencode-credentials")
    wait_for_nginx()
    found = requests_after(lambda: fetch("closed", f"{base}/x"))
    equal([values_of(one, "authorization") for one in found], [["Bearer sk-new"]], "the key")

with subtest("a name that changes its address is the same for the check and the connection"):
    answers = [fetch("closed", "https://rebinding.example/") for _ in range(10)]
    equal(set(answers), {"200 200\nanswer of rebinding.example at 203.0.113.10\n"}, "the answers")
    equal(journal("dns").count("rebinding.example is"), 1, "how often the DNS was asked")

with subtest("another name server is used as soon as it is written down, and what is on its way stays"):
    readers = ("opencode-closed-proxy", "opencode-credentials")
    processes = [machine.get_unit_property(unit, "MainPID") for unit in readers]
    moved = f"{address_of_provider('closed', 'moved')}/x"
    equal(fetch("closed", moved).split("\n")[0], "000 502", "the answer of a host that the DNS does not know")
    # As programs write it: in another file first.
    machine.succeed(
        "systemd-run --on-active=3 --timer-property=AccuracySec=100ms sh -c"
        " 'echo nameserver 127.0.0.55 > /etc/resolv.conf.new && mv /etc/resolv.conf.new /etc/resolv.conf'"
    )
    streams = [f"{base}/slow-stream", "https://allowed.example/v1/slow-stream"]
    together = "".join(f"curl --silent --no-buffer {url} > stream-{number} &\n" for number, url in enumerate(streams))
    _, output = in_sandbox("closed", f"{together}wait\ncat stream-0 stream-1\nrm stream-0 stream-1\n")
    equal(output.split(), ["data:", "one", "data:", "two"] * 2, "the streams meanwhile")
    equal(fetch("closed", moved).split("\n")[0].split()[1], "404", "the answer to a request with a key")
    allowed("closed", "https://moved.example/", "moved.example", "203.0.113.10")
    equal([machine.get_unit_property(unit, "MainPID") for unit in readers], processes, "the processes that read it")
    machine.succeed("echo nameserver 127.0.0.54 > /etc/resolv.conf")

with subtest("without its proxy everything is closed, and it comes back"):
    machine.succeed("systemctl stop opencode-closed-proxy")
    host, port = proxy_of("closed").split(":")
    listen = f"python3 -c 'import socket; socket.create_server((\"{host}\", {port}))' 2>&1"
    expect("Permission denied" in in_sandbox("open", listen)[1], "somebody else can take its address")
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
