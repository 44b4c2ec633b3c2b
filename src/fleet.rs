//! Several targets at once: a process for each, since giving up root for the
//! owner of one HOME is for good.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crate::cli::CommonArguments;
use crate::error::{Error, ExitStatus, printable};
use crate::output::PROGRAM;
use crate::overview::Row;
use crate::report::{Mode, Report};
use crate::text;

/// This very program, whatever its path leads to by now.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// How this program is to be run for each of several targets.
pub struct Children {
    arguments: Vec<OsString>,
    mode: Mode,
    json: bool,
}

impl Children {
    /// Children that do what this process was asked to, and print what it was
    /// asked to or, with `json`, their reports.
    #[must_use]
    pub fn new(mode: Mode, common: &CommonArguments, json: bool) -> Self {
        let command: &[&str] = match mode {
            Mode::Apply => &["apply"],
            Mode::DryRun => &["apply", "--dry-run"],
            Mode::Check => &["check"],
        };
        let mut arguments = Vec::new();
        arguments.extend(command.iter().map(OsString::from));
        arguments.push("--lock-timeout".into());
        arguments.push(common.lock_timeout.to_string().into());
        arguments.push("--manifest-dir".into());
        arguments.push(common.manifest_dir.clone().into());
        if json {
            arguments.push("--json".into());
        }
        Self {
            arguments,
            mode,
            json,
        }
    }

    /// Runs a child for each target, one after the other, with all output going
    /// where this process's goes. One that fails does not stop the rest.
    #[must_use]
    pub fn run_each(&self, targets: &[String]) -> ExitStatus {
        targets.iter().fold(ExitStatus::Done, |worst, target| {
            let code = self
                .child(target)
                .status()
                .map_err(|error| error.to_string())
                .and_then(|status| status.code().ok_or_else(|| status.to_string()));
            worst.worse(match code {
                Ok(code) => ExitStatus::from_code(code),
                Err(why) => self.tell_failure(target, &why),
            })
        })
    }

    /// Runs children that print JSON, and takes their reports instead of
    /// letting them through.
    #[must_use]
    pub fn collect_each(&self, targets: &[String]) -> (Vec<Row>, ExitStatus) {
        let collect = |target: &String| {
            self.collect(target).unwrap_or_else(|why| {
                Row::failed(target, format!("{target}: {}", ended_badly(&why)))
            })
        };
        let rows: Vec<Row> = targets.iter().map(collect).collect();
        let worst = |worst: ExitStatus, row: &Row| worst.worse(row.exit_status());
        let status = rows.iter().fold(ExitStatus::Done, worst);
        (rows, status)
    }

    fn collect(&self, target: &str) -> Result<Row, String> {
        let output = self
            .child(target)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| error.to_string())?;
        Row::parse(&output.stdout).map_err(|why| format!("{}, and its report {why}", output.status))
    }

    fn child(&self, target: &str) -> Command {
        let mut command = Command::new(THIS_PROGRAM);
        command.arg0(PROGRAM).args(&self.arguments);
        command.arg("--").arg(target);
        command
    }

    /// Says what a child that ended badly could not say itself.
    fn tell_failure(&self, target: &str, why: &str) -> ExitStatus {
        let mut report = Report::new(self.mode, printable(target));
        let status = report.conclude(Err(Error::failed(format!(
            "{target}: {}",
            ended_badly(why)
        ))));
        let printed = if self.json {
            text::print_json(&report)
        } else {
            text::print_end(&report)
        };
        match printed {
            Ok(()) => status,
            Err(_) => ExitStatus::Failed,
        }
    }
}

fn ended_badly(why: &str) -> String {
    format!("its own run of {THIS_PROGRAM} ended badly: {why}; try this target alone")
}
