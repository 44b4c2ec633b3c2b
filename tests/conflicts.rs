//! What apply does with what is the user's and in a link's place.

mod common;

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;

use common::{BACKUP, CONFIG, World, assert_one_line_error, link, make_fifo, stdout};
use serde_json::json;

/// Asserts that the link is in place and that what was there before is, to the
/// last inode, under the backup name.
fn assert_backed_up(world: &World, before: &common::Thing) {
    world.apply().success();
    assert_eq!(world.link_target(), world.source);
    let after = &world.tree()[Path::new(BACKUP)];
    assert_eq!(after.inode, before.inode);
    assert_eq!(after.content, before.content);
    assert_eq!(after.mode, before.mode);
    world.check().success();
}

fn thing_in_the_way(world: &World) -> common::Thing {
    world.tree()[Path::new(CONFIG)].clone()
}

/// A hand-edited file is moved to the backup name, whole.
#[test]
fn a_users_file_is_backed_up() {
    let world = World::new();
    world.in_the_way(|path| std::fs::write(path, "precious").expect("write"));
    assert_backed_up(&world, &thing_in_the_way(&world));
}

/// A link that somebody else made is moved, not followed and not replaced.
#[test]
fn a_foreign_link_is_backed_up() {
    let world = World::new();
    let elsewhere = world.path("elsewhere.json");
    std::fs::write(&elsewhere, "{}").expect("write");
    world.in_the_way(|path| link(&elsewhere, path));
    assert_backed_up(&world, &thing_in_the_way(&world));
    assert_eq!(std::fs::read(&elsewhere).expect("still there"), b"{}");
}

/// A dangling link that is not ours is the user's as well.
#[test]
fn a_dangling_foreign_link_is_backed_up() {
    let world = World::new();
    world.in_the_way(|path| link("/nowhere/at-all.json", path));
    assert_backed_up(&world, &thing_in_the_way(&world));
}

/// A link that only looks like one into the store is not ours.
#[test]
fn a_link_that_climbs_out_of_the_store_is_not_ours() {
    let world = World::new();
    world.in_the_way(|path| link("/nix/store/../../etc/hostname", path));
    assert_backed_up(&world, &thing_in_the_way(&world));
}

/// A link to a directory is replaced as the link it is: nothing lands in that
/// directory.
#[test]
fn a_link_to_a_directory_is_backed_up_and_nothing_lands_in_it() {
    let world = World::new();
    let directory = world.path("some-directory");
    std::fs::create_dir(&directory).expect("create");
    world.in_the_way(|path| link(&directory, path));
    assert_backed_up(&world, &thing_in_the_way(&world));
    assert_eq!(std::fs::read_dir(&directory).expect("read").count(), 0);
}

/// A directory with files in it is moved as a whole.
#[test]
fn a_directory_is_backed_up_with_everything_in_it() {
    let world = World::new();
    world.in_the_way(|path| {
        std::fs::create_dir(path).expect("create");
        std::fs::write(path.join("notes"), "precious").expect("write");
    });
    assert_backed_up(&world, &thing_in_the_way(&world));
    let notes = world.at(BACKUP).join("notes");
    assert_eq!(std::fs::read(notes).expect("still there"), b"precious");
}

/// A fifo is moved without being opened, which would wait for a writer for ever.
#[test]
fn a_fifo_is_backed_up() {
    let world = World::new();
    world.in_the_way(make_fifo);
    assert_backed_up(&world, &thing_in_the_way(&world));
}

/// A socket is moved.
#[test]
fn a_socket_is_backed_up() {
    let world = World::new();
    world.in_the_way(|path| drop(UnixListener::bind(path).expect("bind")));
    assert_backed_up(&world, &thing_in_the_way(&world));
}

/// A file of the same size with other bytes is not an identical one.
#[test]
fn a_file_of_the_same_size_is_backed_up() {
    let world = World::new();
    let size = std::fs::read(&world.source).expect("read").len();
    world.in_the_way(|path| std::fs::write(path, "x".repeat(size)).expect("write"));
    assert_backed_up(&world, &thing_in_the_way(&world));
}

/// A file with the source's very bytes is replaced, and leaves no backup.
#[test]
fn an_identical_file_needs_no_backup() {
    let world = World::new();
    let source = std::fs::read(&world.source).expect("read");
    world.in_the_way(|path| std::fs::write(path, source).expect("write"));
    let report = world.report(&["apply"]);
    let actions: Vec<&str> = report["changes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|change| change["action"].as_str())
        .collect();
    assert!(actions.contains(&"replace-identical-file"), "{actions:?}");
    assert_eq!(world.link_target(), world.source);
    world.assert_only_the_link();
}

/// Backups are numbered on, and none is ever written over.
#[test]
fn a_backup_never_overwrites_another() {
    let world = World::new();
    for (number, content) in [(1, "one"), (2, "two"), (3, "three")] {
        world.in_the_way(|path| {
            if path.symlink_metadata().is_ok() {
                std::fs::remove_file(path).expect("remove");
            }
            std::fs::write(path, content).expect("write");
        });
        let assert = world.apply().success();
        assert!(stdout(&assert).contains(&format!("backup-{number}")));
    }
    for (number, content) in [(1, "one"), (2, "two"), (3, "three")] {
        let backup = world.at(format!("{CONFIG}.backup-{number}"));
        assert_eq!(std::fs::read(backup).expect("kept"), content.as_bytes());
    }
}

/// With `onConflict: fail` nothing at all is touched, and the message says both
/// ways out.
#[test]
fn fail_touches_nothing_and_names_both_ways_out() {
    let world = World::new();
    world.write_manifest(&json!({ "onConflict": "fail" }));
    world.in_the_way(|path| std::fs::write(path, "precious").expect("write"));
    let before = world.tree();
    let assert = world.apply().code(5);
    assert_one_line_error(
        &assert,
        &[
            "my-project",
            CONFIG,
            "a regular file",
            "move it away",
            "onConflict",
            "backup-1",
        ],
    );
    assert_eq!(world.tree(), before);
    world.check().code(5);
}

/// Names from the disk cannot forge a line of the log or colour a terminal.
#[test]
fn names_from_the_disk_are_escaped() {
    let world = World::new();
    world.write_manifest(&json!({ "onConflict": "fail" }));
    let target = std::ffi::OsStr::from_bytes(b"a\n<3>forged\x1b[31m\xff");
    world.in_the_way(|path| link(target, path));
    let assert = world.apply().code(5);
    assert_one_line_error(&assert, &["a\\n<3>forged\\u{1b}"]);
}

/// A backup that is a link to what the manifest wants is a backup all the same.
#[test]
fn a_backed_up_link_is_not_taken_for_one_of_ours() {
    let world = World::new();
    let newer = world.path("newer.json");
    std::fs::write(&newer, "{}").expect("write");
    world.in_the_way(|path| link(&newer, path));
    world.apply().success();
    assert_eq!(std::fs::read_link(world.at(BACKUP)).expect("kept"), newer);
    let links = json!([{ "path": CONFIG, "source": newer }]);
    world.write_manifest(&json!({ "links": links }));
    std::fs::remove_file(world.at(CONFIG)).expect("remove");
    std::fs::write(world.at(CONFIG), "mine").expect("write");
    world.apply().success();
    assert_eq!(std::fs::read_link(world.at(BACKUP)).expect("kept"), newer);
    let second = world.at(format!("{CONFIG}.backup-2"));
    assert_eq!(std::fs::read(second).expect("kept"), b"mine");
}
