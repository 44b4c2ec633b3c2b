//! The record: what it is good for, and what becomes of HOME without it.

mod common;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use common::{CONFIG, World, link, make_fifo, run, stderr, stdout};
use serde_json::json;

/// A run that was killed among its links has told before whose they are.
#[test]
fn the_record_names_a_link_before_it_is_made() {
    if !common::is_installed("strace", "the_record_names_a_link_before_it_is_made") {
        return;
    }
    let world = World::new();
    world.write_manifest(&json!({ "onConflict": "fail" }));
    let killed = std::process::Command::new("strace")
        // The first fsync is the record's, the second comes after the links.
        .args(["-o", "/dev/null", "-e", "inject=fsync:signal=KILL:when=2"])
        .arg(common::program().get_program())
        .arg("apply")
        .arg(&world.manifest)
        .output();
    assert!(!killed.expect("strace runs").status.success());
    assert_eq!(world.link_target(), world.source);
    let newer = world.path("newer.json");
    std::fs::write(&newer, "{}").expect("write");
    let links = json!([{ "path": CONFIG, "source": newer }]);
    world.write_manifest(&json!({ "onConflict": "fail", "links": links }));
    world.apply().success();
    assert_eq!(world.link_target(), newer);
}

/// A missing or broken record costs a warning and nothing else; what was in its
/// place is kept.
#[test]
fn a_broken_record_is_a_warning_and_is_kept() {
    for broken in [
        "",
        "{",
        "{\"version\": 2}",
        "{\"version\": 1, \"links\": 3}",
        "{\"version\": 2, \"firstRunSucceeded\": true, \"links\": []}",
    ] {
        let world = World::new();
        world.apply().success();
        std::fs::write(world.at(common::RECORD), broken).expect("write");
        let assert = world.apply().success();
        assert!(
            stderr(&assert).contains("state.json"),
            "{}",
            stderr(&assert)
        );
        let kept = world.at(format!("{}.backup-1", common::RECORD));
        assert_eq!(std::fs::read(kept).expect("kept"), broken.as_bytes());
        world.check().success();
    }
    let world = World::new();
    world.apply().success();
    std::fs::remove_file(world.at(common::RECORD)).expect("remove");
    let assert = world.apply().success();
    assert!(stderr(&assert).contains("is missing"));
    world.check().success();
    // A fifo there does not block, and is kept as well.
    std::fs::remove_file(world.at(common::RECORD)).expect("remove");
    make_fifo(&world.at(common::RECORD));
    let assert = run(["apply".as_ref(), world.manifest.as_os_str()]).success();
    assert!(stderr(&assert).contains("a fifo"));
    world.check().success();
}

/// A broken record is told of even if the run then fails: whoever mends what it
/// failed at is to know that hooks will see a first run.
#[test]
fn a_broken_record_is_told_of_when_the_run_fails() {
    let fails_from_the_second_time_on = "[ ! -e \"$0.ran\" ] || exit 1; touch \"$0.ran\"";
    for breaks_source in [true, false] {
        let world = World::new();
        if !breaks_source {
            let hook = world.script("pre", fails_from_the_second_time_on);
            world.write_manifest(&json!({ "preInit": hook }));
        }
        world.apply().success();
        std::fs::write(world.at(common::RECORD), "{").expect("write");
        if breaks_source {
            std::fs::remove_file(&world.source).expect("remove");
        }
        let assert = world.apply().failure();
        let said = stderr(&assert);
        assert_eq!(said.matches("taken as absent").count(), 1, "{said}");
    }
}

/// A killed run may have left a record at the staging name that nobody wants any
/// more, since its link was not made yet and the manifest is back to what it was.
#[test]
fn an_abandoned_record_goes_although_nothing_else_is_due() {
    let world = World::new();
    world.apply().success();
    let staging = world.at(".local/state/opencode-setup/state.json.new");
    std::fs::copy(world.at(common::RECORD), &staging).expect("copy");
    let assert = world.check().code(3);
    assert!(stdout(&assert).contains("state.json.new, left by an interrupted run"));
    world.apply().success();
    assert!(!staging.exists());
    world.check().success();
}

/// What stands at the record's staging name is in nobody's way: a killed run's
/// beginning of a record goes, anything else is kept.
#[test]
fn the_records_staging_name_is_cleared_without_loss() {
    let world = World::new();
    let directory = world.at(".local/state/opencode-setup");
    std::fs::create_dir_all(&directory).expect("create");
    let staging = directory.join("state.json.new");
    std::fs::write(&staging, "{\n  \"ver").expect("write");
    std::fs::set_permissions(&staging, Permissions::from_mode(0o600)).expect("chmod");
    world.apply().success();
    assert!(!directory.join("state.json.new.backup-1").exists());
    std::fs::remove_file(directory.join("state.json")).expect("remove");
    std::fs::write(directory.join("state.json.new"), "precious").expect("write");
    world.apply().success();
    let kept = directory.join("state.json.new.backup-1");
    assert_eq!(std::fs::read(kept).expect("kept"), b"precious");
    std::fs::remove_file(directory.join("state.json")).expect("remove");
    std::fs::create_dir(directory.join("state.json.new")).expect("create");
    world.apply().success();
    assert!(directory.join("state.json.new.backup-2").is_dir());
    world.check().success();
}

/// A link that the user made the way we would have is not ours to remove.
#[test]
fn a_link_that_was_there_before_us_is_never_removed() {
    let world = World::new();
    world.in_the_way(|path| link(&world.source, path));
    world.apply().success();
    world.write_manifest(&json!({ "links": [] }));
    world.apply().success();
    assert_eq!(world.link_target(), world.source);
}

/// What only looks like the beginning of a record is kept: another mode, a second
/// name, or other words than those that this program writes.
#[test]
fn what_is_not_surely_left_by_us_is_kept() {
    type Make = fn(&std::path::Path);
    let cases: [(&str, Make); 3] = [
        ("{\n  \"version\": 1,\n", |path| {
            std::fs::set_permissions(path, Permissions::from_mode(0o644)).expect("chmod");
        }),
        ("{\n  \"version\": 1,\n", |path| {
            std::fs::hard_link(path, path.with_file_name("second")).expect("link");
        }),
        ("{\n  \"version\": precious notes", |_| {}),
    ];
    for (content, make) in cases {
        let world = World::new();
        world.apply().success();
        let staging = world.at(".local/state/opencode-setup/state.json.new");
        std::fs::write(&staging, content).expect("write");
        std::fs::set_permissions(&staging, Permissions::from_mode(0o600)).expect("chmod");
        make(&staging);
        world.check().code(3);
        world.apply().success();
        let kept = staging.with_file_name("state.json.new.backup-1");
        assert_eq!(std::fs::read_to_string(kept).expect("kept"), content);
        world.check().success();
    }
}

/// A hook that puts something in the way of the record is no reason to fail:
/// it is kept, and the record is written.
#[test]
fn a_hook_in_the_way_of_the_record_does_no_harm() {
    let in_the_way = "mkdir -p .local/state/opencode-setup; echo precious > .local/state/opencode-setup/state.json.new";
    for phase in ["preInit", "postInit"] {
        let world = World::new();
        let hook = world.script("hook", in_the_way);
        world.write_manifest(&json!({ phase: hook, "hooks": "first-run" }));
        world.apply().success();
        let kept = world.at(".local/state/opencode-setup/state.json.new.backup-1");
        assert_eq!(std::fs::read(kept).expect("kept"), b"precious\n");
        world.check().success();
    }
}
