"""Runs scenarios and tells how it went."""

import concurrent.futures
import contextlib
import dataclasses
import pathlib
import threading
import time
import traceback

from . import base_image, payload, programs, render
from .failure import CannotRun
from .guest_shell import MachineGone
from .machine import Machine

# What keeps scenarios from running, other than what they find: something is missing here, or the disk is full.
OBSTACLES = (CannotRun, MachineGone, OSError)


@dataclasses.dataclass
class Outcome:
    """How a scenario ended: `failure` is None, or what went wrong."""

    scenario: str
    failure: str | None
    seconds: float


class Runner:
    """Runs scenarios on machines that `make_hardware(kind, folder, base, payload)` makes."""

    def __init__(self, make_hardware, results, verbose):
        self._make_hardware = make_hardware
        self._results = pathlib.Path(results)
        self._verbose = verbose
        self._began = time.monotonic()
        self._printing = threading.RLock()
        self._machines = threading.RLock()
        self._running = []
        self._is_abandoned = False

    def say(self, line, whose=""):
        with self._printing:
            print(f"[{time.monotonic() - self._began:6.1f}] {whose + ': ' if whose else ''}{line}", flush=True)

    def run(self, lanes, jobs):
        """The outcomes of all scenarios; `lanes` are lists of groups, and at most `jobs` of them run at a time."""
        try:
            self._prepare()
        except OBSTACLES as failure:
            self.say(f"nothing can run: {str(failure).strip()}")
            return [Outcome(one.name, str(failure), 0) for groups in lanes for group in groups for one in group.scenarios]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            return [outcome for outcomes in pool.map(self._run_lane, lanes) for outcome in outcomes]

    def abandon(self):
        """Cuts the power of every machine and lets none start, so that all that is under way soon ends."""
        self._is_abandoned = True
        self.say("told to end: all machines lose power")
        with self._machines:
            for hardware in self._running:
                hardware.retire()

    def run_script(self, group, script):
        """Calls `script` with the machine of a group instead of running its tests."""
        self._prepare()
        renders = {scenario: render.of(scenario.folder) for scenario in group.scenarios}
        with self._machine(group.kind, group.scenarios, renders) as machine:
            script(machine)

    def _prepare(self):
        self.base = base_image.get(self.say)
        self.our_own = programs.our_own()

    def _run_lane(self, groups):
        return [outcome for group in groups for outcome in self._run_together(group)]

    def _run_together(self, group):
        renders, outcomes = self._renders_of(group.scenarios)
        waiting = list(renders)
        # Nobody runs on what a failed scenario left behind: who comes after it gets a machine anew.
        while waiting and not self._is_abandoned:
            outcomes += self._run_on_one_machine(group.kind, waiting, renders)
            done = {outcome.scenario for outcome in outcomes}
            waiting = [scenario for scenario in waiting if scenario.name not in done]
        return outcomes

    def _renders_of(self, scenarios):
        """The renders of those that have one, and how it ended for those that do not."""
        renders, outcomes = {}, []
        for scenario in scenarios:
            try:
                renders[scenario] = render.of(scenario.folder)
            except (*OBSTACLES, ValueError) as failure:
                outcomes.append(self._cannot_run(scenario, failure))
        return renders, outcomes

    def _run_on_one_machine(self, kind, scenarios, renders):
        """Runs scenarios one after the other, up to the first that fails."""
        outcomes = []
        try:
            with self._machine(kind, scenarios, renders) as machine:
                for scenario in scenarios:
                    outcomes.append(self._run_one(scenario, machine))
                    if outcomes[-1].failure:
                        break
        except OBSTACLES as failure:
            if not outcomes:
                outcomes.append(self._cannot_run(scenarios[0], failure))
        return outcomes

    def _cannot_run(self, scenario, failure):
        if not self._is_abandoned:
            self.say(f"FAIL: cannot run: {str(failure).strip()}", scenario.name)
        return Outcome(scenario.name, str(failure), 0)

    @contextlib.contextmanager
    def _machine(self, kind, scenarios, renders):
        folder = self._results / "+".join(scenario.name for scenario in scenarios)[:100]
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.iterdir():
            if stale.is_file():
                stale.unlink()
        files = payload.build(self.base, self.our_own, [renders[scenario] for scenario in scenarios])
        hardware = self._make_hardware(kind, folder, self.base, files)
        with self._machines:
            self._running.append(hardware)
        whose = scenarios[0].name if len(scenarios) == 1 else f"{scenarios[0].name}+{len(scenarios) - 1}"
        with (folder / "commands.log").open("w") as commands:

            def log(line, detail=False):
                print(f"[{time.monotonic() - self._began:6.1f}] {line}", file=commands, flush=True)
                if self._verbose or not detail:
                    self.say(line, whose)

            try:
                if self._is_abandoned:
                    raise MachineGone("the run was abandoned")
                hardware.prepare()
                yield Machine(hardware, log, folder)
            finally:
                hardware.discard()
                with self._machines:
                    self._running.remove(hardware)

    def _run_one(self, scenario, machine):
        began = time.monotonic()
        machine.out_dir = self._results / scenario.name
        machine.out_dir.mkdir(parents=True, exist_ok=True)
        for stale in ("failure.txt", "journal.log"):
            (machine.out_dir / stale).unlink(missing_ok=True)

        @contextlib.contextmanager
        def subtest(name):
            since = time.monotonic()
            try:
                yield
            except Exception:
                if not self._is_abandoned:
                    self.say(f"FAIL  {name}", scenario.name)
                raise
            self.say(f"ok    {name} ({time.monotonic() - since:.1f} s)", scenario.name)

        names = {
            "machine": machine,
            "machines": [machine],
            "start_all": machine.start,
            "subtest": subtest,
            # A script's `print` ends up among the progress.
            "print": lambda *words: self.say(" ".join(map(str, words)), scenario.name),
        }
        failure = None
        try:
            scenario.run(names)
        except Exception:  # noqa: BLE001 - whatever a script raises is its verdict
            failure = traceback.format_exc()
            if self._is_abandoned:
                return Outcome(scenario.name, failure, time.monotonic() - began)
            self.say(f"FAIL after {time.monotonic() - began:.1f} s\n{failure}", scenario.name)
            with contextlib.suppress(Exception):
                (machine.out_dir / "failure.txt").write_text(failure)
                machine.save_journal(machine.out_dir / "journal.log")
            self.say(f"see {machine.out_dir} and {machine.hardware.folder}", scenario.name)
            try:
                self.on_failure(machine)
            except Exception as gone:  # noqa: BLE001 - the outcome is told all the same
                self.say(f"no shell: {gone}", scenario.name)
        else:
            self.say(f"passed in {time.monotonic() - began:.1f} s", scenario.name)
        return Outcome(scenario.name, failure, time.monotonic() - began)

    def on_failure(self, machine):
        """For `--keep`."""
