//! The operator's programs, run before and after the HOME is put in order.

use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::process::fchdir;
use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::manifest::Manifest;
use crate::paths::AbsolutePath;

/// When a hook runs. The names are what `OPENCODE_SETUP_PHASE` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before anything in HOME is looked at.
    PreInit,
    /// When everything in HOME is in place.
    PostInit,
}

impl Phase {
    /// The name in the hook's environment and in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PreInit => "pre-init",
            Self::PostInit => "post-init",
        }
    }
}

/// What became of a hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HookReport {
    /// Which hook.
    pub phase: Phase,
    /// The program.
    pub program: String,
    /// Whether it was started; a dry run only says that it would be.
    pub ran: bool,
    /// What it exited with, if it exited.
    pub exit_code: Option<i32>,
    /// What killed it, if something did (signal(7)).
    pub signal: Option<i32>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
}

impl HookReport {
    /// The report of a hook that has not been started.
    #[must_use]
    pub fn not_run(phase: Phase, program: &AbsolutePath) -> Self {
        Self {
            phase,
            program: program.as_str().to_owned(),
            ran: false,
            exit_code: None,
            signal: None,
            duration_ms: None,
        }
    }

    /// The error that this hook's end is, if it is one.
    fn error(&self) -> Option<Error> {
        let end = match (self.exit_code, self.signal) {
            (Some(0), _) => return None,
            (Some(code), _) => format!("exited with {code}"),
            (None, Some(signal)) => format!("was killed by signal {signal}"),
            (None, None) => "ended in an unknown way".to_owned(),
        };
        let consequence = match self.phase {
            Phase::PreInit => "nothing in HOME was touched by this program",
            Phase::PostInit => {
                "HOME is in order, but this does not count as the first successful run"
            }
        };
        Some(Error::new(
            ErrorKind::HookFailed,
            format!(
                "{} hook {}: {end}; {consequence}; see its output, mend it and run apply again",
                self.phase.name(),
                self.program
            ),
        ))
    }
}

/// Where a hook's standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookOutput {
    /// Where this program's goes.
    Inherited,
    /// To standard error, so as not to get between the lines of a JSON report.
    ToStandardError,
}

/// Runs a hook to its end: directly, without a shell, with nothing on standard
/// input, in HOME, with the environment as given and what the README lists.
///
/// # Errors
/// [`ErrorKind::HookFailed`] when it cannot be started, exits with anything but
/// 0, or is killed. The report is there in any case.
pub fn run(
    phase: Phase,
    program: &AbsolutePath,
    manifest: &Manifest,
    home: &OwnedFd,
    first_run: bool,
    output: HookOutput,
) -> (HookReport, Result<(), Error>) {
    let mut report = HookReport::not_run(phase, program);
    let cannot_start = |why: String| {
        Error::new(
            ErrorKind::HookFailed,
            format!(
                "{} hook {program}: cannot be started: {why}; it has to be a program that HOME's owner may execute, \
                 and so has the interpreter in its first line",
                phase.name()
            ),
        )
    };
    // By descriptor: the HOME that is locked, whatever its path leads to now.
    if let Err(error) = fchdir(home) {
        return (report, Err(cannot_start(error.to_string())));
    }
    let mut command = Command::new(program.as_path());
    command
        .stdin(Stdio::null())
        .env("HOME", manifest.home.as_path())
        .env("OPENCODE_INSTANCE", manifest.instance.as_str())
        .env("OPENCODE_STATE_DIR", manifest.home.as_path())
        .env("OPENCODE_SETUP_PHASE", phase.name())
        .env(
            "OPENCODE_SETUP_FIRST_RUN",
            if first_run { "1" } else { "0" },
        );
    if output == HookOutput::ToStandardError {
        command.stdout(std::io::stderr());
    }
    let start = Instant::now();
    let status = match command.status() {
        Ok(status) => status,
        Err(error) => return (report, Err(cannot_start(error.to_string()))),
    };
    report.ran = true;
    report.exit_code = status.code();
    report.signal = status.signal();
    report.duration_ms = u64::try_from(start.elapsed().as_millis()).ok();
    let result = report.error().map_or(Ok(()), Err);
    (report, result)
}
