# A person and an agent work in one git repository, and neither of them owns it alone.

PROJECT = "/srv/projects/web"
GUARDED = "/srv/projects/guarded"
REMOTE = "/srv/remotes"


def by_alice(script, umask="0002"):
    """A person who shares a project has a umask that lets the group write."""
    return machine.succeed(f"runuser -u alice -- sh -euc {shlex.quote(f'umask {umask}; {script}')}")


def by_agent(script, instance="agent"):
    status, output = in_sandbox(instance, f"set -eu\n{script}")
    equal(status, 0, f"the exit status of {script}, which said {output}")
    return output


def not_by_agent(script, instance):
    status, output = in_sandbox(instance, script)
    expect(status != 0, f"it worked: {script}", output)
    return output


for project in (PROJECT, GUARDED):
    by_alice(
        f"cd {project} && git init -q --shared=group --initial-branch=trunk"
        " && git config user.name Alice && git config user.email alice@example.org"
        " && echo by alice > story && git add story && git commit -qm 'By alice'"
        # An identity of the repository would be the agent's, too.
        " && git config --remove-section user && mkdir -p .git/hooks"
    )
# What is to be protected has to be there when the server starts.
machine.succeed("systemctl restart opencode-guarded.service")
machine.succeed(
    f"mkdir {REMOTE} && git init -q --bare {REMOTE}/web.git && git -C {REMOTE}/web.git config http.receivepack true",
    f"systemd-run --unit=git-server python3 /etc/opencode-tests/git_server.py {REMOTE} 18090",
)
for instance in ("agent", "guarded"):
    wait_for_server(instance)

with subtest("the server knows the repository and its branch, although it is somebody else's"):
    equal(machine.succeed(f"stat --format=%U {PROJECT}").strip(), "alice", "the owner")
    found = ask("agent", f"/project/current?directory={PROJECT}")
    equal((found["vcs"], found["worktree"]), ("git", PROJECT), f"the project ({found})")
    equal(ask("agent", f"/vcs?directory={PROJECT}")["branch"], "trunk", "the branch")

with subtest("the agent edits what alice wrote, and commits it as itself"):
    by_agent(f"cd {PROJECT}; echo by the agent >> story; mkdir -p notes; echo by the agent > notes/new; git add -A .; git commit -qm 'By the agent' -- story notes")
    said = by_agent(f"git -C {PROJECT} log -1 --format='%an <%ae>'")
    expect(said.startswith("agent <agent@"), said)

with subtest("alice edits what the agent wrote, and commits it"):
    for path, rights in (("notes/new", "660"), ("notes", "2770")):
        equal(machine.succeed(f"stat --format='%G %a' {PROJECT}/{path}").strip(), f"web {rights}", f"group and mode of {path}")
    by_alice(
        f"cd {PROJECT} && echo and by alice >> notes/new && echo more > notes/newer && git add notes"
        " && git -c user.name=Alice -c user.email=alice@example.org commit -qm 'Alice again'"
    )
    by_agent(f"cd {PROJECT}; echo and the agent >> notes/newer; git commit -qm 'The agent again' -- notes")
    by_alice(f"cd {PROJECT} && git checkout -q -b hers && git checkout -q trunk && git fsck --strict")

with subtest("with an access list, alice's umask does not matter"):
    by_alice(f"echo by alice > {PROJECT}/listed/file", umask="0022")
    by_agent(f"echo by the agent >> {PROJECT}/listed/file; echo by the agent > {PROJECT}/listed/other")
    by_alice(f"echo by alice >> {PROJECT}/listed/other", umask="0022")

with subtest("the agent pushes with a credential that is in no file of its own"):
    by_agent(f"cd {PROJECT}; git remote add origin http://127.0.0.1:18090/web.git; git push -q origin trunk 2>&1")
    equal(
        machine.succeed(f"git -C {REMOTE}/web.git rev-parse trunk"),
        machine.succeed(f"git -c safe.directory={PROJECT} -C {PROJECT} rev-parse trunk"),
        "what arrived",
    )
    machine.fail("git -c credential.helper= ls-remote http://nobody:wrong@127.0.0.1:18090/web.git")
    machine.fail(f"grep --recursive hunter2 {PROJECT}/.git {STATE}/agent /nix/store/*opencode-agent-git*")
    machine.fail("runuser -u opencode-agent -- cat /srv/git-credentials")

with subtest("nothing else of the machine's configuration of git is lost, and it wins"):
    write_file("/etc/gitconfig", "[user]\n\tname = Of the machine\n[alias]\n\tours = status\n")
    said = by_agent(f"cd {PROJECT}; git config user.name; git config alias.ours; git config user.email; git status --short")
    equal(said.splitlines()[:2], ["Of the machine", "status"], "what git takes")
    machine.succeed("rm /etc/gitconfig")
    said = by_agent(
        f"cd {PROJECT}; export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=Counted; git config user.name; git status --short"
    )
    equal(said.splitlines()[:1], ["Counted"], "what git takes")

with subtest("a repository below the directory is safe, too"):
    environment = environment_of("several")
    machine.succeed(
        f"runuser -u opencode-several -- env GIT_CONFIG_SYSTEM={environment['GIT_CONFIG_SYSTEM']} git -C {PROJECT} status --short"
    )
    machine.fail(f"runuser -u opencode-several -- git -C {PROJECT} status --short")

with subtest("with readOnlyGit, the agent commits, and does not change what git does"):
    by_agent(f"cd {GUARDED}; echo by the agent >> story; git commit -qam 'By the agent'", instance="guarded")
    for attempt in ("touch .git/hooks/pre-push", "git config core.pager cat", "echo '[core]' >> .git/config", "mv .git .git-before"):
        not_by_agent(f"cd {GUARDED} && {attempt}", instance="guarded")
        # The other agent can, so it is not for want of permissions.
        by_agent(f"cd {PROJECT}; {attempt}")
    by_alice(f"git -C {GUARDED} config core.pager cat")
