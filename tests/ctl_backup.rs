//! `opencodectl backup` takes the state of a HOME whose owner does what it likes
//! meanwhile, and `restore` brings it back.

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::assert::Assert;
use common::{World, ctl, give_to, is_root, link, make_fifo, names, stderr, stdout};
use rusqlite::Connection;
use serde_json::{Value, json};

const DATABASE: &str = ".local/share/opencode/opencode.db";
const SOMEBODY: u32 = 65_534;

fn archive_of(world: &World) -> PathBuf {
    world.path("state.tar")
}

fn backup(world: &World) -> Assert {
    let archive = archive_of(world);
    ctl([
        "backup".as_ref(),
        world.manifest.as_os_str(),
        archive.as_os_str(),
    ])
}

/// Makes a backup, and gives back what it has to tell.
fn report_of_backup(world: &World) -> Value {
    let archive = archive_of(world);
    let assert = ctl([
        "backup".as_ref(),
        "--json".as_ref(),
        world.manifest.as_os_str(),
        archive.as_os_str(),
    ]);
    serde_json::from_str(&stdout(&assert)).expect("one document")
}

fn restore(world: &World, more: &[&str]) -> Assert {
    let archive = archive_of(world);
    let arguments = [
        "restore".as_ref(),
        world.manifest.as_os_str(),
        archive.as_os_str(),
    ];
    ctl(arguments.into_iter().chain(more.iter().map(AsRef::as_ref)))
}

/// Takes everything out of HOME.
fn lose(world: &World) {
    let owner = fs::metadata(&world.home).expect("HOME").uid();
    fs::remove_dir_all(&world.home).expect("remove");
    fs::create_dir(&world.home).expect("create");
    fs::set_permissions(&world.home, fs::Permissions::from_mode(0o700)).expect("chmod");
    if owner == SOMEBODY {
        give_to(&world.home, SOMEBODY);
    }
}

/// A file in HOME, its directories made.
fn write(world: &World, path: &str, content: &str) {
    let path = world.at(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("create");
    fs::write(path, content).expect("write");
}

/// A database as a server has it: what was written is in its log.
fn database(world: &World) -> Connection {
    write(world, DATABASE, "");
    let database = Connection::open(world.at(DATABASE)).expect("open");
    let tables = "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; \
        CREATE TABLE a (text TEXT); CREATE TABLE b (text TEXT); \
        INSERT INTO a VALUES ('first'); INSERT INTO b VALUES ('first')";
    database.execute_batch(tables).expect("tables");
    database
}

fn count(database: &Connection, table: &str) -> i64 {
    let question = format!("SELECT count(*) FROM {table}");
    let number = database.query_row(&question, [], |row| row.get(0));
    number.expect("a number")
}

/// What is in HOME comes back, with what only the database's log had.
#[test]
fn a_backup_brings_back_what_was_there() {
    let world = World::new();
    let _server = database(&world);
    assert!(
        fs::metadata(world.at(format!("{DATABASE}-wal")))
            .expect("log")
            .len()
            > 0
    );
    write(&world, ".local/share/opencode/auth.json", "{}");
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(world.at(".local/share/opencode/auth.json"), private).expect("chmod");
    write(&world, "a/deep/file", "content");
    link("deep/file", world.at("a/link"));
    fs::hard_link(world.at("a/deep/file"), world.at("a/same")).expect("link");
    let read_only = fs::Permissions::from_mode(0o500);
    fs::set_permissions(world.at("a/deep"), read_only).expect("chmod");
    let long = format!("{}/{}", "d".repeat(200), "f".repeat(200));
    write(&world, &long, "long");
    let before = world.tree();

    backup(&world).success();
    let archive = fs::metadata(archive_of(&world)).expect("the archive");
    assert_eq!(archive.mode() & 0o777, 0o600);
    lose(&world);
    let assert = restore(&world, &["--json"]).success();
    let report: Value = serde_json::from_str(&stdout(&assert)).expect("one document");
    assert_eq!(report["databases"], 1, "{report}");

    let after = world.tree();
    let is_of_log = |path: &Path| path.to_string_lossy().contains(".db-");
    let before: Vec<_> = before.iter().filter(|(path, _)| !is_of_log(path)).collect();
    assert_eq!(
        before.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
    for (path, thing) in before {
        let now = &after[path];
        assert_eq!(thing.mode, now.mode, "{}", path.display());
        if path != Path::new(DATABASE) {
            assert_eq!(thing.content, now.content, "{}", path.display());
        }
        if path.ends_with("file") {
            assert_eq!(thing.modified.0, now.modified.0, "{}", path.display());
        }
    }
    assert_eq!(
        after[Path::new("a/same")].inode,
        after[Path::new("a/deep/file")].inode
    );
    let restored = Connection::open(world.at(DATABASE)).expect("open");
    assert_eq!((count(&restored, "a"), count(&restored, "b")), (1, 1));
}

/// Each backup has the database as it was at one moment: what a transaction writes
/// into two tables is in both of them or in neither.
#[test]
fn a_backup_beside_a_writer_is_of_one_moment() {
    let world = World::new();
    let server = database(&world);
    let is_done = &AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(move || {
            let text = "x".repeat(5000);
            while !is_done.load(Ordering::Relaxed) {
                let both = format!(
                    "BEGIN; INSERT INTO a VALUES ('{text}'); INSERT INTO b VALUES ('{text}'); COMMIT"
                );
                server.execute_batch(&both).expect("insert");
            }
        });
        let mut last = 0;
        for _ in 0..5 {
            let _ = fs::remove_file(archive_of(&world));
            let assert = backup(&world);
            let other = World::new();
            fs::copy(archive_of(&world), archive_of(&other)).expect("copy");
            let restored = restore(&other, &[]);
            if assert.try_success().is_err() || restored.try_success().is_err() {
                is_done.store(true, Ordering::Relaxed);
                panic!("no backup beside a writer");
            }
            let copy = Connection::open(other.at(DATABASE)).expect("open");
            let check: String = copy
                .query_row("PRAGMA integrity_check", [], |row| row.get(0))
                .expect("check");
            let counts = (count(&copy, "a"), count(&copy, "b"));
            if check != "ok" || counts.0 != counts.1 || counts.0 <= last {
                is_done.store(true, Ordering::Relaxed);
                panic!("{check} {counts:?} after {last}");
            }
            last = counts.0;
        }
        is_done.store(true, Ordering::Relaxed);
    });
}

/// Files come and go while it is read.
#[test]
fn what_vanishes_is_no_error() {
    let world = World::new();
    fs::create_dir(world.at("busy")).expect("create");
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in (0..200).cycle() {
                if is_done.load(Ordering::Relaxed) {
                    return;
                }
                let path = world.at(format!("busy/{number}"));
                if fs::remove_file(&path).is_err() {
                    fs::write(&path, "here").expect("write");
                }
            }
        });
        let results: Vec<_> = (0..5)
            .map(|_| {
                let _ = fs::remove_file(archive_of(&world));
                report_of_backup(&world)
            })
            .collect();
        is_done.store(true, Ordering::Relaxed);
        for report in results {
            assert_eq!(report["exitCode"], 0, "{report}");
            assert_eq!(report["leftOutCount"], 0, "{report}");
        }
    });
}

/// What is made again, and what belongs to running processes, is not in it.
#[test]
fn caches_logs_and_locks_are_left_out() {
    let world = World::new();
    for path in [
        ".cache/opencode/models.json",
        ".npm/x",
        ".config/opencode/node_modules/x/index.js",
        ".opencode/node_modules/x/index.js",
        ".local/share/opencode/log/opencode.log",
        ".local/state/opencode/locks/x",
        ".before-restore-1/x",
        ".restore-part-1/x",
        "kept/.cache",
    ] {
        write(&world, path, "x");
    }
    assert_eq!(report_of_backup(&world)["leftOutCount"], 0);
    lose(&world);
    restore(&world, &[]).success();
    let tree = world.tree();
    let files: Vec<_> = names(&tree)
        .into_iter()
        .filter(|path| world.at(path).is_file())
        .collect();
    assert_eq!(files, ["kept/.cache"]);
}

/// Setup's own links are made again by setup, and not worth a word.
#[test]
fn links_of_the_manifest_are_left_out_in_silence() {
    let world = World::new();
    world.apply().success();
    let report = report_of_backup(&world);
    assert_eq!(report["leftOutCount"], 0, "{report}");
    lose(&world);
    restore(&world, &[]).success();
    assert!(!world.at(common::CONFIG).is_symlink());
    world.apply().success();
    world.check().success();
}

/// What setup remembers is part of the state: a hook of the first run was run.
#[test]
fn a_hook_of_the_first_run_does_not_run_again() {
    let world = World::new();
    let ran = world.path("ran");
    let hook = world.script("hook", &format!("echo ran >> '{}'", ran.display()));
    world.write_manifest(&json!({ "postInit": hook, "hooks": "first-run" }));
    world.apply().success();
    backup(&world).success();
    lose(&world);
    restore(&world, &[]).success();
    world.apply().success();
    assert_eq!(fs::read_to_string(ran).expect("it ran"), "ran\n");
}

/// Nothing leads out of HOME, nothing is waited for, and all that is left out is
/// told.
#[test]
fn hostile_state_is_left_out_and_told() {
    let world = World::new();
    let secret = world.path("secret");
    fs::write(&secret, "not yours").expect("write");
    fs::create_dir(world.path("others")).expect("create");
    fs::write(world.path("others/secret"), "not yours").expect("write");
    write(&world, "good", "good");
    make_fifo(&world.at("fifo"));
    let _socket = UnixListener::bind(world.at("socket")).expect("bind");
    link(&secret, world.at("absolute"));
    link("../secret", world.at("relative"));
    link("../others", world.at("directory"));
    let sparse = fs::File::create(world.at("sparse")).expect("create");
    sparse.set_len(1 << 40).expect("a hole");
    let long = world.at("d".repeat(250));
    let mut deep = long.clone();
    for _ in 0..14 {
        fs::create_dir_all(&deep).expect("create");
        deep.push("d".repeat(250));
    }
    let report = report_of_backup(&world);
    assert_eq!(report["exitCode"], 0, "{report}");
    let told: Vec<_> = report["leftOut"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    for path in [
        "fifo",
        "socket",
        "absolute",
        "relative",
        "directory",
        "sparse",
    ] {
        assert!(
            told.iter().any(|one| one["path"] == path),
            "{path}: {report}"
        );
    }
    let size = fs::metadata(archive_of(&world)).expect("the archive").len();
    assert!(size < 1 << 20, "{size} bytes");
    let content = fs::read(archive_of(&world)).expect("read");
    assert!(!content.windows(9).any(|window| window == b"not yours"));
    lose(&world);
    restore(&world, &[]).success();
    assert_eq!(fs::read_to_string(world.at("good")).expect("read"), "good");
}

/// Ten thousand directories, whose paths together are 38 MB.
fn make_long_paths(world: &World) {
    let mut deep = world.home.clone();
    for _ in 0..15 {
        deep.push("d".repeat(250));
        fs::create_dir(&deep).expect("create");
    }
    for number in 0..10_000 {
        fs::create_dir(deep.join(number.to_string())).expect("create");
    }
}

/// An agent must not be able to have root take the memory of the host.
#[test]
fn the_paths_of_many_directories_are_not_all_kept() {
    let world = World::in_memory();
    make_long_paths(&world);
    let program = env!("CARGO_BIN_EXE_opencodectl");
    for arguments in [
        vec!["backup", "--", world.manifest.to_str().expect("UTF-8"), "-"],
        vec!["probe", "--", world.manifest.to_str().expect("UTF-8")],
    ] {
        let output = std::process::Command::new("prlimit")
            .arg(format!("--data={}", 24 << 20))
            .arg(program)
            .args(&arguments)
            .stdout(std::process::Stdio::null())
            .output()
            .expect("prlimit is part of util-linux");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}

/// What stands in the place of a database is not read, and not passed over.
#[test]
fn what_is_no_database_keeps_the_backup_from_being_one() {
    type Make = fn(&World);
    let cases: [(&str, Make, &str); 6] = [
        (
            "link",
            |world| link("/etc/passwd", world.at(DATABASE)),
            "a symbolic link",
        ),
        ("fifo", |world| make_fifo(&world.at(DATABASE)), "a fifo"),
        (
            "text",
            |world| write(world, DATABASE, "no database"),
            "not a database",
        ),
        (
            "directory",
            |world| fs::create_dir(world.at(DATABASE)).expect("create"),
            "a directory",
        ),
        (
            "sparse",
            |world| {
                drop(database(world));
                let file = fs::OpenOptions::new().write(true).open(world.at(DATABASE));
                file.expect("open").set_len(1 << 40).expect("a hole");
            },
            "holes",
        ),
        (
            "folder",
            |world| {
                fs::remove_dir(world.at(".local/share/opencode")).expect("remove");
                link("/etc", world.at(".local/share/opencode"));
            },
            "symbolic link",
        ),
    ];
    for (name, make, why) in cases {
        let world = World::new();
        fs::create_dir_all(world.at(".local/share/opencode")).expect("create");
        make(&world);
        let assert = backup(&world).code(1);
        assert!(stderr(&assert).contains(why), "{name}: {}", stderr(&assert));
        assert_only_inputs(&world, name);
    }
}

/// No archive, and no part of one.
fn assert_only_inputs(world: &World, case: &str) {
    let listed = fs::read_dir(world.path("")).expect("read");
    let left: Vec<_> = listed
        .map(|entry| entry.expect("entry").file_name())
        .filter(|name| name.to_string_lossy().contains(".tar"))
        .collect();
    assert!(left.is_empty(), "{case}: {left:?}");
}

/// `SQLite` opens the log and the journal of a database by their names, and would wait
/// for whoever writes to a fifo.
#[test]
fn a_part_of_a_database_that_is_no_file_keeps_nobody_waiting() {
    for part in ["-wal", "-shm", "-journal"] {
        let world = World::new();
        drop(database(&world));
        let path = world.at(format!("{DATABASE}{part}"));
        let _ = fs::remove_file(&path);
        make_fifo(&path);
        let start = Instant::now();
        let assert = backup(&world).code(1);
        let told = stderr(&assert);
        assert!(start.elapsed() < Duration::from_secs(30), "{part}: {told}");
        let named = format!("{DATABASE}{part}: is a fifo");
        assert!(told.contains(&named), "{named:?} is not in: {told}");
        assert_only_inputs(&world, part);
    }
}

/// A backup that is asked to end leaves no part of an archive.
#[test]
fn a_signal_leaves_no_part_of_an_archive() {
    let world = World::new();
    let large = fs::File::create(world.at("large")).expect("create");
    // All of it holes, of which so many are allowed.
    large.set_len(250 << 20).expect("size");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_opencodectl"));
    let arguments =
        [world.manifest.as_os_str(), archive_of(&world).as_os_str()].map(ToOwned::to_owned);
    let mut child = command
        .arg("backup")
        .args(arguments)
        .spawn()
        .expect("spawn");
    let has_begun = || {
        let listed = fs::read_dir(world.path("")).expect("read");
        listed
            .map(|entry| entry.expect("entry").file_name())
            .any(|name| name.to_string_lossy().ends_with(".part"))
    };
    while !has_begun() {
        assert!(child.try_wait().expect("wait").is_none(), "too early");
    }
    terminate(child.id());
    assert_eq!(child.wait().expect("wait").code(), Some(143));
    assert_only_inputs(&world, "signal");
}

/// The process that reads HOME can be killed by others of its owner. Also a backup to
/// standard output says so then.
#[test]
fn a_process_that_was_killed_makes_no_archive() {
    use std::io::Read as _;
    let world = World::new();
    let large = fs::File::create(world.at("large")).expect("create");
    large.set_len(250 << 20).expect("size");
    let mut backup = std::process::Command::new(env!("CARGO_BIN_EXE_opencodectl"))
        .arg("backup")
        .args([world.manifest.as_os_str(), "-".as_ref()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("spawn");
    let mut archive = backup.stdout.take().expect("its output");
    archive
        .read_exact(&mut vec![0; 1 << 20])
        .expect("it has begun");
    let id = backup.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).expect("read");
    let reader = children.trim().parse().ok();
    let reader = reader.and_then(rustix::process::Pid::from_raw);
    let kill = rustix::process::Signal::KILL;
    rustix::process::kill_process(reader.expect("one process"), kill).expect("killed");
    let copied = std::io::copy(&mut archive, &mut std::io::sink()).expect("read");
    assert!(copied < 250 << 20, "{copied} bytes");
    let output = backup.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("the process that reads HOME failed"),
        "{told}"
    );
}

/// A restore that is asked to end leaves HOME as it was, even if it waits for more of the
/// archive.
#[test]
fn a_signal_leaves_no_part_of_a_restore() {
    use std::io::Write as _;
    let world = World::new();
    write(&world, "file", &"x".repeat(1 << 20));
    backup(&world).success();
    let archive = fs::read(archive_of(&world)).expect("read");
    lose(&world);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_opencodectl"))
        .arg("restore")
        .arg(&world.manifest)
        .arg("-")
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("spawn");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(&archive[..600_000]).expect("written");
    let is_at_work = || world.at(".restore-part-1/file").exists();
    while !is_at_work() {
        assert!(child.try_wait().expect("wait").is_none(), "too early");
    }
    let pid = i32::try_from(child.id()).expect("a number");
    let pid = rustix::process::Pid::from_raw(pid).expect("no zero");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("kill");
    assert_eq!(child.wait().expect("wait").code(), Some(143));
    assert_eq!(names(&world.tree()), [] as [&str; 0]);
}

/// What is there already stays as it is.
#[test]
fn no_file_is_overwritten() {
    let world = World::new();
    fs::write(archive_of(&world), "precious").expect("write");
    let assert = backup(&world).code(1);
    assert!(stderr(&assert).contains("already exists"));
    assert_eq!(
        fs::read_to_string(archive_of(&world)).expect("read"),
        "precious"
    );
}

/// Root reads and writes as the owner of HOME, with nothing else in sight, and the
/// archive is root's.
#[test]
fn root_acts_as_the_owner_of_home() {
    if !is_root("root_acts_as_the_owner_of_home") {
        return;
    }
    let world = World::new();
    drop(database(&world));
    write(&world, "file", "theirs");
    give_to(&world.home, SOMEBODY);
    write(&world, "roots", "root's");
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(world.at("roots"), private).expect("chmod");
    let report = report_of_backup(&world);
    assert_eq!(report["leftOut"][0]["path"], "roots", "{report}");
    assert_eq!(fs::metadata(archive_of(&world)).expect("archive").uid(), 0);
    lose(&world);
    restore(&world, &[]).success();
    for (path, thing) in world.tree() {
        assert_eq!(thing.owner, (SOMEBODY, SOMEBODY), "{}", path.display());
    }
    assert_eq!(
        fs::read_to_string(world.at("file")).expect("read"),
        "theirs"
    );
}

/// A HOME that is not empty stays as it is, or is kept beside.
#[test]
fn what_is_there_is_never_lost() {
    let world = World::new();
    write(&world, "file", "old");
    backup(&world).success();
    write(&world, "file", "new");
    write(&world, "other/file", "new");
    let before = world.tree();
    let assert = restore(&world, &[]).code(5);
    assert!(
        stderr(&assert).contains("--move-aside"),
        "{}",
        stderr(&assert)
    );
    assert_eq!(world.tree(), before);
    for number in 1..3 {
        restore(&world, &["--move-aside"]).success();
        assert_eq!(fs::read_to_string(world.at("file")).expect("read"), "old");
        assert!(!world.at("other").exists());
        let aside = world.at(format!(".before-restore-{number}"));
        let kept = if number == 1 { "new" } else { "old" };
        assert_eq!(fs::read_to_string(aside.join("file")).expect("read"), kept);
        assert_eq!(aside.join("other").exists(), number == 1);
    }
}

/// The logins of one instance come to the agents of another only for who says so.
#[test]
fn the_backup_of_another_instance_is_refused() {
    let world = World::new();
    write(&world, "file", "content");
    world.write_manifest(&json!({ "instance": "other" }));
    backup(&world).success();
    world.write_manifest(&json!({}));
    lose(&world);
    let line = stderr(&restore(&world, &[]).code(1));
    assert!(line.contains("a backup of the instance other"), "{line}");
    assert!(line.contains("--from other"), "{line}");
    assert!(!world.at("file").exists());
    restore(&world, &["--from", "other"]).success();
    assert!(world.at("file").exists());
}

/// A directory that its owner may not write to goes where the others go.
#[test]
fn a_read_only_directory_is_moved_as_well() {
    if !is_root("a_read_only_directory_is_moved_as_well") {
        return;
    }
    let world = World::new();
    write(&world, "closed/file", "content");
    write(&world, "first", "content");
    give_to(&world.home, SOMEBODY);
    let read_only = fs::Permissions::from_mode(0o500);
    fs::set_permissions(world.at("closed"), read_only).expect("chmod");
    backup(&world).success();
    restore(&world, &["--move-aside"]).success();
    for closed in ["closed", ".before-restore-1/closed"] {
        let closed = world.at(closed);
        let mode = fs::metadata(&closed).expect("the directory").mode();
        assert_eq!(mode & 0o777, 0o500);
        assert!(closed.join("file").exists());
    }
}

/// What cannot be moved, here what somebody else owns, leaves everything where it was.
#[test]
fn a_restore_that_cannot_go_on_is_undone() {
    if !is_root("a_restore_that_cannot_go_on_is_undone") {
        return;
    }
    let world = World::new();
    write(&world, "file", "old");
    give_to(&world.home, SOMEBODY);
    backup(&world).success();
    write(&world, "file", "new");
    for others in ["a", "z"] {
        write(&world, &format!("{others}/file"), "root's");
        let closed = fs::Permissions::from_mode(0o755);
        fs::set_permissions(world.at(others), closed).expect("chmod");
    }
    let before = world.tree();
    let assert = restore(&world, &["--move-aside"]).code(1);
    let line = stderr(&assert);
    assert!(line.contains("HOME is as it was"), "{line}");
    let names = |tree: &common::Tree| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&world.tree()), names(&before));
    assert_eq!(fs::read_to_string(world.at("file")).expect("read"), "new");
}

/// A member of an archive, with what it takes to make it.
struct Member {
    kind: tar::EntryType,
    path: &'static str,
    target: &'static str,
    mode: u32,
}

fn member(kind: tar::EntryType, path: &'static str) -> Member {
    Member {
        kind,
        path,
        target: "",
        mode: 0o644,
    }
}

/// Writes an archive of these members, well-formed but for them.
fn forge(world: &World, members: &[Member]) {
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |kind, path: &str, target: &str, mode, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        let fields = header.as_gnu_mut().expect("it is");
        // As it is: the library's own ways refuse some of these.
        fields.name[..path.len()].copy_from_slice(path.as_bytes());
        fields.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(0);
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append(&header, content).expect("append");
    };
    let regular = tar::EntryType::Regular;
    let head = json!({ "version": 1, "instance": "my-project", "madeBy": "x" }).to_string();
    add(regular, "opencode-backup.json", "", 0o600, head.as_bytes());
    add(tar::EntryType::Directory, "home", "", 0o700, b"");
    for one in members {
        add(one.kind, one.path, one.target, one.mode, b"");
    }
    let end = json!({ "members": members.len() + 1 }).to_string();
    add(
        regular,
        "opencode-backup-end.json",
        "",
        0o600,
        end.as_bytes(),
    );
    let bytes = archive.into_inner().expect("all of it");
    fs::write(archive_of(world), bytes).expect("write");
}

/// The name of a member may be as long as it likes, and a file that is a hole costs
/// nothing.
#[test]
fn a_name_of_gigabytes_is_not_read_into_memory() {
    let world = World::new();
    forge(&world, &[]);
    let archive = fs::File::options().write(true).open(archive_of(&world));
    let archive = archive.expect("open");
    let size: u64 = 8 << 30;
    let mut name = tar::Header::new_gnu();
    name.set_path("././@LongLink").expect("fits");
    name.set_entry_type(tar::EntryType::GNULongName);
    name.set_size(size);
    name.set_cksum();
    // In the place of what follows the first document and its header.
    std::os::unix::fs::FileExt::write_all_at(&archive, name.as_bytes(), 1024).expect("write");
    archive.set_len(1536 + size).expect("a hole");
    let why = stderr(&restore(&world, &[]).code(1));
    assert!(why.contains("out of memory; nothing was restored"), "{why}");
    assert_eq!(fs::read_dir(&world.home).expect("read").count(), 0);
}

/// Nothing of an archive that leads out of HOME, or is more than files, is
/// unpacked, and HOME stays as it was.
#[test]
fn a_hostile_archive_is_refused() {
    use tar::EntryType;
    let good = || member(EntryType::Regular, "home/good");
    let pointing = |kind, target| Member {
        target,
        ..member(kind, "home/x")
    };
    let cases = [
        ("absolute", vec![member(EntryType::Regular, "/tmp/x")]),
        ("above", vec![member(EntryType::Regular, "home/../x")]),
        ("beside", vec![member(EntryType::Regular, "etc/x")]),
        (
            "absolute link",
            vec![pointing(EntryType::Symlink, "/etc/passwd")],
        ),
        ("link above", vec![pointing(EntryType::Symlink, "../x")]),
        (
            "through a link",
            vec![
                pointing(EntryType::Symlink, "y"),
                member(EntryType::Directory, "home/y"),
                member(EntryType::Regular, "home/x/file"),
            ],
        ),
        (
            "hard link out",
            vec![pointing(EntryType::Link, "/etc/passwd")],
        ),
        (
            "hard link above",
            vec![pointing(EntryType::Link, "home/../../x")],
        ),
        (
            "hard link to nothing",
            vec![pointing(EntryType::Link, "home/y")],
        ),
        (
            "hard link to a link",
            vec![
                Member {
                    target: "good",
                    ..member(EntryType::Symlink, "home/y")
                },
                pointing(EntryType::Link, "home/y"),
            ],
        ),
        ("character device", vec![member(EntryType::Char, "home/x")]),
        ("block device", vec![member(EntryType::Block, "home/x")]),
        ("fifo", vec![member(EntryType::Fifo, "home/x")]),
        ("sparse", vec![member(EntryType::GNUSparse, "home/x")]),
        (
            "set-uid",
            vec![Member {
                mode: 0o4755,
                ..member(EntryType::Regular, "home/x")
            }],
        ),
        (
            "set-gid",
            vec![Member {
                mode: 0o2755,
                ..member(EntryType::Directory, "home/x")
            }],
        ),
        ("twice", vec![member(EntryType::Regular, "home/good")]),
        ("no directory", vec![member(EntryType::Regular, "home/x/y")]),
    ];
    for (name, members) in cases {
        let world = World::new();
        write(&world, "old", "old");
        let before = names(&world.tree()).join(" ");
        let members: Vec<_> = [good()].into_iter().chain(members).collect();
        forge(&world, &members);
        let assert = restore(&world, &["--move-aside"]).code(1);
        assert!(stderr(&assert).contains("nothing was restored"), "{name}");
        assert_eq!(names(&world.tree()).join(" "), before, "{name}");
    }
    // The same without what is wrong with it.
    let world = World::new();
    forge(&world, &[good()]);
    restore(&world, &[]).success();
}

/// Half of an archive is none, wherever it was cut.
#[test]
fn an_archive_that_was_cut_off_is_refused() {
    let world = World::new();
    write(&world, "a", &"a".repeat(3000));
    write(&world, "b", "b");
    backup(&world).success();
    let whole = fs::read(archive_of(&world)).expect("read");
    lose(&world);
    // What follows the last member is two empty blocks, which say nothing.
    let end = whole.len() - 1024;
    for length in (0..end).step_by(512).chain([100, 700, 2000]) {
        fs::write(archive_of(&world), &whole[..length]).expect("write");
        restore(&world, &[]).code(1);
        assert!(
            names(&world.tree()).is_empty(),
            "{length} of {}",
            whole.len()
        );
    }
    for content in [&b"no archive"[..], &[0; 4096]] {
        fs::write(archive_of(&world), content).expect("write");
        restore(&world, &[]).code(1);
    }
}

fn start_restore(world: &World, before: &[&str], archive: &str) -> std::process::Child {
    let program = env!("CARGO_BIN_EXE_opencodectl");
    let manifest = world.manifest.to_str().expect("UTF-8");
    let line = [
        before,
        &[program, "restore", "--move-aside", manifest, archive],
    ]
    .concat();
    std::process::Command::new(line[0])
        .args(&line[1..])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it starts")
}

fn wait_for(world: &World, name: &str) {
    let start = std::time::Instant::now();
    while !world.at(name).exists() {
        assert!(start.elapsed().as_secs() < 20, "never came: {name}");
        thread::sleep(std::time::Duration::from_millis(1));
    }
}

fn terminate(child: u32) {
    let pid = i32::try_from(child).expect("a number");
    let pid = rustix::process::Pid::from_raw(pid).expect("no zero");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("kill");
}

/// A restore that is asked to end while it unpacks leaves HOME as it was.
#[test]
fn a_signal_leaves_no_part_of_what_is_unpacked() {
    let world = World::new();
    write(&world, "file", "content");
    let mut child = start_restore(&world, &[], "-");
    // wait(2) of the standard library would close it.
    let _pipe = child.stdin.take();
    wait_for(&world, ".restore-part-1");
    terminate(child.id());
    assert_eq!(child.wait().expect("wait").code(), Some(143));
    let left = fs::read_dir(&world.home).expect("read");
    let left: Vec<_> = left
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    assert_eq!(left, ["file"]);
}

/// One that comes while what was unpacked takes its place is too late.
#[test]
fn a_signal_does_not_leave_half_of_an_archive_in_home() {
    let test = "a_signal_does_not_leave_half_of_an_archive_in_home";
    if !common::is_installed("strace", test) {
        return;
    }
    let world = World::new();
    for name in ["a", "b", "c"] {
        write(&world, name, "restored");
    }
    backup(&world).success();
    for name in ["a", "b", "c"] {
        write(&world, name, "later");
    }
    let archive = archive_of(&world);
    let delay = [
        "strace",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "inject=renameat2:delay_enter=100000",
    ];
    let mut child = start_restore(&world, &delay, archive.to_str().expect("UTF-8"));
    wait_for(&world, ".before-restore-1");
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let children = fs::read_to_string(children).expect("of strace");
    terminate(children.trim().parse().expect("one"));
    assert_eq!(child.wait().expect("wait").code(), Some(0));
    for name in ["a", "b", "c"] {
        let content = fs::read_to_string(world.at(name)).expect("read");
        assert_eq!(content, "restored", "{name}");
    }
}

/// Wherever a restore is killed while it moves things, the next one completes, and no
/// file of either is lost.
#[test]
fn a_restore_that_was_killed_is_completed_by_the_next() {
    let test = "a_restore_that_was_killed_is_completed_by_the_next";
    if !common::is_installed("strace", test) {
        return;
    }
    // Two files are moved aside, and two into their place.
    for call in 1..=4 {
        let world = World::new();
        for name in ["a", "b"] {
            write(&world, name, "restored");
        }
        backup(&world).success();
        for name in ["a", "b"] {
            write(&world, name, "later");
        }
        let archive = archive_of(&world);
        let kill = format!("inject=renameat2:signal=SIGKILL:when={call}");
        let under = ["strace", "-f", "-o", "/dev/null", "-e", &kill];
        let mut child = start_restore(&world, &under, archive.to_str().expect("UTF-8"));
        let code = child.wait().expect("wait").code();
        assert_ne!(code, Some(0), "it was not killed at call {call}");
        restore(&world, &["--move-aside"]).success();
        let mut aside = 0;
        for name in ["a", "b"] {
            let at = |name: &str| fs::read_to_string(world.at(name)).ok();
            assert_eq!(at(name).as_deref(), Some("restored"), "{name}, {call}");
            aside += (1..=2)
                .filter(|number| {
                    let moved = format!(".before-restore-{number}/{name}");
                    at(&moved).as_deref() == Some("later")
                })
                .count();
        }
        assert_eq!(aside, 2, "what was there before, killed at call {call}");
    }
}

/// Standard streams take the place of FILE.
#[test]
fn an_archive_passes_through_a_pipe() {
    let world = World::new();
    write(&world, "file", "content");
    let made = ctl(["backup".as_ref(), world.manifest.as_os_str(), "-".as_ref()]).success();
    assert!(stderr(&made).contains("members"), "{}", stderr(&made));
    let archive = &made.get_output().stdout;
    lose(&world);
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_opencodectl"));
    let restored = command
        .arg("restore")
        .args([world.manifest.as_os_str(), "-".as_ref()])
        .write_stdin(archive.clone());
    restored.assert().success();
    assert_eq!(
        fs::read_to_string(world.at("file")).expect("read"),
        "content"
    );
}
