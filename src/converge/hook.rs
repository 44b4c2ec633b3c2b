//! The operator's programs, run before and after the HOME is put in order.
//!
//! A hook belongs to HOME's owner and gets nothing with which it could harm the caller.
//! What the caller has open is closed first ([`crate::cli::caller`]). Then this program
//! starts itself again (`start-hook`). The new process leaves the caller's session and
//! terminal (setsid(2)), and executes the hook.

use std::convert::Infallible;
use std::ffi::{CString, OsStr};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::Command;
use std::time::Instant;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::stat::Mode;
use nix::unistd::{dup2_stdin, execv, fchdir, setsid};

use crate::converge::process::{Recipient, wait};
use crate::converge::signals::{Signals, interrupted};
use crate::home::open::{Home, RUNNING};
use crate::manifest::Manifest;
use crate::manifest::path::AbsolutePath;
use crate::report::document::{HookReport, Phase};
use crate::report::error::{Error, ErrorKind};
use crate::report::output::PROGRAM;

/// This program, whatever its path leads to by now (proc(5)).
pub const THIS_PROGRAM: &str = "/proc/self/exe";

/// The hidden command by which this program becomes a hook.
pub const START_HOOK: &str = "start-hook";

/// The variables that describe root's own session. A program that runs as another
/// user must not use that session.
const SESSION_VARIABLES: [&str; 4] = ["USER", "LOGNAME", "MAIL", "DBUS_SESSION_BUS_ADDRESS"];

/// How the names of further variables of that kind begin.
const SESSION_PREFIXES: [&str; 3] = ["SSH_", "SUDO_", "XDG_"];

/// Where a hook's standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookOutput {
    /// Where this program's goes.
    Inherited,
    /// To standard error, so that it does not mix with a JSON report.
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
    /// standard input, in HOME, in a session of its own. `docs/reference/hooks.md` lists
    /// its environment.
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
        let (reader, writer) = io::pipe().map_err(|error| cannot_start(error.to_string()))?;
        let start = Instant::now();
        let child = self.command(manifest, home).stdin(writer).spawn();
        let child = child.map_err(|error| {
            self.error(&format!(
                "cannot be started, since {PROGRAM} cannot start itself again: {error}; \
                 make the program executable for HOME's owner, and mount /proc"
            ))
        })?;
        let ended = wait(child, Recipient::Group, None, signals)?;
        let could_not_start = ended.status.code() == Some(COULD_NOT_START.into());
        if could_not_start && let Some(why) = spawn_error(reader) {
            return Err(cannot_start(why.to_string()));
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

/// Why the program of the hook could not be executed, or `None` if it was: a hook may
/// exit with the same code. The process has ended, so reading does not wait. Only a
/// number is read from it, since the process belonged to HOME's owner.
fn spawn_error(mut reader: io::PipeReader) -> Option<io::Error> {
    let mut number = [0; 4];
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).ok()?;
    reader.read_exact(&mut number).ok()?;
    Some(io::Error::from_raw_os_error(i32::from_ne_bytes(number)))
}

fn is_of_the_callers_session(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    SESSION_VARIABLES.iter().any(|own| name == own.as_bytes())
        || SESSION_PREFIXES
            .iter()
            .any(|own| name.starts_with(own.as_bytes()))
}

/// What `start-hook` exits with if it cannot execute the hook.
const COULD_NOT_START: u8 = 126;

/// Makes this process the hook `program`. Returns only if that is not possible, with the
/// exit code to end with. Standard input is a pipe to the process that waits, and the
/// errno is written to it.
#[must_use]
pub fn become_hook(program: &OsStr) -> u8 {
    let Ok(writer) = io::stdin().as_fd().try_clone_to_owned() else {
        return COULD_NOT_START;
    };
    let errno = match prepare().and_then(|()| execute(program)) {
        Ok(never) => match never {},
        Err(errno) => errno,
    };
    let _ = io::PipeWriter::from(writer).write_all(&(errno as i32).to_ne_bytes());
    COULD_NOT_START
}

/// Leaves the caller's session, replaces the pipe on standard input, and unblocks all
/// signals.
fn prepare() -> Result<(), Errno> {
    setsid()?;
    let null = open(
        "/dev/null",
        OFlag::O_RDONLY | OFlag::O_CLOEXEC,
        Mode::empty(),
    )?;
    dup2_stdin(&null)?;
    Signals::unblock_all()
}

/// Executes the program (execv(3)). The standard library uses execvp(3), which gives a
/// file in no known format (ENOEXEC) to a shell.
fn execute(program: &OsStr) -> Result<Infallible, Errno> {
    let program = CString::new(program.as_encoded_bytes()).map_err(|_| Errno::EINVAL)?;
    execv(&program, &[&program])
}
