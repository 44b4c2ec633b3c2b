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
    /// A file in HOME that a link's source may name.
    Source,
    /// A file that looks like the beginning of a record.
    RecordBeginning,
    /// A record, which may be broken, or tell lies.
    Record(String),
    Directory,
    Fifo,
    Socket,
    /// A relative link to a directory in HOME, and that directory.
    Alias(&'static str),
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

/// A link to the link that leads to where the configuration is.
const CHAIN: &str = "chain";

/// Where a source lies that is in HOME itself.
pub const SOURCE_IN_HOME: &str = "own/source.json";

/// The same for a directory.
pub const DIRECTORY_IN_HOME: &str = "own/skills";

/// Relative links by which a directory has another path, or lies elsewhere.
const ALIASES: [(&str, &str); 8] = [
    (".opencode", ".config/opencode"),
    (CHAIN, ".opencode"),
    (".config/opencode", "../.opencode"),
    ("top", "."),
    (".config", "real-config"),
    ("notes", ".config/opencode"),
    (".local/state", "../.state"),
    (".local/state/opencode-setup", "../../records"),
];

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
    ".opencode",
    ".opencode/opencode.json",
    ".opencode/skills",
    ".config/opencode/skills",
    ".config/opencode/skills/SKILL.md",
    ".config/opencode/.skills.opencode-setup",
    "notes",
    "notes/more",
    SOURCE_IN_HOME,
    DIRECTORY_IN_HOME,
];

/// Where a manifest may want a file linked.
const LINKED_FILES: [&str; 11] = [
    CONFIG,
    ".opencode/opencode.json",
    "chain/opencode.json",
    "top/.config/opencode/opencode.json",
    ".config/opencode/tui.json",
    ".opencode/tui.json",
    ".config/opencode/deep/er/file.md",
    "top.json",
    "notes/more",
    SOURCE_IN_HOME,
    ".cache",
];

/// Where it may want a directory linked.
const LINKED_DIRECTORIES: [&str; 4] = [
    ".config/opencode/skills",
    ".opencode/skills",
    "chain/skills",
    DIRECTORY_IN_HOME,
];

fn place() -> impl Strategy<Value = PathBuf> {
    prop_oneof![
        12 => proptest::sample::select(PLACES).prop_map(PathBuf::from),
        4 => proptest::sample::select(vec![CONFIG, ".opencode/opencode.json", ".opencode/skills"])
            .prop_map(PathBuf::from),
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
        2 => proptest::sample::select(&LINKED_FILES[..]).prop_map(str::to_owned),
        1 => proptest::sample::select(&LINKED_DIRECTORIES[..]).prop_map(str::to_owned),
        1 => proptest::sample::select(vec![
            "../victim/file", "/etc/passwd", "", ".", "a//b", "notes/../..", "top.json/below",
        ]).prop_map(str::to_owned),
    ]
}

fn record() -> impl Strategy<Value = String> {
    let link = (record_path(), "(SOURCE|OTHER|SKILLS|/nowhere|)")
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
fn thing() -> impl Strategy<Value = Thing> {
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

/// A link by which a directory has another path. There before everything else.
fn alias() -> impl Strategy<Value = Thing> {
    let alias = prop_oneof![
        2 => proptest::sample::select(&ALIASES[..4]),
        1 => proptest::sample::select(&ALIASES[..]),
    ];
    alias.prop_map(|(path, target)| Thing {
        path: path.into(),
        kind: Kind::Alias(target),
        mode: 0o755,
    })
}

/// What is in HOME before the first apply: aliases, the sources that lie in HOME,
/// and anything, but not always much of it, since most things keep a run from
/// succeeding.
pub fn things() -> impl Strategy<Value = Vec<Thing>> {
    let anything = prop_oneof![
        1 => proptest::collection::vec(thing(), 0..12),
        2 => proptest::collection::vec(thing(), 0..3),
    ];
    (proptest::collection::vec(alias(), 0..4), anything).prop_map(|(aliases, anything)| {
        let sources = [
            (SOURCE_IN_HOME, Kind::Source),
            (DIRECTORY_IN_HOME, Kind::Directory),
        ];
        let sources = sources.map(|(path, kind)| Thing {
            path: path.into(),
            kind,
            mode: 0o755,
        });
        [aliases, sources.into(), anything].concat()
    })
}

fn link() -> impl Strategy<Value = Value> {
    let file = (
        prop_oneof![
            1 => proptest::sample::select(&LINKED_FILES[..4]),
            1 => proptest::sample::select(&LINKED_FILES[..]),
        ],
        prop_oneof![
            8 => Just("SOURCE"),
            2 => Just("OTHER"),
            2 => proptest::sample::select(vec!["IN_HOME", "IN_HOME_AROUND", "THROUGH_HOME"]),
            1 => proptest::sample::select(vec!["FIFO", "MISSING", "DIRECTORY"]),
        ],
    );
    let directory = (
        proptest::sample::select(&LINKED_DIRECTORIES[..]),
        prop_oneof![
            6 => Just("SKILLS"),
            2 => proptest::sample::select(vec!["SKILLS_IN_HOME", "SKILLS_AROUND"]),
            1 => Just("SOURCE"),
        ],
    );
    prop_oneof![
        3 => file.prop_map(|(path, source)| json!({ "path": path, "source": source })),
        1 => directory.prop_map(|(path, source)| {
            json!({ "path": path, "source": source, "kind": "directory" })
        }),
    ]
}

/// What the manifest says; words in capitals stand for paths of the world.
fn manifest() -> impl Strategy<Value = Value> {
    let directories = proptest::option::of(proptest::sample::subsequence(
        vec![
            ".config/opencode",
            ".cache/opencode",
            ".opencode",
            "notes",
            ".local/state",
        ],
        0..=5,
    ));
    let conflict = prop_oneof![4 => Just("backup"), 1 => Just("fail")];
    (
        proptest::collection::vec(link(), 0..4),
        directories,
        conflict,
    )
        .prop_map(|(links, directories, conflict)| {
            let mut manifest = json!({ "links": links, "onConflict": conflict });
            if let Some(directories) = directories {
                manifest["directories"] = json!(directories);
            }
            manifest
        })
}

/// What the manifest says at first, and later: something else, or the same by
/// other paths.
pub fn manifests() -> impl Strategy<Value = Vec<Value>> {
    let later = proptest::option::of(prop_oneof![
        2 => proptest::sample::select(vec![".config/opencode", ".opencode", CHAIN])
            .prop_map(Later::Respelled),
        1 => manifest().prop_map(Later::Other),
    ]);
    (manifest(), later).prop_map(|(first, later)| {
        let second = later.map(|later| match later {
            Later::Other(manifest) => manifest,
            Later::Respelled(directory) => respelled(&first, directory),
        });
        [Some(first), second].into_iter().flatten().collect()
    })
}

/// What a manifest may become.
#[derive(Clone, Debug)]
enum Later {
    Other(Value),
    /// The links in one of the configuration's directories are named by another.
    Respelled(&'static str),
}

fn respelled(manifest: &Value, directory: &str) -> Value {
    let mut manifest = manifest.clone();
    for link in manifest["links"].as_array_mut().expect("links") {
        let path = link["path"].as_str().expect("a path").to_owned();
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if [".config/opencode", ".opencode", CHAIN].contains(&parent) {
            link["path"] = json!(format!("{directory}/{name}"));
        }
    }
    manifest
}
