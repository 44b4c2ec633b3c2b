//! A run that is asked to end ends after its hook, with its report, and hands
//! the lock on only then.

mod common;

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{World, program};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use opencode_setup::converge::process::{Recipient, wait};
use opencode_setup::converge::signals::Signals;
use serde_json::{Value, json};

/// How long anything here may take before it counts as never coming.
const PATIENCE: Duration = Duration::from_secs(30);

fn wait_for(world: &World, name: &str) {
    let start = Instant::now();
    while !world.path(name).exists() {
        assert!(start.elapsed() < PATIENCE, "{name} never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn start(arguments: &[&str]) -> Child {
    let mut command = program();
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("spawn")
}

fn send(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().cast_signed()), signal).expect("it is there");
}

/// Starts an apply with this hook, and sends it a signal when the hook is at work.
fn interrupt(world: &World, hook: &str, arguments: &[&str], signal: Signal) -> Output {
    let hook = world.script("hook", hook);
    world.write_manifest(&json!({ "preInit": hook }));
    let manifest = world.manifest.to_str().expect("UTF-8");
    let child = start(&[&["apply"], arguments, &[manifest]].concat());
    wait_for(world, "held");
    send(&child, signal);
    child.wait_with_output().expect("wait")
}

/// Each signal reaches the hook and every process of its group, and is what the
/// exit code says.
#[test]
fn a_signal_is_passed_on_to_the_hook_and_all_of_its_processes() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let world = World::new();
        // Background processes of a shell ignore SIGINT unless told otherwise.
        let hook = "trap 'touch ../told; exit 0' TERM INT HUP
            bash -c 'trap \"touch ../told-too; exit\" TERM INT HUP; touch ../held-too; while :; do sleep 0.02; done' &
            while ! test -e ../held-too; do sleep 0.02; done; touch ../held; while :; do sleep 0.02; done";
        let output = interrupt(&world, hook, &[], signal);
        assert_eq!(
            output.status.code(),
            Some(128 + signal as i32),
            "{output:?}"
        );
        assert!(world.path("told").exists(), "{signal}");
        assert!(
            signal == Signal::SIGINT || world.path("told-too").exists(),
            "{signal}"
        );
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(&format!("ended by {signal}")), "{stderr}");
        world.write_manifest(&json!({}));
        world.apply().success();
    }
}

/// With `--json` the document is there all the same.
#[test]
fn an_interrupted_run_still_prints_its_document() {
    let world = World::new();
    let hook = "trap 'exit 0' TERM; touch ../held; while :; do sleep 0.02; done";
    let output = interrupt(&world, hook, &["--json"], Signal::SIGTERM);
    let report: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(report["status"], "failed");
    assert_eq!(report["error"]["kind"], "interrupted");
    assert_eq!(report["exitCode"], 143);
    assert_eq!(output.status.code(), Some(143));
}

/// The lock is held until every process of the hook's group has gone; one that
/// does not go is killed after ten seconds.
#[test]
fn the_lock_is_held_until_the_hook_has_gone() {
    let world = World::new();
    // The leader goes at once; the other one does not listen.
    let hook = "bash -c 'trap \"\" TERM; touch ../held-too; while :; do touch ../alive; sleep 0.02; done' &
        while ! test -e ../held-too; do sleep 0.02; done
        trap 'exit 0' TERM; touch ../held; while :; do sleep 0.02; done";
    let script = world.script("hook", hook);
    world.write_manifest(&json!({ "preInit": script }));
    let manifest = world.manifest.to_str().expect("UTF-8").to_owned();
    let mut child = start(&["apply", &manifest]);
    wait_for(&world, "held");
    let start_of_end = Instant::now();
    send(&child, Signal::SIGTERM);
    world.write_manifest(&json!({}));
    std::thread::sleep(Duration::from_secs(1));
    common::run(["apply", "--lock-timeout", "0", &manifest]).code(75);
    assert_eq!(child.wait().expect("wait").code(), Some(143));
    let took = start_of_end.elapsed();
    assert!((9..25).contains(&took.as_secs()), "{took:?}");
    std::fs::remove_file(world.path("alive")).expect("it was there");
    std::thread::sleep(Duration::from_millis(300));
    assert!(
        !world.path("alive").exists(),
        "a process of the hook is left"
    );
    world.apply().success();
}

/// A signal that comes between two changes ends the run there, too.
#[test]
fn a_signal_after_the_hook_ends_the_run() {
    let test = "a_signal_after_the_hook_ends_the_run";
    if !common::is_installed("strace", test) {
        return;
    }
    let world = World::new();
    let hook = world.script("hook", "echo $PPID > ../runner; touch ../held");
    world.write_manifest(&json!({ "preInit": hook }));
    let child = std::process::Command::new("strace")
        .args([
            "-f",
            "-o",
            "/dev/null",
            "-e",
            "inject=mkdirat:delay_enter=100000",
        ])
        .arg(program().get_program())
        .arg("apply")
        .arg(&world.manifest)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.expect("strace starts");
    wait_for(&world, "home/.cache");
    let runner = std::fs::read_to_string(world.path("runner")).expect("the hook ran");
    let runner = Pid::from_raw(runner.trim().parse().expect("a number"));
    kill(runner, Signal::SIGTERM).expect("it is there");
    let output = child.wait_with_output().expect("wait");
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    assert!(
        !world.at(common::CONFIG).is_symlink(),
        "it went on to its end"
    );
    world.write_manifest(&json!({}));
    world.apply().success();
}

/// A process of the hook's that has ended, and whose parent does not wait for it,
/// does not keep the run from ending.
#[test]
fn a_process_that_nobody_waits_for_does_not_hold_the_run() {
    let world = World::new();
    // The daemon leaves the group; its child, which it never waits for, does not.
    let hook = "python3 - > /dev/null 2>&1 <<'end' &
import os, time
if os.fork() == 0:
    os._exit(0)
os.setsid()
open('../held', 'w').close()
while not os.path.exists('../go'):
    time.sleep(0.05)
end
while :; do sleep 0.02; done";
    let start = Instant::now();
    let output = interrupt(&world, hook, &[], Signal::SIGTERM);
    std::fs::write(world.path("go"), "").expect("write");
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    assert!(
        start.elapsed() < Duration::from_secs(25),
        "{:?}",
        start.elapsed()
    );
}

/// A run that waits for the lock ends at once.
#[test]
fn a_run_that_waits_for_the_lock_can_be_ended() {
    let world = World::new();
    let hook = world.script(
        "hook",
        "touch ../held; while ! test -e ../go; do sleep 0.02; done",
    );
    world.write_manifest(&json!({ "preInit": hook }));
    let manifest = world.manifest.to_str().expect("UTF-8").to_owned();
    let mut holder = start(&["apply", &manifest]);
    wait_for(&world, "held");
    let second = start(&["apply", "--json", &manifest]);
    std::thread::sleep(Duration::from_millis(300));
    send(&second, Signal::SIGINT);
    let output = second.wait_with_output().expect("wait");
    assert_eq!(output.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(report["error"]["kind"], "interrupted");
    std::fs::write(world.path("go"), "").expect("write");
    assert!(holder.wait().expect("wait").success());
}

/// Of several targets the one at work gets the signal, and no other is begun.
/// Each still has its document.
#[test]
fn a_signal_ends_the_run_in_progress_and_no_other_is_begun() {
    let (first, second) = (World::new(), World::new());
    let hook = first.script(
        "hook",
        "trap 'touch ../told; exit 0' TERM; touch ../held; while :; do sleep 0.02; done",
    );
    first.write_manifest(&json!({ "preInit": hook }));
    let manifests = [&first, &second].map(|world| world.manifest.to_str().expect("UTF-8"));
    let child = start(&["apply", "--json", manifests[0], manifests[1]]);
    wait_for(&first, "held");
    send(&child, Signal::SIGTERM);
    let output = child.wait_with_output().expect("wait");
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    assert!(first.path("told").exists());
    assert_eq!(second.tree().len(), 1, "the second was begun");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let kinds: Vec<Value> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("a document")["error"]["kind"].clone()
        })
        .collect();
    assert_eq!(kinds, ["interrupted", "interrupted"]);
}

/// A process of HOME's owner can stop a run over one of several targets, and a run that
/// was stopped takes no signal but SIGKILL.
#[test]
fn a_child_that_was_stopped_is_killed_when_its_time_is_over() {
    let signals = Signals::block().expect("blocked");
    let child = Command::new("sh")
        .args(["-c", "kill -STOP $$"])
        .spawn()
        .expect("spawn");
    let start = Instant::now();
    let limit = Duration::from_millis(300);
    let ended = wait(child, Recipient::Child, Some(limit), &signals).expect("it ends");
    assert!(start.elapsed() >= limit && start.elapsed() < PATIENCE);
    assert_eq!(ended.status.signal(), Some(Signal::SIGKILL as i32));
    assert!(ended.is_overdue && ended.asked_by.is_none());

    let child = Command::new("true").spawn().expect("spawn");
    let limit = Duration::from_secs(5);
    let ended = wait(child, Recipient::Child, Some(limit), &signals).expect("it ends");
    assert!(ended.status.success() && !ended.is_overdue);
}
