# `services.opencode.defaults` reaches every instance, and what an instance says itself wins.

for instance in ("plain", "special"):
    machine.wait_for_unit(f"opencode-{instance}.service")


def config(instance):
    return json.loads(machine.succeed(f"runuser -u opencode-{instance} -- cat {STATE}/{instance}/{CONFIG}"))


with subtest("an instance that says nothing has the defaults"):
    equal(config("plain")["username"], "default", "the name")
    equal(config("plain")["permission"]["bash"], {"git *": "allow", "rm *": "deny"}, "the permissions")
    found = environment_of("plain")
    equal((found["ONE"], found["TWO"]), ("default", "default"), "the environment")

with subtest("an instance that says something has that, and the rest of the defaults"):
    equal(config("special")["username"], "special", "the name")
    equal(config("special")["permission"]["bash"], {"git *": "allow", "rm *": "ask"}, "the permissions")
    found = environment_of("special")
    equal((found["ONE"], found["TWO"]), ("default", "special"), "the environment")
