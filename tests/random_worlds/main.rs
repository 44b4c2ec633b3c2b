//! Random HOMEs and random manifests (proptest), and what has to hold for all of
//! them.
//!
//! `PROPTEST_CASES` sets how many worlds are tried. A world that breaks a
//! property is made smaller by proptest, and its seed is kept beside this file.

#[path = "../common/mod.rs"]
mod common;
mod guarantees;
mod making;
mod strategies;

use std::path::Path;
use std::process::{Command, Output};

use common::{World, is_installed, temporary_names};
use guarantees::{assert_ended_well, assert_kept, assert_usable, assert_writes_only_beneath};
use making::{make, write_manifest};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};
use serde_json::{Value, json};
use strategies::{Thing, manifests, things};

/// Runs the program, killed if it hangs, traced if that is possible.
fn run(world: &World, arguments: &[&str], trace: Option<&Path>) -> Output {
    let mut command = Command::new("timeout");
    command.args(["-s", "KILL", "20"]);
    if let Some(trace) = trace {
        command.args(["strace", "-o"]).arg(trace);
        command.args(["-e", "trace=file,desc"]);
    }
    command.arg(env!("CARGO_BIN_EXE_opencode-setup"));
    command.args(arguments).arg(&world.manifest);
    command.env_remove("JOURNAL_STREAM");
    command.output().expect("timeout runs")
}

/// The report on standard output of a run with `--json`.
fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// Everything that has to hold for one world, whatever its manifest says, and
/// says later.
fn hold_all_properties(things: &[Thing], manifests: &[Value]) {
    let world = World::in_memory();
    let precious = make(&world, things);
    let at_first = world.tree();
    for manifest in manifests {
        let manifest = write_manifest(&world, manifest);
        hold_for_manifest(&world, &manifest);
        assert_kept(&precious, &at_first, &world.tree());
    }
}

fn hold_for_manifest(world: &World, manifest: &Value) {
    let before = world.tree();
    let outside_before = world.outside();

    let dry = run(world, &["apply", "--dry-run", "--json"], None);
    assert_ended_well(&dry);
    assert_eq!(world.tree(), before, "a dry run has changed something");

    let trace = tempfile::NamedTempFile::new().expect("a file");
    let trace = STRACE.with(|has| has.then(|| trace.path().to_owned()));
    let applied = run(world, &["apply", "--json"], trace.as_deref());
    assert_ended_well(&applied);
    let after = world.tree();
    assert_eq!(world.outside(), outside_before, "something outside HOME");
    if let Some(trace) = trace {
        assert_writes_only_beneath(&std::fs::read_to_string(trace).expect("a trace"));
    }

    if dry.status.code() != Some(0) {
        // This is wrong with the source, and nothing that apply could mend.
        let why = report(&dry)["error"]["message"].to_string();
        if why.contains("everybody can write to its source") {
            return;
        }
        assert_eq!(applied.status.code(), dry.status.code(), "{applied:?}");
        assert_eq!(after, before, "changed in spite of an error foreseen");
        return;
    }
    if applied.status.code() != Some(0) {
        // What no dry run can foresee: the system refuses, or the run takes away
        // a source that leads through HOME.
        assert_eq!(applied.status.code(), Some(1), "{applied:?}");
        return;
    }
    assert_eq!(report(&dry)["changes"], report(&applied)["changes"]);
    assert_usable(world, manifest);
    // One that was there before, beside no link of ours, is the user's.
    let mut temporary = temporary_names(&after);
    temporary.retain(|path| path.ends_with("state.json.new") || !before.contains_key(*path));
    assert_eq!(temporary, Vec::<&Path>::new());

    let checked = run(world, &["check", "--json"], None);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    let again = run(world, &["apply", "--json"], None);
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    assert_eq!(report(&again)["changes"], json!([]));
    assert_eq!(world.tree(), after, "a second apply has changed something");
}

thread_local! {
    static STRACE: bool = is_installed("strace", "that nothing outside HOME is opened for writing");
}

proptest! {
    #![proptest_config(Config {
        max_shrink_iters: 500,
        // A world that hangs takes its whole time-out at every step.
        max_shrink_time: 120_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/random_worlds.regressions",
        ))),
        ..Config::default()
    })]

    /// Whatever is in HOME, by whatever paths, and whatever the manifest says, and
    /// says later: apply twice is apply once, check agrees, a dry run tells exactly
    /// what is done, every link leads to what it has to lead to, what is the user's
    /// is kept, nothing outside HOME is opened for writing or changed, and nothing
    /// hangs or panics.
    #[test]
    fn any_home_and_any_manifest(
        things in things(),
        manifests in manifests(),
    ) {
        hold_all_properties(&things, &manifests);
    }
}
