"""A scenario's machine.nix as what a machine installs: the render that nixos/tests/run writes, in one file.

It is committed beside the scenario as render.json, with a digest of all it was made from. As long as that holds,
neither nix nor nixpkgs is needed. `generation-<name>.nix` beside machine.nix is a second generation of the machine.
"""

import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile

from .failure import CannotRun

ROOT = pathlib.Path(__file__).resolve().parents[2]
RENDERER = ROOT / "nixos" / "tests" / "run"
# Of the flake, not of a machine.
NOT_RENDERED = ("book.nix", "checks.nix", "dev-shell.nix", "package.nix")
FIRST_GENERATION = "machine"


def of(scenario_folder):
    """The scenario's generations by name, each {"index": ..., "files": {path: text}}."""
    digest = _digest(scenario_folder)
    committed = _committed(scenario_folder)
    if committed.get("digest") == digest:
        return committed["generations"]
    if not can_render():
        raise CannotRun(
            f"{scenario_folder.name}/render.json is older than the Nix code, and there is no nix with a <nixpkgs> "
            "here to make it anew; on a machine that has both, run `vm-tests/run --update-renders` and commit"
        )
    return _rendered(scenario_folder)


def update(scenario_folder):
    """Writes render.json anew; tells whether its content (and not just the digest) changed."""
    generations = _rendered(scenario_folder)
    changed = _committed(scenario_folder).get("generations") != generations
    document = {"digest": _digest(scenario_folder), "generations": generations}
    (scenario_folder / "render.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    return changed


def is_fresh(scenario_folder):
    """Is the committed render what nix would make today?"""
    committed = _committed(scenario_folder)
    if committed.get("digest") != _digest(scenario_folder):
        return False
    return not can_render() or committed["generations"] == _rendered(scenario_folder)


def can_render():
    if not shutil.which("nix-instantiate"):
        return False
    found = subprocess.run(["nix-instantiate", "--find-file", "nixpkgs"], capture_output=True, check=False)
    return found.returncode == 0


def text(generation, file):
    return "\n".join(generation["files"][file])


def _committed(scenario_folder):
    file = scenario_folder / "render.json"
    return json.loads(file.read_text()) if file.exists() else {}


def _digest(scenario_folder):
    """Of every file that a render can depend on, other than nixpkgs."""
    module = [file for file in (ROOT / "nixos").rglob("*.nix") if "tests" not in file.relative_to(ROOT).parts]
    files = [file for file in module if file.name not in NOT_RENDERED]
    files += [*(ROOT / "nixos" / "tests").glob("*.nix"), RENDERER]
    # What a machine.nix takes in lies beside it, or beside all scenarios.
    files += [file for file in scenario_folder.parent.glob("*.nix") if file.name != "default.nix"]
    files += [scenario_folder.parent / name for name in ("dns.py", "provider.py")]
    beside = [file for file in scenario_folder.iterdir() if file.is_file()]
    files += [file for file in beside if file.name not in ("render.json", "test.py")]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _rendered(scenario_folder):
    first = scenario_folder / "machine.nix"
    generations = {FIRST_GENERATION: [first]}
    for later in sorted(scenario_folder.glob("generation-*.nix")):
        generations[later.stem.removeprefix("generation-")] = [first, later]
    return {name: _render(modules) for name, modules in generations.items()}


def _render(modules):
    with tempfile.TemporaryDirectory() as work:
        module = pathlib.Path(work) / "module.nix"
        module.write_text("{ imports = [ " + " ".join(str(file) for file in modules) + " ]; }\n")
        output = pathlib.Path(work) / "render"
        command = ["bash", str(RENDERER), "--render", str(module), str(output)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            names = ", ".join(str(file.relative_to(ROOT)) for file in modules)
            raise CannotRun(f"{names} does not render:\n{result.stdout}{result.stderr}")
        files = {
            str(file.relative_to(output)): file.read_text().split("\n")
            for file in sorted(output.rglob("*"))
            if file.is_file() and file.name != "index.json"
        }
        return {"index": json.loads((output / "index.json").read_text()), "files": files}
