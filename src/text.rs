//! A report in words.

use std::io;

use crate::action::Action;
use crate::output::{self, Level, PROGRAM};
use crate::report::{Mode, Report};

/// Prints a change that has just been made.
///
/// # Errors
/// When standard output cannot be written to; so for all of this module.
pub fn print_done(instance: &str, change: &Action) -> io::Result<()> {
    output::info(format!("{instance}: {}", change.done()))
}

/// Prints a report as one line of JSON.
///
/// # Errors
/// As [`print_done`].
pub fn print_json(report: &Report) -> io::Result<()> {
    output::raw(&format!("{}\n", serde_json::to_string(report)?))
}

/// Prints what is left to say once a run is over: what would change, warnings,
/// and how it ended.
///
/// # Errors
/// As [`print_done`].
pub fn print_end(report: &Report) -> io::Result<()> {
    let subject = subject(report.instance.as_deref());
    if report.mode != Mode::Apply {
        for change in &report.changes {
            output::info(format!("{subject}would {}", change.text))?;
        }
    }
    if report.mode == Mode::DryRun {
        for hook in &report.hooks {
            let (phase, program) = (hook.phase.name(), &hook.program);
            output::info(format!("{subject}would run {phase} hook {program}"))?;
        }
    }
    for warning in &report.warnings {
        output::complain(Level::Warning, format!("{PROGRAM}: {subject}{warning}"));
    }
    match &report.error {
        Some(error) => {
            output::complain(Level::Error, format!("{PROGRAM}: {subject}{error}"));
            Ok(())
        }
        None => output::info(format!("{subject}{}", summary(report))),
    }
}

/// What a line about an instance begins with. Without a manifest there is none
/// to name; the error names the file.
#[must_use]
pub fn subject(instance: Option<&str>) -> String {
    instance.map_or_else(String::new, |instance| format!("{instance}: "))
}

/// How a run ended that ended well.
fn summary(report: &Report) -> String {
    let changes = match report.changes.len() {
        0 => return "ready, nothing to do".to_owned(),
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    };
    match report.mode {
        Mode::Apply => format!("ready, {changes} made"),
        Mode::DryRun | Mode::Check => format!("not as its manifest says, {changes} to make"),
    }
}
