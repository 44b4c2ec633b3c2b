"""The object that a test script talks to. Its methods have the names and meanings of NixOS' test driver, so that a
script runs on either."""

import base64
import io
import pathlib
import shlex
import subprocess
import tarfile
import time

from .guest_shell import GuestShell, MachineGone

# Ten on an idle host without KVM.
BOOT_SECONDS = 180
# As in NixOS' driver.
PATIENCE_SECONDS = 900
# How often somebody who watches hears what is still waited for.
PROGRESS_SECONDS = 30


class TestFailed(Exception):
    """The machine is not as the script wants it."""


class Machine:
    """A machine that starts when it is first asked something. `hardware` is a VirtualMachine or a Container."""

    name = "machine"

    def __init__(self, hardware, log, output_folder):
        self.hardware = hardware
        self.out_dir = pathlib.Path(output_folder)
        self._log = log
        self._shell = None
        self._may_reboot = False

    # Power.

    def start(self, allow_reboot=False):
        """Boots the machine, if it is off. One that was not allowed to cannot reboot: on NixOS its QEMU would end."""
        if self.hardware.is_on():
            return
        self._may_reboot = allow_reboot
        began = time.monotonic()
        self.hardware.power_on()
        try:
            shell = GuestShell(self.hardware.agent_socket, self.hardware.is_on)
            shell.wait_until_ready(BOOT_SECONDS)
        except Exception:
            # Half a machine is none.
            self.hardware.discard()
            raise
        self._shell = shell
        self._log(f"booted in {time.monotonic() - began:.1f} s ({self.hardware.name})")

    def shutdown(self):
        """Powers off in good order."""
        if self.hardware.is_on():
            self._go_down("poweroff")

    def reboot(self):
        if not self._may_reboot:
            raise TestFailed("the machine cannot reboot: it was not started with start(allow_reboot=True)")
        self._go_down("reboot")
        self.start(allow_reboot=True)

    def crash(self):
        """Cuts the power."""
        self._log("power cut")
        self.hardware.cut_power()
        self._hang_up()

    def _go_down(self, verb):
        try:
            self.execute(f"systemctl {verb}")
        except MachineGone:
            pass
        self._hang_up()
        try:
            self.hardware.wait_until_off(BOOT_SECONDS)
        except subprocess.TimeoutExpired:
            self.hardware.cut_power()
            raise TestFailed(f"`systemctl {verb}` did not end the machine within {BOOT_SECONDS} s") from None

    def _hang_up(self):
        if self._shell is not None:
            self._shell.close()
            self._shell = None

    # Commands.

    def execute(self, command, check_return=True, check_output=True, timeout=PATIENCE_SECONDS):
        """(exit status, standard output) of a command, whatever they are."""
        result = self._run(command, timeout)
        return (result.status if check_return else -1), (result.output if check_output else "")

    def succeed(self, *commands, timeout=PATIENCE_SECONDS):
        """The output of commands that must succeed."""
        outputs = []
        for command in commands:
            result = self._run(command, timeout)
            if result.status != 0:
                raise TestFailed(f"`{command}` failed with status {result.status}\n{result.output}{result.errors}")
            outputs.append(result.output)
        return "".join(outputs)

    def fail(self, *commands, timeout=PATIENCE_SECONDS):
        """The output of commands that must fail."""
        outputs = []
        for command in commands:
            result = self._run(command, timeout)
            if result.status == 0:
                raise TestFailed(f"`{command}` succeeded, and should not have\n{result.output}{result.errors}")
            outputs.append(result.output)
        return "".join(outputs)

    def wait_until_succeeds(self, command, timeout=PATIENCE_SECONDS):
        return self._retry(command, timeout, lambda status: status == 0, "did not succeed")

    def wait_until_fails(self, command, timeout=PATIENCE_SECONDS):
        return self._retry(command, timeout, lambda status: status != 0, "did not fail")

    def _run(self, command, timeout):
        self.start()
        self._log(f"$ {command}", detail=True)
        return self._shell.run(f"set -euo pipefail\n{command}", timeout if timeout is not None else PATIENCE_SECONDS)

    def _retry(self, command, timeout, is_good, complaint):
        deadline = time.monotonic() + timeout
        for pause in self._pauses(f"`{command}`"):
            result = self._run(command, max(1, deadline - time.monotonic()))
            if is_good(result.status):
                return result.output
            if time.monotonic() > deadline:
                last = f"status {result.status}\n{result.output}{result.errors}"
                raise TestFailed(f"`{command}` {complaint} within {timeout} s; the last time: {last}")
            time.sleep(pause)

    def _pauses(self, what):
        """Seconds between tries, for ever: in a slow machine, looking takes time away from what is looked for."""
        pause, began, told = 0.3, time.monotonic(), 0
        while True:
            waited = time.monotonic() - began
            if waited - told > PROGRESS_SECONDS:
                told = waited
                self._log(f"waiting for {what} ({waited:.0f} s)")
            yield pause
            pause = min(pause * 1.5, 3)

    # systemd.

    def systemctl(self, query, user=None):
        if user is not None:
            query = f"--user --machine={shlex.quote(user)}@.host {query}"
        return self.execute(f"systemctl {query}")

    def get_unit_info(self, unit, user=None):
        output = self._show(shlex.quote(unit), user)
        return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)

    def get_unit_property(self, unit, property, user=None):
        return self._show(f"{shlex.quote(unit)} --value --property={property}", user).rstrip("\n")

    def _show(self, query, user):
        status, output = self.systemctl(f"--no-pager show {query}", user)
        if status != 0:
            raise TestFailed(f"`systemctl show {query}` failed with status {status}\n{output}")
        return output

    def wait_for_unit(self, unit, user=None, timeout=PATIENCE_SECONDS):
        """Until a unit is active. One that failed, or that nothing is starting, will not be."""
        deadline = time.monotonic() + timeout
        for pause in self._pauses(unit):
            state = self.get_unit_property(unit, "ActiveState", user)
            if state == "active":
                return
            if state == "failed":
                raise TestFailed(f'unit "{unit}" reached state "failed"\n{self._status(unit, user)}')
            if state == "inactive" and not self.systemctl("list-jobs --no-legend", user)[1].strip():
                # Looked at again: the last job may have been the one that started it.
                if self.get_unit_property(unit, "ActiveState", user) == "inactive":
                    why = f'unit "{unit}" is inactive and there are no pending jobs'
                    raise TestFailed(f"{why}\n{self._status(unit, user)}")
            if time.monotonic() > deadline:
                raise TestFailed(f'unit "{unit}" is "{state}" after {timeout} s\n{self._status(unit, user)}')
            time.sleep(pause)

    def start_job(self, jobname, user=None):
        return self.systemctl(f"start {jobname}", user)

    def stop_job(self, jobname, user=None):
        return self.systemctl(f"stop {jobname}", user)

    def _status(self, unit, user):
        return self.systemctl(f"--no-pager --lines=30 status {shlex.quote(unit)}", user)[1]

    # Ports, files.

    def wait_for_open_port(self, port, addr="localhost", timeout=PATIENCE_SECONDS):
        self.wait_until_succeeds(f"exec 3<> /dev/tcp/{addr}/{port}", timeout)

    def wait_for_closed_port(self, port, addr="localhost", timeout=PATIENCE_SECONDS):
        self.wait_until_fails(f"exec 3<> /dev/tcp/{addr}/{port}", timeout)

    def wait_for_file(self, filename, timeout=PATIENCE_SECONDS):
        self.wait_until_succeeds(f"test -e {shlex.quote(filename)}", timeout)

    def copy_from_machine(self, source, target_dir=""):
        """A file or folder of the machine, into the folder of this run's output."""
        source = pathlib.PurePosixPath(source)
        archive = self.succeed(f"tar -C {shlex.quote(str(source.parent))} -cz {shlex.quote(source.name)} | base64 -w 0")
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive))) as files:
            files.extractall(self.out_dir / target_dir, filter="data")

    # For whoever runs the tests.

    def shell_interact(self):
        """A root shell for whoever ran the tests."""
        self.hardware.shell(self)

    def save_journal(self, file):
        if self.hardware.is_on() and self._shell is not None:
            result = self._shell.run("journalctl --no-pager --output=short-monotonic --boot=all", 120)
            pathlib.Path(file).write_text(result.output + result.errors)
