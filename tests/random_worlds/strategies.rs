//! What can be in a HOME, and what a manifest can say.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{self, CONFIG};

/// Something in HOME before the first apply.
#[derive(Clone, Debug)]
pub struct Thing {
    pub path: PathBuf,
    pub kind: Kind,
    pub mode: u32,
}

#[derive(Clone, Debug)]
pub enum Kind {
    /// A file that is the user's.
    Precious,
    /// A file with the very bytes of the source.
    Identical,
    /// A file that looks like the beginning of a record.
    RecordBeginning,
    /// A record, which may be broken, or tell lies.
    Record(String),
    Directory,
    Fifo,
    Socket,
    Link(Target),
}

#[derive(Clone, Debug)]
pub enum Target {
    Source,
    OtherSource,
    Store,
    Nowhere,
    Itself,
    Inside(&'static str),
    Victim,
    VictimFromAbove,
    Root,
}

/// Paths where something matters to the program, and some where nothing does.
const PLACES: &[&str] = &[
    ".config",
    ".config/opencode",
    CONFIG,
    ".config/opencode/.opencode.json.opencode-setup",
    ".config/opencode/opencode.json.backup-1",
    ".config/opencode/opencode.json.backup-3",
    ".config/opencode/opencode.jsonc",
    ".config/opencode/tui.json",
    ".config/opencode/.tui.json.opencode-setup",
    ".config/opencode/deep/er/file.md",
    "top.json",
    ".top.json.opencode-setup",
    ".local",
    ".local/state",
    ".local/state/opencode",
    ".local/state/opencode-setup",
    ".local/state/opencode-setup/state.json",
    ".local/state/opencode-setup/state.json.new",
    ".local/state/opencode-setup/state.json.backup-1",
    ".cache",
    ".cache/opencode",
    "notes",
    "notes/more",
];

fn place() -> impl Strategy<Value = PathBuf> {
    prop_oneof![
        12 => proptest::sample::select(PLACES).prop_map(PathBuf::from),
        // Anything that Linux takes as a name, UTF-8 or not, up to its limit.
        1 => proptest::collection::vec(1u8..=255, 1..=255).prop_map(|mut bytes| {
            bytes.retain(|byte| *byte != b'/');
            bytes.push(b'x');
            bytes.truncate(255);
            PathBuf::from(OsStr::from_bytes(&bytes))
        }),
        1 => Just(PathBuf::from("n".repeat(255))),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        2 => Just(Target::Source),
        2 => Just(Target::OtherSource),
        1 => Just(Target::Store),
        1 => Just(Target::Nowhere),
        1 => Just(Target::Itself),
        2 => proptest::sample::select(vec!["notes", ".cache", ".", "..", "../..", "top.json"])
            .prop_map(Target::Inside),
        2 => Just(Target::Victim),
        2 => Just(Target::VictimFromAbove),
        1 => Just(Target::Root),
    ]
}

fn record_path() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(PLACES).prop_map(str::to_owned),
        1 => proptest::sample::select(vec![
            "../victim/file", "/etc/passwd", "", ".", "a//b", "notes/../..", "top.json/below",
        ]).prop_map(str::to_owned),
    ]
}

fn record() -> impl Strategy<Value = String> {
    let link = (record_path(), "(SOURCE|OTHER|/nowhere|)")
        .prop_map(|(path, target)| json!({ "path": path, "target": target }));
    prop_oneof![
        6 => (any::<bool>(), proptest::collection::vec(link, 0..4)).prop_map(|(first, links)| {
            json!({ "version": 1, "firstRunSucceeded": first, "links": links }).to_string()
        }),
        1 => Just(r#"{"version": 2}"#.to_owned()),
        1 => Just("[".repeat(3000)),
        1 => "[ -~]{0,40}",
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        5 => Just(Kind::Precious),
        2 => Just(Kind::Identical),
        1 => Just(Kind::RecordBeginning),
        3 => record().prop_map(Kind::Record),
        4 => Just(Kind::Directory),
        1 => Just(Kind::Fifo),
        1 => Just(Kind::Socket),
        6 => target().prop_map(Kind::Link),
    ]
}

/// Anything, anywhere.
pub fn thing() -> impl Strategy<Value = Thing> {
    let mode = prop_oneof![
        6 => Just(0o755u32),
        1 => proptest::sample::select(vec![0o000, 0o200, 0o400, 0o500, 0o700, 0o777, 0o4755]),
    ];
    let record = record().prop_map(|text| (common::RECORD.into(), Kind::Record(text)));
    prop_oneof![
        6 => (place(), kind()),
        1 => record,
    ]
    .prop_flat_map(move |(path, kind): (PathBuf, Kind)| {
        mode.clone().prop_map(move |mode| Thing {
            path: path.clone(),
            kind: kind.clone(),
            mode,
        })
    })
}

/// What the manifest says; words in capitals stand for paths of the world.
pub fn manifest() -> impl Strategy<Value = Value> {
    let link = (
        proptest::sample::select(vec![
            CONFIG,
            ".config/opencode/tui.json",
            ".config/opencode/deep/er/file.md",
            "top.json",
            "notes/more",
            ".cache",
        ]),
        prop_oneof![
            8 => Just("SOURCE"),
            2 => Just("OTHER"),
            1 => proptest::sample::select(vec!["FIFO", "MISSING", "DIRECTORY"]),
        ],
    )
        .prop_map(|(path, source)| json!({ "path": path, "source": source }));
    let directories = proptest::option::of(proptest::sample::subsequence(
        vec![
            ".config/opencode",
            ".cache/opencode",
            "notes",
            ".local/state",
        ],
        0..=4,
    ));
    let conflict = prop_oneof![4 => Just("backup"), 1 => Just("fail")];
    (proptest::collection::vec(link, 0..4), directories, conflict).prop_map(
        |(links, directories, conflict)| {
            let mut manifest = json!({ "links": links, "onConflict": conflict });
            if let Some(directories) = directories {
                manifest["directories"] = json!(directories);
            }
            manifest
        },
    )
}
