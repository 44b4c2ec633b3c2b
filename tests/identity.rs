//! Apply acts as the owner of HOME, and root drops its privileges for that.

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use common::{
    World, assert_one_line_error, give_to, is_root, link, program, program_for_others, run,
};
use serde_json::json;

const SOMEBODY: u32 = 65_534;

/// Everything that root makes in another's HOME is that other's.
#[test]
fn what_root_makes_is_the_owners() {
    if !is_root("what_root_makes_is_the_owners") {
        return;
    }
    let world = World::new();
    give_to(&world.home, SOMEBODY);
    world.apply().success();
    for (path, thing) in world.tree() {
        assert_eq!(thing.owner, (SOMEBODY, SOMEBODY), "{}", path.display());
    }
    world.check().success();
}

/// A hook that root starts runs as the owner, with no group, no capability and
/// no way back.
#[test]
fn hooks_of_root_have_nothing_of_root() {
    if !is_root("hooks_of_root_have_nothing_of_root") {
        return;
    }
    let world = World::new();
    give_to(&world.home, SOMEBODY);
    let hook = world.script("hook", "cat /proc/self/status > status");
    world.write_manifest(&json!({ "preInit": hook }));
    let manifest = &world.manifest;
    let mut command = program();
    // Groups that have to go.
    command.arg("apply").arg(manifest);
    let setpriv = std::process::Command::new("setpriv")
        .args(["--groups", "0,4,27"])
        .arg(command.get_program())
        .args(command.get_args())
        .output();
    assert!(
        setpriv
            .expect("setpriv is part of util-linux")
            .status
            .success()
    );
    let status = std::fs::read_to_string(world.at("status")).expect("the hook ran");
    let field = |name: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.expect(name)
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let somebody = SOMEBODY.to_string();
    assert!(field("Uid").iter().all(|id| *id == somebody));
    assert!(field("Gid").iter().all(|id| *id == somebody));
    assert_eq!(field("Groups"), Vec::<String>::new());
    for set in ["CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(field(set), ["0000000000000000"], "{set}");
    }
    assert_eq!(field("NoNewPrivs"), ["1"]);
}

/// Root cannot know whose a missing HOME would be: the error names the unit
/// that creates it, and nothing is made.
#[test]
fn root_does_not_create_the_home_of_a_manifest() {
    if !is_root("root_does_not_create_the_home_of_a_manifest") {
        return;
    }
    let world = World::new();
    let home = world.path("new-home");
    world.write_manifest(&json!({ "home": home }));
    for command in ["apply", "check"] {
        let assert = run([command.as_ref(), world.manifest.as_os_str()]).code(1);
        assert_one_line_error(&assert, &["new-home", "opencode-my-project-setup.service"]);
    }
    assert!(!home.exists());
}

/// Anybody else creates it, even from a manifest.
#[test]
fn a_user_creates_the_home_of_a_manifest() {
    if !is_root("a_user_creates_the_home_of_a_manifest") {
        return;
    }
    let world = World::new();
    let parent = world.path("parent");
    std::fs::create_dir(&parent).expect("create");
    give_to(&parent, SOMEBODY);
    world.write_manifest(&json!({ "home": parent.join("home") }));
    let status = as_somebody(&world).status().expect("spawn");
    assert!(status.success());
    assert_eq!(
        common::tree(&parent)["home".as_ref() as &std::path::Path]
            .owner
            .0,
        SOMEBODY
    );
}

fn as_somebody(world: &World) -> std::process::Command {
    let mut command = program_for_others(world);
    command
        .arg("apply")
        .arg(&world.manifest)
        .uid(SOMEBODY)
        .gid(SOMEBODY);
    command.stdout(std::process::Stdio::null());
    command
}

/// A user who is not the owner cannot act as the owner, and does not act at all.
#[test]
fn a_user_does_not_act_on_anothers_home() {
    if !is_root("a_user_does_not_act_on_anothers_home") {
        return;
    }
    let world = World::new();
    give_to(&world.home, SOMEBODY - 1);
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(&world.home, open).expect("chmod");
    let output = as_somebody(&world).output().expect("spawn");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("run it as root or as user 65533"));
    assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
}

/// Root does not act as root where others can write.
#[test]
fn root_refuses_a_home_of_its_own_that_others_can_write_to() {
    if !is_root("root_refuses_a_home_of_its_own_that_others_can_write_to") {
        return;
    }
    for mode in [0o720, 0o702, 0o1777] {
        let world = World::new();
        let open = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&world.home, open).expect("chmod");
        assert_one_line_error(&world.apply().code(1), &["others can write", "chmod go-w"]);
        assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
    }
}

/// The group of root is no group to act as for anybody else.
#[test]
fn root_refuses_the_home_of_a_user_in_the_group_of_root() {
    if !is_root("root_refuses_the_home_of_a_user_in_the_group_of_root") {
        return;
    }
    let world = World::new();
    std::os::unix::fs::chown(&world.home, Some(SOMEBODY), Some(0)).expect("chown");
    assert_one_line_error(&world.apply().code(1), &["group of root", "chgrp"]);
    assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
}

/// Root does not follow links on the way to HOME: whoever owns one would choose
/// whom root acts as.
#[test]
fn root_follows_no_link_on_the_way_to_home() {
    if !is_root("root_follows_no_link_on_the_way_to_home") {
        return;
    }
    let world = World::new();
    let alias = world.path("alias");
    link(&world.home, &alias);
    world.write_manifest(&json!({ "home": alias }));
    assert_one_line_error(&world.apply().code(1), &["symbolic links", "readlink -f"]);
    assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
}

/// Several targets with several owners in one call: each is done as its own.
#[test]
fn several_targets_with_several_owners_are_each_done_as_their_own() {
    if !is_root("several_targets_with_several_owners_are_each_done_as_their_own") {
        return;
    }
    let worlds = [World::new(), World::new(), World::new()];
    for (world, owner) in worlds.iter().zip([SOMEBODY, 0, SOMEBODY - 1]) {
        give_to(&world.home, owner);
    }
    let manifests = worlds.iter().map(|world| world.manifest.as_os_str());
    run(["apply".as_ref()].into_iter().chain(manifests)).success();
    for (world, owner) in worlds.iter().zip([SOMEBODY, 0, SOMEBODY - 1]) {
        assert!(world.tree().values().all(|thing| thing.owner.0 == owner));
        world.check().success();
    }
}

/// A HOME that is no directory is an error.
#[test]
fn a_home_that_is_no_directory_is_an_error() {
    let world = World::new();
    std::fs::remove_dir(&world.home).expect("remove");
    std::fs::write(&world.home, "a file").expect("write");
    assert_one_line_error(
        &world.apply().code(1),
        &["cannot open HOME", "not a directory"],
    );
    assert_eq!(std::fs::read(&world.home).expect("kept"), b"a file");
}
