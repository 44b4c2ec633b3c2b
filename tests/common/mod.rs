//! What the tests share: a HOME with its manifest, and ways to look at both.

#![allow(
    dead_code,
    reason = "each test file is a program that uses a part of this"
)]

pub mod fake;
pub mod server;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::assert::{Assert, OutputAssertExt};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const CONFIG: &str = ".config/opencode/opencode.json";
/// Where the first thing found in the place of [`CONFIG`] goes.
pub const BACKUP: &str = ".config/opencode/opencode.json.backup-1";
pub const RECORD: &str = ".local/state/opencode-setup/state.json";

/// A scratch directory with a HOME in it (`home`), a configuration to link to
/// (`source`), and a manifest (`manifest`) that asks for that link.
pub struct World {
    scratch: TempDir,
    pub home: PathBuf,
    pub source: PathBuf,
    pub manifest: PathBuf,
}

impl World {
    /// A HOME that exists and is empty.
    pub fn new() -> Self {
        Self::in_scratch(TempDir::new().unwrap())
    }

    /// The same in memory, where that is possible: for tests that make
    /// thousands of them.
    pub fn in_memory() -> Self {
        Self::new_in(&memory())
    }

    /// The same below `directory`.
    pub fn new_in(directory: &Path) -> Self {
        Self::in_scratch(TempDir::new_in(directory).unwrap())
    }

    fn in_scratch(scratch: TempDir) -> Self {
        // As deep as it may get, so that other users can come through.
        std::fs::set_permissions(scratch.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let path = scratch.path().canonicalize().unwrap();
        let world = Self {
            home: path.join("home"),
            source: path.join("opencode.json"),
            manifest: path.join("my-project.json"),
            scratch,
        };
        std::fs::create_dir(&world.home).unwrap();
        std::fs::set_permissions(&world.home, PermissionsExt::from_mode(0o700)).unwrap();
        std::fs::write(&world.source, r#"{"username": "first"}"#).unwrap();
        world.write_manifest(&json!({}));
        world
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.home.parent().unwrap().join(name)
    }

    /// A path below HOME.
    pub fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.home.join(path)
    }

    /// Writes the manifest: the usual one, with `changes` to it. A field that
    /// is null in `changes` is left out.
    pub fn write_manifest(&self, changes: &Value) {
        let mut manifest = json!({
            "version": 1,
            "instance": "my-project",
            "home": self.home,
            "links": [{ "path": CONFIG, "source": self.source }],
        });
        for (field, value) in changes.as_object().unwrap() {
            if value.is_null() {
                manifest.as_object_mut().unwrap().remove(field);
            } else {
                manifest[field] = value.clone();
            }
        }
        std::fs::write(&self.manifest, manifest.to_string()).unwrap();
    }

    /// Writes an executable script and returns its path.
    pub fn script(&self, name: &str, body: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    }

    pub fn apply(&self) -> Assert {
        run(["apply".as_ref(), self.manifest.as_os_str()])
    }

    pub fn check(&self) -> Assert {
        run(["check".as_ref(), self.manifest.as_os_str()])
    }

    /// Runs a command with `--json` on the manifest and returns its report.
    pub fn report(&self, command: &[&str]) -> Value {
        let mut arguments: Vec<&OsStr> = command.iter().map(OsStr::new).collect();
        arguments.extend(["--json".as_ref(), self.manifest.as_os_str()]);
        let assert = run(arguments);
        let stdout = &assert.get_output().stdout;
        serde_json::from_slice(stdout)
            .unwrap_or_else(|error| panic!("no single JSON document on stdout: {error}"))
    }

    pub fn link_target(&self) -> PathBuf {
        std::fs::read_link(self.at(CONFIG)).unwrap()
    }

    /// Puts something into the link's place, its directory made first.
    pub fn in_the_way(&self, make: impl FnOnce(&Path)) {
        std::fs::create_dir_all(self.at(CONFIG).parent().unwrap()).unwrap();
        make(&self.at(CONFIG));
    }

    /// Asserts that the config's directory holds the link and nothing else: no
    /// backup, no staging name.
    pub fn assert_only_the_link(&self) {
        let directory = self.at(".config/opencode");
        let entries: Vec<_> = std::fs::read_dir(directory)
            .expect("read")
            .map(|entry| entry.expect("entry").file_name())
            .collect();
        assert_eq!(entries, ["opencode.json"]);
    }

    pub fn tree(&self) -> Tree {
        tree(&self.home)
    }

    /// Everything beside HOME, to the last inode and time.
    pub fn outside(&self) -> Tree {
        let mut tree = tree(&self.path(""));
        tree.retain(|path, _| !path.starts_with("home") && !path.as_os_str().is_empty());
        tree
    }
}

/// A directory in memory, from which hooks can be executed; else the usual one.
fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let is_fit = rustix::fs::statvfs(memory)
        .is_ok_and(|there| !there.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC))
        && TempDir::new_in(memory).is_ok();
    if is_fit {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// Whether the whole of a long measurement is asked for. Plain `cargo test` takes
/// a fixed part of it, in a time that nobody minds.
pub fn is_full() -> bool {
    std::env::var_os("OPENCODE_SETUP_FULL_TESTS").is_some_and(|value| !value.is_empty())
}

/// The program, with nothing of the tests' own surroundings that it looks at;
/// and with a HOME that nobody would miss, should it hand that on to a hook.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opencode-setup"));
    command.env_remove("JOURNAL_STREAM").env_remove("NO_COLOR");
    command.env("HOME", "/nonexistent");
    command
}

/// The same from where everybody can execute it: the folder of a build may be
/// somebody's own.
pub fn program_for_others(world: &World) -> Command {
    let copy = world.path("opencode-setup");
    copy_program(Path::new(program().get_program()), &copy);
    let mut command = Command::new(copy);
    command.env_remove("JOURNAL_STREAM").env_remove("NO_COLOR");
    command.env("HOME", "/nonexistent");
    command
}

/// Copies a program. Another process does so: if this one had the copy open for writing, a
/// process that another test starts meanwhile would have it open as well, and nobody could
/// execute it (`ETXTBSY`, execve(2)).
pub fn copy_program(program: &Path, to: &Path) {
    let status = Command::new("cp").arg(program).arg(to).status();
    assert!(status.expect("cp runs").success());
}

/// Runs the program, and prints what it said, for cargo to show if the test fails.
pub fn run<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Assert {
    let assert = program().args(arguments).assert();
    let output = assert.get_output();
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    assert
}

/// The other program, likewise.
pub fn ctl<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Assert {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opencodectl"));
    command.env_remove("JOURNAL_STREAM").env_remove("NO_COLOR");
    let assert = command.args(arguments).assert();
    let output = assert.get_output();
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    assert
}

pub fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

pub fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// Asserts that standard error is one line that holds all of `parts`.
pub fn assert_one_line_error(assert: &Assert, parts: &[&str]) {
    let stderr = stderr(assert);
    assert_eq!(stderr.lines().count(), 1, "not one line: {stderr}");
    assert!(stderr.starts_with("opencode-setup: "), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
    }
}

/// What a path is: everything about it that a run with nothing to do must not
/// change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub mode: u32,
    pub owner: (u32, u32),
    pub inode: u64,
    pub modified: (i64, i64),
    pub changed: (i64, i64),
    /// A file's bytes, a link's target.
    pub content: Vec<u8>,
}

pub type Tree = BTreeMap<PathBuf, Thing>;

/// Everything at and below `root`, by path relative to it.
pub fn tree(root: &Path) -> Tree {
    let mut things = BTreeMap::new();
    let mut todo = vec![root.to_owned()];
    while let Some(path) = todo.pop() {
        let metadata = std::fs::symlink_metadata(&path).unwrap();
        let kind = metadata.file_type();
        let content = if kind.is_symlink() {
            let target = std::fs::read_link(&path).unwrap();
            target.into_os_string().into_encoded_bytes()
        } else if kind.is_file() {
            std::fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        if kind.is_dir() {
            todo.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
        let thing = Thing {
            mode: metadata.mode(),
            owner: (metadata.uid(), metadata.gid()),
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            content,
        };
        things.insert(path.strip_prefix(root).unwrap().to_owned(), thing);
    }
    things
}

/// The paths of a tree, sorted, for comparing shapes.
pub fn names(tree: &Tree) -> Vec<&str> {
    tree.keys()
        .filter_map(|path| path.to_str())
        .filter(|path| !path.is_empty())
        .collect()
}

pub fn link(target: impl AsRef<Path>, path: impl AsRef<Path>) {
    symlink(target, path).unwrap();
}

pub fn make_fifo(path: &Path) {
    let status = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success());
}

/// Says that a test, or a part of it, is left out and what for. Written past the
/// test harness, which hides what a test prints that passes.
pub fn skip(what: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// Whether this process is root; says so where a test has to be left out.
pub fn is_root(test: &str) -> bool {
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if !root {
        skip(&format!("{test} needs root"));
    }
    root
}

/// The paths, of things that no run may leave behind when it
/// has succeeded.
pub fn temporary_names(tree: &Tree) -> Vec<&Path> {
    let is_temporary = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        name.ends_with(b".opencode-setup") || name == b"state.json.new"
    };
    tree.keys()
        .filter(is_temporary)
        .map(AsRef::as_ref)
        .collect()
}

/// Whether a program is installed; says so where a test has to be left out.
pub fn is_installed(program: &str, test: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        skip(&format!("{test} needs {program}"));
    }
    found
}

/// Gives a path and everything below it to somebody.
pub fn give_to(path: &Path, owner: u32) {
    for below in tree(path).keys() {
        std::os::unix::fs::lchown(path.join(below), Some(owner), Some(owner)).unwrap();
    }
}
