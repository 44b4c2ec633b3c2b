//! Every system call of a run failed, and the run killed at every one of them.
//!
//! For each scenario an undisturbed run is traced (strace(1)). Then the run is
//! repeated, each time in a new world, with one call made to fail, or with the
//! process killed at that call, which is every moment that another process
//! could tell from the next. The hooks' own system calls are not the program's
//! and are left alone.
//!
//! After a kill the next run may find another manifest, with a newer source or
//! with no link at all.
//!
//! Plain `cargo test` gives each call one of the faults, in turn, and kills at
//! each that changes the disk; with
//! `OPENCODE_SETUP_FULL_TESTS=1` each call gets all of them.

mod common;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{CONFIG, Tree, World, is_full, is_installed, link, temporary_names, tree};
use serde_json::json;

const KILL: &str = "signal=SIGKILL";

const FAULTS: [&str; 8] = [
    "error=ENOSPC",
    "error=EIO",
    "error=EACCES",
    "error=EROFS",
    "error=EMFILE",
    "error=ENOMEM",
    "error=EINTR",
    KILL,
];

/// Calls that cannot fail (umask(2), geteuid(2), _exit(2)), so that a failure of
/// theirs would show what no kernel does. They are killed at like all others.
const INFALLIBLE: [&str; 3] = ["umask", "geteuid", "exit_group"];

/// A state that HOME can be in, and what in it is the user's.
struct Scenario {
    name: &'static str,
    prepare: fn(&World),
    /// What must still be there: a file's bytes, or a link's target.
    precious: &'static [&'static str],
}

const SCENARIOS: [Scenario; 10] = [
    Scenario {
        name: "fresh HOME",
        prepare: |_| {},
        precious: &[],
    },
    Scenario {
        name: "nothing to do",
        prepare: apply,
        precious: &[],
    },
    Scenario {
        name: "older link to newer",
        prepare: |world| older_link(world, &json!({})),
        precious: &[],
    },
    Scenario {
        name: "a file is backed up",
        prepare: |world| world.in_the_way(|path| write(path, "precious file")),
        precious: &["precious file"],
    },
    Scenario {
        name: "a file is backed up beside an older backup",
        prepare: |world| {
            apply(world);
            std::fs::remove_file(world.at(CONFIG)).expect("remove");
            write(&world.at(CONFIG), "precious file");
            write(&world.at(format!("{CONFIG}.backup-1")), "older backup");
        },
        precious: &["precious file", "older backup"],
    },
    Scenario {
        name: "a directory is backed up",
        prepare: |world| {
            world.in_the_way(|path| {
                std::fs::create_dir(path).expect("create");
                write(&path.join("notes"), "precious notes");
            });
        },
        precious: &["precious notes"],
    },
    Scenario {
        name: "a foreign link is backed up",
        prepare: |world| world.in_the_way(|path| link("/precious/target", path)),
        precious: &["/precious/target"],
    },
    Scenario {
        name: "a stale link is removed",
        prepare: |world| {
            older_link(world, &json!({ "links": [] }));
            write(&world.at(".config/opencode/notes"), "precious notes");
        },
        precious: &["precious notes"],
    },
    Scenario {
        name: "an identical file is replaced",
        prepare: |world| {
            let source = std::fs::read(&world.source).expect("read");
            world.in_the_way(|path| std::fs::write(path, source).expect("write"));
        },
        precious: &[],
    },
    Scenario {
        name: "both hooks, and a broken record",
        prepare: |world| {
            let hook = world.script("hook", "echo ran > $OPENCODE_SETUP_PHASE");
            world.write_manifest(&json!({ "preInit": hook, "postInit": hook }));
            std::fs::create_dir_all(world.at(common::RECORD).parent().expect("below"))
                .expect("create");
            write(&world.at(common::RECORD), "precious, if broken");
            world.in_the_way(|path| write(path, "precious file"));
        },
        precious: &["precious, if broken", "precious file"],
    },
];

/// Not [`World::apply`], which prints what was done: thousands of times, here.
fn apply(world: &World) {
    let output = apply_again(world);
    assert!(output.status.success(), "{output:?}");
}

fn apply_again(world: &World) -> Output {
    let mut command = common::program();
    command.arg("apply").arg(&world.manifest);
    command.output().expect("it runs")
}

fn write(path: &Path, content: &str) {
    std::fs::write(path, content).expect("write");
}

/// A HOME with a link to an older source, whose manifest now says `changes`.
fn older_link(world: &World, changes: &serde_json::Value) {
    let older = world.path("older.json");
    write(&older, "{}");
    world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": older }] }));
    apply(world);
    world.write_manifest(changes);
}

/// A system call of the undisturbed run: the `nth` of that name.
struct Call {
    name: String,
    nth: usize,
    /// Whether it comes before the program's own first, which opens the
    /// manifest: until then it is the language's runtime that acts.
    is_runtime: bool,
}

/// What the undisturbed run did.
struct Undisturbed {
    calls: Vec<Call>,
    shape: Shape,
    /// The shape after one more run, with [`Next::OtherSource`].
    shape_with_other_source: Shape,
}

/// What the manifest says when the run after the disturbed one comes: operators
/// change their minds just when a machine has crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Same,
    OtherSource,
    NoLinks,
}

const NEXT: [Next; 3] = [Next::Same, Next::OtherSource, Next::NoLinks];

impl Next {
    fn write_manifest(self, world: &World) {
        let links = match self {
            Self::Same => return,
            Self::OtherSource => {
                let other = world.path("other.json");
                // The same bytes: a file identical to one is so to the other.
                std::fs::copy(&world.source, &other).expect("copy");
                json!([{ "path": CONFIG, "source": other }])
            }
            Self::NoLinks => json!([]),
        };
        let manifest = std::fs::read(&world.manifest).expect("read");
        let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        manifest["links"] = links;
        world.write_manifest(&manifest);
    }
}

/// What two trees have to have in common to be the same to a user: kinds and
/// modes, contents and targets.
type Shape = BTreeMap<PathBuf, (u32, String)>;

/// The shape of HOME, with the world's own place taken out of it.
fn shape(world: &World, tree: &Tree) -> Shape {
    let place = world.path("").display().to_string();
    tree.iter()
        .map(|(path, thing)| {
            let content = String::from_utf8_lossy(&thing.content).replace(&place, "WORLD/");
            (path.clone(), (thing.mode, content))
        })
        .collect()
}

/// Everything beside HOME, to the last inode and time.
fn outside(world: &World) -> Tree {
    let mut tree = tree(&world.path(""));
    tree.retain(|path, _| !path.starts_with("home") && !path.as_os_str().is_empty());
    tree
}

fn traced(world: &World, options: &[String]) -> Output {
    let mut command = Command::new("strace");
    command.args(options);
    command.arg(env!("CARGO_BIN_EXE_opencode-setup"));
    command.arg("apply").arg(&world.manifest);
    command.env_remove("JOURNAL_STREAM");
    command.output().expect("strace runs")
}

fn undisturbed(scenario: &Scenario) -> Undisturbed {
    let world = World::in_memory();
    (scenario.prepare)(&world);
    let log = tempfile::NamedTempFile::new().expect("a file");
    let output = traced(&world, &["-o".to_owned(), log.path().display().to_string()]);
    assert!(output.status.success(), "{}", scenario.name);
    let log = std::fs::read_to_string(log.path()).expect("a trace");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut calls, mut is_runtime) = (Vec::new(), true);
    for line in log.lines() {
        let Some((name, arguments)) = line.split_once('(') else {
            continue;
        };
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            continue;
        }
        is_runtime &= !arguments.contains(".json");
        let nth = seen.entry(name).or_insert(0);
        *nth += 1;
        calls.push(Call {
            name: name.to_owned(),
            nth: *nth,
            is_runtime,
        });
    }
    // The execve(2) that starts the program is strace's own.
    assert_eq!(calls.remove(0).name, "execve");
    let undisturbed = shape(&world, &world.tree());
    Next::OtherSource.write_manifest(&world);
    apply(&world);
    Undisturbed {
        calls,
        shape: undisturbed,
        shape_with_other_source: shape(&world, &world.tree()),
    }
}

/// What a fault led to, by what it broke.
#[derive(Default)]
struct Findings {
    lost: Vec<String>,
    wrong_exits: Vec<String>,
    not_converged: Vec<String>,
}

fn inject(
    scenario: &Scenario,
    undisturbed: &Undisturbed,
    call: &Call,
    fault: &str,
    next: Next,
    findings: &Mutex<Findings>,
) {
    let world = World::in_memory();
    (scenario.prepare)(&world);
    let before = outside(&world);
    let injection = format!("inject={}:{fault}:when={}", call.name, call.nth);
    let trace = format!("trace={}", call.name);
    let options = ["-o", "/dev/null", "-e", &trace, "-e", &injection].map(str::to_owned);
    let output = traced(&world, &options);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let title = format!(
        "{}, {injection}, then {next:?}: {}: {stderr}",
        scenario.name, output.status
    );

    let found = world.tree();
    if !scenario
        .precious
        .iter()
        .all(|precious| is_in(&found, precious))
    {
        let names = common::names(&found).join(" ");
        let line = format!("{title}: left were {names}");
        findings.lock().expect("lock").lost.push(line);
    }
    if outside(&world) != before {
        let line = format!("{title}: something outside HOME has changed");
        findings.lock().expect("lock").lost.push(line);
    }
    let is_right_exit = match output.status.code() {
        Some(0) => !must_fail(call, fault) && shape(&world, &found) == undisturbed.shape,
        Some(1 | 4) => has_error(&stderr),
        // A runtime that cannot even start dies as it likes.
        _ => output.status.signal() == Some(9) && fault == KILL || call.is_runtime,
    };
    if !is_right_exit {
        findings
            .lock()
            .expect("lock")
            .wrong_exits
            .push(title.clone());
    }

    next.write_manifest(&world);
    let again = apply_again(&world);
    let after = world.tree();
    let difference = match next {
        Next::Same => differences(&undisturbed.shape, &shape(&world, &after)),
        Next::OtherSource => {
            differences(&undisturbed.shape_with_other_source, &shape(&world, &after))
        }
        // Whether there is a backup depends on how far the disturbed run came.
        Next::NoLinks => links_of_ours(&world, &after),
    };
    if !again.status.success() || !difference.is_empty() || !temporary_names(&after).is_empty() {
        let stderr = String::from_utf8_lossy(&again.stderr);
        let line = format!("{title}: then {} {stderr}: {difference:?}", again.status);
        findings.lock().expect("lock").not_converged.push(line);
    }
    if !scenario
        .precious
        .iter()
        .all(|precious| is_in(&after, precious))
    {
        let line = format!("{title}: by the run after it");
        findings.lock().expect("lock").lost.push(line);
    }
}

/// What is in one shape and not in the other.
fn differences(expected: &Shape, found: &Shape) -> Vec<String> {
    let missing = expected
        .iter()
        .filter(|(path, thing)| found.get(*path) != Some(*thing));
    let added = found.keys().filter(|path| !expected.contains_key(*path));
    let missing = missing.map(|(path, thing)| format!("not {} {thing:?}", path.display()));
    missing
        .chain(added.map(|path| format!("but {}", path.display())))
        .collect()
}

/// The links in HOME that lead to where only this program lets links lead.
fn links_of_ours(world: &World, tree: &Tree) -> Vec<String> {
    let place = world.path("").into_os_string().into_encoded_bytes();
    let is_ours = |thing: &common::Thing| {
        thing.mode & 0o170_000 == 0o120_000 && thing.content.starts_with(&place)
    };
    let ours = tree.iter().filter(|(_, thing)| is_ours(thing));
    ours.map(|(path, _)| format!("still {}", path.display()))
        .collect()
}

/// Whether a call changes what is on the disk.
fn changes_the_disk(call: &Call) -> bool {
    const CHANGING: [&str; 6] = [
        "mkdirat",
        "symlinkat",
        "linkat",
        "renameat2",
        "unlinkat",
        "fsync",
    ];
    CHANGING.contains(&call.name.as_str())
}

/// Whether a run cannot have done its work if this call has failed: none of
/// those that change the disk is dispensable. Interrupted calls are made again.
fn must_fail(call: &Call, fault: &str) -> bool {
    changes_the_disk(call) && fault != "error=EINTR"
}

/// Whether a file with these bytes, or a link with this target, is there.
fn is_in(tree: &Tree, precious: &str) -> bool {
    tree.values()
        .any(|thing| thing.content == precious.as_bytes())
}

/// Whether something besides the warning about a broken record is said.
fn has_error(stderr: &str) -> bool {
    let mut lines = stderr.lines();
    lines.any(|line| line.starts_with("opencode-setup: ") && !line.contains("taken as absent"))
}

/// Whatever fails, and whenever it is killed: nothing of the user's is lost,
/// nothing outside HOME is changed, no failure passes for a success, and the
/// next run makes everything as if nothing had happened.
#[test]
fn no_failing_call_and_no_kill_loses_anything() {
    if !is_installed("strace", "no_failing_call_and_no_kill_loses_anything") {
        return;
    }
    let runs: Vec<Undisturbed> = SCENARIOS.iter().map(undisturbed).collect();
    let mut injections = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        for (position, call) in run.calls.iter().enumerate() {
            for (turn, fault) in FAULTS.iter().enumerate() {
                let is_possible = *fault == KILL || !INFALLIBLE.contains(&call.name.as_str());
                // Not in step with the calls, many of which come in eights.
                let step = position + position / FAULTS.len() + index;
                let is_between_changes = *fault == KILL && changes_the_disk(call);
                let is_its_turn = is_full() || is_between_changes || step % FAULTS.len() == turn;
                if !is_possible || !is_its_turn {
                    continue;
                }
                for (next_turn, next) in NEXT.into_iter().enumerate() {
                    // Errors are told to somebody; a kill lets time pass unnoticed.
                    let is_due = match (is_full(), *fault == KILL) {
                        (_, false) => next == Next::Same,
                        (true, true) => true,
                        (false, true) if is_between_changes => next == Next::Same,
                        (false, true) => position / FAULTS.len() % NEXT.len() == next_turn,
                    };
                    if is_due {
                        injections.push((&SCENARIOS[index], run, call, *fault, next));
                    }
                }
            }
        }
    }
    let next = AtomicUsize::new(0);
    let findings = Mutex::new(Findings::default());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((scenario, run, call, fault, next)) =
                    injections.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    inject(scenario, run, call, fault, *next, &findings);
                }
            });
        }
    });
    let findings = findings.into_inner().expect("no thread has panicked");
    for (title, list) in [
        ("lost", &findings.lost),
        ("wrong exit", &findings.wrong_exits),
        ("not converged", &findings.not_converged),
    ] {
        for line in list {
            println!("{title}: {}", line.trim_end());
        }
    }
    let counts = [
        findings.lost.len(),
        findings.wrong_exits.len(),
        findings.not_converged.len(),
    ];
    println!(
        "{} injections, {} lost, {} wrong exits, {} not converged",
        injections.len(),
        counts[0],
        counts[1],
        counts[2]
    );
    assert_eq!(counts, [0, 0, 0]);
}
