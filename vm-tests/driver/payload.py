"""What scenarios add to the base image: their units, users and files, at the paths that their renders name.

A machine has generations, as on NixOS: a folder each, with `etc` and `bin/switch-to-configuration`, and others below
`specialisation`. /run/booted-system and /run/current-system lead to them.
"""

import os
import re

from . import render
from .failure import CannotRun
from .debian import OTHER_PROGRAMS, PACKAGES
from .tree import Tree

SYSTEM = "/nix/var/opencode-vm-tests/system"
SWITCH = "/usr/local/lib/opencode-vm-tests/switch-to-configuration"
TMPFILES_RULES = "lib/tmpfiles.d/10-instances.conf"
FIRST_USER_ID = 800


def build(base, our_own, renders):
    """A Tree. `renders` are what render.of gave, one for each scenario that shares the machine."""
    tree = Tree()
    first = [generations[render.FIRST_GENERATION] for generations in renders]
    everything = [generation for generations in renders for generation in generations.values()]

    for generation in everything:
        _add_store(tree, generation)
    for package in sorted({package for generation in everything for package in generation["index"]["packages"]}):
        _add_package(tree, base, our_own, package)
    _add_accounts(tree, base, everything)

    _add_system(tree, SYSTEM, first)
    for generations in renders:
        for name in generations.keys() - {render.FIRST_GENERATION}:
            others = [other[render.FIRST_GENERATION] for other in renders if other is not generations]
            _add_system(tree, f"{SYSTEM}/specialisation/{name}", [*others, generations[name]])

    _add_units(tree, "usr/local/lib/systemd/system", first)
    for top in sorted({path.split("/")[0] for generation in first for path in generation["index"]["etc"]}):
        tree.link(f"etc/{top}", f"/run/current-system/etc/{top}")
    # At boot only: what a machine was switched to stays until then.
    links = "".join(f"L+! /run/{name}-system - - - - {SYSTEM}\n" for name in ("booted", "current"))
    tree.file("usr/lib/tmpfiles.d/00-system.conf", links)
    tree.link("usr/lib/tmpfiles.d/10-instances.conf", f"{SYSTEM}/{TMPFILES_RULES}")
    # Tests call it by name, as an operator does.
    for program in our_own:
        tree.link(f"usr/local/bin/{program.name}", f"/nix/store/{'0' * 32}-opencode-setup/bin/{program.name}")
    return tree


def _add_store(tree, generation):
    for path, entry in generation["index"]["store"].items():
        tree.file(path, render.text(generation, entry["file"]), 0o555 if entry["executable"] else 0o444)


def _add_package(tree, base, our_own, path):
    """Puts programs at the made-up store path of a package: those of that package, and no others."""
    name = re.fullmatch(r"/nix/store/0{32}-(.+)", path).group(1)
    if name == "opencode-setup":
        for program in our_own:
            tree.file(f"{path}/bin/{program.name}", program.read_bytes(), 0o755)
    elif name == "opencode":
        tree.link(f"{path}/bin/opencode", "/opt/opencode/bin/opencode")
    elif name == "opencode2":
        # Both majors install a command of the same name.
        tree.link(f"{path}/bin/opencode", "/opt/opencode/bin/opencode2")
    elif name in PACKAGES:
        for package in PACKAGES[name]:
            for program in base.programs[package]:
                tree.link(f"{path}/bin/{os.path.basename(program)}", program)
        for place, program in OTHER_PROGRAMS.get(name, {}).items():
            tree.link(f"{path}/{place}", program)
    else:
        raise CannotRun(f"a machine.nix uses the package {name}: name its Debian packages in driver/debian.py")
    if name in ("bash", "bashInteractive"):
        tree.link(f"{path}/bin/sh", "/bin/bash")


def _add_system(tree, path, generations):
    tree.link(f"{path}/bin/switch-to-configuration", SWITCH)
    tree.directory(f"{path}/etc")
    for generation in generations:
        for name, source in generation["index"]["etc"].items():
            tree.link(f"{path}/etc/{name}", source)
    _add_units(tree, f"{path}/etc/systemd/system", generations)
    tree.file(f"{path}/{TMPFILES_RULES}", "".join(render.text(generation, "tmpfiles.conf") for generation in generations))


def _add_units(tree, folder, generations):
    tree.directory(folder)
    for generation in generations:
        for name, unit in generation["index"]["units"].items():
            tree.file(f"{folder}/{name}", render.text(generation, unit["file"]))
            for target in unit["wantedBy"]:
                tree.link(f"{folder}/{target}.wants/{name}", f"../{name}")


def _add_accounts(tree, base, generations):
    """Debian's users and groups, and after them those of the instances."""
    users, groups = {}, set()
    for generation in generations:
        users.update(generation["index"]["users"])
        groups.update(generation["index"]["groups"])
    groups = sorted({*groups, *(user["group"] for user in users.values())})
    group_ids = {name: number for number, name in enumerate(groups, FIRST_USER_ID)}

    texts = {name: (base.root / "etc" / name).read_text() for name in ("passwd", "group", "shadow")}
    known = {line.split(":")[0]: line.split(":")[2] for line in texts["group"].splitlines()}
    members = {name: [user for user, entry in sorted(users.items()) if name in entry["extraGroups"]] for name in groups}
    for name in groups:
        if name not in known:
            texts["group"] += f"{name}:x:{group_ids[name]}:{','.join(members[name])}\n"
    for number, (name, user) in enumerate(sorted(users.items()), FIRST_USER_ID):
        group_id = known.get(user["group"], group_ids[user["group"]])
        shell = "/usr/sbin/nologin" if user["isSystemUser"] else "/bin/bash"
        texts["passwd"] += f"{name}:x:{number}:{group_id}::{user['home']}:{shell}\n"
        texts["shadow"] += f"{name}:!:19000::::::\n"
    for name, text in texts.items():
        tree.file(f"etc/{name}", text, 0o640 if name == "shadow" else 0o644)
