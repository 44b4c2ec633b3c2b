//! What apply does with whatever is in a link's place, and with its source.

mod common;

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;

use common::{CONFIG, World, assert_one_line_error, link, make_fifo, run, stderr, stdout};
use serde_json::json;

const BACKUP: &str = ".config/opencode/opencode.json.backup-1";

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
    assert_only_the_link(&world);
}

/// Asserts that the config's directory holds the link and nothing else: no
/// backup, no staging name.
fn assert_only_the_link(world: &World) {
    let directory = world.at(".config/opencode");
    let entries: Vec<_> = std::fs::read_dir(directory)
        .expect("read")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    assert_eq!(entries, ["opencode.json"]);
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

/// An older link of ours is replaced, as the record knows it, and leaves nothing.
#[test]
fn our_older_link_is_replaced_without_backup() {
    let world = World::new();
    world.write_manifest(&json!({ "onConflict": "fail" }));
    world.apply().success();
    let newer = world.path("newer.json");
    std::fs::write(&newer, "{}").expect("write");
    let links = json!([{ "path": CONFIG, "source": newer }]);
    world.write_manifest(&json!({ "onConflict": "fail", "links": links }));
    let assert = world.apply().success();
    assert!(stdout(&assert).contains("replaced link"));
    assert_eq!(world.link_target(), newer);
    assert_only_the_link(&world);
}

/// A link into the store is ours even without a record, dangling or not.
#[test]
fn a_link_into_the_store_is_ours_without_a_record() {
    let world = World::new();
    world.write_manifest(&json!({ "onConflict": "fail" }));
    world.in_the_way(|path| link("/nix/store/0000-collected/opencode.json", path));
    world.apply().success();
    assert_eq!(world.link_target(), world.source);
    assert_only_the_link(&world);
}

/// A link that only looks like one into the store is not ours.
#[test]
fn a_link_that_climbs_out_of_the_store_is_not_ours() {
    let world = World::new();
    world.in_the_way(|path| link("/nix/store/../../etc/hostname", path));
    assert_backed_up(&world, &thing_in_the_way(&world));
}

/// A link of ours that the manifest no longer names goes.
#[test]
fn a_link_no_longer_in_the_manifest_is_removed() {
    let world = World::new();
    world.apply().success();
    world.write_manifest(&json!({ "links": [] }));
    let assert = world.apply().success();
    assert!(stdout(&assert).contains("removed link"));
    assert!(world.at(CONFIG).symlink_metadata().is_err());
    assert_eq!(
        std::fs::read_dir(world.at(".config/opencode"))
            .expect("read")
            .count(),
        0
    );
    world.check().success();
}

/// It stays when it is not the link that we made any more.
#[test]
fn a_changed_link_no_longer_in_the_manifest_stays() {
    let world = World::new();
    world.apply().success();
    std::fs::remove_file(world.at(CONFIG)).expect("remove");
    link("/somewhere/else.json", world.at(CONFIG));
    world.write_manifest(&json!({ "links": [] }));
    world.apply().success();
    assert_eq!(world.link_target(), Path::new("/somewhere/else.json"));
}

/// Without a source the link would dangle, and opencode would start without a
/// word on its defaults: an error, and nothing is touched.
#[test]
fn a_missing_source_is_an_error() {
    let world = World::new();
    std::fs::remove_file(&world.source).expect("remove");
    let assert = world.apply().code(1);
    assert_one_line_error(
        &assert,
        &[CONFIG, "opencode.json", "No such file", "ignore"],
    );
    assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
    world.check().code(1);
}

/// So is a source that cannot be read, or is no file; a fifo does not block.
#[test]
fn a_source_that_is_no_regular_file_is_an_error() {
    let world = World::new();
    for (make, kind) in [
        (make_fifo as fn(&Path), "a fifo"),
        (
            |path| std::fs::create_dir(path).expect("create"),
            "a directory",
        ),
    ] {
        let source = world.path(format!("{}.json", kind.replace(' ', "-")));
        make(&source);
        let links = json!([{ "path": CONFIG, "source": source }]);
        world.write_manifest(&json!({ "links": links }));
        assert_one_line_error(&world.apply().code(1), &[CONFIG, kind]);
    }
}

/// What opencode reads is taken, comments and trailing commas included; what it
/// would not read is an error.
#[test]
fn the_source_has_to_be_json_with_an_object_on_top() {
    for (content, expected) in [
        ("{ /* why */ \"a\": [1, 2,], // so\n }", None),
        ("{}", None),
        ("", Some("is empty")),
        ("[]", Some("no object on top")),
        ("{", Some("is not JSON")),
        ("{\"a\": 1 \"b\": 2}", Some("is not JSON")),
        ("{a: 1}", Some("is not JSON")),
        ("{'a': 1}", Some("is not JSON")),
        ("{} {}", Some("is not JSON")),
        ("# no\n{}", Some("is not JSON")),
        ("{\"a\": \"tab\tbed\"}", Some("control character")),
        ("{\"a\nb\": 1}", Some("control character")),
        ("\u{feff}{}", None),
    ] {
        let world = World::new();
        std::fs::write(&world.source, content).expect("write");
        match expected {
            None => drop(world.apply().success()),
            Some(part) => assert_one_line_error(&world.apply().code(1), &[CONFIG, part]),
        }
    }
    let world = World::new();
    std::fs::write(&world.source, b"{\"a\": \"\xff\"}").expect("write");
    assert_one_line_error(&world.apply().code(1), &["is not UTF-8"]);
}

/// Only `.json` and `.jsonc` are parsed; anything else has to be readable.
#[test]
fn other_sources_are_not_parsed() {
    let world = World::new();
    let broken = world.path("opencode.jsonc");
    std::fs::write(&broken, "# Be kind\n").expect("write");
    world.write_manifest(&json!({ "links": [{ "path": "x", "source": broken }] }));
    assert_one_line_error(&world.apply().code(1), &["is not JSON"]);
    let source = world.path("AGENTS.md");
    std::fs::write(&source, "# Be kind\n").expect("write");
    let links = json!([{ "path": ".config/opencode/AGENTS.md", "source": source }]);
    world.write_manifest(&json!({ "links": links }));
    world.apply().success();
}

/// A source of absurd size is refused, not read.
#[test]
fn a_huge_source_is_an_error() {
    let world = World::new();
    let file = std::fs::File::create(&world.source).expect("create");
    file.set_len(1 << 40).expect("sparse");
    assert_one_line_error(&world.apply().code(1), &["is larger than"]);
}

/// A link in place of its own source would be a circle.
#[test]
fn a_source_in_the_links_own_place_is_refused() {
    let world = World::new();
    world.in_the_way(|path| std::fs::write(path, "{}").expect("write"));
    let before = world.tree();
    let place = world.at(CONFIG);
    world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": place }] }));
    assert_one_line_error(&world.apply().code(1), &["own place"]);
    // The same file by another name.
    let alias = world.path("alias");
    link(&world.home, &alias);
    let source = alias.join(CONFIG);
    world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": source }] }));
    assert_one_line_error(&world.apply().code(1), &["this very file"]);
    assert_eq!(world.tree(), before);
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

/// Damage that a killed run can leave is put right: the staging name and the
/// prepared backup name, with ours or with something of the user's under it.
#[test]
fn leftovers_of_a_killed_run_are_tidied() {
    let staging = ".config/opencode/.opencode.json.opencode-setup";
    // Killed after the exchange: the older link is at the staging name.
    let world = World::new();
    world.apply().success();
    link("/nix/store/0000-older/opencode.json", world.at(staging));
    assert!(stdout(&world.check().code(3)).contains("interrupted"));
    world.apply().success();
    assert_only_the_link(&world);
    // Something of the user's got there: kept.
    std::fs::write(world.at(staging), "precious").expect("write");
    world.apply().success();
    assert_eq!(std::fs::read(world.at(BACKUP)).expect("kept"), b"precious");
    assert!(world.at(staging).symlink_metadata().is_err());
    // Killed before the exchange: the link is ready under the backup name.
    for is_still_in_the_way in [true, false] {
        let world = World::new();
        world.in_the_way(|path| std::fs::write(path, "precious").expect("write"));
        link(&world.source, world.at(staging));
        std::fs::hard_link(world.at(staging), world.at(BACKUP)).expect("link");
        if !is_still_in_the_way {
            std::fs::remove_file(world.at(CONFIG)).expect("remove");
        }
        world.apply().success();
        if is_still_in_the_way {
            assert_eq!(std::fs::read(world.at(BACKUP)).expect("kept"), b"precious");
        } else {
            assert_only_the_link(&world);
        }
        assert!(world.at(staging).symlink_metadata().is_err());
        world.check().success();
    }
}

/// A leftover beside a link that the record names twice, as that of a run killed
/// among its links does, is one change in a dry run as it is in an apply.
#[test]
fn a_leftover_beside_a_link_recorded_twice_is_tidied_once() {
    let world = World::new();
    world.apply().success();
    let recorded = |target: &str| json!({ "path": CONFIG, "target": target });
    let record = json!({
        "version": 1,
        "firstRunSucceeded": true,
        "links": [recorded("/older"), recorded(world.source.to_str().expect("UTF-8"))],
    });
    std::fs::write(world.at(common::RECORD), record.to_string()).expect("write");
    let staging = world.at(".config/opencode/.opencode.json.opencode-setup");
    std::fs::write(staging, "precious").expect("write");
    world.write_manifest(&json!({ "links": [] }));
    let foreseen = world.report(&["apply", "--dry-run"])["changes"].clone();
    assert_eq!(foreseen, world.report(&["apply"])["changes"]);
    assert_eq!(std::fs::read(world.at(BACKUP)).expect("kept"), b"precious");
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

/// A link that the user made the way we would have is not ours to remove.
#[test]
fn a_link_that_was_there_before_us_is_never_removed() {
    let world = World::new();
    world.in_the_way(|path| link(&world.source, path));
    world.apply().success();
    world.write_manifest(&json!({ "links": [] }));
    world.apply().success();
    assert_eq!(world.link_target(), world.source);
}

/// Flags say nothing of links that they do not name: a run by hand without
/// `--config` leaves the managed one alone, and still known as ours.
#[test]
fn flags_leave_other_links_alone() {
    let world = World::new();
    world.apply().success();
    run(["apply".as_ref(), "--home".as_ref(), world.home.as_os_str()]).success();
    assert_eq!(world.link_target(), world.source);
    world.write_manifest(&json!({ "links": [] }));
    world.apply().success();
    assert!(world.at(CONFIG).symlink_metadata().is_err());
}

/// A manifest may turn a link into a directory with a link in it, and back.
#[test]
fn links_and_directories_may_change_places() {
    let world = World::new();
    let nest = |path: &str| json!({ "links": [{ "path": path, "source": world.source }] });
    for path in ["nest", "nest/egg", "nest"] {
        world.write_manifest(&nest(path));
        world.apply().success();
        assert_eq!(
            std::fs::read_link(world.at(path)).expect("a link"),
            world.source
        );
        world.check().success();
    }
    assert!(
        world.at("nest.backup-1").is_dir(),
        "the directory was nobody's to delete"
    );
}

/// A run that was killed among its links has told before whose they are.
#[test]
fn the_record_names_a_link_before_it_is_made() {
    if !common::is_installed("strace", "the_record_names_a_link_before_it_is_made") {
        return;
    }
    let world = World::new();
    world.write_manifest(&json!({ "onConflict": "fail" }));
    let killed = std::process::Command::new("strace")
        // The first fsync is the record's, the second comes after the links.
        .args(["-o", "/dev/null", "-e", "inject=fsync:signal=KILL:when=2"])
        .arg(common::program().get_program())
        .arg("apply")
        .arg(&world.manifest)
        .output();
    assert!(!killed.expect("strace runs").status.success());
    assert_eq!(world.link_target(), world.source);
    let newer = world.path("newer.json");
    std::fs::write(&newer, "{}").expect("write");
    let links = json!([{ "path": CONFIG, "source": newer }]);
    world.write_manifest(&json!({ "onConflict": "fail", "links": links }));
    world.apply().success();
    assert_eq!(world.link_target(), newer);
}

/// What strace saw of an apply, restricted to some system calls, or none where
/// there is no strace.
fn trace_of_apply(world: &World, calls: &str, test: &str) -> Option<String> {
    if !common::is_installed("strace", test) {
        return None;
    }
    let trace = world.path("trace");
    let output = std::process::Command::new("strace")
        .args(["-y", "-e", &format!("trace={calls}"), "-o"])
        .arg(&trace)
        .arg(common::program().get_program())
        .arg("apply")
        .arg(&world.manifest)
        .output();
    assert!(output.expect("strace runs").status.success());
    Some(std::fs::read_to_string(trace).expect("a trace"))
}

/// Every directory whose entries a run has changed is on the disk when it ends,
/// and so is the record.
#[test]
fn every_changed_directory_is_written_to_the_disk() {
    let world = World::new();
    let test = "every_changed_directory_is_written_to_the_disk";
    let Some(trace) = trace_of_apply(&world, "fsync", test) else {
        return;
    };
    for path in [
        "",
        "/.cache",
        "/.config",
        "/.config/opencode",
        "/.local",
        "/.local/share",
        "/.local/state",
        "/.local/state/opencode-setup",
        "/.local/state/opencode-setup/state.json.new",
    ] {
        let synced = format!("<{}{path}>)", world.home.display());
        assert!(trace.contains(&synced), "{synced} is not in: {trace}");
    }
}

/// The user's thing and the link change places in one system call, and so do an
/// older link of ours and a newer one: nobody ever finds the place empty.
#[test]
fn things_change_places_in_one_system_call() {
    let test = "things_change_places_in_one_system_call";
    let world = World::new();
    world.in_the_way(|path| std::fs::write(path, "mine").expect("write"));
    for exchanged in [
        "\"opencode.json.backup-1\"",
        "\".opencode.json.opencode-setup\"",
    ] {
        let calls = "renameat2,renameat,rename,unlinkat,unlink";
        let Some(trace) = trace_of_apply(&world, calls, test) else {
            return;
        };
        let exchange = trace.lines().find(|line| line.contains("RENAME_EXCHANGE"));
        let exchange = exchange.expect("an exchange");
        assert!(exchange.contains("\"opencode.json\""), "{exchange}");
        assert!(exchange.contains(exchanged), "{exchange}");
        assert!(!trace.contains("unlinkat(\"opencode.json\""), "{trace}");
        let newer = world.path("newer.json");
        std::fs::write(&newer, "{}").expect("write");
        let links = json!([{ "path": CONFIG, "source": newer }]);
        world.write_manifest(&json!({ "links": links }));
    }
}

/// A run whose own work makes a source unreachable does not succeed.
#[test]
fn a_source_behind_a_link_into_home_is_an_error() {
    let world = World::new();
    let real = world.path("real.json");
    std::fs::write(&real, "{}").expect("write");
    world.in_the_way(|path| link(&real, path));
    std::fs::remove_file(&world.source).expect("remove");
    link(world.at(CONFIG), &world.source);
    assert_one_line_error(&world.apply().code(1), &[CONFIG, "not usable"]);
    assert_eq!(std::fs::read_link(world.at(BACKUP)).expect("kept"), real);
}

/// A source that only root can read is not usable for the instance, whoever
/// runs the repair.
#[test]
fn the_source_has_to_be_readable_for_the_owner_of_home() {
    if !common::is_root("the_source_has_to_be_readable_for_the_owner_of_home") {
        return;
    }
    let world = World::new();
    common::give_to(&world.home, 65534);
    let secret = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&world.source, secret).expect("chmod");
    let assert = world.apply().code(1);
    assert_one_line_error(&assert, &[CONFIG, "Permission denied", "readable for"]);
}

/// A missing or broken record costs a warning and nothing else; what was in its
/// place is kept.
#[test]
fn a_broken_record_is_a_warning_and_is_kept() {
    for broken in [
        "",
        "{",
        "{\"version\": 2}",
        "{\"version\": 1, \"links\": 3}",
        "{\"version\": 2, \"firstRunSucceeded\": true, \"links\": []}",
    ] {
        let world = World::new();
        world.apply().success();
        std::fs::write(world.at(common::RECORD), broken).expect("write");
        let assert = world.apply().success();
        assert!(
            stderr(&assert).contains("state.json"),
            "{}",
            stderr(&assert)
        );
        let kept = world.at(format!("{}.backup-1", common::RECORD));
        assert_eq!(std::fs::read(kept).expect("kept"), broken.as_bytes());
        world.check().success();
    }
    let world = World::new();
    world.apply().success();
    std::fs::remove_file(world.at(common::RECORD)).expect("remove");
    let assert = world.apply().success();
    assert!(stderr(&assert).contains("is missing"));
    world.check().success();
    // A fifo there does not block, and is kept as well.
    std::fs::remove_file(world.at(common::RECORD)).expect("remove");
    make_fifo(&world.at(common::RECORD));
    let assert = run(["apply".as_ref(), world.manifest.as_os_str()]).success();
    assert!(stderr(&assert).contains("a fifo"));
    world.check().success();
}

/// What stands at the record's staging name is in nobody's way: a killed run's
/// beginning of a record goes, anything else is kept.
#[test]
fn the_records_staging_name_is_cleared_without_loss() {
    let world = World::new();
    let directory = world.at(".local/state/opencode-setup");
    std::fs::create_dir_all(&directory).expect("create");
    std::fs::write(directory.join("state.json.new"), "{\n  \"ver").expect("write");
    world.apply().success();
    std::fs::remove_file(directory.join("state.json")).expect("remove");
    std::fs::write(directory.join("state.json.new"), "precious").expect("write");
    world.apply().success();
    let kept = directory.join("state.json.new.backup-1");
    assert_eq!(std::fs::read(kept).expect("kept"), b"precious");
    std::fs::remove_file(directory.join("state.json")).expect("remove");
    std::fs::create_dir(directory.join("state.json.new")).expect("create");
    world.apply().success();
    assert!(directory.join("state.json.new.backup-2").is_dir());
    world.check().success();
}
