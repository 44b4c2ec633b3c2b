//! One document per target for every failure, and messages that say what is so.

mod common;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use common::{CONFIG, World, assert_one_line_error, is_root, program, run, stdout};
use serde_json::{Value, json};

/// The documents that a command prints, and its exit code.
fn documents(arguments: &[&OsStr]) -> (Vec<Value>, i32) {
    let output = program().args(arguments).output().expect("spawn");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let parse = |line| serde_json::from_str(line).expect("a document");
    (
        text.lines().map(parse).collect(),
        output.status.code().expect("a code"),
    )
}

/// Whatever is wrong with a target, its document is there, and says so.
#[test]
fn every_failure_has_exactly_one_document() {
    let world = World::new();
    let home = world.home.to_str().expect("UTF-8");
    let broken = world.path("broken.json");
    std::fs::write(&broken, "{").expect("write");
    let missing = world.path("missing.json");
    for (arguments, kind, code) in [
        (vec!["--home", ""], "usage", 2),
        (vec!["--home", home, "--config", ""], "usage", 2),
        (vec!["--home", home, "--directory", "../x"], "usage", 2),
        (vec!["--home", home, "--directory", "/x"], "usage", 2),
        (
            vec!["--home", home, "--config", "/nonexistent"],
            "failed",
            1,
        ),
        (vec!["--home", "/nonexistent/home"], "failed", 1),
        (vec![broken.to_str().expect("UTF-8")], "bad-manifest", 6),
        (vec![missing.to_str().expect("UTF-8")], "failed", 1),
        (vec!["not an instance"], "usage", 2),
    ] {
        for command in [vec!["apply"], vec!["apply", "--dry-run"], vec!["check"]] {
            let all = [command, vec!["--json"], arguments.clone()].concat();
            let all: Vec<&OsStr> = all.iter().map(OsStr::new).collect();
            let (documents, exit_code) = documents(&all);
            assert_eq!(documents.len(), 1, "{all:?}");
            assert_eq!(documents[0]["error"]["kind"], kind, "{all:?}");
            assert_eq!(documents[0]["exitCode"], code, "{all:?}");
            assert_eq!(exit_code, code, "{all:?}");
        }
    }
}

/// Of a manifest directory, what cannot be a manifest is told and counts; the
/// others are still done.
#[test]
fn what_is_no_manifest_in_the_directory_is_told_and_counts() {
    let world = World::new();
    let directory = world.path("manifests");
    std::fs::create_dir(&directory).expect("create");
    world.write_manifest(&json!({ "instance": "good" }));
    std::fs::copy(&world.manifest, directory.join("good.json")).expect("copy");
    let manifests = directory.to_str().expect("UTF-8");
    let odd: [(&OsStr, &str); 5] = [
        (OsStr::new("web.json.json"), "would be read as the path"),
        (OsStr::from_bytes(b"\xff.json"), "not UTF-8"),
        (OsStr::new(".#x.json"), "rename or remove it"),
        (OsStr::new("directory.json"), "is a directory"),
        (OsStr::new("dangling.json"), "No such file"),
    ];
    for (name, why) in odd {
        let path = directory.join(name);
        match why {
            "is a directory" => std::fs::create_dir(&path).expect("create"),
            "No such file" => common::link("/nonexistent", &path),
            _ => std::fs::write(&path, "{}").expect("write"),
        }
        let assert = run(["apply", "--all", "--manifest-dir", manifests]);
        assert_ne!(assert.get_output().status.code(), Some(0), "{why}");
        assert!(
            common::stderr(&assert).contains(why),
            "{}",
            common::stderr(&assert)
        );
        assert_eq!(world.link_target(), world.source);
        let arguments = ["check", "--all", "--json", "--manifest-dir", manifests].map(OsStr::new);
        let (documents, exit_code) = documents(&arguments);
        assert_eq!(documents.len(), 2, "{why}");
        assert_ne!(exit_code, 0, "{why}");
        let is_good = |document: &&Value| document["instance"] == "good";
        assert!(documents.iter().any(|document| is_good(&document)));
        let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir(&path));
        std::fs::remove_file(world.at(CONFIG)).expect("it was made");
    }
}

/// A manifest that others' access rights hide is told, and the others are done.
#[test]
fn an_unreadable_manifest_is_told_and_counts() {
    if !is_root("an_unreadable_manifest_is_told_and_counts") {
        return;
    }
    let world = World::new();
    let directory = world.path("manifests");
    std::fs::create_dir(&directory).expect("create");
    world.write_manifest(&json!({ "instance": "good" }));
    common::give_to(&world.home, 65_534);
    std::fs::copy(&world.manifest, directory.join("good.json")).expect("copy");
    std::fs::write(directory.join("secret.json"), "{}").expect("write");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(directory.join("secret.json"), mode).expect("chmod");
    let copy = world.path("opencode-setup");
    common::copy_program(program().get_program().as_ref(), &copy);
    let mut command = std::process::Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .args(["apply", "--all", "--manifest-dir"])
        .arg(&directory);
    let output = command.output().expect("setpriv is part of util-linux");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("secret.json"));
    assert_eq!(world.link_target(), world.source);
}

/// `check NAME` accepts the very manifests that `--all` accepts.
#[test]
fn a_manifest_of_another_name_is_refused_by_name_and_by_all() {
    let world = World::new();
    let directory = world.path("manifests");
    std::fs::create_dir(&directory).expect("create");
    std::fs::copy(&world.manifest, directory.join("other.json")).expect("copy");
    let manifests = directory.to_str().expect("UTF-8");
    let by_name = run(["check", "--manifest-dir", manifests, "other"]).code(6);
    assert_one_line_error(
        &by_name,
        &["other.json", "field `instance`", "\"my-project\""],
    );
    let by_all = run(["check", "--all", "--manifest-dir", manifests]).code(6);
    assert!(common::stderr(&by_all).contains("field `instance`"));
    assert!(stdout(&by_all).contains("failed"));
    // By its path it can be used.
    run(["apply".as_ref(), directory.join("other.json").as_os_str()]).success();
}

/// A bad manifest has an exit code of its own, whatever is bad about it.
#[test]
fn a_bad_manifest_exits_with_6() {
    for content in ["", "{", "[]", "{\"version\": 2}", "{\"version\": 1}"] {
        let world = World::new();
        std::fs::write(&world.manifest, content).expect("write");
        for command in ["apply", "check", "validate"] {
            run([command.as_ref(), world.manifest.as_os_str()]).code(6);
        }
    }
}

/// An error names the call that failed, and only what is true of it.
#[test]
fn errors_name_the_call_that_failed() {
    if !common::is_installed("strace", "errors_name_the_call_that_failed") {
        return;
    }
    for (call, errno, expected) in [
        (
            "renameat2",
            "EINVAL",
            "cannot exchange two names in one step",
        ),
        ("renameat2", "EXDEV", "this file system cannot rename it"),
        ("renameat2", "EBUSY", "something is mounted on it"),
        ("symlinkat", "EINVAL", "symlinkat: Invalid argument"),
        ("mkdirat", "EINVAL", "mkdirat: Invalid argument"),
        ("mkdirat", "EXDEV", "mkdirat: "),
        ("fsync", "EINVAL", "fsync: Invalid argument"),
    ] {
        let world = World::new();
        world.in_the_way(|path| std::fs::write(path, "mine").expect("write"));
        let output = std::process::Command::new("strace")
            .args([
                "-o",
                "/dev/null",
                "-e",
                &format!("inject={call}:error={errno}"),
            ])
            .arg(program().get_program())
            .arg("apply")
            .arg(&world.manifest)
            .output()
            .expect("strace runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{call} {errno}: {stderr}");
        assert!(stderr.contains(expected), "{call} {errno}: {stderr}");
        assert!(!stderr.contains("nothing was touched"), "{stderr}");
    }
}

/// That nothing was touched is not said once a hook has run.
#[test]
fn nothing_was_touched_is_not_said_after_a_hook() {
    let world = World::new();
    let hook = world.script("hook", "touch made-by-the-hook");
    world.in_the_way(|path| std::fs::write(path, "mine").expect("write"));
    for (changes, code) in [
        (json!({ "preInit": hook, "onConflict": "fail" }), 5),
        (
            json!({ "preInit": hook, "links": [{ "path": CONFIG, "source": "/nonexistent" }] }),
            1,
        ),
    ] {
        world.write_manifest(&changes);
        let assert = world.apply().code(code);
        let stderr = common::stderr(&assert);
        assert!(!stderr.contains("othing was touched"), "{stderr}");
    }
}

/// A record directory that cannot be entered is told, with what to do.
#[test]
fn a_record_directory_that_cannot_be_entered_is_told() {
    if !is_root("a_record_directory_that_cannot_be_entered_is_told") {
        return;
    }
    let world = World::new();
    common::give_to(&world.home, 65_534);
    world.apply().success();
    let directory = world.at(".local/state/opencode-setup");
    let set_mode = |path: &Path, mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(path, mode).expect("chmod");
    };
    for mode in [0o600, 0o000] {
        set_mode(&directory, mode);
        for assert in [world.apply(), world.check()] {
            assert_one_line_error(
                &assert.code(1),
                &[".local/state/opencode-setup", "chmod u+rwx"],
            );
        }
    }
    set_mode(&directory, 0o700);
    world.apply().success();
}
