//! Every system call of a run failed, and the run killed at every one of them.
//!
//! For each scenario an undisturbed run is traced (strace(1)). Then the run is
//! repeated, each time in a new world, with one call made to fail, or with the
//! process killed at that call, which is every moment that another process
//! could tell from the next. The same is done to the process that becomes a hook.
//! The hooks' own system calls are not the program's and are left alone.
//!
//! After a kill the next run may find another manifest, with a newer source or
//! with no link at all.
//!
//! Plain `cargo test` gives each call one of the faults, in turn, and kills at
//! each that changes the disk; with
//! `OPENCODE_SETUP_FULL_TESTS=1` each call gets all of them.

#[path = "../common/mod.rs"]
mod common;
mod injection;
mod next_manifest;
mod scenarios;
mod shape;
mod start_hook;
mod undisturbed;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{is_full, is_installed};
use injection::{Findings, inject};
use next_manifest::{NEXT, Next};
use scenarios::{SCENARIOS, Scenario};
use undisturbed::{Call, Undisturbed, undisturbed};

const KILL: &str = "signal=SIGKILL";

const FAULTS: [&str; 8] = [
    "error=ENOSPC",
    "error=EIO",
    "error=EACCES",
    "error=EROFS",
    "error=EMFILE",
    "error=ENOMEM",
    "error=EINTR",
    KILL,
];

/// Calls that cannot fail (umask(2), geteuid(2), _exit(2), and sigprocmask(2) with
/// arguments that are right), so that a failure of theirs would show what no
/// kernel does. They are killed at like all others.
const INFALLIBLE: [&str; 4] = ["umask", "geteuid", "exit_group", "rt_sigprocmask"];

/// A call to disturb, how, and what the run after it is asked for.
type Injection<'a> = (&'a Scenario, &'a Undisturbed, &'a Call, &'static str, Next);

/// What is disturbed in this run of the tests.
fn injections(runs: &[Undisturbed]) -> Vec<Injection<'_>> {
    let mut injections = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        for (position, call) in run.calls.iter().enumerate() {
            // Not in step with the calls, many of which come in eights.
            let step = position + position / FAULTS.len() + index;
            for (number, fault) in FAULTS.into_iter().enumerate() {
                let is_its_turn = is_full() || step % FAULTS.len() == number;
                let turn = if is_full() {
                    position
                } else {
                    position / FAULTS.len()
                };
                let next = next_runs(run, call, fault, turn, is_its_turn).into_iter();
                let scenario = &SCENARIOS[index];
                injections.extend(next.map(|next| (scenario, run, call, fault, next)));
            }
        }
    }
    injections
}

/// With which runs after it a fault is due. `turn` counts up for those that take
/// turns.
fn next_runs(
    run: &Undisturbed,
    call: &Call,
    fault: &str,
    turn: usize,
    is_its_turn: bool,
) -> Vec<Next> {
    let is_kill = fault == KILL;
    let is_possible = is_kill || !INFALLIBLE.contains(&call.name.as_str());
    let is_between_changes = is_kill && call.changes_the_disk();
    if !is_possible || !is_its_turn && !is_between_changes {
        return Vec::new();
    }
    let mut next = NEXT.to_vec();
    next.retain(|next| run.shape(*next).is_some());
    match (is_kill, is_between_changes) {
        (true, true) if is_full() => next,
        // From one change to the next the disk stays as it is.
        (true, false) => vec![next[turn % next.len()]],
        // Errors are told to somebody; a kill lets time pass unnoticed.
        (false, _) | (true, true) => vec![Next::Same],
    }
}

/// Does something with each of many, with as many threads as there are processors.
fn for_each_in_parallel<T: Sync>(items: &[T], act: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    act(item);
                }
            });
        }
    });
}

/// Whatever fails, and whenever it is killed: nothing of the user's is lost,
/// nothing outside HOME is changed, no failure passes for a success, and the
/// next run makes everything as if nothing had happened.
#[test]
fn no_failing_call_and_no_kill_loses_anything() {
    if !is_installed("strace", "no_failing_call_and_no_kill_loses_anything") {
        return;
    }
    let runs: Vec<Undisturbed> = SCENARIOS.iter().map(undisturbed).collect();
    let injections = injections(&runs);
    let findings = Mutex::new(Findings::default());
    for_each_in_parallel(&injections, |(scenario, run, call, fault, next)| {
        inject(scenario, run, call, fault, *next, &findings);
    });
    let findings = findings.into_inner().expect("no thread has panicked");
    findings.print();
    let [lost, wrong_exits, not_converged] = findings.counts();
    println!(
        "{} injections, {lost} lost, {wrong_exits} wrong exits, {not_converged} not converged",
        injections.len(),
    );
    assert_eq!(findings.counts(), [0, 0, 0]);
}
