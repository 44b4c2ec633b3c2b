# Which programs an instance finds.

for instance in ("equipped", "bare"):
    wait_for_units(instance)


def finds(instance, program):
    """Where the server's own PATH has a program."""
    path = environment_of(instance)["PATH"]
    return machine.execute(f"PATH={shlex.quote(path)} command -v {program}")[1].strip()


with subtest("the server, and the commands it runs, find the programs of `path`"):
    expect(finds("equipped", "jq").startswith("/nix/store/"), finds("equipped", "jq"))
    program = finds("equipped", "jq")
    equal(machine.succeed(f"runuser -u opencode-equipped -- {program} --null-input 6*7").strip(), "42", "what jq says")

with subtest("hooks find them, too"):
    expect(finds("equipped", "jq") in journal("opencode-equipped-setup"), journal("opencode-equipped-setup"))

with subtest("git, ripgrep and a shell are there for all"):
    for instance in ("equipped", "bare"):
        for program in ("git", "rg", "bash", "ls", "grep", "sed", "find"):
            expect(finds(instance, program).startswith("/nix/store/"), f"{instance} finds no {program}")
        machine.succeed(f"runuser -u opencode-{instance} -- {finds(instance, 'git')} --version")
        machine.succeed(f"runuser -u opencode-{instance} -- {finds(instance, 'rg')} --version")

with subtest("what nobody named is not"):
    equal(finds("bare", "jq"), "", "where an instance without jq finds it")
    for program in ("curl", "python3", "gcc"):
        equal(finds("equipped", program), "", f"where {program} is")
