"""Programs of the host that the driver needs."""

import subprocess

from .failure import CannotRun


def run(*command, cwd=None):
    """The standard output of a command that has to succeed. If the main thread is told to end, so is the command."""
    command = [str(part) for part in command]
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
    except FileNotFoundError as failure:
        raise CannotRun(f"there is no {command[0]} on PATH") from failure
    with process:
        try:
            output, errors = process.communicate()
        except BaseException:
            # Not killed: mmdebstrap has mounts to undo.
            process.terminate()
            raise
    if process.returncode != 0:
        raise CannotRun(f"{' '.join(command)} failed with status {process.returncode}:\n{output}{errors}")
    return output
