# What the first start makes of nothing, and that later ones know of it.

HOME = f"{STATE}/fresh"
OWNER = "opencode-fresh opencode-fresh"

machine.start(allow_reboot=True)
wait_for_units("fresh")

with subtest("HOME has opencode's directories and the link, all the instance's, and nobody else can look in"):
    found = machine.succeed(f"find {HOME} -printf '/%P %y %m %u %g\\n' | LC_ALL=C sort").splitlines()
    directories = """
        / /.agents /.cache /.cache/opencode /.claude /.config /.config/opencode /.local /.local/share /.local/share/opencode
        /.local/state /.local/state/opencode /.local/state/opencode-setup
        /.opencode
    """.split()
    wanted = [f"{path} d 700 {OWNER}" for path in directories]
    for link in (CONFIG, ".config/opencode/.gitignore", ".opencode/.gitignore"):
        wanted.append(f"/{link} l 777 {OWNER}")
    wanted.append(f"/.local/share/opencode/auth.json f 600 {OWNER}")
    # The server's log file, which leads to /dev/null.
    wanted += [f"/.local/share/opencode/log d 700 {OWNER}", f"/.local/share/opencode/log/opencode.log l 777 {OWNER}"]
    for record in ("opencode-setup/state.json", "opencode-major"):
        wanted.append(f"/.local/state/{record} f 600 {OWNER}")
    equal(found, sorted(wanted), "HOME")

with subtest("the configuration is a link to a file that the instance can read and nobody can write"):
    source = machine.succeed(f"readlink {HOME}/{CONFIG}").strip()
    expect(source.startswith("/nix/store/"), source)
    equal(machine.succeed(f"stat --format='%A' {source}").strip(), "-r--r--r--", "the source's mode")
    text = machine.succeed(f"runuser -u opencode-fresh -- cat {HOME}/{CONFIG}")
    equal(json.loads(text)["$schema"], "https://opencode.ai/config.json", "the content")

with subtest("the project is the instance's, and still empty"):
    equal(machine.succeed(f"find {PROJECTS}/fresh -mindepth 1"), "", "the project")
    equal(machine.succeed(f"stat --format='%U %G %a' {PROJECTS}/fresh").strip(), f"{OWNER} 750", "the project's owner")

with subtest("hooks are told that it is the first run, and then that it is not"):
    expect("first run: 1" in journal("opencode-fresh-setup"), journal("opencode-fresh-setup"))
    expect("first run: 0" not in journal("opencode-fresh-setup"), journal("opencode-fresh-setup"))
    machine.succeed("systemctl restart opencode-fresh-setup.service")
    expect("first run: 0" in journal("opencode-fresh-setup"), journal("opencode-fresh-setup"))

with subtest("the record tells it: the link is ours, and a first run has succeeded"):
    machine.copy_from_machine(f"{HOME}/.local/state/opencode-setup/state.json")
    record = json.loads((machine.out_dir / "state.json").read_text())
    ignored = machine.succeed(f"readlink {HOME}/.opencode/.gitignore").strip()
    links = [(CONFIG, source), (".config/opencode/.gitignore", ignored), (".opencode/.gitignore", ignored)]
    wanted = [{"path": path, "target": target} for path, target in links]
    equal(record, {"version": 1, "firstRunSucceeded": True, "links": wanted}, "the record")


def is_no_first_run():
    wait_for_units("fresh")
    said = journal("opencode-fresh-setup")
    expect("first run: 0" in said and "first run: 1" not in said, said)
    expect("nothing to do" in said, said)


with subtest("after a reboot it is still known, and there is nothing to do"):
    machine.reboot()
    is_no_first_run()

with subtest("and after the machine was off"):
    machine.shutdown()
    machine.start()
    is_no_first_run()
