//! Every refusal of a bad manifest: it names the file, the field, the value and
//! what is allowed, and nothing is touched.

mod common;

use common::{CONFIG, World, assert_one_line_error, run, stderr, stdout};
use serde_json::{Value, json};

/// Asserts that the manifest with `changes` is refused by every command, with
/// `parts` in the message, and that HOME stays as it was.
fn assert_refused(changes: &Value, parts: &[&str]) {
    let world = World::new();
    world.write_manifest(changes);
    let manifest = world.manifest.to_str().expect("UTF-8");
    let parts: Vec<&str> = [manifest]
        .into_iter()
        .chain(parts.iter().copied())
        .collect();
    for command in ["apply", "check", "validate"] {
        let assert = run([command, manifest]).code(6);
        assert_one_line_error(&assert, &parts);
    }
    assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
}

/// A later version is refused by its number, whatever else it brings.
#[test]
fn another_version_is_refused() {
    let later = json!({ "version": 2, "novelty": true });
    assert_refused(&later, &["field `version`", "2", "allowed is 1"]);
    assert_refused(
        &json!({ "version": "1" }),
        &["field `version`", "\"1\"", "number"],
    );
    assert_refused(
        &json!({ "version": 1.5 }),
        &["field `version`", "1.5", "allowed is 1"],
    );
    assert_refused(&json!({ "version": null }), &["missing field `version`"]);
}

/// Unknown fields are refused by name, with the known ones, at every level.
#[test]
fn unknown_fields_are_refused_by_name() {
    let typo = json!({ "onConflikt": "fail" });
    assert_refused(&typo, &["unknown field `onConflikt`", "onConflict"]);
    let link = json!({ "links": [{ "path": "a", "source": "/b", "force": true }] });
    assert_refused(
        &link,
        &[
            "field `links[0].force`",
            "unknown field `force`",
            "`path`, `source`",
        ],
    );
}

/// A field that occurs twice is refused, not taken once.
#[test]
fn duplicate_fields_are_refused() {
    let world = World::new();
    let text = r#"{"version": 1, "instance": "a", "instance": "b", "home": "/tmp/x"}"#;
    std::fs::write(&world.manifest, text).expect("write");
    assert_one_line_error(&world.apply().code(6), &["duplicate field `instance`"]);
}

/// What is required and missing is named.
#[test]
fn missing_fields_are_named() {
    assert_refused(&json!({ "instance": null }), &["missing field `instance`"]);
    assert_refused(&json!({ "home": null }), &["missing field `home`"]);
    let link = json!({ "links": [{ "path": "a" }] });
    assert_refused(&link, &["field `links[0]`", "missing field `source`"]);
}

/// Values of the wrong type are named with what is allowed.
#[test]
fn wrong_types_are_named() {
    assert_refused(&json!({ "home": 7 }), &["field `home`", "7", "a string"]);
    assert_refused(&json!({ "links": {} }), &["field `links`", "a sequence"]);
    assert_refused(
        &json!({ "links": ["a"] }),
        &["field `links[0]`", "\"a\"", "an object"],
    );
    assert_refused(
        &json!({ "directories": [true] }),
        &["field `directories[0]`", "true"],
    );
    assert_refused(&json!({ "preInit": [] }), &["field `preInit`", "a string"]);
}

/// Instance names are letters, digits and `-_.`, a letter or digit first.
#[test]
fn bad_instance_names_are_refused() {
    for name in ["", "-a", ".a", "a/b", "a b", "ü", "a\n"] {
        let shown = format!("{name:?}");
        let parts = [
            "field `instance`",
            shown.trim_matches('"'),
            "letters, digits",
        ];
        assert_refused(&json!({ "instance": name }), &parts);
    }
}

/// HOME is an absolute path other than `/`, without `..`.
#[test]
fn bad_homes_are_refused() {
    for home in ["relative", "", "/", "//", "/a/../b", "/a\u{7}"] {
        assert_refused(&json!({ "home": home }), &["field `home`", "allowed is"]);
    }
}

/// Paths below HOME are relative, without `.`, `..` and empty components.
#[test]
fn bad_relative_paths_are_refused() {
    let long = "x".repeat(256);
    for path in [
        "", "/a", "../a", "a/../b", "a//b", "a/", "./a", "a/./b", "a\nb", &long,
    ] {
        let parts = ["field `directories[0]`", "relative to HOME"];
        assert_refused(&json!({ "directories": [path] }), &parts);
        let links = json!([{ "path": path, "source": "/a" }]);
        assert_refused(&json!({ "links": links }), &["field `links[0].path`"]);
    }
}

/// No path twice, nothing at or below a link, and the record's place is free.
#[test]
fn paths_that_do_not_fit_together_are_refused() {
    let links = |paths: &[&str]| {
        let links: Vec<Value> = paths
            .iter()
            .map(|path| json!({ "path": path, "source": "/etc/hostname" }))
            .collect();
        json!({ "links": links, "directories": ["d"] })
    };
    assert_refused(
        &json!({ "directories": ["a", "a"] }),
        &["directories[1]", "\"a\"", "duplicate"],
    );
    assert_refused(
        &links(&["a", "a"]),
        &["links[1].path", "\"a\"", "duplicate"],
    );
    assert_refused(
        &links(&["a/b", "a"]),
        &["links[0].path", "below the link \"a\""],
    );
    assert_refused(
        &links(&["d"]),
        &["directories[0]", "at or below the link \"d\""],
    );
    assert_refused(&links(&[".local"]), &["record"]);
    assert_refused(
        &links(&[".local/state/opencode-setup/state.json"]),
        &["record"],
    );
    assert_refused(
        &links(&[".x.opencode-setup"]),
        &["this program uses for itself"],
    );
    assert_refused(&links(&[&"x".repeat(250)]), &["250 bytes"]);
}

/// No source lies where a link is to be: that would be a circle.
#[test]
fn sources_in_a_links_place_are_refused() {
    let world = World::new();
    let (a, b) = (world.at("a"), world.at("b"));
    let circle = json!([{ "path": "a", "source": b }, { "path": "b", "source": a }]);
    world.write_manifest(&json!({ "links": circle }));
    assert_one_line_error(&world.apply().code(6), &["links[0].source", "place"]);
}

/// Sources and hooks are absolute.
#[test]
fn relative_sources_and_hooks_are_refused() {
    let link = json!({ "links": [{ "path": "a", "source": "b" }] });
    assert_refused(&link, &["field `links[0].source`", "\"b\"", "absolute"]);
    assert_refused(
        &json!({ "preInit": "hook" }),
        &["field `preInit`", "absolute"],
    );
    assert_refused(
        &json!({ "postInit": "./hook" }),
        &["field `postInit`", "absolute"],
    );
}

/// Words outside a choice are refused with the choice.
#[test]
fn unknown_choices_are_refused() {
    assert_refused(
        &json!({ "onConflict": "clobber" }),
        &["`onConflict`", "`backup` or `fail`"],
    );
    assert_refused(
        &json!({ "hooks": "never" }),
        &["`hooks`", "`always` or `first-run`"],
    );
}

/// A server has an IP address and a port, a known major version, and a link to its
/// configuration.
#[test]
fn a_server_that_could_not_be_asked_is_refused() {
    let refused = |field: &str, value: Value, parts: &[&str]| {
        let mut server = json!({ "api": 1, "url": "http://127.0.0.1:4096", "directory": "/p" });
        server[field] = value;
        assert_refused(&json!({ "server": server }), parts);
    };
    for url in [
        "http://localhost:4096",
        "https://127.0.0.1:4096",
        "http://127.0.0.1",
        "http://127.0.0.1:0",
        "http://0.0.0.0:4096",
        "http://[::]:4096",
        "http://u:p@127.0.0.1:4096",
        "http://127.0.0.1:4096/x",
    ] {
        refused(
            "url",
            url.into(),
            &["field `server.url`", url, "http://ADDRESS:PORT"],
        );
    }
    refused("api", 3.into(), &["field `server.api`", "3", "1 and 2"]);
    refused(
        "directory",
        "p".into(),
        &["field `server.directory`", "absolute"],
    );
    refused(
        "passwordFile",
        "p".into(),
        &["field `server.passwordFile`", "absolute"],
    );
    refused("projectConfig", 1.into(), &["field `server.projectConfig`"]);
    for unit in [
        "",
        ".service",
        "opencode-web",
        "opencode-web.socket",
        "-x.service",
        "a b.service",
        "a/b.service",
    ] {
        refused(
            "unit",
            unit.into(),
            &["field `server.unit`", "opencode-web.service"],
        );
    }
    refused(
        "isolated",
        true.into(),
        &["field `server.isolated`", "`server.unit`"],
    );
    refused(
        "password",
        "p".into(),
        &["field `server.password`", "unknown"],
    );
    let server = json!({ "api": 2, "url": "http://[::1]:4096/", "directory": "/p" });
    assert_refused(
        &json!({ "server": server, "links": [] }),
        &["field `server`", CONFIG],
    );
    let world = World::new();
    world.write_manifest(&json!({ "server": server }));
    run(["validate".as_ref(), world.manifest.as_os_str()]).success();
    let mut isolated = server;
    isolated["unit"] = "opencode-my-project.service".into();
    isolated["isolated"] = true.into();
    world.write_manifest(&json!({ "server": isolated }));
    run(["validate".as_ref(), world.manifest.as_os_str()]).success();
}

/// What is no JSON at all is refused with the place.
#[test]
fn text_that_is_no_manifest_is_refused() {
    for text in [
        "",
        "[]",
        "null",
        "{",
        "{} x",
        "{\"a\": 1,}",
        "{} // comment",
    ] {
        let world = World::new();
        std::fs::write(&world.manifest, text).expect("write");
        let assert = world.apply().code(6);
        assert_one_line_error(&assert, &[world.manifest.to_str().expect("UTF-8")]);
    }
}

/// A manifest is JSON to the letter: no comments, no trailing commas.
#[test]
fn a_manifest_is_strict_json() {
    let world = World::new();
    let manifest = std::fs::read_to_string(&world.manifest).expect("read");
    for loose in [
        manifest.replacen('{', "{ // a comment\n", 1),
        manifest
            .replacen("\"version\":1", "\"version\":1,", 1)
            .replacen("1}", "1,}", 1),
        manifest.replacen("\"version\":1", "\"version\":0x1", 1),
    ] {
        assert_ne!(loose, manifest);
        std::fs::write(&world.manifest, loose).expect("write");
        assert_one_line_error(&world.apply().code(6), &["is not JSON"]);
    }
}

/// A manifest that is missing, a directory or a fifo is an error that does not
/// wait for anybody.
#[test]
fn a_manifest_that_is_no_file_is_refused() {
    let world = World::new();
    for (name, make) in [
        ("missing.json", (|_| ()) as fn(&std::path::Path)),
        ("directory.json", |path| {
            std::fs::create_dir(path).expect("create");
        }),
        ("fifo.json", common::make_fifo),
    ] {
        let path = world.path(name);
        make(&path);
        let assert = run(["apply".as_ref(), path.as_os_str()]).code(1);
        assert_one_line_error(&assert, &[name]);
    }
}

/// All fields may be null or left out where there is a default.
#[test]
fn a_minimal_and_a_full_manifest_are_valid() {
    let world = World::new();
    for changes in [
        json!({ "links": null }),
        json!({
            "directories": ["a", "b/c"], "preInit": null, "postInit": "/bin/true",
            "onConflict": "backup", "hooks": "first-run",
        }),
    ] {
        world.write_manifest(&changes);
        let assert = run(["validate".as_ref(), world.manifest.as_os_str()]).success();
        assert!(stdout(&assert).contains("valid"), "{}", stderr(&assert));
    }
    assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
}

/// `validate` looks at every file, and needs neither HOME nor sources.
#[test]
fn validate_looks_at_every_file() {
    let world = World::new();
    world.write_manifest(&json!({ "home": "/no/such/home" }));
    let bad = world.path("bad.json");
    std::fs::write(&bad, "{}").expect("write");
    let files = [bad.as_os_str(), world.manifest.as_os_str()];
    let assert = run(["validate".as_ref(), files[0], files[1]]).code(6);
    assert!(stdout(&assert).contains("my-project.json"));
    assert!(stderr(&assert).contains("bad.json"));
}
