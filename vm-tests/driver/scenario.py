"""Which scenarios there are, and which of them share a machine."""

import dataclasses
import os
import pathlib
import subprocess

from .failure import CannotRun

FOLDER = pathlib.Path(__file__).resolve().parents[1]
SHARED_MACHINES = FOLDER / "shared-machines"
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


def machines(scenarios):
    """Lists of scenarios that share a machine: as the file says, and one of its own for each that it does not name."""
    by_name = {scenario.name: scenario for scenario in scenarios}
    found = []
    for names in _lines():
        together = [by_name.pop(name) for name in names if name in by_name]
        if together:
            found.append(together)
    return found + [[scenario] for scenario in by_name.values()]


def names_that_share():
    return [name for names in _lines() for name in names]


def _lines():
    return [line.split("#")[0].split() for line in SHARED_MACHINES.read_text().splitlines()]
