# An instance moves from opencode 1 to 2, and is kept from moving back on a database of 2's.
HOME = f"{STATE}/moving"
FOLDER = f"{HOME}/.local/share/opencode"
RECORD = f"{HOME}/.local/state/opencode-major"
COPY = f"{FOLDER}/before-opencode-2"
TO_2 = "/run/booted-system/specialisation/b/bin/switch-to-configuration test"
TO_1 = "/run/booted-system/bin/switch-to-configuration test"


def databases(folder):
    """The files of the databases in a folder, each with its checksum."""
    lines = machine.succeed(f"cd {folder} && sha256sum opencode*.db*").splitlines()
    return dict(reversed(line.split()) for line in lines)


with subtest("opencode 1 runs, and has a session"):
    wait_for_units("moving")
    session = json.loads(machine.succeed(request("moving", "/session", {}) + with_password("moving")))["id"]
    equal(machine.succeed(f"cat {RECORD}"), "1\n", "the record")
    machine.fail(f"ls -d {FOLDER}/*before-opencode*")

with subtest("before 2 starts for the first time, a copy of the database is kept"):
    machine.succeed("systemctl stop opencode-moving.service")
    before = databases(FOLDER)
    machine.succeed(TO_2)
    wait_for_units("moving")
    machine.succeed(request("moving", "/api/health") + with_password("moving"))
    equal(databases(COPY), before, "the copy")
    equal(machine.succeed(f"stat --format='%U %a' {COPY}/opencode.db"), machine.succeed(f"stat --format='%U %a' {FOLDER}/opencode.db"), "its owner and mode")
    said = journal("opencode-moving-setup")
    expect(f"kept a copy of the database of opencode 1 in {COPY}" in said, said)
    equal(machine.succeed(f"cat {RECORD}"), "2\n", "the record")

with subtest("later starts of 2 make no other"):
    machine.succeed("systemctl restart opencode-moving-setup.service")
    wait_for_units("moving")
    equal(machine.succeed(f"cd {FOLDER} && ls -d *before-opencode*"), "before-opencode-2\n", "the copies")

with subtest("back on 1, neither unit starts, and HOME stays as it is"):
    machine.succeed("systemctl stop opencode-moving.service opencode-moving-setup.service")
    after = databases(FOLDER)
    machine.execute(TO_1)
    machine.fail("systemctl start opencode-moving.service")
    wait_until_setup_failed("moving")
    said = journal("opencode-moving-setup")
    expect(f"{HOME} was last used by opencode 2" in said and "restore" in said, said)
    equal(databases(FOLDER), after, "the databases")
    equal(machine.succeed(f"cat {RECORD}"), "2\n", "the record")

with subtest("with the copy in place, 1 has its session again"):
    machine.succeed(f"cd {FOLDER} && rm opencode*.db* && cp --preserve=all before-opencode-2/* . && echo 1 > {RECORD}")
    machine.succeed("systemctl start opencode-moving.service")
    wait_for_units("moving")
    sessions = json.loads(machine.succeed(request("moving", "/session") + with_password("moving")))
    expect(session in [one["id"] for one in sessions], sessions)

with subtest("a copy that was cut off is made whole, and one that is there is kept"):
    machine.succeed("systemctl stop opencode-moving.service opencode-moving-setup.service")
    part = f"{FOLDER}/.before-opencode-2.part"
    machine.succeed(f"runuser -u opencode-moving -- mkdir {part} && head -c 100 {FOLDER}/opencode.db > {part}/opencode.db")
    machine.succeed(f"chown opencode-moving: {part}/opencode.db && touch {FOLDER}/opencode.db")
    # As in a copy of an earlier database, whose log of changes must not be applied to this one.
    machine.succeed(f"cp {part}/opencode.db {part}/opencode.db-wal && chown opencode-moving: {part}/opencode.db-wal")
    # As a package calls it whose channel is its own.
    machine.succeed(f"cp --preserve=all {FOLDER}/opencode.db {FOLDER}/opencode-stable.db")
    before = databases(FOLDER)
    kept = databases(COPY)
    machine.succeed(TO_2)
    wait_for_units("moving")
    equal(databases(f"{COPY}.1"), before, "the new copy")
    equal(databases(COPY), kept, "the earlier one")
    machine.fail(f"ls -d {part}")

with subtest("a server does not start on a HOME that setup has made another major's"):
    machine.succeed(f"echo 1 > {RECORD}")
    machine.fail("systemctl restart opencode-moving.service")
    said = journal("opencode-moving")
    expect(f"{HOME} is not set up for opencode 2" in said and "restart opencode-moving-setup.service" in said, said)
    machine.succeed("systemctl restart opencode-moving-setup.service")
    wait_for_units("moving")
