//! One thing by several names: a source that is the file in the link's place,
//! and two spellings of one place. Nothing may be lost, and runs converge.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{BACKUP, CONFIG, World, assert_one_line_error, link, program};
use serde_json::json;

const PRECIOUS: &str = r#"{"username": "the only copy"}"#;

/// HOME on an overlayfs, gone with the value.
struct Overlay {
    upper: PathBuf,
    merged: PathBuf,
}

impl Overlay {
    /// Mounts one over an empty lower directory; `None` if that is not possible.
    fn mount(world: &World, test: &str) -> Option<Self> {
        if !common::is_root(test) {
            return None;
        }
        let [lower, upper, work, merged] =
            ["lower", "upper", "work", "merged"].map(|name| world.path(name));
        for directory in [&lower, &upper, &work, &merged] {
            std::fs::create_dir(directory).expect("create");
        }
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            lower.display(),
            upper.display(),
            work.display()
        );
        let status = Command::new("mount")
            .args(["-t", "overlay", "overlay", "-o", &options])
            .arg(&merged)
            .stderr(Stdio::null())
            .status();
        if !status.expect("mount is there").success() {
            common::skip(&format!("{test} needs overlayfs"));
            return None;
        }
        Some(Self { upper, merged })
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.merged).status();
    }
}

/// On an overlayfs one file has two paths and two device numbers. Named through
/// the upper directory as the link's source, it is the user's only copy, and
/// stays.
#[test]
fn a_source_named_through_an_overlays_upper_directory_is_kept() {
    let world = World::new();
    let test = "a_source_named_through_an_overlays_upper_directory_is_kept";
    let Some(overlay) = Overlay::mount(&world, test) else {
        return;
    };
    let home = overlay.merged.join("home");
    std::fs::create_dir_all(home.join(".config/opencode")).expect("create");
    std::fs::write(home.join(CONFIG), PRECIOUS).expect("write");
    let source = overlay.upper.join("home").join(CONFIG);
    let links = json!([{ "path": CONFIG, "source": source }]);
    world.write_manifest(&json!({ "home": home, "links": links }));
    for _ in 0..2 {
        world.apply().code(1);
        let content = std::fs::read_to_string(home.join(CONFIG)).expect("still there");
        assert_eq!(content, PRECIOUS);
        let metadata = std::fs::symlink_metadata(home.join(CONFIG)).expect("still there");
        assert!(metadata.is_file());
    }
}

/// Mounted over another name, the same file has a name of its own as well.
#[test]
fn a_source_mounted_from_an_overlays_upper_directory_is_kept() {
    let world = World::new();
    let test = "a_source_mounted_from_an_overlays_upper_directory_is_kept";
    let Some(overlay) = Overlay::mount(&world, test) else {
        return;
    };
    let home = overlay.merged.join("home");
    std::fs::create_dir_all(home.join(".config/opencode")).expect("create");
    std::fs::write(home.join(CONFIG), PRECIOUS).expect("write");
    // Coarser than the clock of a file system's time stamps.
    std::thread::sleep(Duration::from_millis(50));
    let upper = overlay.upper.join("home").join(CONFIG);
    let status = Command::new("mount")
        .arg("--bind")
        .args([&upper, &world.source])
        .status();
    assert!(status.expect("mount is there").success());
    world.write_manifest(&json!({ "home": home }));
    let assert = world.apply();
    let _ = Command::new("umount").arg(&world.source).status();
    assert_one_line_error(&assert.code(1), &["may be the very thing"]);
    let content = std::fs::read_to_string(home.join(CONFIG)).expect("still there");
    assert_eq!(content, PRECIOUS);
}

/// The same for a directory that a link replaces.
#[test]
fn a_directory_named_through_an_overlays_upper_directory_is_kept() {
    let world = World::new();
    let test = "a_directory_named_through_an_overlays_upper_directory_is_kept";
    let Some(overlay) = Overlay::mount(&world, test) else {
        return;
    };
    let home = overlay.merged.join("home");
    std::fs::create_dir_all(home.join("skills")).expect("create");
    std::fs::write(home.join("skills/SKILL.md"), "mine").expect("write");
    let source = overlay.upper.join("home/skills");
    let links = json!([{ "path": "skills", "source": source, "kind": "directory" }]);
    world.write_manifest(&json!({ "home": home, "links": links }));
    world.apply().code(1);
    let content = std::fs::read_to_string(home.join("skills/SKILL.md")).expect("still there");
    assert_eq!(content, "mine");
}

/// How long a delayed call waits before it begins.
const DELAY: Duration = Duration::from_millis(200);

/// An apply in which `calls` are delayed (strace(1), `inject`), so that somebody else can
/// act in between; `None` if there is no strace.
fn slowed_apply(world: &World, calls: &str, test: &str) -> Option<Child> {
    if !common::is_installed("strace", test) {
        return None;
    }
    let child = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "-e"])
        .arg(format!("inject={calls}:delay_enter={}", DELAY.as_micros()))
        .arg(program().get_program())
        .arg("apply")
        .arg(&world.manifest)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Some(child.expect("strace starts"))
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed().as_secs() < 20, "never came: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The source is read, found to be identical to the user's file, and then
/// replaced by a link that leads to that very file, before anything is removed.
/// `fsync` is the call between the reading and the exchange.
#[test]
fn a_source_that_becomes_a_link_to_the_users_file_is_not_trusted() {
    let world = World::new();
    std::fs::write(&world.source, PRECIOUS).expect("write");
    world.in_the_way(|path| std::fs::write(path, PRECIOUS).expect("write"));
    let test = "a_source_that_becomes_a_link_to_the_users_file_is_not_trusted";
    let Some(mut child) = slowed_apply(&world, "fsync", test) else {
        return;
    };
    // The tree is made, so the sources have been read.
    wait_until("the first change", || world.at(".cache").exists());
    std::fs::remove_file(&world.source).expect("remove");
    link(world.at(CONFIG), &world.source);
    let status = child.wait().expect("wait");
    let everywhere = [world.at(CONFIG), world.at(BACKUP)];
    let kept = everywhere.iter().any(|path| {
        std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
            && std::fs::read_to_string(path).is_ok_and(|content| content == PRECIOUS)
    });
    assert!(kept, "the only copy is gone, {status}");
    assert!(!status.success(), "the link leads to itself");
}

/// A file of the user's that appears under the next backup name, or under the
/// link's private name, at any moment of the exchange is never removed.
#[test]
fn a_file_under_a_backup_or_private_name_is_never_removed() {
    let test = "a_file_under_a_backup_or_private_name_is_never_removed";
    let private = ".config/opencode/.opencode.json.opencode-setup";
    for name in [BACKUP, private] {
        for call in ["symlinkat", "renameat2", "unlinkat"] {
            let world = World::new();
            world.in_the_way(|path| std::fs::write(path, "in the way").expect("write"));
            let Some(mut child) = slowed_apply(&world, call, test) else {
                return;
            };
            wait_until("the record", || world.at(common::RECORD).exists());
            let mine = world.at(name);
            let created = std::fs::File::create_new(&mine);
            let was_created = created.is_ok();
            if was_created {
                std::fs::write(&mine, "mine").expect("write");
            }
            child.wait().expect("wait");
            world.apply();
            let tree = world.tree();
            for content in ["mine", "in the way"] {
                if content == "mine" && !was_created {
                    continue;
                }
                let kept = tree
                    .values()
                    .any(|thing| thing.content == content.as_bytes());
                assert!(kept, "{content:?} at {name} is gone, {call} delayed");
            }
        }
    }
}

/// The user's thing goes away while the link is about to take its place, and a
/// file of the user's replaces whatever the run has put under the backup name.
/// That file stays, although the run clears up after itself.
#[test]
fn a_file_that_replaces_something_prepared_is_never_removed() {
    let test = "a_file_that_replaces_something_prepared_is_never_removed";
    let world = World::new();
    world.in_the_way(|path| std::fs::write(path, "in the way").expect("write"));
    let mine = world.path("mine");
    std::fs::write(&mine, "mine").expect("write");
    let Some(mut child) = slowed_apply(&world, "renameat2,unlinkat", test) else {
        return;
    };
    wait_until("the record", || world.at(common::RECORD).exists());
    std::fs::rename(world.at(CONFIG), world.at("moved")).expect("rename");
    // Once the exchange has failed: it is delayed as well, before the removal.
    let mut prepared_since = None;
    while child.try_wait().expect("wait").is_none() {
        if mine.exists() && world.at(BACKUP).is_symlink() {
            let since = *prepared_since.get_or_insert_with(Instant::now);
            if since.elapsed() > DELAY * 3 / 2 {
                std::fs::rename(&mine, world.at(BACKUP)).expect("rename");
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let is_kept = |path: &Path| std::fs::read(path).is_ok_and(|content| content == b"mine");
    assert!(is_kept(&mine) || is_kept(&world.at(BACKUP)), "it is gone");
    assert_eq!(
        std::fs::read(world.at("moved")).expect("kept"),
        b"in the way"
    );
}

/// Two spellings of one place: the manifest moves its link from one to the other,
/// and back. Every run succeeds, and the configuration is always there.
#[test]
fn a_link_that_changes_its_spelling_converges() {
    let world = World::new();
    std::fs::create_dir_all(world.at(".config/opencode")).expect("create");
    link(".config/opencode", world.at(".opencode"));
    let spellings = [CONFIG, ".opencode/opencode.json"];
    for path in spellings.iter().cycle().take(6) {
        let links = json!([{ "path": path, "source": world.source }]);
        world.write_manifest(&json!({ "links": links }));
        world.apply().success();
        assert_eq!(world.link_target(), world.source);
        world.check().success();
        assert_eq!(world.report(&["apply"])["changes"], json!([]));
        world.assert_only_the_link();
    }
}

/// A manifest that wants two links in one place, spelled differently, is an error
/// that names both; neither is made.
#[test]
fn two_links_in_one_place_are_an_error() {
    let world = World::new();
    std::fs::create_dir_all(world.at(".config/opencode")).expect("create");
    link(".config/opencode", world.at(".opencode"));
    let links = json!([
        { "path": CONFIG, "source": world.source },
        { "path": ".opencode/opencode.json", "source": world.source },
    ]);
    world.write_manifest(&json!({ "links": links }));
    let assert = world.apply().code(1);
    assert_one_line_error(&assert, &[CONFIG, ".opencode/opencode.json"]);
    assert!(!Path::new(&world.at(CONFIG)).exists());
}

/// A directory that is missing by two paths is one: it is made, and told, once,
/// and a dry run says what apply does.
#[test]
fn a_directory_that_is_missing_by_two_paths_is_made_once() {
    let world = World::new();
    link(".", world.at("top"));
    let directories = json!(["a/b", "a/b/c", "top/a", "top/a/b", "top/a/d"]);
    world.write_manifest(&json!({ "directories": directories, "links": [] }));
    let dry = world.report(&["apply", "--dry-run"]);
    let applied = world.report(&["apply"]);
    assert_eq!(dry["changes"], applied["changes"]);
    let changes = applied["changes"].as_array().expect("changes");
    let made = changes
        .iter()
        .filter(|change| change["action"] == "create-directory");
    let made: Vec<_> = made.map(|change| change["path"].as_str()).collect();
    let record = ".local/state/opencode-setup";
    assert_eq!(made, [record, "a/b", "a/b/c", "top/a/d"].map(Some));
    world.check().success();
}

/// A link where a directory is to be, or above it, is an error that names both
/// although neither exists yet: no run makes the one and then takes it for the
/// user's.
#[test]
fn a_link_at_or_above_a_directory_by_another_path_is_an_error() {
    for directory in ["a/b", "a/b/c"] {
        let world = World::new();
        link(".", world.at("top"));
        let links = json!([{ "path": "top/a/b", "source": world.source }]);
        world.write_manifest(&json!({ "directories": [directory], "links": links }));
        let before = world.tree();
        assert_one_line_error(&world.apply().code(1), &["top/a/b", directory]);
        assert_eq!(world.tree(), before);
    }
}
