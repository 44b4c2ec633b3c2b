//! `opencodectl password` prints the password of a server to those who may read
//! its file, and a reason to all others.

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use assert_cmd::assert::Assert;
use common::{World, ctl, stderr, stdout};
use serde_json::json;

/// A world whose manifest names a file with this content as the password's.
fn world_with(content: &[u8]) -> (World, PathBuf) {
    let world = World::new();
    let password = world.path("password");
    std::fs::write(&password, content).expect("write");
    let server = json!({
        "api": 1,
        "url": "http://127.0.0.1:4096",
        "directory": world.path("project"),
        "passwordFile": password,
    });
    world.write_manifest(&json!({ "server": server }));
    let manifest = world.manifest.clone();
    (world, manifest)
}

/// One line says why, and nothing is printed.
fn assert_refused(assert: &Assert, why: &[&str]) {
    let line = stderr(assert);
    assert_eq!(line.lines().count(), 1, "not one line: {line}");
    assert!(line.starts_with("opencodectl: "), "{line}");
    for part in why {
        assert!(line.contains(part), "{part:?} is not in: {line}");
    }
    assert!(!line.contains("secret"), "{line}");
    assert!(assert.get_output().stdout.is_empty());
}

/// It is printed as the server has it, with one line end and nothing else.
#[test]
fn the_password_is_printed_without_the_line_ends_of_its_file() {
    for content in [
        "pass word %$'\"\\",
        "pass word %$'\"\\\n",
        "pass word %$'\"\\\r\n",
    ] {
        let (_world, manifest) = world_with(content.as_bytes());
        let assert = ctl(["password".as_ref(), manifest.as_os_str()]).success();
        assert_eq!(stdout(&assert), "pass word %$'\"\\\n");
        assert!(assert.get_output().stderr.is_empty());
    }
}

/// What cannot be the password of a server is refused, and not quoted.
#[test]
fn what_is_no_password_is_not_printed() {
    let cases: [(&[u8], &str); 4] = [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"secret\nsecret\n", "second line"),
        (b"secret\xff", "UTF-8"),
    ];
    for (content, why) in cases {
        let (_world, manifest) = world_with(content);
        let assert = ctl(["password".as_ref(), manifest.as_os_str()]).code(1);
        assert_refused(&assert, &["the password: ", why]);
    }
}

/// If there is no password, the error says what to do.
#[test]
fn a_password_that_is_nowhere_is_told() {
    let (world, manifest) = world_with(b"x");
    std::fs::remove_file(world.path("password")).expect("remove");
    let assert = ctl(["password".as_ref(), manifest.as_os_str()]).code(1);
    assert_refused(&assert, &["try as root or as a member of auth.group"]);

    let server = json!({
        "api": 1,
        "url": "http://127.0.0.1:4096",
        "directory": world.path("project"),
    });
    world.write_manifest(&json!({ "server": server }));
    let assert = ctl(["password".as_ref(), manifest.as_os_str()]).code(1);
    assert_refused(&assert, &["names no file with a password"]);
}

/// Root reads no file that somebody else has named.
#[test]
fn root_reads_no_file_for_others() {
    if !common::is_root("whose manifest root goes by") {
        return;
    }
    let (_world, manifest) = world_with(b"secret");
    let mode = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(&manifest, mode).expect("chmod");
    let assert = ctl(["password".as_ref(), manifest.as_os_str()]).code(1);
    assert_refused(&assert, &["others can write to it"]);
}
