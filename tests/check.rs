//! `check` finds every kind of drift, and warns of what is no drift.

mod common;

use common::{CONFIG, RECORD, World, link, stderr, stdout};
use serde_json::json;

/// Asserts that check finds this drift and changes nothing, and that apply repairs it.
fn assert_drift(damage: impl FnOnce(&World), expected: &str) {
    let world = World::new();
    world.apply().success();
    world.check().success();
    damage(&world);
    let before = world.tree();
    let assert = world.check().code(3);
    assert!(
        stdout(&assert).contains(expected),
        "{expected:?} is not in: {}",
        stdout(&assert)
    );
    assert_eq!(world.tree(), before);
    world.apply().success();
    world.check().success();
}

/// The link is gone.
#[test]
fn a_removed_link() {
    let damage = |world: &World| std::fs::remove_file(world.at(CONFIG)).expect("remove");
    assert_drift(damage, "would create link .config/opencode/opencode.json");
}

/// The link points elsewhere.
#[test]
fn a_link_to_elsewhere() {
    let damage = |world: &World| {
        std::fs::remove_file(world.at(CONFIG)).expect("remove");
        link("/elsewhere.json", world.at(CONFIG));
    };
    assert_drift(
        damage,
        "would back up .config/opencode/opencode.json (a symbolic link to /elsewhere.json)",
    );
}

/// Something else is in the link's place.
#[test]
fn a_file_in_the_links_place() {
    let damage = |world: &World| {
        std::fs::remove_file(world.at(CONFIG)).expect("remove");
        std::fs::write(world.at(CONFIG), "edited").expect("write");
    };
    assert_drift(
        damage,
        "would back up .config/opencode/opencode.json (a regular file)",
    );
}

/// A directory is gone.
#[test]
fn a_deleted_directory() {
    let damage = |world: &World| std::fs::remove_dir_all(world.at(".cache")).expect("remove");
    assert_drift(damage, "would create directory .cache/opencode");
}

/// The whole tree is gone.
#[test]
fn an_emptied_home() {
    let damage = |world: &World| {
        for name in [".cache", ".config", ".local"] {
            std::fs::remove_dir_all(world.at(name)).expect("remove");
        }
    };
    assert_drift(damage, "would create directory .config");
}

/// The manifest wants another source.
#[test]
fn a_new_source() {
    let damage = |world: &World| {
        let newer = world.path("newer.json");
        std::fs::write(&newer, "{}").expect("write");
        world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": newer }] }));
    };
    assert_drift(damage, "would replace link .config/opencode/opencode.json");
}

/// The manifest wants a directory more, or a link less.
#[test]
fn a_new_manifest() {
    let more = json!({ "directories": ["work"] });
    assert_drift(
        |world| world.write_manifest(&more),
        "would create directory work",
    );
    let less = json!({ "links": [] });
    assert_drift(|world| world.write_manifest(&less), "would remove link");
}

/// The record is gone.
#[test]
fn a_missing_record() {
    let damage = |world: &World| std::fs::remove_file(world.at(RECORD)).expect("remove");
    assert_drift(damage, "would write record");
}

/// HOME does not exist yet.
#[test]
fn a_missing_home() {
    let world = World::new();
    let home = world.path("new-home");
    let arguments = ["check", "--home", home.to_str().expect("UTF-8")];
    let assert = common::run(arguments).code(3);
    assert!(stdout(&assert).contains("would create HOME"));
    assert!(!home.exists());
}

/// What overrides the managed configuration, or lets others in, is no drift and
/// is warned of.
#[test]
fn warnings() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.apply().success();
    assert_eq!(stderr(&world.check().success()), "");
    std::fs::write(world.at(".config/opencode/opencode.jsonc"), "{}").expect("write");
    std::fs::create_dir(world.at(".opencode")).expect("create");
    std::fs::write(world.at(".opencode/opencode.json"), "{}").expect("write");
    for (path, mode) in [("", 0o750), (".config/opencode", 0o755)] {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(world.at(path), mode).expect("chmod");
    }
    let assert = world.check().success();
    let home = world.home.display();
    for expected in [
        ".config/opencode/opencode.jsonc: overrides".to_owned(),
        ".opencode/opencode.json: overrides".to_owned(),
        format!("{home}: is open to others, mode 0750; close it: chmod go= {home}"),
        format!("{home}/.config/opencode: is open to others, mode 0755"),
    ] {
        assert!(
            stderr(&assert).contains(&expected),
            "{expected:?} is not in: {}",
            stderr(&assert)
        );
    }
    assert_eq!(
        world.report(&["check"])["warnings"]
            .as_array()
            .map(Vec::len),
        Some(4)
    );
}

/// A directory that is a link inside HOME is judged by what it leads to.
#[test]
fn a_link_to_a_private_directory_is_not_open_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    std::fs::create_dir_all(world.at("elsewhere")).expect("create");
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(world.at("elsewhere"), private).expect("chmod");
    std::fs::create_dir(world.at(".cache")).expect("create");
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(world.at(".cache"), private).expect("chmod");
    link("../elsewhere", world.at(".cache/opencode"));
    world.apply().success();
    assert_eq!(stderr(&world.check().success()), "");
}
