//! The parsers of what comes from outside, on inputs mutated from good ones:
//! manifests, records and configurations.
//!
//! A seeded mutator, so that every run tries the same inputs: more than a million
//! in a release build or with `OPENCODE_SETUP_FULL_TESTS=1`, a tenth of that in a
//! debug build, which is ten times slower.

mod common;

use std::time::{Duration, Instant};

use common::{World, is_full};
use opencode_setup::json::{Dialect, parse_object};
use opencode_setup::manifest::{LARGEST_MANIFEST, Manifest};
use opencode_setup::record::{LARGEST_RECORD, Record};
use opencode_setup::source::LARGEST_SOURCE;
use serde_json::json;

/// What a parser makes of its input.
type Parser = fn(&[u8]) -> Result<(), String>;

const PARSERS: [(&str, Parser); 3] = [
    ("manifest", |input| Manifest::parse(input).map(drop)),
    ("record", |input| Record::parse(input).map(drop)),
    ("configuration", |input| {
        parse_object(input, Dialect::WithComments).map(drop)
    }),
];

/// Good inputs, and bad ones with something in them that once mattered.
const CORPUS: [&str; 8] = [
    r#"{"version": 1, "instance": "my-project", "home": "/var/lib/opencode/my-project"}"#,
    r#"{"version":1,"instance":"a","home":"/h","directories":[".config/opencode",".cache"],
      "links":[{"path":".config/opencode/opencode.json","source":"/nix/store/x-a.json"},
               {"path":"b","source":"/c"}],
      "preInit":"/bin/true","postInit":null,"onConflict":"fail","hooks":"first-run"}"#,
    r#"{
  "version": 1,
  "firstRunSucceeded": true,
  "links": [
    { "path": ".config/opencode/opencode.json", "target": "/nix/store/x-a.json" },
    { "path": "b", "target": "c" }
  ]
}"#,
    r#"{"version": 1, "firstRunSucceeded": false, "links": [], "later": {"a": [1.5e-7]}}"#,
    "\u{feff}// a comment\n{ /* and\n another */ \"a\": [1, -0.5, \"\\u00e9\\ud83d\\ude00\", null,],\n}",
    r#"{"permission": {"edit": "ask", "bash": {"*": "deny", "git *": "allow"}}, "é": "日本語"}"#,
    r#"{"a": "\ud800", "b": "\u0000", "c": 1e999, "d": 18446744073709551616}"#,
    "{\"version\":1,\"version\":1}",
];

/// What is put into inputs: whatever means something to a parser, or to a path.
const TOKENS: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "/",
    "//",
    "/*",
    "*/",
    "..",
    ".",
    "\n",
    "\0",
    "\u{7f}",
    "\u{feff}",
    "\u{2028}",
    "\\u0000",
    "\\ud800",
    "\\u",
    "\\x",
    "1",
    "-",
    "e",
    "1e400",
    "0x1",
    "184467440737095516160",
    "null",
    "true",
    "\"version\":",
    "\"links\":",
    "\"path\":",
    "\"source\":",
    "\"home\":\"/\"",
    "'",
    "+",
    "NaN",
    "{\"a\":",
];

/// xorshift64* by Vigna: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).expect("small");
        usize::try_from((self.next() >> 11) % bound).expect("small")
    }

    fn one_of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

/// The longest input that is made, in bytes: what there is to find is found in
/// small ones; the largest ones have a test of their own.
const LONGEST: usize = 4096;

/// An input with a few things wrong with it.
fn mutated(random: &mut Random) -> Vec<u8> {
    let mut input = random.one_of(&CORPUS).as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let (at, other) = (random.below(input.len() + 1), random.below(input.len() + 1));
        let range = at.min(other)..at.max(other);
        match random.below(8) {
            0 if !input.is_empty() => {
                let at = random.below(input.len());
                input[at] ^= 1 << random.below(8);
            }
            1 => drop(input.drain(range)),
            2 => {
                let copy = input[range].to_vec();
                input.splice(at..at, copy);
            }
            3 => {
                let token = random.one_of(&TOKENS);
                let times = 1 + random.below(600);
                input.splice(at..at, token.repeat(times).into_bytes());
            }
            4 => {
                let donor = random.one_of(&CORPUS).as_bytes();
                let from = random.below(donor.len());
                input.splice(range, donor[from..].iter().copied());
            }
            5 => input.truncate(at),
            _ => {
                let token = random.one_of(&TOKENS);
                input.splice(at..at, token.bytes());
            }
        }
        input.truncate(LONGEST);
    }
    input
}

/// A message is one short line of text, whatever the input was.
fn assert_is_fit_to_print(why: &str, input: &[u8]) {
    let is_short = why.len() <= 8 * LONGEST;
    assert!(is_short, "{} bytes about {input:?}", why.len());
}

/// No input makes a parser panic, take long, or take much memory.
#[test]
fn no_mutated_input_breaks_a_parser() {
    let rounds = if is_full() || !cfg!(debug_assertions) {
        400_000
    } else {
        40_000
    };
    let mut random = Random(0x6f70_656e_636f_6465);
    let (mut accepted, mut refused) = ([0; 3], 0);
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        let input = mutated(&mut random);
        for (index, (name, parse)) in PARSERS.iter().enumerate() {
            let start = Instant::now();
            // A panic would show the test's name only.
            let result = std::panic::catch_unwind(|| parse(&input));
            let Ok(result) = result else {
                panic!("{name}: {:?}", String::from_utf8_lossy(&input));
            };
            slowest = slowest.max(start.elapsed());
            match result {
                Ok(()) => accepted[index] += 1,
                Err(why) => {
                    refused += 1;
                    assert_is_fit_to_print(&why, &input);
                }
            }
        }
    }
    let memory = peak_memory_kb("self");
    println!(
        "{} inputs: {refused} refused, accepted {accepted:?}; no panic; \
         slowest {slowest:?}, peak of this test {memory} kB",
        3 * rounds
    );
    assert!(
        accepted.iter().all(|count| *count > rounds / 1000),
        "the mutator is too wild"
    );
    assert!(slowest < Duration::from_secs(2));
    assert!(memory < 64 << 10);
}

/// The high-water mark of a process's memory (proc(5), `VmHWM`).
fn peak_memory_kb(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let word = line.and_then(|line| line.split_whitespace().next());
    word.and_then(|word| word.parse().ok()).expect("a number")
}

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
            Some(1),
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
        parsed
            .links
            .iter()
            .map(|link| opencode_setup::record::RecordedLink {
                path: link.path.clone(),
                target: link.source.as_str().to_owned(),
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
