//! Several targets: a process for each, since root cannot take back the privileges that
//! it has dropped for the owner of one HOME.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus as ProcessStatus, Stdio};
use std::time::Duration;

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::Signal;

use crate::cli::arguments::CommonArguments;
use crate::cli::target::Target;
use crate::converge::hook::THIS_PROGRAM;
use crate::converge::process::{Ended, Recipient, wait};
use crate::converge::signals::{Signals, interrupted};
use crate::report::document::Mode;
use crate::report::error::{Error, ExitStatus};
use crate::report::log::{Format, Log, printed_or_failed};
use crate::report::output::PROGRAM;
use crate::report::table::{self, Row};

/// How long a run that changes nothing may take once it has the lock of its HOME, in
/// seconds.
const LONGEST_LOOK: u64 = 60;

/// Runs this program for each of several targets.
pub struct Several<'a> {
    mode: Mode,
    arguments: &'a CommonArguments,
    signals: Signals,
    ended_by: Option<Signal>,
}

impl<'a> Several<'a> {
    /// Runs with the mode and the arguments of this process.
    ///
    /// # Errors
    /// When the system refuses to block signals.
    pub fn new(mode: Mode, arguments: &'a CommonArguments) -> Result<Self, Error> {
        Ok(Self {
            mode,
            arguments,
            signals: Signals::block()?,
            ended_by: None,
        })
    }

    /// Runs each target, one after the other. One that fails does not stop the
    /// rest; a signal does.
    #[must_use]
    pub fn run(mut self, targets: &[Target]) -> ExitStatus {
        if self.mode == Mode::Check && !self.arguments.json {
            return self.print_table(targets);
        }
        let format = if self.arguments.json {
            Format::Json
        } else {
            Format::Text
        };
        targets.iter().fold(ExitStatus::Done, |worst, target| {
            let status = self
                .run_one(target, format, Stdio::inherit())
                .unwrap_or_else(|error| self.tell(target, format, error));
            worst.worse(status)
        })
    }

    /// Runs each target, and prints a table of their JSON reports.
    fn print_table(&mut self, targets: &[Target]) -> ExitStatus {
        let mut rows = Vec::with_capacity(targets.len());
        for target in targets {
            let row = self.collect(target);
            rows.push(row.unwrap_or_else(|error| Row::failed(target.shown(), error)));
        }
        let worst = |worst: ExitStatus, row: &Row| worst.worse(row.exit_status());
        let status = rows.iter().fold(ExitStatus::Done, worst);
        status.worse(printed_or_failed(table::print(&rows)))
    }

    fn collect(&mut self, target: &Target) -> Result<Row, Error> {
        let failed = |why: String| ended_badly(target, &why);
        let report = memfd_create("report", MFdFlags::MFD_CLOEXEC)
            .map_err(|errno| failed(errno.desc().to_owned()))?;
        let mut report = File::from(report);
        let copy = report
            .try_clone()
            .map_err(|error| failed(error.to_string()))?;
        let status = self.run_one(target, Format::Json, copy.into())?;
        let mut content = Vec::new();
        report
            .rewind()
            .and_then(|()| report.read_to_end(&mut content))
            .map_err(|error| failed(error.to_string()))?;
        Row::parse(&content).map_err(|why| {
            failed(format!(
                "exit code {}, and its report: {why}",
                status.code()
            ))
        })
    }

    /// Runs one target to its end, with `output` as its standard output.
    fn run_one(
        &mut self,
        target: &Target,
        format: Format,
        output: Stdio,
    ) -> Result<ExitStatus, Error> {
        if let Some(signal) = self.ended_by {
            return Err(not_begun(signal));
        }
        let mut command = self.command(target, format)?;
        let child = command.stdout(output).spawn();
        let child = child.map_err(|error| ended_badly(target, &error.to_string()))?;
        let limit = self.limit();
        let ended = wait(child, Recipient::Child, limit, &self.signals)?;
        let Ended {
            status,
            asked_by,
            is_overdue,
        } = ended;
        self.ended_by = self.ended_by.or(asked_by);
        if let Some(limit) = limit.filter(|_| is_overdue && asked_by.is_none()) {
            let why = format!("it has not ended within {} s", limit.as_secs());
            return Err(ended_badly(target, &why));
        }
        match status.code() {
            Some(code) => Ok(ExitStatus::from_code(code)),
            None => Err(self.killed(target, status)),
        }
    }

    /// How long a run may take, if it runs no hooks: it acts as the owner of HOME, whose
    /// other processes can stop it.
    fn limit(&self) -> Option<Duration> {
        let seconds = self.arguments.lock_timeout.saturating_add(LONGEST_LOOK);
        (self.mode != Mode::Apply).then_some(Duration::from_secs(seconds))
    }

    /// The error of a run that was killed by a signal and has printed no report.
    fn killed(&self, target: &Target, status: ProcessStatus) -> Error {
        match (self.ended_by, status.signal()) {
            (Some(asked), Some(by)) if asked as i32 == by => interrupted(asked),
            _ => ended_badly(target, &status.to_string()),
        }
    }

    fn command(&self, target: &Target, format: Format) -> Result<Command, Error> {
        let word = target.word()?.to_owned();
        let mut arguments: Vec<OsString> = match self.mode {
            Mode::Apply => vec!["apply".into()],
            Mode::DryRun => vec!["apply".into(), "--dry-run".into()],
            Mode::Check => vec!["check".into()],
        };
        arguments.push("--lock-timeout".into());
        arguments.push(self.arguments.lock_timeout.to_string().into());
        // As one argument, since the directory may begin with a dash.
        let mut directory = OsString::from("--manifest-dir=");
        directory.push(&self.arguments.manifest_dir);
        arguments.push(directory);
        if format == Format::Json {
            arguments.push("--json".into());
        }
        arguments.extend(["--".into(), word]);
        let mut command = Command::new(THIS_PROGRAM);
        command.arg0(PROGRAM).args(arguments);
        Ok(command)
    }

    /// Prints the error of a run that has printed no report.
    fn tell(&self, target: &Target, format: Format, error: Error) -> ExitStatus {
        let log = Log::new(self.mode, target.shown(), format);
        let (status, printed) = log.finish(Err(error));
        status.worse(printed_or_failed(printed))
    }
}

fn not_begun(signal: Signal) -> Error {
    let number = interrupted(signal).exit_status().code() - 128;
    Error::interrupted(
        number,
        format!("not started, since {signal} has ended the run over all targets; run it again"),
    )
}

fn ended_badly(target: &Target, why: &str) -> Error {
    Error::failed(format!(
        "{}: the process for this target failed: {why}; run the command for this target alone",
        target.shown()
    ))
}
