//! Nothing that this program reads can forge a line of what it prints: not a file
//! name, a link's target, a record, a manifest, or an argument.

mod common;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::process::Output;

use common::{CONFIG, RECORD, World, link, program};
use serde_json::json;

/// Text with a line end, escape sequences, a change of the direction of text, and
/// characters that do not show.
const FORGED: &[u8] =
    "a\n<3>forged: line\r\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}1m\u{202e}\u{200b}\u{feff}\u{2028}z"
        .as_bytes();

fn forged() -> OsString {
    OsString::from_vec([FORGED, b"\xff"].concat())
}

/// Asserts that an output has none of it, on either stream.
fn assert_not_forged(output: &Output, what: &str) {
    for stream in [&output.stdout, &output.stderr] {
        let text = std::str::from_utf8(stream);
        let text = text.unwrap_or_else(|error| panic!("{what}: not UTF-8: {error}"));
        let is_forging = |character: char| {
            (character.is_control() && character != '\n')
                || "\u{202e}\u{200b}\u{feff}\u{2028}".contains(character)
        };
        assert!(!text.contains(is_forging), "{what}: {text:?}");
        let has_forged_line = text.lines().any(|line| line.starts_with("<3>forged"));
        assert!(!has_forged_line, "{what}: {text:?}");
    }
}

fn output(arguments: &[&OsStr]) -> Output {
    program().args(arguments).output().expect("spawn")
}

/// Runs everything that prints on this world's manifest.
fn assert_nothing_forged(world: &World, what: &str) {
    let manifest = world.manifest.as_os_str();
    let directory = world.path("");
    for arguments in [
        vec!["check"],
        vec!["apply", "--dry-run"],
        vec!["check", "--json"],
        vec!["validate"],
        vec!["apply"],
    ] {
        let arguments: Vec<&OsStr> = arguments.into_iter().map(OsStr::new).collect();
        assert_not_forged(&output(&[arguments, vec![manifest]].concat()), what);
    }
    let all = ["check", "--all", "--manifest-dir"].map(OsStr::new);
    let arguments = [all.as_slice(), &[directory.as_os_str()]].concat();
    assert_not_forged(&output(&arguments), what);
}

/// The names of files, and where links point.
#[test]
fn names_and_targets_from_the_disk_forge_nothing() {
    let world = World::new();
    world.in_the_way(|path| link(forged(), path));
    assert_nothing_forged(&world, "the target of a link in the way");

    let world = World::new();
    link(forged(), world.at(".cache"));
    assert_nothing_forged(&world, "the target of a link on the way");

    let world = World::new();
    let agents = world.at(".config/opencode/agent");
    std::fs::create_dir_all(&agents).expect("create");
    let mut name = forged();
    name.push(".md");
    std::fs::write(agents.join(name), "x").expect("write");
    assert_nothing_forged(&world, "a file that overrides the configuration");

    let mut world = World::new();
    let mut name = forged();
    name.push(".json");
    std::fs::rename(&world.manifest, world.path(&name)).expect("rename");
    world.manifest = world.path(&name);
    assert_nothing_forged(&world, "the name of a manifest");
}

/// What a record or a manifest says.
#[test]
fn records_and_manifests_forge_nothing() {
    let text = String::from_utf8_lossy(FORGED);
    let world = World::new();
    let record = world.at(RECORD);
    std::fs::create_dir_all(record.parent().expect("below HOME")).expect("create");
    for links in [
        json!([{ "path": "gone", "target": text }]),
        json!([{ "path": text, "target": "/x" }, { "path": text, "target": "/x" }]),
    ] {
        let content = json!({ "version": 1, "firstRunSucceeded": true, "links": links });
        std::fs::write(&record, content.to_string()).expect("write");
        link(text.as_ref(), world.at("gone"));
        assert_nothing_forged(&world, "a record");
        let _ = std::fs::remove_file(world.at("gone"));
    }
    for changes in [
        json!({ "instance": text }),
        json!({ "home": format!("/{text}") }),
        json!({ "links": [{ "path": text, "source": "/x" }] }),
        json!({ "links": [{ "path": CONFIG, "source": format!("/{text}") }] }),
        json!({ "directories": [text, text] }),
        json!({ "preInit": format!("/{text}") }),
        json!({ "onConflict": text }),
        json!({ text.as_ref(): 1 }),
    ] {
        let world = World::new();
        world.write_manifest(&changes);
        assert_nothing_forged(&world, &changes.to_string());
    }
    let world = World::new();
    std::fs::write(&world.source, format!("{{\"{text}\": 1}}")).expect("write");
    assert_nothing_forged(&world, "a source");
}

/// Arguments of the command line.
#[test]
fn arguments_forge_nothing() {
    let forged = forged();
    let forged = forged.as_os_str();
    for arguments in [
        vec![OsStr::new("apply"), forged],
        vec![OsStr::new("apply"), OsStr::new("--home"), forged],
        vec![OsStr::new("apply"), OsStr::new("--json"), forged],
        vec![OsStr::new("check"), forged, forged],
        vec![OsStr::new("check"), OsStr::new("--json"), forged, forged],
        vec![OsStr::new("validate"), forged],
        vec![forged],
    ] {
        assert_not_forged(&output(&arguments), "an argument");
    }
    let world = World::new();
    let not_utf8 = OsStr::from_bytes(b"/\xff\n<3>forged: x");
    let home = world.home.as_os_str();
    for option in ["--config", "--directory", "--pre-init", "--post-init"] {
        let arguments = ["apply", "--home"].map(OsStr::new);
        let arguments = [&arguments[..], &[home, OsStr::new(option), not_utf8]].concat();
        assert_not_forged(&output(&arguments), option);
    }
}
