//! Manifests, records and configurations of the largest size that is allowed, and
//! a little more.

mod common;

use std::time::Instant;

use common::World;
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

/// Runs a command under a limit of its address space (prlimit(1)); a program
/// that runs into it is killed by its own abort.
fn run_limited(world: &World, megabytes: usize, command: &str) -> std::process::Output {
    std::process::Command::new("prlimit")
        .arg(format!("--as={}", megabytes << 20))
        .args(["timeout", "-s", "KILL", "60"])
        .arg(env!("CARGO_BIN_EXE_opencode-setup"))
        .arg(command)
        .arg(&world.manifest)
        .output()
        .expect("prlimit is part of util-linux")
}

/// How much memory the largest allowed input may take, as a multiple of its size.
const MEMORY_FACTOR: usize = 40;

/// Inputs of the largest size that is allowed, of the kinds that are hardest on
/// a parser, are refused, or accepted, within bounded memory and time.
#[test]
fn the_largest_inputs_take_bounded_memory() {
    let start = Instant::now();
    for (name, content) in largest_inputs(LARGEST_MANIFEST) {
        let world = World::in_memory();
        std::fs::write(&world.manifest, content).expect("write");
        let output = run_limited(&world, MEMORY_FACTOR * (LARGEST_MANIFEST >> 20), "validate");
        assert_eq!(
            output.status.code(),
            Some(6),
            "manifest, {name}: {output:?}"
        );
    }
    for (name, content) in largest_inputs(LARGEST_SOURCE) {
        let world = World::in_memory();
        std::fs::write(&world.source, content).expect("write");
        let output = run_limited(&world, MEMORY_FACTOR * (LARGEST_SOURCE >> 20), "apply");
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
        let output = run_limited(&world, MEMORY_FACTOR * (LARGEST_RECORD >> 20), "apply");
        assert_eq!(output.status.code(), Some(0), "record, {name}: {output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("taken as absent"), "{stderr}");
    }
    println!(
        "largest inputs: each within {MEMORY_FACTOR} times its size in memory, {:?} in all",
        start.elapsed()
    );
}

/// A byte more than is allowed is refused, and the message says how much is.
#[test]
fn inputs_that_are_too_large_are_refused_by_size() {
    let world = World::in_memory();
    let words = format!("is larger than {LARGEST_SOURCE} bytes");
    std::fs::write(&world.source, vec![b' '; LARGEST_SOURCE + 1]).expect("write");
    common::assert_one_line_error(&world.apply().code(1), &[&words]);

    let world = World::in_memory();
    let words = format!("is larger than {LARGEST_MANIFEST} bytes");
    std::fs::write(&world.manifest, vec![b' '; LARGEST_MANIFEST + 1]).expect("write");
    common::assert_one_line_error(&world.apply().code(1), &[&words]);

    let world = World::in_memory();
    let record = world.at(common::RECORD);
    std::fs::create_dir_all(record.parent().expect("below HOME")).expect("create");
    std::fs::write(&record, vec![b' '; LARGEST_RECORD + 1]).expect("write");
    let words = format!("is larger than {LARGEST_RECORD} bytes");
    assert!(common::stderr(&world.apply().success()).contains(&words));
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
