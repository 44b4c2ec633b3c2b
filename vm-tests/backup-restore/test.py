# Archive, lose, restore, with a server that runs, sleeps, and whose agents do what they like.

HOME = f"{STATE}/saved"
DATABASE = f"{HOME}/.local/share/opencode/opencode.db"
SETUP = "opencode-saved-setup.service"


def sessions():
    return sorted(ask("saved", "/session?limit=10000"), key=lambda session: session["id"])


def backup(number):
    """Makes the archive of this number, and gives back what there is to tell."""
    return json.loads(machine.succeed(f"opencodectl backup --json saved /root/saved-{number}.tar"))


def as_agent(command):
    machine.succeed(f"runuser -u opencode-saved -- sh -euc {shlex.quote(command)}")


def start_and_ask():
    machine.succeed("systemctl start opencode-saved.service")
    wait_for_server("saved")
    return sessions()


with subtest("a server has sessions"):
    wait_for_server("saved")
    for title in ("first", "second"):
        ask("saved", "/session", {"title": title})
    before = sessions()
    equal(sorted(session["title"] for session in before), ["first", "second"], "the titles")

with subtest("it runs and writes while it is archived"):
    create = request("saved", "/session", {"title": "meanwhile"})
    machine.succeed(f"(while ! test -e /tmp/enough; do {create}; done > /tmp/created 2>&1 &)")
    machine.wait_until_succeeds("test -s /tmp/created", timeout=60)
    for number in (1, 2, 3):
        equal(backup(number)["leftOut"], [], "what was left out")
    machine.succeed("touch /tmp/enough")
    equal(machine.succeed("stat --format='%a %U' /root/saved-1.tar").strip(), "600 root", "the archive")
    after = sessions()
    machine.fail("opencodectl backup saved /root/saved-1.tar")

with subtest("nothing is restored below a server or a setup that runs, or over what is there"):
    said = machine.fail("opencodectl restore saved /root/saved-1.tar --move-aside 2>&1")
    expect("opencode-saved.service is active" in said, said)
    machine.succeed("systemctl stop opencode-saved.service")
    said = machine.fail("opencodectl restore saved /root/saved-1.tar --move-aside 2>&1")
    expect(f"{SETUP} is active" in said, said)
    machine.succeed(f"systemctl stop {SETUP}")
    equal(machine.execute("opencodectl restore saved /root/saved-1.tar")[0], 5, "the exit code")

with subtest("one that is stopped is archived as well"):
    equal(backup(4)["databases"], 1, "databases")

with subtest("all is lost, and restored: the sessions of each moment are there"):
    machine.succeed(f"rm -rf {HOME} && install -d -m 700 -o opencode-saved -g opencode-saved {HOME}")
    machine.succeed("opencodectl restore saved /root/saved-2.tar")
    equal(machine.succeed(f"find {HOME} ! -user opencode-saved"), "", "what belongs to somebody else")
    found = start_and_ask()
    expect(all(session in found for session in before), found)
    expect(all(session in after for session in found), found)
    expect(len(before) < len(found) < len(after), len(before), len(found), len(after))
    equal(machine.execute("opencode-setup check saved")[0], 0, "check's exit code")

with subtest("a fresh instance gets the sessions, and keeps its own beside"):
    machine.succeed(f"systemctl stop {SETUP}", f"rm -rf {HOME}")
    equal(start_and_ask(), [], "the sessions of a fresh one")
    machine.succeed(f"systemctl stop {SETUP}")
    machine.succeed("opencodectl restore saved /root/saved-4.tar --move-aside")
    machine.succeed(f"test -s {HOME}/.before-restore-1/.local/share/opencode/opencode.db")
    equal(start_and_ask(), after, "the sessions")

with subtest("nothing is restored below a server that somebody starts while the restore waits for HOME"):
    machine.succeed(f"systemctl stop {SETUP}")
    machine.succeed(f"systemd-run --unit=holder flock {HOME} sleep 8")
    machine.succeed("systemd-run --unit=late-restore --property=Type=exec opencodectl restore saved /root/saved-1.tar --move-aside")
    machine.succeed("sleep 3; systemctl start --no-block opencode-saved.service")
    machine.wait_until_succeeds("systemctl is-failed late-restore", timeout=60)
    said = journal("late-restore")
    expect("stop both with" in said, said)
    equal(start_and_ask(), after, "the sessions")

with subtest("what an agent puts into the way is not followed, not waited for, and told"):
    machine.succeed("mkdir -p /srv && echo not-of-the-state > /srv/secret")
    as_agent(f"cd {HOME} && mkfifo fifo && ln -s /srv/secret link && ln -s /srv folder && truncate -s 1T sparse")
    report = backup(5)
    told = {one["path"] for one in report["leftOut"]}
    equal(told, {"fifo", "link", "folder", "sparse"}, "what was left out")
    machine.fail("grep --text not-of-the-state /root/saved-5.tar")

with subtest("what an agent puts in the place of the database keeps the backup from being one"):
    machine.succeed(f"systemctl stop {SETUP}")
    for put in ("ln -s /etc/passwd", "mkfifo"):
        as_agent(f"mv {DATABASE} {DATABASE}.away && {put} {DATABASE}")
        said = machine.fail("opencodectl backup saved /root/saved-6.tar 2>&1")
        expect("a backup without this database" in said, said)
        as_agent(f"rm {DATABASE} && mv {DATABASE}.away {DATABASE}")
    machine.fail("ls /root/*saved-6*")
    equal(start_and_ask(), after, "the sessions")
