//! One disturbed run, the run after it, and what came of both.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::Mutex;

use crate::KILL;
use crate::common::{self, World, temporary_names};
use crate::next_manifest::Next;
use crate::scenarios::{Scenario, apply_again};
use crate::shape::{differences, is_in, links_of_ours, shape};
use crate::undisturbed::{Call, Undisturbed, traced};

/// What a fault led to, by what it broke.
#[derive(Default)]
pub struct Findings {
    pub lost: Vec<String>,
    pub wrong_exits: Vec<String>,
    pub not_converged: Vec<String>,
}

impl Findings {
    pub fn print(&self) {
        for (title, lines) in [
            ("lost", &self.lost),
            ("wrong exit", &self.wrong_exits),
            ("not converged", &self.not_converged),
        ] {
            for line in lines {
                println!("{title}: {}", line.trim_end());
            }
        }
    }

    /// How many were lost, ended wrongly, and did not converge.
    pub fn counts(&self) -> [usize; 3] {
        [&self.lost, &self.wrong_exits, &self.not_converged].map(Vec::len)
    }
}

/// Disturbs a run at one call.
pub fn inject(
    scenario: &Scenario,
    undisturbed: &Undisturbed,
    call: &Call,
    fault: &str,
    next: Next,
    findings: &Mutex<Findings>,
) {
    let world = World::in_memory();
    (scenario.prepare)(&world);
    let before = world.outside();
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
    if world.outside() != before {
        let line = format!("{title}: something outside HOME has changed");
        findings.lock().expect("lock").lost.push(line);
    }
    let is_done = || undisturbed.shape(Next::Same) == Some(&shape(&world, &found));
    let is_right_exit = match output.status.code() {
        Some(0) => scenario.exit == 0 && !must_fail(call, fault) && is_done(),
        // A run that fails anyway may be kept from saying so.
        Some(1) if scenario.exit == 1 && call.name == "write" => true,
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
    let difference = match (next, undisturbed.shape(next)) {
        // Whether there is a backup depends on how far the disturbed run came.
        (Next::NoLinks, _) | (_, None) => links_of_ours(&world, &after),
        (_, Some(expected)) => differences(expected, &shape(&world, &after)),
    };
    let expected = scenario.exit_then(next);
    let is_right = again.status.code() == Some(expected);
    // A run that cannot succeed may leave things where it found them.
    let is_tidy = difference.is_empty() && temporary_names(&after).is_empty();
    if !is_right || expected == 0 && !is_tidy {
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

/// Whether a run cannot have done its work if this call has failed: none of
/// those that change the disk is dispensable. Interrupted calls are made again.
fn must_fail(call: &Call, fault: &str) -> bool {
    call.changes_the_disk() && fault != "error=EINTR"
}

/// Whether something besides the warning about a broken record is said.
fn has_error(stderr: &str) -> bool {
    let mut lines = stderr.lines();
    lines.any(|line| line.starts_with("opencode-setup: ") && !line.contains("taken as absent"))
}
