//! What apply does with links of its own: newer, older, abandoned, half made.

mod common;

use std::path::Path;

use common::{BACKUP, CONFIG, World, link, run, stdout};
use serde_json::json;

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
    world.assert_only_the_link();
}

/// A link into the store is ours even without a record, dangling or not.
#[test]
fn a_link_into_the_store_is_ours_without_a_record() {
    let world = World::new();
    world.write_manifest(&json!({ "onConflict": "fail" }));
    world.in_the_way(|path| link("/nix/store/0000-collected/opencode.json", path));
    world.apply().success();
    assert_eq!(world.link_target(), world.source);
    world.assert_only_the_link();
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
    world.assert_only_the_link();
    // Something of the user's got there: kept.
    std::fs::write(world.at(staging), "precious").expect("write");
    world.apply().success();
    assert_eq!(std::fs::read(world.at(BACKUP)).expect("kept"), b"precious");
    assert!(world.at(staging).symlink_metadata().is_err());
    // Killed behind the exchange: the user's thing is there.
    let world = World::new();
    world.in_the_way(|path| link(&world.source, path));
    std::fs::write(world.at(staging), "precious").expect("write");
    world.apply().success();
    assert_eq!(std::fs::read(world.at(BACKUP)).expect("kept"), b"precious");
    assert!(world.at(staging).symlink_metadata().is_err());
    world.check().success();
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
