//! Waits for children, and passes signals on to them.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use crate::converge::signals::{Event, Signals};
use crate::report::error::Error;

/// How long a process group may take to end when it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// The same for a child that waits for a process group of its own.
const GRACE_OF_CHILD: Duration = Duration::from_secs(20);

/// How long to wait before looking again whether a process group has ended. No signal
/// tells that.
const POLL: Duration = Duration::from_millis(20);

/// Whom signals are passed on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The child, which passes them on itself.
    Child,
    /// Its process group, of which it is the leader.
    Group,
}

/// How a child ended.
pub struct Ended {
    /// What wait(2) says.
    pub status: ExitStatus,
    /// The signal that was passed on to it first, if one was.
    pub asked_by: Option<Signal>,
    /// Whether it was killed, since it did not end in time.
    pub is_overdue: bool,
}

/// Waits for a child, and passes on the signals by which this run is asked to
/// end. After one of those, a whole group is waited for.
///
/// The child is killed if it does not end within `limit`, or soon after such a signal:
/// it may have been stopped, and signals do not end what is stopped (signal(7)).
///
/// # Errors
/// When the system refuses; the child may then still be there.
pub fn wait(
    mut child: Child,
    recipient: Recipient,
    limit: Option<Duration>,
    signals: &Signals,
) -> Result<Ended, Error> {
    let id = Pid::from_raw(child.id().cast_signed());
    let failed = |error: io::Error| Error::failed(format!("cannot wait for process {id}: {error}"));
    // `None` if the clock cannot tell the end: then there is no limit.
    let mut deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let (mut asked_by, mut is_overdue) = (None, false);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if deadline.is_some_and(is_over) {
            is_overdue = true;
            send(id, recipient, Signal::SIGKILL);
        }
        if let Some(Event::End(signal)) = signals.wait(until(deadline))? {
            send(id, recipient, signal);
            if asked_by.is_none() {
                asked_by = Some(signal);
                let end = Instant::now() + recipient.grace();
                deadline = Some(deadline.map_or(end, |deadline| deadline.min(end)));
            }
        }
    };
    if recipient == Recipient::Group
        && asked_by.is_some()
        && let Some(deadline) = deadline
    {
        wait_for_group(id, deadline);
    }
    Ok(Ended {
        status,
        asked_by,
        is_overdue,
    })
}

impl Recipient {
    fn grace(self) -> Duration {
        match self {
            Self::Child => GRACE_OF_CHILD,
            Self::Group => GRACE,
        }
    }
}

/// Waits until a process group has ended, and kills what is left of it after the
/// deadline. A process that has ended stays in its group until its parent waits for it,
/// so this gives up a second after the deadline.
fn wait_for_group(id: Pid, deadline: Instant) {
    const KILLED: Duration = Duration::from_secs(1);
    while killpg(id, None) != Err(Errno::ESRCH) && !is_over(deadline + KILLED) {
        // Where this is process 1, orphans are its children.
        let group = Pid::from_raw(-id.as_raw());
        let _ = waitpid(group, Some(WaitPidFlag::WNOHANG));
        if is_over(deadline) {
            send(id, Recipient::Group, Signal::SIGKILL);
        }
        std::thread::sleep(POLL);
    }
}

/// Sends a signal. Before a child has made its group, the signal goes to the child
/// alone. That the recipient has ended is no error.
fn send(id: Pid, recipient: Recipient, signal: Signal) {
    if recipient == Recipient::Child || killpg(id, signal) == Err(Errno::ESRCH) {
        let _ = kill(id, signal);
    }
}

fn is_over(deadline: Instant) -> bool {
    Instant::now() >= deadline
}

/// How long to wait for the next event.
fn until(deadline: Option<Instant>) -> Duration {
    const LONGEST: Duration = Duration::from_mins(1);
    deadline.map_or(LONGEST, |deadline| {
        deadline
            .saturating_duration_since(Instant::now())
            .clamp(POLL, LONGEST)
    })
}
