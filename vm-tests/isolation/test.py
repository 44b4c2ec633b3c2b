# What an instance can reach is its own, and what it was granted: with the host's network, and with one of its own.

INSTANCES = ("inside", "isolated")

wait_for_units("outside")
for name in INSTANCES:
    wait_for_server(name)

# Both sockets are open to everyone, and someone who can see them gets an answer.
for door in ("open-door", "closed-door"):
    machine.succeed(
        f"systemd-run --unit={door} python3 -c 'import http.server, os, socketserver\n"
        "class Handler(http.server.BaseHTTPRequestHandler):\n"
        "    address_string = lambda self: str()\n"
        "    def do_GET(self):\n"
        "        self.send_response(200)\n"
        "        self.end_headers()\n"
        f'        self.wfile.write(b"answer of {door}")\n'
        "os.umask(0)\n"
        f'socketserver.UnixStreamServer("/run/{door}/socket", Handler).serve_forever()\''
    )
    machine.wait_until_succeeds(f"curl -s --unix-socket /run/{door}/socket http://door/ | grep 'answer of {door}'", timeout=60)
machine.succeed(f"echo secret > {STATE}/outside/secret && chmod 666 {STATE}/outside/secret")
machine.succeed("touch /srv/others/file && chmod 666 /srv/others/file")


def attempts_of(name):
    return f"""
try() {{ what=$1; shift; if "$@" > /dev/null 2>&1; then echo "can: $what"; else echo "cannot: $what"; fi; }}
write() {{ (echo x >> "$1") 2> /dev/null; }}
try "read the state of another" cat {STATE}/outside/secret
try "list the state of another" ls {STATE}/outside
try "write the state of another" write {STATE}/outside/secret
try "list the project of another" ls {PROJECTS}/outside
try "write the project of another" write {PROJECTS}/outside/file
try "read what root keeps in /etc" cat /etc/shadow
try "write what all may write in /etc" write /etc/open
try "write what all may write in /var/lib" write /var/lib/open
try "write where all may write" write /srv/others/file
try "make a file where all may" write /srv/others/new
try "read a home" cat /home/alice/notes
try "write a home" write /home/alice/notes
try "change its configuration's source" write "$(readlink "$HOME/{CONFIG}")"
try "change who may read its configuration's source" chmod 600 "$(readlink "$HOME/{CONFIG}")"
try "use the socket that is allowed" curl -sf --unix-socket /run/open-door/socket http://door/
try "use the socket that is not" curl -sf --unix-socket /run/closed-door/socket http://door/
try "write to its project" write {PROJECTS}/{name}/file
try "write to its state directory" write "$HOME/file"
try "write where it was granted" write /srv/granted/{name}
try "write where a directive of its own lets it" write /srv/more/{name}
try "set its priority, as another does" python3 -c 'import os; os.setpriority(os.PRIO_PROCESS, 0, 5)'
echo "processes of: $(ps -e -o user:32= | sort -u | xargs)"
"""


def outcome(what):
    found = [line.split(":")[0] for line in output.splitlines() if line.endswith(f": {what}")]
    equal(len(found), 1, f"the lines about `{what}` in {output}")
    return found[0]


def all_of(expected, *attempts):
    for attempt in attempts:
        equal(outcome(attempt), expected, attempt)


for name in INSTANCES:
    status, output = in_sandbox(name, attempts_of(name))
    equal(status, 0, f"the exit status of the attempts, which said {output}")

    with subtest(f"{name}: the script can tell: what is its own, it can"):
        all_of("can", "write to its project", "write to its state directory")

    with subtest(f"{name}: the state and the project of another instance: neither read nor write"):
        all_of("cannot", "read the state of another", "list the state of another", "write the state of another")
        all_of("cannot", "list the project of another", "write the project of another")
        equal(machine.succeed(f"cat {STATE}/outside/secret").strip(), "secret", "the other's file")

    with subtest(f"{name}: /etc, /var and what all others may write: not"):
        all_of("cannot", "read what root keeps in /etc")
        all_of("cannot", "write what all may write in /etc", "write what all may write in /var/lib")
        all_of("cannot", "write where all may write", "make a file where all may")

    with subtest(f"{name}: /home: neither read nor write"):
        all_of("cannot", "read a home", "write a home")
        equal(machine.succeed("cat /home/alice/notes").strip(), "notes of alice", "the file in /home")

    with subtest(f"{name}: the source of its configuration: not"):
        all_of("cannot", "change its configuration's source", "change who may read its configuration's source")
        equal(machine.succeed(f"cat /srv/{name}.json").strip(), "{}", "the source")

    with subtest(f"{name}: processes of other users are not to be seen"):
        seen = [line for line in output.splitlines() if line.startswith("processes of:")]
        equal(seen, [f"processes of: opencode-{name}"], "whose processes it sees")

    with subtest(f"{name}: a unix socket that is allowed works, another does not"):
        all_of("can", "use the socket that is allowed")
        all_of("cannot", "use the socket that is not")

    with subtest(f"{name}: readWritePaths can be written"):
        all_of("can", "write where it was granted")
        machine.succeed(f"test -s /srv/granted/{name}")

    with subtest(f"{name}: directives of the operator's are added to ours"):
        all_of("can", "write where a directive of its own lets it", "set its priority, as another does")
