# nginx in front of servers: what must come at once does, and what takes long is not cut off.
TLS = "/var/lib/tls"
HOSTS = ("web.example", "isolated.example", "plain.example")
# nginx' own patience is a minute.
REST_SECONDS = 65


def through(url, arguments="", instance=None):
    """The status of an answer by way of nginx, with the password of an instance."""
    if instance:
        arguments += with_password(instance)
    return machine.succeed(
        f"curl --http1.1 --silent --max-time 60 --cacert {TLS}/web.pem --output /dev/null --write-out '%{{http_code}}' {arguments} {url}"
    )


for each in ("web", "isolated"):
    wait_for_units(each)
machine.succeed(f"cat /etc/hosts > /tmp/hosts; echo 127.0.0.1 {' '.join(HOSTS)} >> /tmp/hosts; rm -f /etc/hosts; install -m 644 /tmp/hosts /etc/hosts")
machine.succeed(
    f"mkdir -p {TLS} && cd {TLS} && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=web.example"
    " -addext subjectAltName=DNS:web.example -keyout web.key -out web.pem 2>&1 && chown nginx web.key"
)
# Without its certificate it has failed until now.
machine.succeed("systemctl reset-failed nginx.service && systemctl restart nginx.service")
machine.wait_for_open_port(443, "127.0.0.1", timeout=60)

with subtest("the server takes its password, and nothing else; TLS is nginx' own"):
    for url in ("https://web.example/config", "http://isolated.example/config"):
        equal(through(url), "401", f"{url} without a password")
        equal(through(url, "--user opencode:guess"), "401", f"{url} with a wrong one")
    equal(through("https://web.example/config", instance="web"), "200", "the password")
    equal(through("http://isolated.example/config", instance="isolated"), "200", "the password of the other")
    equal(through("https://web.example/config", instance="isolated"), "401", "that of the other for this one")
    equal(through("http://web.example/config", instance="web"), "301", "without TLS")

with subtest("a browser gets a terminal at the name of the host, and from no other page"):
    terminal = machine.succeed(
        f"curl --silent --fail --cacert {TLS}/web.pem --header 'content-type: application/json' --data '{{\"command\": \"/bin/cat\"}}'"
        f" https://web.example/pty {with_password('web')}"
    )
    token = f"https://web.example/pty/{json.loads(terminal)['id']}/connect-token"
    ticket = "--request POST --header 'x-opencode-ticket: 1' --header 'origin: https://{}'"
    equal(through(token, ticket.format("web.example"), "web"), "200", "the status at the server's own page")
    equal(through(token, ticket.format("other.example"), "web"), "403", "the status at another page")

with subtest("a prompt of 20 MB comes through, with the password"):
    machine.succeed(
        "(printf '{\"title\": \"'; head --bytes=20000000 /dev/zero | tr '\\0' a; printf '\"}') > /tmp/prompt"
    )
    post = "--header 'content-type: application/json' --data-binary @/tmp/prompt"
    equal(through("https://web.example/session", post), "401", "the status without the password")
    equal(through("https://web.example/session", post, "web"), "200", "the status")
    equal(through("http://plain.example/session", post, "web"), "413", "that of nginx as it is")

with subtest("events come within a second, and a stream, a terminal and a command that say nothing for a minute go on"):
    passwords = " ".join(
        f'PASSWORD_{label}="$(cat /var/lib/opencode-passwords/{instance})"'
        for label, instance in (("web", "web"), ("isolated", "isolated"), ("plain", "web"))
    )
    seen = json.loads(machine.succeed(f"{passwords} python3 /etc/opencode-tests/clients.py {REST_SECONDS} {' '.join(HOSTS)}"))
    print(json.dumps(seen, indent=1))
    for host in ("web.example", "isolated.example"):
        stream, turn = seen[f"{host} events"], seen[f"{host} command"]
        expect(isinstance(stream, dict) and stream["delay"] < 1, f"the events of {host}", stream)
        expect(stream["seconds"] > REST_SECONDS and stream["encoding"] is None, f"the stream of {host}", stream)
        equal(seen[f"{host} terminal"], "still here", f"the terminal of {host}")
        expect(isinstance(turn, dict) and turn["status"] == 200 and turn["seconds"] >= REST_SECONDS, f"the command at {host}", turn)
    equal(seen["plain.example command"]["status"], 504, "the status of the same command with nginx as it is")
    expect("101" not in seen["plain.example terminal"], "the terminal with nginx as it is", seen)
