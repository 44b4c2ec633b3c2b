"""Which scenarios there are, and the machines that they run on."""

import dataclasses
import os
import pathlib
import subprocess

from .failure import CannotRun

FOLDER = pathlib.Path(__file__).resolve().parents[1]
MACHINES = FOLDER / "machines"
QEMU, NSPAWN = "qemu", "nspawn"
# Comes before every test script, on either machine.
PRELUDE = FOLDER / "prelude.py"


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A folder with a machine.nix and a test.py."""

    folder: pathlib.Path

    @property
    def name(self):
        return self.folder.name

    def run(self, names):
        """Runs the script, which finds `names` and the prelude's functions in its namespace."""
        namespace = dict(names)
        for file in (PRELUDE, self.folder / "test.py"):
            exec(compile(file.read_text(), str(file), "exec"), namespace)  # noqa: S102

    def complaints(self):
        """What pyflakes has against the script, which on NixOS keeps the test from being built; a line each."""
        script = PRELUDE.read_text() + (self.folder / "test.py").read_text()
        environment = {**os.environ, "PYFLAKES_BUILTINS": "machine,subtest"}
        try:
            result = subprocess.run(
                ["pyflakes3"], input=script, env=environment, capture_output=True, text=True, check=False
            )
        except FileNotFoundError as failure:
            raise CannotRun("there is no pyflakes3 here; apt-get install pyflakes3") from failure
        lines = (result.stdout + result.stderr).splitlines()
        return "".join(f"prelude.py + {self.name}/test.py: {line.removeprefix('<stdin>:')}\n" for line in lines)


def all_scenarios():
    return [Scenario(file.parent) for file in sorted(FOLDER.glob("*/machine.nix"))]


@dataclasses.dataclass(frozen=True)
class Group:
    """Scenarios that share a machine, and its kind: QEMU or NSPAWN."""

    scenarios: list
    kind: str


def groups(scenarios, kind=None):
    """As the file `machines` says, and a container for each scenario that it does not name. `kind` overrules it."""
    by_name = {scenario.name: scenario for scenario in scenarios}
    found = []
    for its_kind, names in _lines():
        together = [by_name.pop(name) for name in names if name in by_name]
        if together:
            found.append(Group(together, kind or its_kind))
    return found + [Group([scenario], kind or NSPAWN) for scenario in by_name.values()]


def lanes(groups):
    """What can run at the same time: lists of groups. Containers would share a group of processes, so they take turns."""
    in_containers = [group for group in groups if group.kind == NSPAWN]
    found = [[group] for group in groups if group.kind == QEMU]
    # The longest of them first, and the containers beside it.
    return [*found[:1], *([in_containers] if in_containers else []), *found[1:]]


def names_in_machines():
    return [name for _, names in _lines() for name in names]


def _lines():
    """The kind of machine and the names, line by line."""
    for line in MACHINES.read_text().splitlines():
        words = line.split("#")[0].split()
        yield (QEMU, words[1:]) if words[:1] == [QEMU] else (NSPAWN, words)
