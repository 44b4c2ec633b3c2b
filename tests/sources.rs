//! What a link's source has to be.

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{CONFIG, World, assert_one_line_error, link, make_fifo};
use opencode_setup::home::keys_of_majors;
use serde_json::json;

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

/// What the link is called decides, not the source: secrets have no extension.
/// check refuses what apply refuses.
#[test]
fn a_source_without_extension_is_checked_as_what_the_link_is_for() {
    for path in [CONFIG, ".config/opencode/tui.json", ".x/a.jsonc"] {
        for content in ["", " \n", "[]", "\"{}\"", "{"] {
            let world = World::new();
            let source = world.path("secret");
            std::fs::write(&source, content).expect("write");
            world.write_manifest(&json!({ "links": [{ "path": path, "source": source }] }));
            world.check().code(1);
            assert_one_line_error(&world.apply().code(1), &[path, "secret"]);
            assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
        }
    }
}

/// The white space is JSON's own: opencode refuses any other between tokens.
#[test]
fn white_space_that_json_does_not_have_is_refused() {
    for space in ["\u{a0}", "\u{b}", "\u{c}", "\u{2028}", "\u{3000}"] {
        let world = World::new();
        std::fs::write(&world.source, format!("{{{space}\"a\": 1}}")).expect("write");
        world.check().code(1);
        assert_one_line_error(&world.apply().code(1), &[CONFIG, "is not JSON"]);
    }
}

/// A directory may be a source: skills come in folders. What is in its place is
/// backed up, and it has to be readable and searchable.
#[test]
fn a_directory_may_be_a_source() {
    let world = World::new();
    let source = world.path("skills");
    std::fs::create_dir(&source).expect("create");
    std::fs::create_dir_all(world.at("skills/mine")).expect("create");
    let link = |source: &Path| json!([{ "path": "skills", "source": source, "kind": "directory" }]);
    world.write_manifest(&json!({ "links": link(&source) }));
    world.apply().success();
    assert_eq!(
        std::fs::read_link(world.at("skills")).expect("a link"),
        source
    );
    assert!(world.at("skills.backup-1/mine").is_dir());
    world.check().success();
    world.write_manifest(&json!({ "links": link(&world.source) }));
    assert_one_line_error(&world.apply().code(1), &["skills", "is a regular file"]);
    let world = World::new();
    world
        .write_manifest(&json!({ "links": [{ "path": "a", "source": source, "kind": "folder" }] }));
    assert_one_line_error(
        &world.apply().code(6),
        &["links[0].kind", "folder", "directory"],
    );
}

/// What a link is called says what its source has to be: only `.json` and
/// `.jsonc` are parsed, and anything else has to be readable.
#[test]
fn other_links_are_not_parsed() {
    let world = World::new();
    let source = world.path("AGENTS.md");
    std::fs::write(&source, "# Be kind\n").expect("write");
    let links = json!([{ "path": ".config/opencode/AGENTS.md", "source": source }]);
    world.write_manifest(&json!({ "links": links }));
    world.apply().success();
}

/// A source through /proc is another file for the server than for this program.
#[test]
fn a_source_that_every_process_sees_differently_is_refused() {
    let world = World::new();
    let through_proc = format!("/proc/self/root{}", world.source.display());
    let linked = world.path("linked.json");
    link("/dev/stdin", &linked);
    for source in ["/dev/stdin", &through_proc, linked.to_str().expect("UTF-8")] {
        world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": source }] }));
        let mut command = assert_cmd::Command::from_std(common::program());
        command.arg("apply").arg(&world.manifest).write_stdin("{}");
        let assert = command.assert().code(1);
        assert_one_line_error(&assert, &[CONFIG, "through /proc"]);
    }
}

/// A directory that brings opencode's configuration with it is held to the same
/// as a file; and a directory is no configuration.
#[test]
fn a_directory_with_the_configuration_in_it_is_checked() {
    let world = World::new();
    let source = world.path("configuration");
    std::fs::create_dir_all(source.join("opencode")).expect("create");
    for (path, below) in [(".config", "opencode/"), (".config/opencode", "")] {
        let source = if below.is_empty() {
            source.join("opencode")
        } else {
            source.clone()
        };
        let link_to = json!([{ "path": path, "source": source, "kind": "directory" }]);
        world.write_manifest(&json!({ "directories": [], "links": link_to }));
        for name in ["opencode.json", "opencode.jsonc", "config.json"] {
            let file = source.join(format!("{below}{name}"));
            link("/nonexistent", &file);
            world.check().code(1);
            assert_one_line_error(&world.apply().code(1), &[path, name, "No such file"]);
            std::fs::remove_file(&file).expect("remove");
            std::fs::write(&file, "[]").expect("write");
            assert_one_line_error(&world.apply().code(1), &[path, name, "no object on top"]);
            std::fs::remove_file(&file).expect("remove");
        }
    }
    let link_to = json!([{ "path": CONFIG, "source": source, "kind": "directory" }]);
    world.write_manifest(&json!({ "links": link_to }));
    assert_one_line_error(&world.apply().code(6), &["links[0].path", "opencode.json"]);
    world.write_manifest(&json!({ "links": [], "directories": [CONFIG] }));
    assert_one_line_error(&world.apply().code(6), &["directories[0]", "opencode.json"]);
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
    assert_one_line_error(&world.apply().code(6), &["own place"]);
    // The same file by another name.
    let alias = world.path("alias");
    link(&world.home, &alias);
    let source = alias.join(CONFIG);
    world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": source }] }));
    assert_one_line_error(&world.apply().code(1), &["this very file"]);
    assert_eq!(world.tree(), before);
}

/// A run whose own work makes a source unreachable does not succeed, and puts
/// back what it has moved.
#[test]
fn a_source_behind_a_link_into_home_is_an_error() {
    let world = World::new();
    let real = world.path("real.json");
    std::fs::write(&real, "{}").expect("write");
    world.in_the_way(|path| link(&real, path));
    std::fs::remove_file(&world.source).expect("remove");
    link(world.at(CONFIG), &world.source);
    assert_one_line_error(&world.apply().code(1), &[CONFIG, "not usable"]);
    assert_eq!(std::fs::read_link(world.at(CONFIG)).expect("kept"), real);
    world.assert_only_the_link();
}

/// A directory that the owner of HOME cannot list or enter is not usable.
#[test]
fn a_directory_has_to_be_open_to_the_owner_of_home() {
    if !common::is_root("a_directory_has_to_be_open_to_the_owner_of_home") {
        return;
    }
    for mode in [0o700, 0o744, 0o711] {
        let world = World::new();
        common::give_to(&world.home, 65534);
        let source = world.path("skills");
        std::fs::create_dir(&source).expect("create");
        std::fs::set_permissions(&source, PermissionsExt::from_mode(mode)).expect("chmod");
        let link = json!({ "path": "skills", "source": source, "kind": "directory" });
        world.write_manifest(&json!({ "links": [link] }));
        assert_one_line_error(&world.apply().code(1), &["skills", "ermission denied"]);
        world.check().code(1);
    }
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

/// opencode 2 reads a file with one key of 1 as one of 1, and its own list of
/// permissions vanishes: refused, and nothing is touched. 1 knows its keys only.
#[test]
fn a_configuration_for_opencode_2_is_wholly_in_the_keys_of_one_major() {
    let mixed = r#"{ "permissions": [], "agent": {} }"#;
    for (api, content, is_taken) in [
        (2, mixed, false),
        (2, r#"{ "permissions": [], "agents": {} }"#, true),
        (2, r#"{ "permission": {}, "agent": {} }"#, true),
        (1, mixed, true),
    ] {
        let world = World::new();
        std::fs::write(&world.source, content).expect("write");
        let server = json!({ "api": api, "url": "http://127.0.0.1:1", "directory": "/srv" });
        world.write_manifest(&json!({ "server": server }));
        if is_taken {
            world.apply().success();
            continue;
        }
        let parts = [CONFIG, "opencode.json has keys", "`agent`", "`permissions`"];
        assert_one_line_error(&world.apply().code(1), &parts);
        assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
        world.check().code(1);
    }
}

/// The module refuses the same when a system is built.
#[test]
fn the_keys_of_each_major_are_those_of_the_nix_side() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/nixos/opencode/keys.json");
    let text = std::fs::read_to_string(path).expect("read");
    let keys: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(keys["ofOne"], json!(keys_of_majors::OF_ONE));
    assert_eq!(keys["ofTwo"], json!(keys_of_majors::OF_TWO));
}
