//! Waits for what another process writes, and for the signals that end this run.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};

use crate::converge::signals::Signals;
use crate::report::error::Error;

/// How long to wait for a stream before looking again for a signal, in milliseconds.
const LOOK: u16 = 200;

/// Waits until there is something to read from `stream`, or its other end is closed.
/// Returns whether that is so; if not, `limit` is over.
///
/// # Errors
/// The one of `signals` that asks this run to end; or when the system refuses.
pub fn wait_for(
    stream: impl AsFd,
    limit: Option<Duration>,
    signals: Option<&Signals>,
) -> Result<bool, Error> {
    let start = Instant::now();
    let mut streams = [PollFd::new(stream.as_fd(), PollFlags::POLLIN)];
    loop {
        if let Some(signals) = signals {
            signals.pause(Duration::ZERO)?;
        }
        match poll(&mut streams, LOOK) {
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(true),
            Err(errno) => return Err(Error::failed(format!("poll: {}", errno.desc()))),
        }
        if limit.is_some_and(|limit| start.elapsed() >= limit) {
            return Ok(false);
        }
    }
}
