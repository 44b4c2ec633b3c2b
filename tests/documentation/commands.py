"""docs/reference/commands.md: what `--help` of each command says."""

import re
import subprocess

import programs

INTRODUCTION = """\
# Commands

This page is made from `--help` of each command by `tests/documentation/run --update`; edit `src/cli/arguments.rs` and
`src/ctl/arguments/`. The manual pages (`opencode-setup man`, `opencodectl man`) and the completions are made from the
same definitions.

A TARGET with a `/` or ending in `.json` is a manifest file. Any other is the name of an instance, whose manifest is
`/etc/opencode-setup/<name>.json` (`--manifest-dir` names another directory). Several targets are done one after the other.
`--all` takes every manifest in that directory. `check --all`, and `verify` of several targets, print a table.

`apply --home DIR` and `check --home DIR` do without a manifest. They say nothing about links that they do not name, so
those stay.
"""


def help_of(program, *command):
    path = programs.built()[program]
    answer = subprocess.run([path, *command, "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return "\n".join(line.rstrip() for line in answer.strip().splitlines())


def commands_of(program):
    """The names in the list of commands that `--help` prints."""
    listed = help_of(program).partition("\nCommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE)


def section(level, title, text):
    return f"{'#' * level} {title}\n\n```text\n{text}\n```\n"


def page():
    parts = [INTRODUCTION]
    for program in programs.NAMES:
        parts.append(section(2, program, help_of(program)))
        parts += [section(3, f"{program} {command}", help_of(program, command)) for command in commands_of(program)]
    return "\n".join(parts)
