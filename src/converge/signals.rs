//! The signals by which a run is asked to end: SIGTERM, SIGINT and SIGHUP.
//!
//! They are blocked, and read whenever a run waits for a lock or a child, or is between
//! two changes. So a run never ends in the middle of a change or before its hook, and
//! always prints its report.

use std::os::fd::AsFd as _;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::report::error::Error;

/// What a signal means to a run that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The run is to end.
    End(Signal),
    /// A child has ended, or has stopped.
    Child,
}

/// The signals of this module and SIGCHLD, blocked.
pub struct Signals {
    set: SigSet,
}

const ENDING: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP];

impl Signals {
    /// Blocks the signals for this process and the programs that it starts; a hook
    /// unblocks them ([`Signals::unblock_all`]). A signal that the caller ignores, as
    /// nohup(1) does with SIGHUP, stays ignored.
    ///
    /// # Errors
    /// When the caller ignores SIGCHLD, or the system refuses.
    pub fn block() -> Result<Self, Error> {
        let mut set = SigSet::empty();
        set.add(Signal::SIGCHLD);
        let ignored = ignored_signals();
        let is_ignored = |signal: Signal| ignored & (1 << (signal as u32 - 1)) != 0;
        if is_ignored(Signal::SIGCHLD) {
            return Err(Error::failed(
                "the caller ignores SIGCHLD, so the system does not tell how a child ends; \
                 have the caller set it to its default (sigaction(2))",
            ));
        }
        for signal in ENDING {
            if !is_ignored(signal) {
                set.add(signal);
            }
        }
        set.thread_block().map_err(cannot_wait)?;
        Ok(Self { set })
    }

    /// Unblocks all signals, whether this process or its parent has blocked them.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn unblock_all() -> Result<(), Errno> {
        SigSet::all().thread_unblock()
    }

    /// Waits for one of the signals, for `timeout` at most; `None` if none came.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn wait(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let signals = SignalFd::with_flags(&self.set, flags).map_err(cannot_wait)?;
        let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
        let mut descriptors = [PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        match poll(&mut descriptors, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(cannot_wait(errno)),
        }
        let Some(info) = signals.read_signal().map_err(cannot_wait)? else {
            return Ok(None);
        };
        let signal = i32::try_from(info.ssi_signo).unwrap_or(0);
        Ok(match Signal::try_from(signal) {
            Ok(Signal::SIGCHLD) => Some(Event::Child),
            Ok(signal) => Some(Event::End(signal)),
            Err(_) => None,
        })
    }

    /// Waits for `timeout`, or until a signal comes.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`](crate::report::error::ErrorKind::Interrupted) when a
    /// signal asks the run to end.
    pub fn pause(&self, timeout: Duration) -> Result<(), Error> {
        match self.wait(timeout)? {
            Some(Event::End(signal)) => Err(interrupted(signal)),
            Some(Event::Child) | None => Ok(()),
        }
    }
}

/// The error of a run that a signal has ended.
#[must_use]
pub fn interrupted(signal: Signal) -> Error {
    let number = u8::try_from(signal as i32).unwrap_or(u8::MAX);
    Error::interrupted(
        number,
        format!("ended by {signal}; everything found is still there, run it again"),
    )
}

fn cannot_wait(errno: Errno) -> Error {
    Error::failed(format!("cannot wait for signals: {}", errno.desc()))
}

/// The signals that this process ignores, as a mask (proc(5), `SigIgn`); none if there is
/// no /proc.
fn ignored_signals() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0)
}
