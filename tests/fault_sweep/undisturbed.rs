//! The run that nothing disturbs, as strace(1) sees it.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use crate::common::World;
use crate::next_manifest::{NEXT, Next};
use crate::scenarios::{Scenario, apply_again};
use crate::shape::{Shape, shape};

/// A system call of the undisturbed run: the `nth` of that name.
pub struct Call {
    pub name: String,
    pub nth: usize,
    /// Whether it comes before the program's own first, which opens the
    /// manifest: until then it is the language's runtime that acts.
    pub is_runtime: bool,
}

impl Call {
    /// Whether it changes what is on the disk.
    pub fn changes_the_disk(&self) -> bool {
        const CHANGING: [&str; 6] = [
            "mkdirat",
            "symlinkat",
            "linkat",
            "renameat2",
            "unlinkat",
            "fsync",
        ];
        CHANGING.contains(&self.name.as_str())
    }
}

/// What the undisturbed run did.
pub struct Undisturbed {
    pub calls: Vec<Call>,
    /// What HOME looks like after one more run, for each that is possible.
    shapes: Vec<(Next, Shape)>,
}

impl Undisturbed {
    /// What HOME has to look like after such a next run; `None` where there is
    /// none.
    pub fn shape(&self, next: Next) -> Option<&Shape> {
        let mut shapes = self.shapes.iter();
        let found = shapes.find(|(candidate, _)| *candidate == next);
        found.map(|(_, shape)| shape)
    }
}

/// An apply under strace(1).
pub fn traced(world: &World, options: &[String]) -> Output {
    let mut command = Command::new("strace");
    command.args(options);
    command.arg(env!("CARGO_BIN_EXE_opencode-setup"));
    command.arg("apply").arg(&world.manifest);
    command.env_remove("JOURNAL_STREAM");
    command.output().expect("strace runs")
}

/// Runs it.
pub fn undisturbed(scenario: &Scenario) -> Undisturbed {
    let world = World::in_memory();
    (scenario.prepare)(&world);
    let log = tempfile::NamedTempFile::new().expect("a file");
    let output = traced(&world, &["-o".to_owned(), log.path().display().to_string()]);
    assert_eq!(
        output.status.code(),
        Some(scenario.exit),
        "{}",
        scenario.name
    );
    let log = std::fs::read_to_string(log.path()).expect("a trace");
    let calls = calls(&log);
    let shapes = NEXT.into_iter().filter_map(|next| {
        let is_possible = next.is_possible(&world);
        is_possible.then(|| (next, shape_after(scenario, next)))
    });
    Undisturbed {
        calls,
        shapes: shapes.collect(),
    }
}

/// What an undisturbed run and one more make of HOME.
fn shape_after(scenario: &Scenario, next: Next) -> Shape {
    let world = World::in_memory();
    (scenario.prepare)(&world);
    let first = apply_again(&world);
    assert_eq!(first.status.code(), Some(scenario.exit), "{first:?}");
    next.write_manifest(&world);
    let second = apply_again(&world);
    let expected = scenario.exit_then(next);
    assert_eq!(second.status.code(), Some(expected), "{second:?}");
    shape(&world, &world.tree())
}

/// The calls of a trace, but for the execve(2) that starts the program, which is
/// strace's own.
pub fn calls(log: &str) -> Vec<Call> {
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
    assert_eq!(calls.remove(0).name, "execve");
    calls
}
