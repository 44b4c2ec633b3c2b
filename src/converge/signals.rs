//! The signals by which a run is asked to end: SIGTERM, SIGINT and SIGHUP.
//!
//! They are blocked, and read where a run waits for somebody: for a lock, or for
//! a child. So a run ends between two changes, after its hook has ended, and
//! with its report.

use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::AsFd as _;

use crate::report::error::Error;

/// What a run that waits is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The run is to end.
    End(Signal),
    /// A child has ended, or has stopped.
    Child,
}

/// Those signals, blocked.
pub struct Signals {
    set: SigSet,
}

const ENDING: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP];

impl Signals {
    /// Blocks the signals for this process and the programs it starts; what
    /// becomes one of those unblocks them ([`Signals::unblock_all`]). One that
    /// the caller ignores, as nohup(1) does with SIGHUP, stays ignored.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn block() -> Result<Self, Error> {
        let mut set = SigSet::empty();
        set.add(Signal::SIGCHLD);
        let ignored = ignored_signals();
        if ignored & (1 << (Signal::SIGCHLD as u32 - 1)) != 0 {
            return Err(Error::failed(
                "the caller ignores SIGCHLD, so the system does not tell how a child ends; \
                 have the caller set it to its default (sigaction(2))",
            ));
        }
        for signal in ENDING {
            if ignored & (1 << (signal as u32 - 1)) == 0 {
                set.add(signal);
            }
        }
        set.thread_block().map_err(cannot_wait)?;
        Ok(Self { set })
    }

    /// Undoes what this process or the one that started it has blocked.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn unblock_all() -> Result<(), Errno> {
        SigSet::all().thread_unblock()
    }

    /// Waits until one of the signals comes, at most for `timeout`.
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

    /// Lets `timeout` pass, unless the run is to end.
    ///
    /// # Errors
    /// The signal that says so.
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

/// The signals that this process was started to ignore, as a mask (proc(5),
/// `SigIgn`). Where there is no /proc, none.
fn ignored_signals() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0)
}
