//! The run that nothing disturbs, as strace(1) sees it.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use crate::common::World;
use crate::next_manifest::{Next, earlier_source};
use crate::scenarios::{Scenario, apply};
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
    pub shape: Shape,
    /// The shape after one more run, with [`Next::OtherSource`].
    pub shape_with_other_source: Shape,
    /// The shape after a run with [`Next::EarlierSource`], where there is one.
    pub shape_with_earlier_source: Option<Shape>,
}

impl Undisturbed {
    /// Whether there is such a next run.
    pub fn can_be_followed_by(&self, next: Next) -> bool {
        next != Next::EarlierSource || self.shape_with_earlier_source.is_some()
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
    let shape_with = |next: Next| {
        next.write_manifest(&world);
        apply(&world);
        shape(&world, &world.tree())
    };
    let shape_with_other_source = shape_with(Next::OtherSource);
    let has_earlier_source = earlier_source(&world).exists();
    let shape_with_earlier_source = has_earlier_source.then(|| shape_with(Next::EarlierSource));
    Undisturbed {
        calls,
        shape: undisturbed,
        shape_with_other_source,
        shape_with_earlier_source,
    }
}
