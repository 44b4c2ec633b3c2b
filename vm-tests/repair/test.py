# An operator at work as root, by hand.

HOME = f"{STATE}/mended"

for instance in ("mended", "whole"):
    wait_for_units(instance)


def check(*arguments):
    status, output = machine.execute(f"opencode-setup check {' '.join(arguments)} 2>&1")
    return status, output


def damaged(what, command, named):
    """Does damage, and sees it found, named and mended."""
    with subtest(what):
        machine.succeed(command)
        status, output = check("mended")
        equal(status, 3, f"check's exit code, having said {output}")
        expect(named in output, f"check does not name {named}", output)
        status, output = check("--all")
        equal(status, 3, f"the exit code of check --all, having said {output}")
        expect(named in output, f"check --all does not name {named}", output)
        for instance, found in (("mended", "drift"), ("whole", "unchanged")):
            rows = [line for line in output.splitlines() if line.split()[:1] == [instance]]
            expect(len(rows) == 1 and found in rows[0], f"{instance} should be said to be {found}", output)
        machine.succeed("opencode-setup apply mended")
        equal(check("mended")[0], 0, "check's exit code after apply")
        machine.succeed(f"test -d {HOME}/.cache/opencode", f"jq . {HOME}/{CONFIG}")
        equal(machine.succeed(f"readlink {HOME}/{CONFIG}").strip(), source, "the link")
        equal(machine.succeed(f"find {HOME} ! -user opencode-mended -o ! -group opencode-mended"), "", "others' files")


with subtest("nothing is wrong, and `check --all` has a row for each"):
    status, output = check("--all")
    equal(status, 0, f"check's exit code, having said {output}")
    for instance in ("mended", "whole"):
        expect(instance in output, output)

source = machine.succeed(f"readlink {HOME}/{CONFIG}").strip()
damaged("the link is gone", f"rm {HOME}/{CONFIG}", CONFIG)
damaged(
    "another link is in its place",
    f"ln -sfn /dev/null {HOME}/{CONFIG}; chown -h opencode-mended:opencode-mended {HOME}/{CONFIG}",
    CONFIG,
)
damaged(
    "a file is in its place",
    f"rm {HOME}/{CONFIG}; echo '{{}}' > {HOME}/{CONFIG}; chown opencode-mended:opencode-mended {HOME}/{CONFIG}",
    CONFIG,
)
equal(machine.succeed(f"cat {HOME}/{CONFIG}.backup-2").strip(), "{}", "what was in the way")
damaged("a directory is gone", f"rm -r {HOME}/.cache/opencode", ".cache/opencode")
damaged("all is gone", f"rm -r {HOME}/.cache {HOME}/.config {HOME}/.local", CONFIG)

with subtest("without its logins, which only the setup unit makes, the server does not start, and says why"):
    machine.fail("systemctl restart opencode-mended.service")
    _, told = machine.execute("systemctl status --no-pager --full opencode-mended.service")
    expect(f"AssertPathExists={HOME}/.local/share/opencode/auth.json was not met" in told, told)

with subtest("the server starts again"):
    machine.succeed("systemctl restart opencode-mended-setup.service", "systemctl start opencode-mended.service")
    equal(check("--all")[0], 0, "the exit code of check --all")

LOG = f"{HOME}/.local/share/opencode/log/opencode.log"
FOLDER = LOG.rpartition("/")[0]
AS_OWNER = "setpriv --reuid=opencode-mended --regid=opencode-mended --clear-groups sh -c "
ETC = "find /etc -maxdepth 1 -printf '%p inode=%i changed=%T@ size=%s mode=%m owner=%U:%G links to=%l\\n' | sort"
OTHERS = (
    ("a file", f"echo old > {LOG}"),
    ("a link to a file of root's", f"ln -s /etc/shadow {LOG}"),
    ("a pipe", f"mkfifo {LOG}"),
    ("a folder", f"mkdir {LOG}"),
    ("a hard link to another file", f"ln {HOME}/.local/share/opencode/auth.json {LOG}"),
    ("a folder of root's, by a link", f"mv {FOLDER} {FOLDER}.away; ln -s /etc {FOLDER}"),
)
for what, command in OTHERS:
    with subtest(f"with {what} in the place of the log, nothing outside of HOME is touched"):
        machine.succeed(AS_OWNER + shlex.quote(f"rm -rf {LOG}; {command}"))
        before = machine.succeed(ETC).splitlines()
        machine.succeed("timeout 60 systemctl restart opencode-mended-setup.service")
        equal(machine.succeed(ETC).splitlines(), before, "/etc")
        if "by a link" not in what:
            equal(machine.succeed(f"readlink {LOG}").strip(), "/dev/null", "where the log leads")
equal(machine.succeed(f"cat {FOLDER}.away/opencode.log.old.~1~").strip(), "old", "the log that there was")
machine.succeed(f"rm {FOLDER}", "systemctl restart opencode-mended-setup.service", f"test -L {LOG}")

with subtest("without its project, the server is tried again, less and less often, and the journal names what is missing"):
    server, project = "opencode-mended.service", f"{PROJECTS}/mended"
    machine.succeed(f"mv {project} {project}.away")
    began = float(machine.succeed("date +%s.%N"))
    machine.fail(f"systemctl restart {server}")
    machine.wait_until_succeeds(f"test $(systemctl show --value --property=NRestarts {server}) -ge 3", timeout=UNIT_SECONDS)
    lines = map(json.loads, journal(server, f"--output=json --since=@{began:.0f}").splitlines())
    told = [(int(line["__MONOTONIC_TIMESTAMP"]) / 1e6, line["MESSAGE"]) for line in lines]
    tries = [when for when, what in told if "Scheduled restart job" in what]
    pauses = [later - earlier for earlier, later in zip(tries, tries[1:])]
    print(f"seconds between tries: {', '.join(f'{pause:.1f}' for pause in pauses)}")
    expect(len(pauses) >= 2, "there were too few tries", told)
    expect(all(later > 1.25 * earlier for earlier, later in zip(pauses, pauses[1:])), "the pauses do not grow", pauses)
    missing = f"Failed to set up mount namespacing: {project}: No such file or directory"
    expect(any(missing in what for _, what in told), f"the journal does not say: {missing}", told)

with subtest("when the project is back, the server comes up by itself"):
    machine.succeed(f"mv {project}.away {project}")
    machine.wait_until_succeeds(f"systemctl is-active {server}", timeout=UNIT_SECONDS)
