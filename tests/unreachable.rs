//! A HOME that the server could not use is an error, even where there was
//! nothing to do; `check` and `--dry-run` tell it as well.

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{World, assert_one_line_error, give_to, is_root};
use serde_json::json;

const SOMEBODY: u32 = 65_534;

fn chmod(path: &Path, mode: u32) {
    let mode = PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).expect("chmod");
}

/// Asserts that apply, check and a dry run all fail with this exit code and say
/// this.
fn assert_told(world: &World, code: i32, parts: &[&str]) {
    let manifest = world.manifest.to_str().expect("UTF-8");
    for arguments in [
        ["apply", manifest].as_slice(),
        &["check", manifest],
        &["apply", "--dry-run", manifest],
    ] {
        assert_one_line_error(&common::run(arguments).code(code), parts);
    }
}

/// HOME is set up, and then hidden below a directory that its owner cannot enter.
#[test]
fn a_home_that_was_hidden_is_an_error() {
    if !is_root("a_home_that_was_hidden_is_an_error") {
        return;
    }
    let world = World::new();
    let hidden = world.path("hidden");
    std::fs::create_dir_all(hidden.join("home")).expect("create");
    chmod(&hidden.join("home"), 0o700);
    give_to(&hidden.join("home"), SOMEBODY);
    world.write_manifest(&json!({ "home": hidden.join("home") }));
    world.apply().success();
    chmod(&hidden, 0o700);
    assert_told(
        &world,
        1,
        &["hidden/home", "ermission denied", "search permission"],
    );
    chmod(&hidden, 0o711);
    world.apply().success();
}

/// HOME is set up, and then moved away while an apply with nothing to do waits
/// for its lock.
#[test]
fn a_home_that_was_moved_is_an_error() {
    let world = World::new();
    world.apply().success();
    let hook = world.script("hook", "mv \"$OPENCODE_STATE_DIR\" ../moved");
    world.write_manifest(&json!({ "postInit": hook }));
    let assert = world.apply().code(1);
    assert_one_line_error(&assert, &["home", "No such file"]);
    assert!(world.path("moved/.config/opencode").is_dir());
}

/// A managed directory that HOME's owner cannot write, read or enter.
#[test]
fn a_directory_that_its_owner_cannot_use_is_an_error() {
    if !is_root("a_directory_that_its_owner_cannot_use_is_an_error") {
        return;
    }
    for mode in [0o500, 0o600, 0o300] {
        let world = World::new();
        give_to(&world.home, SOMEBODY);
        world.apply().success();
        chmod(&world.at(".local/share/opencode"), mode);
        assert_told(&world, 1, &[".local/share/opencode", "chmod u+rwx"]);
        chmod(&world.at(".local/share/opencode"), 0o700);
        world.check().success();
    }
}

/// A HOME that its owner cannot write to.
#[test]
fn a_home_that_is_not_writable_is_an_error() {
    if !is_root("a_home_that_is_not_writable_is_an_error") {
        return;
    }
    let world = World::new();
    give_to(&world.home, SOMEBODY);
    world.apply().success();
    chmod(&world.home, 0o500);
    assert_told(&world, 1, &["its owner cannot", "chmod u+rwx"]);
}

/// A source that everybody can write to decides what opencode may do. apply warns
/// of it; looking fails.
#[test]
fn a_source_that_others_can_write_is_told() {
    let world = World::new();
    world.apply().success();
    chmod(&world.source, 0o666);
    let manifest = world.manifest.to_str().expect("UTF-8");
    for arguments in [
        ["check", manifest].as_slice(),
        &["apply", "--dry-run", manifest],
    ] {
        let assert = common::run(arguments).code(1);
        assert_one_line_error(&assert, &["everybody can write", "chmod o-w"]);
    }
    let assert = world.apply().success();
    assert!(common::stderr(&assert).contains("everybody can write"));
}

/// A hook that is missing or cannot be executed, told before it is needed.
#[test]
fn a_hook_that_cannot_be_executed_is_told() {
    let world = World::new();
    world.apply().success();
    let plain = world.path("plain");
    std::fs::write(&plain, "no program").expect("write");
    for (hook, why) in [
        (world.path("missing"), "No such file"),
        (plain, "ermission denied"),
        (world.home.clone(), "directory"),
    ] {
        for phase in ["preInit", "postInit"] {
            world.write_manifest(&json!({ phase: hook }));
            let manifest = world.manifest.to_str().expect("UTF-8");
            for arguments in [
                ["check", manifest].as_slice(),
                &["apply", "--dry-run", manifest],
            ] {
                assert_one_line_error(&common::run(arguments).code(4), &["hook", why]);
            }
        }
    }
}
