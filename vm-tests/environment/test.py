# Where variables come from, which of them win, and where a secret must not be.
import re

SECRETS = ("first-hunter2", "second-hunter2", "token-hunter2")

with subtest("without a file that is not optional, neither unit starts"):
    wait_until_setup_failed("told")
    said = journal("opencode-told-setup")
    expect("Failed to load environment files" in said, said)

write_file("/srv/secrets/first.env", f"PLACE=first\nSECRET={SECRETS[0]}\nIN_FIRST=yes\n")
write_file("/srv/secrets/second.env", f"PLACE=second\nSECRET={SECRETS[1]}\n")
write_file("/srv/secrets/token", SECRETS[2])
machine.succeed("chmod 700 /srv/secrets && chmod 600 /srv/secrets/*")
machine.succeed("systemctl start opencode-told.service")

with subtest("files win over `environment`, and later files over earlier ones"):
    found = environment_of("told")
    equal(found["PLACE"], "second", "what all three set")
    equal(found["SECRET"], SECRETS[1], "what both files set")
    equal(found["IN_FIRST"], "yes", "what only the first file sets")
    equal(found["ONLY_HERE"], "environment 100% $HOME", "what only `environment` sets")

with subtest("hooks have the same"):
    expect("hook: PLACE=second" in journal("opencode-told-setup"), journal("opencode-told-setup"))

with subtest("a credential is a file that the unit sees, and no other user"):
    folder = found["CREDENTIALS_DIRECTORY"]
    equal(machine.succeed(f"cat {folder}/token"), SECRETS[2], "the credential")
    machine.fail(f"runuser -u nobody -- cat {folder}/token")
    machine.fail("runuser -u opencode-told -- cat /srv/secrets/first.env")

with subtest("no secret is in a unit, in a manifest or in a file of the store that they lead to"):
    units = machine.succeed("systemctl cat opencode-told.service opencode-told-setup.service")
    units += machine.succeed("systemctl show opencode-told.service opencode-told-setup.service")
    manifest = machine.succeed("cat /etc/opencode-setup/told.json")
    paths = set(re.findall(r"/nix/store/[0-9a-z]{32}-[^/\s\"']*opencode[^/\s\"']*", units + manifest))
    files = machine.succeed("for path in " + " ".join(sorted(paths)) + '; do if [ -f "$path" ]; then cat "$path"; fi; done')
    expect("PLACE=$PLACE" in files, "the hook is not among the files that were looked at", sorted(paths))
    expect("ONLY_HERE" in units, "the units do not have what is known to be in them", units)
    for secret in SECRETS:
        expect(secret not in units + manifest + files, f"{secret} is in one of them")

with subtest("nor is one where the instance writes, or in what its units have said"):
    written = f"{STATE}/told {PROJECTS}/told"
    said = machine.succeed("journalctl --sync && journalctl --boot --no-pager --output=verbose --unit='opencode-told*'")
    expect("hook: PLACE=second" in said, "the journal does not have what is known to be in it", said)
    machine.succeed(f"grep --recursive --quiet firstRunSucceeded {written}")
    for secret in SECRETS:
        equal(machine.execute(f"grep --recursive --files-with-matches {secret} {written}")[1], "", f"files with {secret}")
        expect(secret not in said, f"{secret} is in the journal")
