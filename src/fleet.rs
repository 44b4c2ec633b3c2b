//! Several targets at once: a process for each, since giving up root for the
//! owner of one HOME is for good.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crate::cli::CommonArguments;
use crate::error::ExitStatus;
use crate::output::{self, Level, PROGRAM};
use crate::overview::Row;
use crate::report::Mode;

/// This very program, whatever its path leads to by now.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// How this program is to be run for each of several targets.
pub struct Children {
    arguments: Vec<OsString>,
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
        let mut arguments: Vec<OsString> = command.iter().map(OsString::from).collect();
        arguments.push("--lock-timeout".into());
        arguments.push(common.lock_timeout.to_string().into());
        arguments.push("--manifest-dir".into());
        arguments.push(common.manifest_dir.clone().into());
        if json {
            arguments.push("--json".into());
        }
        Self { arguments }
    }

    /// Runs a child for each target, one after the other, with all output going
    /// where this process's goes. One that fails does not stop the rest.
    #[must_use]
    pub fn run_each(&self, targets: &[String]) -> ExitStatus {
        targets.iter().fold(ExitStatus::Done, |worst, target| {
            let status = match self.child(target).status() {
                Ok(status) => status
                    .code()
                    .map_or(ExitStatus::Failed, ExitStatus::from_code),
                Err(error) => cannot_run(target, &error),
            };
            worst.worse(status)
        })
    }

    /// Runs children that print JSON, and takes their reports instead of
    /// letting them through.
    #[must_use]
    pub fn collect_each(&self, targets: &[String]) -> (Vec<Row>, ExitStatus) {
        let mut rows = Vec::with_capacity(targets.len());
        let mut worst = ExitStatus::Done;
        for target in targets {
            match self.collect(target) {
                Ok(row) => {
                    worst = worst.worse(row.exit_status());
                    rows.push(row);
                }
                Err(error) => worst = worst.worse(cannot_run(target, &error)),
            }
        }
        (rows, worst)
    }

    fn collect(&self, target: &str) -> io::Result<Row> {
        let output = self.child(target).stderr(Stdio::inherit()).output()?;
        Row::parse(&output.stdout)
            .map_err(|why| io::Error::other(format!("{}, and its report {why}", output.status)))
    }

    fn child(&self, target: &str) -> Command {
        let mut command = Command::new(THIS_PROGRAM);
        command.arg0(PROGRAM).args(&self.arguments);
        command.arg("--").arg(target);
        command
    }
}

fn cannot_run(target: &str, error: &io::Error) -> ExitStatus {
    output::complain(
        Level::Error,
        format!("{PROGRAM}: {target}: cannot run {THIS_PROGRAM}: {error}; try this target alone"),
    );
    ExitStatus::Failed
}
