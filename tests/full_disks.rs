//! Disks that are full, read-only or made immutable, for real: mounted, filled
//! and remounted. Needs root and mount(8); left out with a message otherwise.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{CONFIG, World, is_root, names, program, skip, temporary_names};

/// A file system in memory, mounted at a HOME until this goes.
struct Mounted {
    at: PathBuf,
}

impl Mounted {
    /// `None`, with a message, if mounting is not possible.
    fn new(world: &World, options: &str, test: &str) -> Option<Self> {
        let at = world.home.clone();
        let options = format!("mode=0700,{options}");
        if !is_root(test) {
            return None;
        }
        if mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], &at) {
            return Some(Self { at });
        }
        skip(&format!("{test} needs to be allowed to mount"));
        None
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(mount(&["-o", &options], &self.at), "{options}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.at).status();
        assert!(unmounted.expect("umount runs").success());
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let output = Command::new("mount").args(arguments).arg(at).output();
    output.is_ok_and(|output| output.status.success())
}

/// Runs apply. Returns whether it succeeded; if it failed, asserts that its error is one
/// line with `why` in it.
fn apply(world: &World, why: &str) -> bool {
    let output = program().arg("apply").arg(&world.manifest).output();
    let output = output.expect("it runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => true,
        Some(1) => {
            let is_clear = stderr.starts_with("opencode-setup: my-project: ")
                && stderr.contains(why)
                && stderr.lines().count() == 1;
            assert!(is_clear, "{stderr}");
            false
        }
        _ => panic!("{output:?}"),
    }
}

/// Asserts that a run without any fault now makes everything right, and that the
/// user's file is in its backup.
fn assert_recovers(world: &World) {
    assert!(apply(world, "nothing"));
    assert_eq!(world.link_target(), world.source);
    assert_eq!(content(world, &format!("{CONFIG}.backup-1")), "precious");
    assert!(!world.at(format!("{CONFIG}.backup-2")).exists());
    let tree = world.tree();
    assert_eq!(temporary_names(&tree), Vec::<&Path>::new());
    world.check().success();
}

fn content(world: &World, path: &str) -> String {
    std::fs::read_to_string(world.at(path)).expect("still there")
}

/// Whether the user's bytes are somewhere in HOME.
fn is_precious_kept(world: &World) -> bool {
    let tree = world.tree();
    tree.values().any(|thing| thing.content == b"precious")
}

/// With any number of pages left on the disk, apply succeeds or says that the
/// disk is full, loses nothing, and succeeds once there is room.
#[test]
fn a_full_disk_loses_nothing() {
    let test = "a_full_disk_loses_nothing";
    let (mut failed, mut succeeded) = (0, 0);
    for free in 0..4 {
        let world = World::new();
        // A link whose target is too long for its inode takes a page as well.
        let long = world.path(format!("{}.json", "long-name".repeat(20)));
        std::fs::write(&long, "{}").expect("write");
        world.write_manifest(&serde_json::json!({
            "links": [
                { "path": CONFIG, "source": world.source },
                { "path": "long.json", "source": long },
            ],
        }));
        let Some(_mounted) = Mounted::new(&world, "size=64k", test) else {
            return;
        };
        world.in_the_way(|path| std::fs::write(path, "precious").expect("write"));
        fill(&world.at("filler"));
        shrink(&world.at("filler"), free);
        if apply(&world, "No space left on device") {
            succeeded += 1;
        } else {
            failed += 1;
        }
        assert!(is_precious_kept(&world));
        std::fs::remove_file(world.at("filler")).expect("remove");
        assert_recovers(&world);
    }
    println!("full disk: {failed} runs failed and {succeeded} succeeded, all kept everything");
    assert!(failed > 0 && succeeded > 0);
}

const PAGE: u64 = 4096;

/// Writes to a file until the disk is full.
fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).expect("create");
    while file.write_all(&[b'f'; 4096]).is_ok() {}
}

/// Gives this many pages of a file back.
fn shrink(path: &Path, pages: u64) {
    let file = std::fs::File::options().write(true).open(path);
    let file = file.expect("open");
    let length = file.metadata().expect("metadata").len();
    let whole = length - length % PAGE;
    file.set_len(whole - pages * PAGE).expect("truncate");
}

/// With any number of inodes left, apply succeeds or says that the disk is full, loses
/// nothing, and succeeds once there are more.
#[test]
fn a_disk_without_inodes_loses_nothing() {
    let test = "a_disk_without_inodes_loses_nothing";
    let (mut failed, mut succeeded) = (0, 0);
    // The root, two directories and the file in the way are there before; an
    // undisturbed run makes fewer than sixteen more.
    for inodes in 5..20 {
        let world = World::new();
        let options = format!("size=1m,nr_inodes={inodes}");
        let Some(mounted) = Mounted::new(&world, &options, test) else {
            return;
        };
        world.in_the_way(|path| std::fs::write(path, "precious").expect("write"));
        if apply(&world, "No space left on device") {
            succeeded += 1;
        } else {
            failed += 1;
        }
        assert!(is_precious_kept(&world));
        mounted.remount("nr_inodes=1000");
        assert_recovers(&world);
    }
    println!("no inodes: {failed} runs failed and {succeeded} succeeded, all kept everything");
    assert!(failed > 0 && succeeded > 0);
}

/// On a read-only file system a run with something to do says so and changes
/// nothing; one with nothing to do succeeds, since it writes nothing.
#[test]
fn a_read_only_disk_is_an_error_only_where_something_is_to_do() {
    let test = "a_read_only_disk_is_an_error_only_where_something_is_to_do";
    let world = World::new();
    let Some(mounted) = Mounted::new(&world, "size=1m", test) else {
        return;
    };
    world.in_the_way(|path| std::fs::write(path, "precious").expect("write"));
    let before = world.tree();
    mounted.remount("ro");
    assert!(!apply(&world, "Read-only file system"));
    assert_eq!(world.tree(), before);
    mounted.remount("rw");
    assert_recovers(&world);
    mounted.remount("ro");
    assert!(apply(&world, "nothing"));
    world.check().success();
    mounted.remount("rw");
}

/// Sets or clears the immutable attribute (chattr(1)).
fn set_immutable(path: &Path, is_immutable: bool) -> bool {
    let mode = if is_immutable { "+i" } else { "-i" };
    let output = Command::new("chattr").arg(mode).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}

/// An immutable file in the way, or an immutable directory, cannot be moved: that
/// is said, nothing is lost, and the next run after `chattr -i` succeeds.
#[test]
fn an_immutable_file_or_directory_is_an_error() {
    let test = "an_immutable_file_or_directory_is_an_error";
    if !is_root(test) {
        return;
    }
    for immutable in [CONFIG, ".config/opencode", ".config"] {
        let world = World::new();
        world.in_the_way(|path| std::fs::write(path, "precious").expect("write"));
        if !set_immutable(&world.at(immutable), true) {
            skip(&format!("{test} needs a file system with chattr +i"));
            return;
        }
        let succeeded = apply(&world, "Operation not permitted");
        let is_kept = is_precious_kept(&world);
        let left = world.tree();
        // First of all, or the scratch directory could not be removed.
        assert!(set_immutable(&world.at(immutable), false));
        assert!(is_kept);
        // Nothing has to be made in `.config` itself.
        assert_eq!(succeeded, immutable == ".config", "{:?}", names(&left));
        if !succeeded {
            assert_eq!(temporary_names(&left), Vec::<&Path>::new());
        }
        assert_recovers(&world);
    }
}

/// A HOME on another file system than the source: nothing that apply does needs
/// the two to be on one.
#[test]
fn a_home_on_another_file_system_than_the_source_is_nothing_special() {
    let test = "a_home_on_another_file_system_than_the_source_is_nothing_special";
    let world = World::new();
    let Some(_mounted) = Mounted::new(&world, "size=1m", test) else {
        return;
    };
    world.in_the_way(|path| std::fs::write(path, "precious").expect("write"));
    assert_recovers(&world);
    // A copy of the source, byte for byte, is known across file systems.
    std::fs::remove_file(world.at(CONFIG)).expect("remove");
    std::fs::copy(&world.source, world.at(CONFIG)).expect("copy");
    assert_recovers(&world);
}

/// A file system mounted in the link's place cannot be moved: that is said, and
/// nothing is lost.
#[test]
fn a_mount_point_in_the_way_is_an_error() {
    let test = "a_mount_point_in_the_way_is_an_error";
    let world = World::new();
    world.in_the_way(|path| std::fs::create_dir(path).expect("create"));
    let options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs"];
    if !is_root(test) {
        return;
    }
    if !mount(&options, &world.at(CONFIG)) {
        skip(&format!("{test} needs to be allowed to mount"));
        return;
    }
    let mounted = Mounted {
        at: world.at(CONFIG),
    };
    std::fs::write(world.at(CONFIG).join("notes"), "precious").expect("write");
    let succeeded = apply(&world, "mounted");
    let is_kept = is_precious_kept(&world);
    let left = world.tree();
    drop(mounted);
    assert!(is_kept && !succeeded);
    assert_eq!(temporary_names(&left), Vec::<&Path>::new());
    assert!(apply(&world, "nothing"));
}
