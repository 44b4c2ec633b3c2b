//! The parsers of what comes from outside, on inputs mutated from good ones:
//! manifests, records and configurations.
//!
//! A seeded mutator, so that every run tries the same inputs: more than a million
//! in a release build or with `OPENCODE_SETUP_FULL_TESTS=1`, a tenth of that in a
//! debug build, which is ten times slower. The one test of this program, since it
//! measures the memory of all of it.

mod common;

use std::time::{Duration, Instant};

use common::is_full;
use opencode_setup::home::opencode_json;
use opencode_setup::home::record::Record;
use opencode_setup::manifest::Manifest;

/// What a parser makes of its input.
type Parser = fn(&[u8]) -> Result<(), String>;

const PARSERS: [(&str, Parser); 3] = [
    ("manifest", |input| Manifest::parse(input).map(drop)),
    ("record", |input| Record::parse(input).map(drop)),
    ("configuration", opencode_json::check),
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

/// A message is not much longer than the input that it is about.
fn assert_is_short(why: &str, input: &[u8]) {
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
                    assert_is_short(&why, &input);
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
    // Microseconds; this is for what hangs, and the machine may be busy.
    assert!(slowest < Duration::from_secs(10));
    assert!(memory < 64 << 10);
}

/// The high-water mark of a process's memory (proc(5), `VmHWM`).
fn peak_memory_kb(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let word = line.and_then(|line| line.split_whitespace().next());
    word.and_then(|word| word.parse().ok()).expect("a number")
}
