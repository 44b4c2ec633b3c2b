# The recipe of the documentation: archive, lose, restore.

HOME = f"{STATE}/saved"


def sessions():
    return sorted(ask("saved", "/session"), key=lambda session: session["id"])


with subtest("a server has sessions"):
    wait_for_server("saved")
    for title in ("first", "second"):
        ask("saved", "/session", {"title": title})
    before = sessions()
    equal(sorted(session["title"] for session in before), ["first", "second"], "the titles")

with subtest("the state directory of the stopped instance is archived, and lost"):
    machine.succeed("systemctl stop opencode-saved.service")
    machine.succeed(f"tar -C {STATE} -cpf /root/saved.tar saved")
    machine.succeed("systemctl stop opencode-saved-setup.service", f"rm -rf {HOME}")

with subtest("it is restored: the sessions are the same as before"):
    machine.succeed(f"tar -C {STATE} -xpf /root/saved.tar", f"chown -R opencode-saved:opencode-saved {HOME}")
    machine.succeed("systemctl start opencode-saved.service")
    wait_for_server("saved")
    equal(sessions(), before, "the sessions")
    equal(machine.execute("opencode-setup check saved")[0], 0, "check's exit code")
