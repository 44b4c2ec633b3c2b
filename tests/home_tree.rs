//! What apply makes of an empty HOME, and of one that is already there.

mod common;

use std::os::unix::fs::PermissionsExt as _;

use common::{CONFIG, RECORD, World, is_installed, names, program, run, stdout};
use serde_json::json;

/// An empty HOME ends up with exactly the documented tree, private directories,
/// a link to the source, and a private record.
#[test]
fn an_empty_home_gets_the_documented_tree() {
    let world = World::new();
    world.apply().success();
    let tree = world.tree();
    let expected = [
        ".cache",
        ".cache/opencode",
        ".config",
        ".config/opencode",
        CONFIG,
        ".local",
        ".local/share",
        ".local/share/opencode",
        ".local/state",
        ".local/state/opencode",
        ".local/state/opencode-setup",
        RECORD,
    ];
    assert_eq!(names(&tree), expected);
    for (path, thing) in &tree {
        match path.to_str() {
            Some(CONFIG) => assert_eq!(thing.content, world.source.as_os_str().as_encoded_bytes()),
            Some(RECORD) => assert_eq!(thing.mode & 0o7777, 0o600),
            _ => assert_eq!(thing.mode & 0o7777, 0o700, "{}", path.display()),
        }
    }
}

/// The modes are those whatever umask the caller has, and hooks still get the
/// caller's umask.
#[test]
fn the_umask_changes_nothing() {
    for umask in ["0000", "0777"] {
        let world = World::new();
        let hook = world.script("hook", "umask > hook-umask");
        world.write_manifest(&json!({ "postInit": hook }));
        let script = format!("umask {umask}; exec \"$0\" apply \"$1\"");
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .arg(program().get_program())
            .arg(&world.manifest)
            .output();
        assert!(output.expect("sh runs").status.success());
        for (path, thing) in world.tree() {
            match path.to_str() {
                Some(CONFIG) => {}
                Some("hook-umask") => assert_eq!(thing.content, format!("{umask}\n").as_bytes()),
                Some(RECORD) => assert_eq!(thing.mode & 0o7777, 0o600),
                _ => assert_eq!(thing.mode & 0o7777, 0o700, "{}", path.display()),
            }
        }
    }
}

/// Directories that exist keep their modes, whatever these are.
#[test]
fn existing_directories_stay_untouched() {
    let world = World::new();
    std::fs::create_dir(world.at(".config")).expect("create");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.at(".config"), mode).expect("chmod");
    world.apply().success();
    assert_eq!(
        world.tree()[".config".as_ref() as &std::path::Path].mode & 0o7777,
        0o755
    );
}

/// A second apply reports nothing and moves nothing: no inode, no time stamp,
/// no byte anywhere under HOME.
#[test]
fn a_second_apply_changes_nothing() {
    let world = World::new();
    world.apply().success();
    let before = world.tree();
    let assert = world.apply().success();
    assert_eq!(stdout(&assert), "my-project: ready, nothing to do\n");
    assert_eq!(world.tree(), before);
}

/// A second apply does not even try to write: its system calls are counted by
/// name.
#[test]
fn a_second_apply_makes_no_writing_system_call() {
    if !is_installed("strace", "a_second_apply_makes_no_writing_system_call") {
        return;
    }
    let world = World::new();
    world.apply().success();
    let trace = world.path("trace");
    let output = std::process::Command::new("strace")
        .args(["-f", "-o"])
        .arg(&trace)
        .arg(program().get_program())
        .arg("apply")
        .arg(&world.manifest)
        .output();
    assert!(output.expect("strace runs").status.success());
    let trace = std::fs::read_to_string(trace).expect("a trace");
    let calls: Vec<&str> = trace
        .lines()
        .filter_map(|line| line.split_once(' ')?.1.trim_start().split_once('('))
        .map(|(name, _)| name)
        .collect();
    for writing in [
        "mkdirat",
        "symlinkat",
        "renameat2",
        "renameat",
        "unlinkat",
        "fsync",
        "linkat",
        "fchmod",
        "fchmodat",
        "ftruncate",
        "umask",
    ] {
        assert!(!calls.contains(&writing), "{writing} was called");
    }
    assert!(
        !trace.contains("O_CREAT"),
        "something was opened to be created"
    );
    assert!(!trace.contains("O_WRONLY") && !trace.contains("O_RDWR"));
    let writes = calls.iter().filter(|name| **name == "write").count();
    assert_eq!(writes, 1, "only the summary line is written");
}

/// `directories` replaces the default list, and a link's own directory is made
/// even if it is not on it.
#[test]
fn a_links_directory_is_made_although_not_listed() {
    let world = World::new();
    world.write_manifest(&json!({ "directories": ["work/cache"] }));
    world.apply().success();
    let tree = world.tree();
    assert!(names(&tree).contains(&"work/cache"));
    assert!(names(&tree).contains(&CONFIG));
    assert!(!names(&tree).contains(&".cache"));
}

/// HOME itself is created, private, when it is missing, its parent exists and
/// it was given by flag.
#[test]
fn flags_create_a_missing_home() {
    let world = World::new();
    let home = world.path("new-home");
    let arguments = ["apply", "--home", home.to_str().expect("UTF-8")];
    run(arguments).success();
    assert_eq!(
        common::tree(&home)["".as_ref() as &std::path::Path].mode & 0o7777,
        0o700
    );
    let deep = world.path("not/there");
    let assert = run(["apply", "--home", deep.to_str().expect("UTF-8")]).code(1);
    common::assert_one_line_error(&assert, &["does not exist", "create"]);
    assert!(!world.path("not").exists());
}

/// Flags build the same manifest as a file: both give the same tree.
#[test]
fn flags_and_manifest_give_the_same_tree() {
    let (by_file, by_flags) = (World::new(), World::new());
    by_file.apply().success();
    let home = by_flags.home.to_str().expect("UTF-8");
    let config = by_flags.source.to_str().expect("UTF-8");
    run(["apply", "--home", home, "--config", config]).success();
    assert_eq!(names(&by_file.tree()), names(&by_flags.tree()));
    assert_eq!(by_flags.link_target(), by_flags.source);
    let assert = run([
        "check",
        "--home",
        home,
        "--config",
        config,
        "--directory",
        "x",
    ])
    .code(3);
    assert!(stdout(&assert).contains("would create directory x"));
}
