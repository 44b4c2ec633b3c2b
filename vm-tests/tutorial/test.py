# The tutorial, step by step, and the session in a terminal that the README shows: terminal.txt has the commands and what
# they print. tests/documentation makes a picture of it.
import re


def steady(text):
    """Without what is different on another machine: hashes of store paths, the version of opencode, sizes and the widths of
    their columns. A container does not count memory."""
    text = re.sub(r"/nix/store/[a-z0-9]{32}-", "/nix/store/...-", text)
    text = re.sub(r"(active/running) +[0-9.]+", r"\1  ...", text)
    return re.sub(r" {2,}", "  ", re.sub(r"  ([0-9.]+[KMG]|-)(?= )", "  ...", text))


with subtest("a name is enough"):
    wait_for_server("scratch")

with subtest("without its secret, setup waits for it, and the journal says so"):
    wait_until_setup_failed("web")
    expect("Failed to load environment files" in journal("opencode-web-setup"), journal("opencode-web-setup"))

with subtest("without its project, the server waits for it, and the journal names it"):
    write_file("/run/secrets/opencode-web.env", "ANTHROPIC_API_KEY=none\n")
    machine.execute("systemctl start opencode-web")
    machine.wait_until_succeeds("journalctl --unit=opencode-web | grep /srv/projects/web", timeout=UNIT_SECONDS)

with subtest("it starts by itself once the project is there"):
    machine.succeed("install --directory --owner=opencode-web --group=opencode-web /srv/projects/web")
    wait_for_server("web")

with subtest("the terminal shows what the programs print"):
    shown = machine.succeed("cat /etc/opencode-tests/terminal.txt")
    printed = ""
    for command in re.findall("^# (.*)", shown, re.MULTILINE):
        _, output = machine.execute(f"{{ {command}\n}} 2>&1")
        printed += f"# {command}\n{output}"
    expect(steady(printed) == steady(shown), "vm-tests/tutorial/terminal.txt is not what the programs print:", printed)
