//! The operator's hooks: when they run, with what, and what their failure means.

mod common;

use common::{CONFIG, World, assert_one_line_error, program, stdout};
use serde_json::json;

/// A hook that notes its phase, whether the link is there, its environment and
/// its working directory.
const NOTE: &str = "\
test -L .config/opencode/opencode.json && link=1 || link=0
echo \"$OPENCODE_SETUP_PHASE link=$link first=$OPENCODE_SETUP_FIRST_RUN cwd=$PWD home=$HOME \
state=$OPENCODE_STATE_DIR instance=$OPENCODE_INSTANCE given=$GIVEN\" >> \"$LOG\"";

fn log(world: &World) -> Vec<String> {
    let log = std::fs::read_to_string(world.path("log")).unwrap_or_default();
    log.lines().map(str::to_owned).collect()
}

fn apply_with_log(world: &World) -> assert_cmd::assert::Assert {
    use assert_cmd::assert::OutputAssertExt as _;
    let mut command = program();
    command
        .env("LOG", world.path("log"))
        .env("GIVEN", "as given");
    command.arg("apply").arg(&world.manifest).assert()
}

/// pre-init, setup, post-init, in this order; each in HOME and with the
/// documented environment; the first run is 1 until it has succeeded.
#[test]
fn hooks_run_around_the_setup_with_the_documented_environment() {
    let world = World::new();
    let hook = world.script("note", NOTE);
    world.write_manifest(&json!({ "preInit": hook, "postInit": hook }));
    apply_with_log(&world).success();
    apply_with_log(&world).success();
    let home = world.home.display();
    let rest = format!("cwd={home} home={home} state={home} instance=my-project given=as given");
    let expected = [
        format!("pre-init link=0 first=1 {rest}"),
        format!("post-init link=1 first=1 {rest}"),
        format!("pre-init link=1 first=0 {rest}"),
        format!("post-init link=1 first=0 {rest}"),
    ];
    assert_eq!(log(&world), expected);
}

/// With `hooks: first-run` they run until an apply has fully succeeded, and
/// then no more.
#[test]
fn first_run_hooks_run_until_the_first_success() {
    let world = World::new();
    let hook = world.script("note", NOTE);
    let failing = world.script("failing", "exit 1");
    let manifest = |post| json!({ "preInit": hook, "postInit": post, "hooks": "first-run" });
    world.write_manifest(&manifest(&failing));
    apply_with_log(&world).code(4);
    world.write_manifest(&manifest(&hook));
    apply_with_log(&world).success();
    apply_with_log(&world).success();
    let phases: Vec<String> = log(&world)
        .iter()
        .map(|line| line.split(" cwd").next().unwrap_or_default().to_owned())
        .collect();
    let expected = [
        "pre-init link=0 first=1",
        "pre-init link=1 first=1",
        "post-init link=1 first=1",
    ];
    assert_eq!(phases, expected);
}

/// A failing pre-init hook leaves HOME as it found it.
#[test]
fn a_failing_pre_init_hook_leaves_home_untouched() {
    let world = World::new();
    let hook = world.script("hook", "exit 7");
    world.write_manifest(&json!({ "preInit": hook }));
    let before = world.tree();
    let assert = world.apply().code(4);
    assert_one_line_error(
        &assert,
        &["my-project", "pre-init hook", "hook", "exited with 7"],
    );
    assert_eq!(world.tree(), before);
}

/// A failing post-init hook fails the run, which does not count as the first
/// success; which links are ours is known all the same.
#[test]
fn a_failing_post_init_hook_is_not_a_first_success() {
    let world = World::new();
    let hook = world.script("hook", "exit 1");
    let source = &world.source;
    let links = json!([{ "path": CONFIG, "source": source }]);
    world.write_manifest(&json!({ "postInit": hook, "links": links, "onConflict": "fail" }));
    assert_one_line_error(&world.apply().code(4), &["post-init hook", "exited with 1"]);
    assert_eq!(&world.link_target(), source);
    // Another source: no conflict, since the link is known as ours.
    let newer = world.path("newer.json");
    std::fs::write(&newer, "{}").expect("write");
    let links = json!([{ "path": CONFIG, "source": newer }]);
    world.write_manifest(&json!({ "links": links, "onConflict": "fail" }));
    let report = world.report(&["apply"]);
    assert_eq!(report["firstRun"], true);
    assert_eq!(world.report(&["apply"])["firstRun"], false);
}

/// A hook that a signal ends has failed, and the signal is named.
#[test]
fn a_hook_killed_by_a_signal_has_failed() {
    let world = World::new();
    let hook = world.script("hook", "kill -9 $$");
    world.write_manifest(&json!({ "preInit": hook }));
    assert_one_line_error(&world.apply().code(4), &["was killed by signal 9"]);
}

/// A hook that cannot be started has failed, with the reason.
#[test]
fn a_hook_that_cannot_be_started_has_failed() {
    let world = World::new();
    let missing = world.path("missing");
    world.write_manifest(&json!({ "preInit": missing }));
    assert_one_line_error(
        &world.apply().code(4),
        &["cannot be started", "No such file"],
    );
    world.write_manifest(&json!({ "preInit": world.source }));
    assert_one_line_error(
        &world.apply().code(4),
        &["cannot be started", "ermission denied"],
    );
}

/// Hooks are executed, not interpreted: no shell sees their path, and there is
/// nothing on their standard input.
#[test]
fn hooks_are_executed_directly_with_nothing_on_standard_input() {
    let world = World::new();
    let hook = world.script("a $(touch pwned) hook", "wc -c > input-bytes");
    world.write_manifest(&json!({ "postInit": hook }));
    let mut command = assert_cmd::Command::from_std(program());
    command.arg("apply").arg(&world.manifest);
    command.write_stdin("not for hooks").assert().success();
    let bytes = std::fs::read_to_string(world.at("input-bytes")).expect("it ran");
    assert_eq!(bytes.trim(), "0");
    assert!(!world.at("pwned").exists());
}

/// What a hook prints is passed through; with `--json` it goes to standard
/// error, so that standard output stays one document.
#[test]
fn hook_output_is_passed_through() {
    let world = World::new();
    let hook = world.script("hook", "echo to-stdout; echo to-stderr >&2");
    world.write_manifest(&json!({ "preInit": hook }));
    let assert = world.apply().success();
    assert!(stdout(&assert).starts_with("to-stdout\n"));
    assert!(common::stderr(&assert).contains("to-stderr"));
    let report = world.report(&["apply"]);
    assert_eq!(report["hooks"][0]["exitCode"], 0);
    assert_eq!(report["hooks"][0]["phase"], "pre-init");
    assert!(report["hooks"][0]["durationMs"].is_u64());
}

/// Neither `check` nor a dry run runs a hook; the dry run names them.
#[test]
fn only_apply_runs_hooks() {
    let world = World::new();
    let hook = world.script("note", NOTE);
    world.write_manifest(&json!({ "preInit": hook, "postInit": hook }));
    world.check().code(3);
    let assert = common::run([
        "apply".as_ref(),
        "--dry-run".as_ref(),
        world.manifest.as_os_str(),
    ]);
    let assert = assert.success();
    assert!(stdout(&assert).contains("would run pre-init hook"));
    assert_eq!(log(&world), Vec::<String>::new());
}

/// What a pre-init hook does to HOME is seen by what follows it.
#[test]
fn what_the_pre_init_hook_makes_is_taken_into_account() {
    let world = World::new();
    let hook = world.script(
        "hook",
        "mkdir -p .config/opencode && echo mine > .config/opencode/opencode.json",
    );
    world.write_manifest(&json!({ "preInit": hook }));
    world.apply().success();
    let backup = world.at(format!("{CONFIG}.backup-1"));
    assert_eq!(std::fs::read(backup).expect("kept"), b"mine\n");
    assert_eq!(world.link_target(), world.source);
}

/// A hook that undoes the setup fails the run: the server must not start without
/// its configuration.
#[test]
fn a_post_init_hook_that_undoes_the_setup_fails_the_run() {
    let world = World::new();
    // By its full name: a test must not depend on what it tests to spare the
    // HOME of whoever runs it.
    let body = format!("rm -rf '{}'", world.at(".config").display());
    let hook = world.script("hook", &body);
    world.write_manifest(&json!({ "postInit": hook }));
    assert_one_line_error(
        &world.apply().code(1),
        &["does not stay", ".config", "hook"],
    );
    assert_eq!(world.report(&["check"])["firstRun"], true);
}

/// A hook that puts another directory in HOME's place fails the run.
#[test]
fn a_hook_that_moves_home_away_fails_the_run() {
    let world = World::new();
    let home = world.home.display();
    let body = format!("mv '{home}' '{home}.gone' && mkdir -m 700 '{home}'");
    let hook = world.script("hook", &body);
    world.write_manifest(&json!({ "preInit": hook }));
    assert_one_line_error(&world.apply().code(1), &["another directory is there now"]);
}

/// A failing post-init hook leaves a record of what was done, and the report
/// says so.
#[test]
fn the_record_written_ahead_is_reported_when_the_run_fails() {
    let world = World::new();
    let hook = world.script("hook", "exit 1");
    world.write_manifest(&json!({ "postInit": hook }));
    let report = world.report(&["apply"]);
    let changes = report["changes"].as_array().expect("a list");
    let records = changes
        .iter()
        .filter(|change| change["action"] == "write-record");
    assert_eq!(records.count(), 1);
    assert!(world.at(common::RECORD).exists());
}
