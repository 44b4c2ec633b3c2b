//! The same for the process that becomes a hook, traced by itself: from its
//! start to the execve(2) that makes it the hook.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use nix::sys::signal::{SigSet, Signal};

use crate::common::{World, is_full, is_installed};
use crate::undisturbed::{Call, calls};
use crate::{FAULTS, INFALLIBLE, KILL, for_each_in_parallel};

/// What came of one start.
struct Started {
    status: ExitStatus,
    /// What the process has told the one that waits.
    told: String,
    /// What the hook found around it, if it was run.
    seen: Option<String>,
}

/// Writes down what a hook must not have of the caller's: its session, what it has
/// blocked, and what it reads. (The caller's descriptors are closed before. The shell looks itself:
/// while it starts a program, it has signals blocked of its own.)
const HOOK: &str = r#"
read -r _ _ _ _ group session _ < /proc/$$/stat
{
    echo "own group: $((group == $$)), own session: $((session == $$))"
    while read -r line; do case $line in SigBlk*) echo "$line" ;; esac; done < /proc/$$/status
    readlink /proc/$$/fd/0
} > "${0%/*}/seen"
"#;

/// Starts a hook under strace(1), by a caller that has a signal blocked.
fn start(world: &World, options: &[&str]) -> Started {
    let hook = world.script("hook", HOOK);
    let (mut told, tell) = std::io::pipe().expect("a pipe");
    let mut command = Command::new("strace");
    command.args(options);
    command.arg(env!("CARGO_BIN_EXE_opencode-setup"));
    command.arg("start-hook").arg(hook).stdin(tell);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    SigSet::from(Signal::SIGTERM).thread_block().expect("block");
    let mut child = command.spawn().expect("strace starts");
    // It has the pipe's other end, too.
    drop(command);
    let mut text = String::new();
    told.read_to_string(&mut text).expect("read");
    Started {
        status: child.wait().expect("wait"),
        told: text,
        seen: std::fs::read_to_string(world.path("seen")).ok(),
    }
}

/// The calls up to the one that makes the process the hook.
fn calls_until_the_hook(trace: &Path) -> Vec<Call> {
    let mut calls = calls(&std::fs::read_to_string(trace).expect("a trace"));
    let is_exec = |call: &Call| call.name == "execve";
    let end = calls
        .iter()
        .position(is_exec)
        .expect("the hook was executed");
    calls.truncate(end + 1);
    calls
}

/// A hook is run without anything of the caller's, or it is not run and that is
/// told: whatever fails while it is started.
#[test]
fn no_failing_call_starts_a_hook_with_something_of_the_callers() {
    if !is_installed(
        "strace",
        "no_failing_call_starts_a_hook_with_something_of_the_callers",
    ) {
        return;
    }
    let world = World::in_memory();
    let trace = world.path("trace");
    let undisturbed = start(&world, &["-o", trace.to_str().expect("UTF-8")]);
    let expected = "own group: 1, own session: 1\nSigBlk:\t0000000000000000\n/dev/null\n";
    assert_eq!(undisturbed.seen.as_deref(), Some(expected));
    let mut injections: Vec<String> = Vec::new();
    for (position, call) in calls_until_the_hook(&trace).iter().enumerate() {
        for (turn, fault) in FAULTS.into_iter().enumerate() {
            let is_its_turn = is_full() || position % FAULTS.len() == turn;
            // What close(2) was given is closed, even if it fails.
            let is_infallible = call.name == "close" || INFALLIBLE.contains(&&*call.name);
            if is_its_turn && (fault == KILL || !is_infallible) {
                injections.push(format!("inject={}:{fault}:when={}", call.name, call.nth));
            }
        }
    }
    for_each_in_parallel(&injections, |injection| {
        let world = World::in_memory();
        let started = start(&world, &["-o", "/dev/null", "-e", injection]);
        let (status, told) = (started.status, started.told);
        match started.seen {
            Some(seen) => {
                assert_eq!(seen, expected, "{injection}");
                assert!(
                    status.success() && told.is_empty(),
                    "{injection}: {status} {told}"
                );
            }
            None => assert!(!status.success(), "{injection}: {told}"),
        }
    });
    println!("{} injections into the start of a hook", injections.len());
}
