# `services.opencode.defaults` reaches every instance, and what an instance says itself wins.

for instance in ("plain", "special"):
    wait_for_server(instance)


def permissions(instance):
    """As a list: of the rules that fit, opencode takes the last."""
    return list(ask(instance, "/config")["permission"]["bash"].items())


with subtest("an instance that says nothing has the defaults"):
    equal(ask("plain", "/config")["username"], "default", "the name")
    equal(permissions("plain"), [("git *", "allow"), ("rm *", "deny")], "the permissions")
    found = environment_of("plain")
    equal((found["ONE"], found["TWO"]), ("default", "default"), "the environment")

with subtest("an instance that says something has that, and the rest of the defaults"):
    equal(ask("special", "/config")["username"], "special", "the name")
    equal(permissions("special"), [("git *", "allow"), ("rm *", "ask")], "the permissions")
    found = environment_of("special")
    equal((found["ONE"], found["TWO"]), ("default", "special"), "the environment")
