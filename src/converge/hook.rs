//! The operator's programs, run before and after the HOME is put in order.
//!
//! A hook gets nothing of the caller's that it could turn against it. This
//! program starts itself once more (`start-hook`), as a process that has nothing
//! else to do: it leaves the caller's session and terminal (setsid(2)), closes
//! every descriptor above standard error, and then becomes the hook.

use std::ffi::OsStr;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::Command;
use std::time::Instant;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use nix::unistd::{close, dup2_stdin, fchdir, setsid};

use crate::converge::process::{Recipient, wait};
use crate::converge::signals::{Signals, interrupted};
use crate::home::open::{Home, RUNNING};
use crate::manifest::Manifest;
use crate::manifest::path::AbsolutePath;
use crate::report::document::{HookReport, Phase};
use crate::report::error::{Error, ErrorKind};
use crate::report::output::PROGRAM;

/// This very program, whatever its path leads to by now.
pub const THIS_PROGRAM: &str = "/proc/self/exe";

/// The hidden command by which this program becomes a hook.
pub const START_HOOK: &str = "start-hook";

/// What root's own session is called in an environment: a program that runs as
/// somebody else has no business there.
const OF_THE_CALLERS_SESSION: [&str; 4] = ["USER", "LOGNAME", "MAIL", "DBUS_SESSION_BUS_ADDRESS"];

/// The same, by how the names begin.
const OF_THE_CALLERS_SESSION_BEGINNING: [&str; 3] = ["SSH_", "SUDO_", "XDG_"];

/// Where a hook's standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookOutput {
    /// Where this program's goes.
    Inherited,
    /// To standard error, so as not to get between the lines of a JSON report.
    ToStandardError,
}

/// A hook that is due.
pub struct Hook<'a> {
    /// Which one.
    pub phase: Phase,
    /// The program.
    pub program: &'a AbsolutePath,
    /// Whether no apply has fully succeeded yet.
    pub first_run: bool,
    /// Where its standard output goes.
    pub output: HookOutput,
}

impl Hook<'_> {
    /// Runs the hook to its end: directly, without a shell, with nothing on
    /// standard input, in HOME, in a session of its own. What the README lists is
    /// in its environment.
    ///
    /// # Errors
    /// [`ErrorKind::HookFailed`] when it cannot be started, exits with anything
    /// but 0, or is killed; [`ErrorKind::Interrupted`] when this run is asked to
    /// end meanwhile. The report is there in any case.
    pub fn run(
        &self,
        manifest: &Manifest,
        home: &Home,
        signals: &Signals,
    ) -> (HookReport, Result<(), Error>) {
        let mut report = HookReport::not_run(self.phase, self.program.as_str().into());
        let result = self.run_into(&mut report, manifest, home, signals);
        (report, result)
    }

    fn run_into(
        &self,
        report: &mut HookReport,
        manifest: &Manifest,
        home: &Home,
        signals: &Signals,
    ) -> Result<(), Error> {
        let cannot_start = |why: String| {
            self.error(&format!(
                "cannot be started: {why}; it has to exist and to be executable for HOME's owner"
            ))
        };
        // The path of HOME may be too long for a system call.
        fchdir(home.place()).map_err(|errno| cannot_start(errno.desc().to_owned()))?;
        let (told, tell) = io::pipe().map_err(|error| cannot_start(error.to_string()))?;
        let start = Instant::now();
        let child = self.command(manifest, home).stdin(tell).spawn();
        let child = child.map_err(|error| cannot_start(error.to_string()))?;
        let ended = wait(child, Recipient::Group, signals)?;
        let why = what_was_told(told);
        if !why.is_empty() {
            return Err(cannot_start(why));
        }
        report.ran = true;
        report.exit_code = ended.status.code();
        report.signal = ended.status.signal();
        report.duration_ms = u64::try_from(start.elapsed().as_millis()).ok();
        match (ended.asked_by, report.exit_code, report.signal) {
            (Some(signal), _, _) => Err(interrupted(signal)),
            (None, Some(0), _) => Ok(()),
            (None, Some(code), _) => Err(self.failed(&format!("exited with {code}"))),
            (None, None, Some(signal)) => {
                Err(self.failed(&format!("was killed by signal {signal}")))
            }
            (None, None, None) => Err(self.failed("ended in an unknown way")),
        }
    }

    fn command(&self, manifest: &Manifest, home: &Home) -> Command {
        let mut command = Command::new(THIS_PROGRAM);
        command
            .arg0(PROGRAM)
            .arg(START_HOOK)
            .arg(self.program.as_str());
        if home.dropped_privileges() {
            for (name, _) in std::env::vars_os() {
                if is_of_the_callers_session(&name) {
                    command.env_remove(name);
                }
            }
        }
        let home = manifest.home.as_str();
        command
            .env("HOME", home)
            .env("OPENCODE_INSTANCE", manifest.instance.as_str())
            .env("OPENCODE_STATE_DIR", home)
            .env("OPENCODE_SETUP_PHASE", self.phase.name())
            .env(
                "OPENCODE_SETUP_FIRST_RUN",
                if self.first_run { "1" } else { "0" },
            )
            .env(RUNNING, home);
        if self.output == HookOutput::ToStandardError {
            command.stdout(io::stderr());
        }
        command
    }

    fn failed(&self, end: &str) -> Error {
        let consequence = match self.phase {
            Phase::PreInit => "this program has changed nothing in HOME",
            Phase::PostInit => {
                "HOME is in order, but this does not count as the first successful run"
            }
        };
        self.error(&format!(
            "{end}; {consequence}; see its output, mend it and run apply again"
        ))
    }

    fn error(&self, what: &str) -> Error {
        let (phase, program) = (self.phase.name(), self.program);
        Error::new(
            ErrorKind::HookFailed,
            format!("{phase} hook {program}: {what}"),
        )
    }
}

/// What the process that was to become the hook has said, which is nothing if it
/// did. It has ended, so there is nothing to wait for.
fn what_was_told(mut told: io::PipeReader) -> String {
    let mut why = String::new();
    if fcntl(&told, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).is_ok() {
        let _ = told.read_to_string(&mut why);
    }
    why
}

fn is_of_the_callers_session(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    OF_THE_CALLERS_SESSION
        .iter()
        .any(|own| name == own.as_bytes())
        || OF_THE_CALLERS_SESSION_BEGINNING
            .iter()
            .any(|own| name.starts_with(own.as_bytes()))
}

/// Makes this process the hook `program`. Standard input is a pipe, by which the
/// process that waits is told why that is not possible.
///
/// Returns the exit code for that case.
#[must_use]
pub fn become_hook(program: &OsStr) -> u8 {
    const COULD_NOT_START: u8 = 126;
    let Ok(tell) = io::stdin().as_fd().try_clone_to_owned() else {
        return COULD_NOT_START;
    };
    let mut tell = io::PipeWriter::from(tell);
    let why = match prepare(&tell) {
        Ok(()) => Command::new(program).exec(),
        Err(error) => error,
    };
    let _ = tell.write_all(why.to_string().as_bytes());
    COULD_NOT_START
}

/// Leaves the caller's session, closes its descriptors but `keep`, which a
/// successful execve(2) closes, and undoes what it has blocked.
fn prepare(keep: &io::PipeWriter) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;

    setsid()?;
    let null = fs_err::File::open("/dev/null")?;
    dup2_stdin(&null)?;
    drop(null);
    for descriptor in open_descriptors()? {
        if descriptor > 2 && descriptor != keep.as_raw_fd() {
            // Already closed: the one by which the list was read.
            let _ = close(descriptor);
        }
    }
    Ok(Signals::unblock_all()?)
}

/// The numbers of this process's open descriptors (proc(5)). A list that breaks
/// off is an error: what is missing in it would stay open.
fn open_descriptors() -> io::Result<Vec<i32>> {
    let mut numbers = Vec::new();
    for entry in fs_err::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    Ok(numbers)
}
