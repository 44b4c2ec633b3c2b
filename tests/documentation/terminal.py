"""docs/terminal.svg: what a terminal shows when the programs are run.

Nothing in the picture is written by hand but the commands: they are run in a scratch directory, and what they print is
drawn. The scratch directory is shown as `~`.
"""

import html
import os
import pathlib
import subprocess
import tempfile

import programs

INSTANCES = ("docs", "web")

# What is typed, in order. The shell is bash, in a directory with a manifest and an empty HOME for each instance.
SCENE = (
    "opencode-setup apply --all --manifest-dir manifests",
    "# Somebody replaces the link to the declared configuration with a file of their own:",
    """rm web/.config/opencode/opencode.json; echo '{"share": "auto"}' > web/.config/opencode/opencode.json""",
    "opencode-setup check --all --manifest-dir manifests; echo exit code $?",
    "opencode-setup apply manifests/web.json",
    "cat web/.config/opencode/opencode.json.backup-1",
    "opencode-setup check --all --manifest-dir manifests; echo exit code $?",
)

# Output of commands that need a running system, as a scenario of vm-tests/ has captured it: `$ command` lines and what
# they printed. It is drawn after the scene.
CAPTURED = pathlib.Path(__file__).resolve().parent / "captured"

MANIFEST = """{{
  "version": 1,
  "instance": "{name}",
  "home": "{scratch}/{name}",
  "links": [{{ "path": ".config/opencode/opencode.json", "source": "{scratch}/declared/{name}.json" }}]
}}
"""

FONT_SIZE = 13
CHARACTER = 7.83
LINE = 19
MARGIN = 20
COLUMNS = 112


def transcript():
    """Runs the scene, and returns the lines of the terminal."""
    lines = []
    with tempfile.TemporaryDirectory() as scratch:
        for folder in ("manifests", "declared", *INSTANCES):
            os.mkdir(f"{scratch}/{folder}", 0o700)
        for name in INSTANCES:
            pathlib.Path(scratch, "manifests", f"{name}.json").write_text(MANIFEST.format(name=name, scratch=scratch))
            pathlib.Path(scratch, "declared", f"{name}.json").write_text('{"share": "disabled"}\n')
        binaries = {os.path.dirname(path) for path in programs.built().values()}
        environment = {"PATH": ":".join([*sorted(binaries), os.defpath]), "HOME": scratch, "LC_ALL": "C.UTF-8"}
        for typed in SCENE:
            lines.append(f"$ {typed}")
            if typed.startswith("#"):
                continue
            run = subprocess.run(
                ["bash", "-c", f"umask 077; {typed}"],
                cwd=scratch,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            lines += run.stdout.replace(scratch, "~").splitlines()
    for capture in sorted(CAPTURED.glob("*.txt")):
        lines += capture.read_text().splitlines()
    return lines


def wrapped(line):
    """A terminal goes on in the next row where a line is longer than the row."""
    return [line[start : start + COLUMNS] for start in range(0, max(len(line), 1), COLUMNS)]


def style(line):
    if line.startswith("$ #"):
        return "comment"
    return "typed" if line.startswith("$ ") else "printed"


def svg():
    rows = [(style(line), row) for line in transcript() for row in wrapped(line)]
    width = round(2 * MARGIN + COLUMNS * CHARACTER)
    height = 2 * MARGIN + LINE * len(rows)
    drawn = [
        f'  <text class="{kind}" x="{MARGIN}" y="{MARGIN + LINE * number + FONT_SIZE}">{html.escape(row, quote=False)}</text>'
        for number, (kind, row) in enumerate(rows)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">',
            "  <title>A terminal: two HOMEs are set up, one configuration is edited by hand, the drift is found and repaired</title>",
            "  <!-- Made by `tests/documentation/run --update` from what the programs print. -->",
            "  <style>",
            "    text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre }",
            "    .typed { fill: #e6edf3; font-weight: bold } .printed { fill: #b7c0c9 } .comment { fill: #7ee787 }",
            "  </style>",
            f'  <rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
            *drawn,
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    print("\n".join(transcript()))
