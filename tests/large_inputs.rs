//! Manifests, records and configurations of the largest size that is allowed, and
//! a little more.

mod common;

use std::time::Instant;

use common::{CONFIG, World};
use opencode_setup::home::record::{LARGEST_RECORD, Record, RecordedLink};
use opencode_setup::home::source::LARGEST_SOURCE;
use opencode_setup::manifest::Manifest;
use opencode_setup::manifest::load::LARGEST_MANIFEST;
use serde_json::json;

/// Inputs that are hard on a parser, filled up to `size` bytes.
fn largest_inputs(size: usize) -> [(&'static str, Vec<u8>); 6] {
    let filled = |begin: &str, middle: &str, end: &str| {
        let times = (size - begin.len() - end.len()) / middle.len();
        format!("{begin}{}{end}", middle.repeat(times)).into_bytes()
    };
    let keys = (0..size / 14).map(|number| format!("\"{number:08}\":0,"));
    [
        ("lists in lists", filled("{\"a\":", "[", "")),
        ("objects in objects", filled("", "{\"a\":", "")),
        ("a long list", filled("{\"a\":[", "0,", "0]}")),
        ("a list of objects", filled("{\"a\":[", "{},", "0]}")),
        ("a long string", filled("{\"a\":\"", "\\n", "\"}")),
        (
            "many fields",
            format!("{{{}\"a\":0}}", keys.collect::<String>()).into_bytes(),
        ),
    ]
}

/// Runs a command under a limit of its address space and of its processor time
/// (prlimit(1)); a program that runs into one is killed.
fn run_limited(world: &World, megabytes: usize, command: &str) -> std::process::Output {
    std::process::Command::new("prlimit")
        .arg(format!("--as={}", megabytes << 20))
        .arg(format!("--cpu={MOST_SECONDS}"))
        .arg(env!("CARGO_BIN_EXE_opencode-setup"))
        .arg(command)
        .arg(&world.manifest)
        .output()
        .expect("prlimit is part of util-linux")
}

/// How much memory the largest allowed input may take, in MiB.
const MOST_MEMORY: usize = 64;

/// How much processor time it may take, in seconds: more for a build that was not
/// optimized.
const MOST_SECONDS: u32 = if cfg!(debug_assertions) { 40 } else { 2 };

/// Inputs of the largest size that is allowed, of the kinds that are hardest on
/// a parser, are refused, or accepted, within bounded memory and time.
#[test]
fn the_largest_inputs_take_bounded_memory() {
    let start = Instant::now();
    for (name, content) in largest_inputs(LARGEST_MANIFEST) {
        let world = World::in_memory();
        std::fs::write(&world.manifest, content).expect("write");
        let output = run_limited(&world, MOST_MEMORY, "validate");
        assert_eq!(
            output.status.code(),
            Some(6),
            "manifest, {name}: {output:?}"
        );
    }
    for (name, content) in largest_inputs(LARGEST_SOURCE) {
        let world = World::in_memory();
        std::fs::write(&world.source, content).expect("write");
        let output = run_limited(&world, MOST_MEMORY, "apply");
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "source, {name}: {output:?}"
        );
    }
    for (name, content) in largest_inputs(LARGEST_RECORD) {
        let world = World::in_memory();
        let record = world.at(common::RECORD);
        std::fs::create_dir_all(record.parent().expect("below HOME")).expect("create");
        std::fs::write(&record, content).expect("write");
        let output = run_limited(&world, MOST_MEMORY, "apply");
        assert_eq!(output.status.code(), Some(0), "record, {name}: {output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("taken as absent"), "{stderr}");
    }
    println!(
        "largest inputs: each within {MOST_MEMORY} MiB, {:?} in all",
        start.elapsed()
    );
}

/// Runs a command within the bounds, and asserts how it exits.
fn assert_bounded(world: &World, command: &str, code: i32, what: &str) {
    let start = Instant::now();
    let output = run_limited(world, MOST_MEMORY, command);
    assert_eq!(output.status.code(), Some(code), "{what}: {output:?}");
    println!("{what}, {command}: {:?}", start.elapsed());
}

/// Memory and time are linear in the input where paths are deep, have much in
/// common, or stand there many times.
#[test]
fn deep_and_repeated_paths_take_linear_memory_and_time() {
    let world = World::in_memory();
    let deep = vec!["a"; 2_000].join("/");
    let directories: Vec<String> = (0..1_000)
        .map(|number| format!("{deep}/{number}"))
        .collect();
    world.write_manifest(&json!({ "directories": directories, "links": [] }));
    let size = std::fs::metadata(&world.manifest).expect("written").len();
    assert!(size > 3 << 20 && size <= LARGEST_MANIFEST as u64, "{size}");
    let what = "1,000 directories 2,000 deep";
    assert_bounded(&world, "validate", 0, what);
    assert_bounded(&world, "check", 3, what);

    let world = World::in_memory();
    world.in_the_way(|path| std::fs::write(path, "mine").expect("write"));
    for number in 1..=2_000 {
        std::fs::write(world.at(format!("{CONFIG}.backup-{number}")), "older").expect("write");
    }
    let long = format!("/{}", "x".repeat(3_000));
    let link = |number: usize| json!({ "path": CONFIG, "target": format!("{long}/{number}") });
    let links: Vec<_> = (0..5_000).map(link).collect();
    let record = json!({ "version": 1, "firstRunSucceeded": true, "links": links }).to_string();
    assert!(record.len() > 15_000_000 && record.len() <= LARGEST_RECORD);
    std::fs::create_dir_all(world.at(common::RECORD).parent().expect("below HOME"))
        .expect("create");
    std::fs::write(world.at(common::RECORD), record).expect("write");
    let what = "one link 5,000 times in a record, beside 2,000 backups";
    assert_bounded(&world, "check", 3, what);
    assert_bounded(&world, "apply", 0, what);
    let kept = std::fs::read(world.at(format!("{CONFIG}.backup-2001"))).expect("backed up");
    assert_eq!(kept, b"mine");
}

/// Two thousand different links of ours that are not wanted any more, in one
/// directory with as many backups: it is listed once.
#[test]
fn many_abandoned_links_are_removed_in_linear_time() {
    let world = World::in_memory();
    let link = |number: usize| json!({ "path": format!("d/{number}"), "source": world.source });
    world.write_manifest(&json!({ "links": (0..2_000).map(link).collect::<Vec<_>>() }));
    world.apply().success();
    for number in 0..2_000 {
        std::fs::write(world.at(format!("d/{number}.backup-1")), "older").expect("write");
    }
    world.write_manifest(&json!({ "links": [] }));
    assert_bounded(&world, "check", 3, "2,000 abandoned links");
    assert_bounded(&world, "apply", 0, "2,000 abandoned links");
}

/// A directory that a record names in many ways is listed once.
#[test]
fn a_directory_of_many_names_is_listed_once() {
    let world = World::in_memory();
    std::fs::create_dir_all(world.at("a")).expect("create");
    std::fs::write(world.at("a/.x.opencode-setup"), "left").expect("write");
    for number in 1..=5_000 {
        std::fs::write(world.at(format!("a/x.backup-{number}")), "older").expect("write");
    }
    let link = |number: usize| json!({ "path": format!("s{number}/x"), "target": "/x" });
    let links: Vec<_> = (0..5_000).map(link).collect();
    for number in 0..5_000 {
        common::link("a", world.at(format!("s{number}")));
    }
    let record = json!({ "version": 1, "firstRunSucceeded": true, "links": links }).to_string();
    std::fs::create_dir_all(world.at(common::RECORD).parent().expect("below HOME"))
        .expect("create");
    std::fs::write(world.at(common::RECORD), record).expect("write");
    assert_bounded(&world, "check", 3, "a directory of 5,000 names");
    assert_bounded(&world, "apply", 0, "a directory of 5,000 names");
}

/// A byte more than is allowed is refused, and the message says how much is.
#[test]
fn inputs_that_are_too_large_are_refused_by_size() {
    let world = World::in_memory();
    let message = format!("is larger than {LARGEST_SOURCE} bytes");
    std::fs::write(&world.source, vec![b' '; LARGEST_SOURCE + 1]).expect("write");
    common::assert_one_line_error(&world.apply().code(1), &[&message]);

    let world = World::in_memory();
    let message = format!("is larger than {LARGEST_MANIFEST} bytes");
    std::fs::write(&world.manifest, vec![b' '; LARGEST_MANIFEST + 1]).expect("write");
    common::assert_one_line_error(&world.apply().code(1), &[&message]);

    let world = World::in_memory();
    let record = world.at(common::RECORD);
    std::fs::create_dir_all(record.parent().expect("below HOME")).expect("create");
    std::fs::write(&record, vec![b' '; LARGEST_RECORD + 1]).expect("write");
    let message = format!("is larger than {LARGEST_RECORD} bytes");
    assert!(common::stderr(&world.apply().success()).contains(&message));
}

/// The largest manifest there can be leads to a record, even one that names each
/// link with its old target and its new, that the next run still reads.
#[test]
fn the_record_of_the_largest_manifest_is_within_its_own_limit() {
    let link = |number: usize| json!({ "path": format!("{number:x}"), "source": "/" });
    let manifest = |count: usize| {
        let links: Vec<_> = (0..count).map(link).collect();
        json!({ "version": 1, "instance": "a", "home": "/h", "directories": [], "links": links })
            .to_string()
    };
    // The shortest links: the more of a record is its own syntax.
    let count = LARGEST_MANIFEST / link(0x1_0000).to_string().len();
    let content = manifest(count);
    let slack = content.len().abs_diff(LARGEST_MANIFEST);
    assert!(slack < LARGEST_MANIFEST / 50, "{slack}");
    let parsed = Manifest::parse(content.as_bytes()).expect("a manifest");
    let recorded = |_: usize| {
        parsed.links.iter().map(|link| RecordedLink {
            path: link.path.clone(),
            target: link.source.as_str().into(),
        })
    };
    let record = Record::new(true, (0..2).flat_map(recorded).collect());
    let size = serde_json::to_vec_pretty(&record).expect("JSON").len();
    println!(
        "{count} links, a manifest of {} bytes, a record of {size}",
        content.len()
    );
    assert!(size < LARGEST_RECORD, "{size}");
}
