//! What a run prints: text at once, or JSON at its end.

use std::io;

use crate::report::change::Change;
use crate::report::document::{HookReport, Mode, Report, Status};
use crate::report::error::{Error, ExitStatus};
use crate::report::output::{self, Level};
use crate::report::shown::Shown;

/// The format in which a run prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line for every change as soon as it is made, and one at the end.
    Text,
    /// One document at the end.
    Json,
}

/// The log of one run over one target.
pub struct Log {
    report: Report,
    format: Format,
    changes: usize,
    /// Whether a written record was noted: it is noted once, however often it is written.
    has_told_of_record: bool,
    printed: io::Result<()>,
}

impl Log {
    /// The log of a run that has not begun.
    #[must_use]
    pub fn new(mode: Mode, target: Shown, format: Format) -> Self {
        Self {
            report: Report::new(mode, target),
            format,
            changes: 0,
            has_told_of_record: false,
            printed: Ok(()),
        }
    }

    /// What was asked for.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.report.mode
    }

    /// The format in which this run prints.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Notes the instance and the HOME of the run.
    pub fn begin(&mut self, instance: &str, home: &str) {
        self.report.instance = Some(instance.into());
        self.report.home = Some(home.into());
    }

    /// Whether no apply had fully succeeded before; `None` as long as that is not known.
    #[must_use]
    pub fn first_run(&self) -> Option<bool> {
        self.report.first_run
    }

    /// Notes whether no apply had fully succeeded before.
    pub fn set_first_run(&mut self, first_run: bool) {
        self.report.first_run = Some(first_run);
    }

    /// Whether a change was made or a hook was run. Either could have undone something
    /// that was in place.
    #[must_use]
    pub fn has_done_something(&self) -> bool {
        self.changes > 0 || !self.report.hooks.is_empty()
    }

    /// How many changes were made or, unless the mode is `apply`, are due.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.changes
    }

    /// How many warnings there are; 0 if the format is text, which prints them at once.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.report.warnings.len()
    }

    /// Whether a hook was run.
    #[must_use]
    pub fn has_run_a_hook(&self) -> bool {
        self.report.hooks.iter().any(|hook| hook.ran)
    }

    /// Notes a change that was made or, unless the mode is `apply`, that is due.
    pub fn change(&mut self, change: Change) {
        if matches!(change, Change::WriteRecord { .. })
            && std::mem::replace(&mut self.has_told_of_record, true)
        {
            return;
        }
        self.changes += 1;
        match (self.format, self.report.mode) {
            (Format::Json, _) => self.report.changes.push(change),
            (Format::Text, Mode::Apply) => self.write_line(&change.done()),
            (Format::Text, Mode::DryRun | Mode::Check) => {
                self.write_line(&format!("would {}", change.infinitive()));
            }
        }
    }

    /// Notes what an operator should know, although nothing went wrong.
    pub fn warn(&mut self, warning: impl Into<Shown>) {
        let warning = warning.into();
        match self.format {
            Format::Json => self.report.warnings.push(warning),
            Format::Text => self.complain(Level::Warning, &warning),
        }
    }

    /// Notes a hook that ran or, in a dry run, would run.
    pub fn hook(&mut self, hook: HookReport) {
        if !hook.ran && self.format == Format::Text && self.report.mode == Mode::DryRun {
            let (phase, program) = (hook.phase.name(), &hook.program);
            self.write_line(&format!("would run {phase} hook {program}"));
        }
        self.report.hooks.push(hook);
    }

    /// Ends the log with the result of the run, and prints what is not printed yet.
    ///
    /// # Errors
    /// When standard output could not be written to; the status is what it
    /// would have been.
    pub fn finish(mut self, result: Result<(), Error>) -> (ExitStatus, io::Result<()>) {
        let report = &mut self.report;
        report.error = result.err();
        let (status, exit_status) = match (&report.error, report.mode) {
            (Some(error), _) => (Status::Failed, error.exit_status()),
            (None, _) if self.changes == 0 => (Status::Unchanged, ExitStatus::Done),
            (None, Mode::Apply) => (Status::Changed, ExitStatus::Done),
            (None, Mode::DryRun) => (Status::Drift, ExitStatus::Done),
            (None, Mode::Check) => (Status::Drift, ExitStatus::Drift),
        };
        report.status = status;
        report.exit_code = exit_status.code();
        match (self.format, self.report.error.take()) {
            (Format::Json, error) => {
                self.report.error = error;
                self.printed = print_json(&self.report);
            }
            (Format::Text, Some(error)) => self.complain(Level::Error, &error.message),
            (Format::Text, None) => {
                let summary = summary(self.report.mode, self.changes);
                self.write_line(&summary);
            }
        }
        (exit_status, self.printed)
    }

    /// Prints a line, unless one before it could not be printed.
    fn write_line(&mut self, line: &str) {
        if self.printed.is_ok() {
            self.printed =
                output::info(format!("{}{line}", subject(self.report.instance.as_ref())));
        }
    }

    fn complain(&self, level: Level, line: &Shown) {
        let subject = subject(self.report.instance.as_ref());
        output::complain(level, format!("{subject}{line}"));
    }
}

/// What a line about an instance begins with; nothing if its manifest could not be read,
/// since the error then names the file.
#[must_use]
pub fn subject(instance: Option<&Shown>) -> String {
    instance.map_or_else(String::new, |instance| format!("{instance}: "))
}

/// Turns a failure to print into a status, and prints an error.
#[must_use]
pub fn printed_or_failed(printed: io::Result<()>) -> ExitStatus {
    match printed {
        Ok(()) => ExitStatus::Done,
        // The reader has closed the pipe, and wants no more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitStatus::Done,
        Err(error) => {
            let line = format!("standard output: {error}; the work itself is not affected");
            output::complain(Level::Error, line);
            ExitStatus::Failed
        }
    }
}

fn print_json(report: &Report) -> io::Result<()> {
    let mut stream = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut stream, report)?;
    io::Write::write_all(&mut stream, b"\n")?;
    io::Write::flush(&mut stream)
}

/// The last line of a run that has succeeded.
fn summary(mode: Mode, changes: usize) -> String {
    let changes = match changes {
        0 => return "ready, nothing to do".to_owned(),
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    };
    match mode {
        Mode::Apply => format!("ready, {changes} made"),
        Mode::DryRun | Mode::Check => format!("drift from its manifest, {changes} to make"),
    }
}
