//! Random HOMEs and random manifests (proptest), and what has to hold for all of
//! them.
//!
//! `PROPTEST_CASES` sets how many worlds are tried. A world that breaks a
//! property is made smaller by proptest, and its seed is kept beside this file.

mod common;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{CONFIG, Tree, World, give_to, is_installed, temporary_names, tree};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};
use serde_json::{Value, json};

/// Who owns the HOMEs when root runs this: odd modes mean nothing to root.
const SOMEBODY: u32 = 65_534;

/// Something in HOME before the first apply.
#[derive(Clone, Debug)]
struct Thing {
    path: PathBuf,
    kind: Kind,
    mode: u32,
}

#[derive(Clone, Debug)]
enum Kind {
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
enum Target {
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

/// What the manifest says; words in capitals stand for paths of the world.
fn manifest() -> impl Strategy<Value = Value> {
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

/// Puts a thing where there is room for it, and says whether it did.
fn put(world: &World, number: usize, thing: &Thing) -> bool {
    let path = world.at(&thing.path);
    let parent = path.parent().expect("below HOME");
    // Never through a link that was put there before, and out of HOME.
    let leads_elsewhere = thing
        .path
        .ancestors()
        .skip(1)
        .any(|above| world.at(above).is_symlink());
    if leads_elsewhere
        || std::fs::create_dir_all(parent).is_err()
        || path.symlink_metadata().is_ok()
    {
        return false;
    }
    let written = match &thing.kind {
        Kind::Precious => std::fs::write(&path, format!("precious {number}")),
        Kind::Identical => std::fs::copy(&world.source, &path).map(drop),
        Kind::RecordBeginning => std::fs::write(&path, "{\n  \"version\": 1"),
        Kind::Record(text) => std::fs::write(&path, place_names(world, text)),
        Kind::Directory => std::fs::create_dir(&path),
        Kind::Fifo => {
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            let fifo = rustix::fs::FileType::Fifo;
            rustix::fs::mknodat(rustix::fs::CWD, &path, fifo, mode, 0).map_err(Into::into)
        }
        // The name of a socket has to be short.
        Kind::Socket => UnixListener::bind(world.path("s"))
            .map(drop)
            .and_then(|()| std::fs::rename(world.path("s"), &path)),
        Kind::Link(target) => std::os::unix::fs::symlink(
            match target {
                Target::Source => world.source.clone(),
                Target::OtherSource => world.path("other.json"),
                Target::Store => "/nix/store/00000000000000000000000000000000-x".into(),
                Target::Nowhere => format!("nowhere-{number}").into(),
                Target::Itself => path.file_name().expect("a name").into(),
                Target::Inside(target) => (*target).into(),
                Target::Victim => world.path("victim"),
                Target::VictimFromAbove => "../".repeat(thing.path.iter().count()).into(),
                Target::Root => "/".into(),
            },
            &path,
        ),
    };
    written.is_ok()
}

fn place_names(world: &World, text: &str) -> String {
    [
        ("\"SOURCE\"", "opencode.json"),
        ("\"OTHER\"", "other.json"),
        ("\"FIFO\"", "fifo"),
        ("\"MISSING\"", "missing.json"),
        ("\"DIRECTORY\"", "victim"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (word, name)| {
        text.replace(word, &json!(world.path(name)).to_string())
    })
}

/// Makes the world. Returns which of its things are surely the user's.
fn make(world: &World, things: &[Thing], manifest: &Value) -> Vec<PathBuf> {
    std::fs::write(world.path("other.json"), r#"{"username": "other"}"#).expect("write");
    common::make_fifo(&world.path("fifo"));
    std::fs::create_dir(world.path("victim")).expect("create");
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(world.path("victim"), open).expect("chmod");
    let mut precious = Vec::new();
    let mut put_here = Vec::new();
    for (number, thing) in things.iter().enumerate() {
        if !put(world, number, thing) {
            continue;
        }
        put_here.push(thing);
        let is_the_users = match &thing.kind {
            Kind::Precious | Kind::Fifo | Kind::Socket | Kind::Directory => true,
            Kind::Link(target) => matches!(
                target,
                Target::Nowhere
                    | Target::Itself
                    | Target::Inside(_)
                    | Target::Victim
                    | Target::Root
            ),
            _ => false,
        };
        if is_the_users {
            precious.push(thing.path.clone());
        }
    }
    // Without root the test itself could not look into what it has closed.
    let has_odd_modes = is_root();
    if has_odd_modes {
        give_to(&world.home, SOMEBODY);
    }
    for thing in put_here.iter().rev() {
        if has_odd_modes && !matches!(thing.kind, Kind::Link(_)) {
            let mode = std::fs::Permissions::from_mode(thing.mode);
            std::fs::set_permissions(world.at(&thing.path), mode).expect("chmod");
        }
    }
    let manifest: Value =
        serde_json::from_str(&place_names(world, &manifest.to_string())).expect("JSON");
    world.write_manifest(&manifest);
    precious
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs the program, killed if it hangs, traced if that is possible.
fn run(world: &World, words: &[&str], trace: Option<&Path>) -> Output {
    let mut command = Command::new("timeout");
    command.args(["-s", "KILL", "20"]);
    if let Some(trace) = trace {
        command.args(["strace", "-o"]).arg(trace);
        command.args(["-e", "trace=file,desc"]);
    }
    command.arg(env!("CARGO_BIN_EXE_opencode-setup"));
    command.args(words).arg(&world.manifest);
    command.env_remove("JOURNAL_STREAM");
    command.output().expect("timeout runs")
}

/// The report on standard output of a run with `--json`.
fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

fn outside(world: &World) -> Tree {
    let mut tree = tree(&world.path(""));
    tree.retain(|path, _| !path.starts_with("home") && !path.as_os_str().is_empty());
    tree
}

/// Everything that has to hold for one world.
fn hold_all_properties(things: &[Thing], manifest: &Value) {
    let world = World::in_memory();
    let precious = make(&world, things, manifest);
    let before = world.tree();
    let outside_before = outside(&world);

    let dry = run(&world, &["apply", "--dry-run", "--json"], None);
    assert_ended_well(&dry);
    assert_eq!(world.tree(), before, "a dry run has changed something");

    let trace = tempfile::NamedTempFile::new().expect("a file");
    let trace = STRACE.with(|has| has.then(|| trace.path().to_owned()));
    let applied = run(&world, &["apply", "--json"], trace.as_deref());
    assert_ended_well(&applied);
    let after = world.tree();
    assert_eq!(outside(&world), outside_before, "something outside HOME");
    if let Some(trace) = trace {
        assert_writes_only_beneath(&std::fs::read_to_string(trace).expect("a trace"));
    }
    assert_kept(&precious, &before, &after);

    if dry.status.code() != Some(0) {
        assert_eq!(applied.status.code(), dry.status.code(), "{applied:?}");
        assert_eq!(after, before, "changed in spite of an error foreseen");
        return;
    }
    if applied.status.code() != Some(0) {
        // What no dry run can foresee: the system refuses.
        assert_eq!(applied.status.code(), Some(1), "{applied:?}");
        return;
    }
    assert_eq!(report(&dry)["changes"], report(&applied)["changes"]);
    // One that was there before, beside no link of ours, is the user's.
    let mut temporary = temporary_names(&after);
    temporary.retain(|path| !before.contains_key(*path));
    assert_eq!(temporary, Vec::<&Path>::new());

    let checked = run(&world, &["check", "--json"], None);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    let again = run(&world, &["apply", "--json"], None);
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    assert_eq!(report(&again)["changes"], json!([]));
    assert_eq!(world.tree(), after, "a second apply has changed something");
}

thread_local! {
    static STRACE: bool = is_installed("strace", "that nothing outside HOME is opened for writing");
}

/// One of the documented exits: no panic (101), no hang (137), no other death.
fn assert_ended_well(output: &Output) {
    assert!(
        matches!(output.status.code(), Some(0 | 1 | 5)),
        "{output:?}"
    );
    let error = &report(output)["error"];
    assert_eq!(
        error.is_null(),
        output.status.code() == Some(0),
        "{output:?}"
    );
}

/// Whatever was the user's is still there: the same inode, with the same content.
fn assert_kept(precious: &[PathBuf], before: &Tree, after: &Tree) {
    let identity = |thing: &common::Thing| (thing.inode, thing.mode, thing.content.clone());
    let kept: BTreeSet<_> = after.values().map(identity).collect();
    for path in precious {
        assert!(
            kept.contains(&identity(&before[path])),
            "{} is lost",
            path.display()
        );
    }
}

/// Every call that changes a file system works on a bare name in a directory, or
/// on a path, that was opened beneath HOME.
fn assert_writes_only_beneath(trace: &str) {
    const CHANGING: [&str; 12] = [
        "mkdir", "symlink", "link", "rename", "unlink", "rmdir", "chmod", "chown", "mknod",
        "truncate", "utime", "creat",
    ];
    for line in trace.lines() {
        let Some((call, arguments)) = line.split_once('(') else {
            continue;
        };
        let opens = call.starts_with("open");
        let for_writing = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
            .iter()
            .any(|flag| arguments.contains(flag));
        let changes = !opens
            && CHANGING
                .iter()
                .any(|name| call.contains(name) && !call.starts_with("read"));
        if opens && for_writing {
            assert!(arguments.contains("RESOLVE_BENEATH"), "{line}");
        }
        if changes {
            assert!(call.contains("at"), "{line}");
            assert!(!arguments.contains("AT_FDCWD"), "{line}");
            let names = arguments.split('"').skip(1).step_by(2);
            // The first name of symlinkat(2) is where the link points.
            let own = usize::from(call.starts_with("symlink"));
            assert!(names.skip(own).all(|name| !name.contains('/')), "{line}");
        }
    }
}

proptest! {
    #![proptest_config(Config {
        max_shrink_iters: 500,
        // A world that hangs takes its whole time-out at every step.
        max_shrink_time: 120_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/random_worlds.regressions",
        ))),
        ..Config::default()
    })]

    /// Whatever is in HOME and whatever the manifest says: apply twice is apply
    /// once, check agrees, a dry run tells exactly what is done, what is the
    /// user's is kept, nothing outside HOME is opened for writing or changed,
    /// and nothing hangs or panics.
    #[test]
    fn any_home_and_any_manifest(
        things in proptest::collection::vec(thing(), 0..12),
        manifest in manifest(),
    ) {
        hold_all_properties(&things, &manifest);
    }
}
