# opencode 2: its first start, what it runs with, a turn of its agent, and configurations that it would drop in silence.
RULES = {"permission": {"webfetch": "deny", "bash": "deny", "edit": "deny"}}
BY_HAND = "/srv/by-hand/opencode.json"


def route(instance, path, body=None, seconds=60):
    """The command that asks a server of opencode 2, which always wants a password: the one that was made for it."""
    return request(instance, f"/api/{path}", body, seconds) + with_password(instance) + " --globoff"


def ask_two(instance, path, body=None, seconds=60):
    return json.loads(machine.succeed(route(instance, path, body, seconds)))["data"]


def rules(instance, folder):
    """The rules that are in effect for each agent, in their order."""
    agents = ask_two(instance, f"agent?location[directory]={folder}")
    return {
        agent["id"]: [(rule["action"], rule["resource"], rule["effect"]) for rule in agent["permissions"]] for agent in agents
    }


def start_by_hand(text, mode="644"):
    """Starts the instance with this file; gives back whether its unit became active."""
    machine.succeed("systemctl stop opencode-by-hand.service opencode-by-hand-setup.service")
    write_file(BY_HAND, text if isinstance(text, str) else json.dumps(text))
    machine.succeed(f"chmod {mode} {BY_HAND}")
    return machine.execute("systemctl start opencode-by-hand.service")[0] == 0


def stays_down(what, unit, *parts):
    """The server is not up, its port is closed, and the journal of one of the units says why."""
    # A start has failed before the server has stopped.
    machine.wait_until_succeeds("systemctl show --property=ActiveState opencode-by-hand.service | grep -E '=(inactive|failed)'", timeout=60)
    machine.fail(route("by-hand", "health", seconds=5))
    said = journal(unit)
    for part in parts:
        expect(part in said, f"the journal does not say {part!r} of {what}", said)


with subtest("the first run ends with a server that answers only with its password"):
    wait_for_units("two")
    equal(json.loads(machine.succeed(route("two", "health")))["healthy"], True, "health")
    machine.fail(request("two", "/api/health"))
    source = machine.succeed(f"readlink {STATE}/two/{CONFIG}").strip()
    expect(source.startswith("/nix/store/"), source)
    password = machine.succeed("opencodectl password two").strip()
    expect(password not in journal("opencode-two"), "the password is in the journal")
    expect("level=INFO" in journal("opencode-two"), "the server's own log is not in the journal")

with subtest("the rules in effect are those that are declared"):
    found = rules("two", f"{PROJECTS}/two")
    for agent in ("build", "reviewer"):
        shell = [rule for rule in found[agent] if rule[0] == "shell"]
        equal(shell[-2:], [("shell", "*", "allow"), ("shell", "git push*", "deny")], f"the rules for commands of {agent}")
        equal([rule for rule in found[agent] if rule[0] == "webfetch"][-1][2], "deny", f"webfetch of {agent}")
    equal([rule for rule in found["reviewer"] if rule[0] == "edit"][-1], ("edit", "*", "deny"), "edit of reviewer")
    machine.succeed("opencodectl verify two")

with subtest("a configuration without rules has one all the same, by which it is seen that it was read"):
    wait_for_units("bare")
    marks = [rule for rule in rules("bare", f"{PROJECTS}/bare")["build"] if rule[0] == "opencode-setup"]
    equal(marks, [("opencode-setup", "*", "deny")], "the rule")

with subtest("a project changes nothing of it"):
    planted = {"permission": {"webfetch": "allow"}, "agent": {"planted": {"prompt": "p"}}}
    write_file(f"{PROJECTS}/two/opencode.json", json.dumps(planted))
    machine.succeed("systemctl restart opencode-two.service")
    equal(rules("two", f"{PROJECTS}/two"), found, "the rules")

with subtest("the agent does its work in a turn"):
    machine.succeed("systemd-run --unit=provider python3 /etc/opencode-tests/provider.py")
    machine.wait_for_open_port(18080, "127.0.0.1", timeout=60)
    session = ask_two("two", "session", {"location": {"directory": f"{PROJECTS}/two"}})["id"]
    ask_two("two", f"session/{session}/prompt", {"text": "Do your work."})
    machine.succeed(route("two", f"session/{session}/wait", seconds=300) + " --request POST")
    messages = ask_two("two", f"session/{session}/message")
    tools = [part for message in messages for part in message.get("content", []) if part["type"] == "tool"]
    equal({part["name"]: part["state"]["status"] for part in tools}, dict.fromkeys(("shell", "write", "grep"), "completed"), messages)
    expect("All three are done." in json.dumps(messages), messages)
    equal(machine.succeed(f"cat {PROJECTS}/two/written.txt"), "a needle in a file\n", "what the agent wrote")
    said = machine.succeed(f"git -c safe.directory='*' -C {PROJECTS}/two/repository log --format=%s")
    equal(said, "From the sandbox\n", "what the agent committed")

with subtest("status tells how it stands"):
    rows = {row["instance"]: row for row in map(json.loads, machine.succeed("opencodectl status --json two bare").splitlines())}
    equal([rows[each]["healthy"] for each in ("two", "bare")], [True, True], "who is healthy")
    equal(rows["bare"]["sessions"], {"busy": 0, "total": 0}, "the sessions of bare")
    equal(rows["two"]["sessions"], {"busy": 0, "total": 1}, "the sessions of two")
    equal(rows["two"]["configuration"]["inEffect"], True, "whether the configuration of two is in effect")

with subtest("broken JSON keeps it down"):
    expect(not start_by_hand(json.dumps(RULES)[:-1]), "it started")
    stays_down("broken JSON", "opencode-by-hand-setup", BY_HAND, "is not JSON")

with subtest("keys of both majors, of which 2 drops its own in silence, keep it down"):
    mixed = {**RULES, "permissions": [{"action": "*", "resource": "*", "effect": "deny"}]}
    expect(not start_by_hand(mixed), "it started")
    stays_down("keys of both", "opencode-by-hand-setup", BY_HAND, "`permission`", "`permissions`")

with subtest("a file that it cannot read keeps it down"):
    expect(not start_by_hand(RULES, mode="600"), "it started")
    stays_down("an unreadable file", "opencode-by-hand-setup", BY_HAND, "Permission denied")

with subtest("one wrong type, for which 2 drops the whole file in silence, keeps it down, and is not tried again"):
    expect(not start_by_hand({**RULES, "permission": {**RULES["permission"], "webfetch": 1}}), "it started")
    stays_down("a wrong type", "opencode-by-hand", "permission.bash", "permission.edit")
    machine.wait_until_succeeds("systemctl is-failed opencode-by-hand.service", timeout=UNIT_SECONDS)
    equal(machine.get_unit_property("opencode-by-hand.service", "NRestarts"), "0", "how often it was tried again")

with subtest("with a good file, the same instance starts"):
    expect(start_by_hand(RULES), journal("opencode-by-hand"), journal("opencode-by-hand-setup"))
    equal(rules("by-hand", f"{PROJECTS}/by-hand")["build"][-3:], [("webfetch", "*", "deny"), ("shell", "*", "deny"), ("edit", "*", "deny")], "the rules")

with subtest("and with one in the keys of 2"):
    own = [{"action": "shell", "resource": "git push *", "effect": "deny"}]
    expect(start_by_hand({"permissions": own, "agents": {"review": {"mode": "subagent"}}}), journal("opencode-by-hand"))
    equal(rules("by-hand", f"{PROJECTS}/by-hand")["review"][-1], ("shell", "git push *", "deny"), "the last rule")

with subtest("a server that is stopped has not failed"):
    machine.succeed("systemctl stop opencode-two.service")
    equal(machine.get_unit_property("opencode-two.service", "ActiveState"), "inactive", "the state of the unit")
