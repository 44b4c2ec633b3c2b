//! System calls that fail, and the words for that in a message.

use std::fmt;
use std::io;

use nix::errno::Errno;

/// A system call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which one.
    pub call: &'static str,
    /// Why.
    pub errno: Errno,
}

impl Failure {
    /// The failure of the system call `call` that the standard library reports as
    /// `error`; `None` if that is another kind of error.
    #[must_use]
    pub fn of(call: &'static str, error: &io::Error) -> Option<Self> {
        let number = error.raw_os_error()?;
        Some(Self {
            call,
            errno: Errno::from_raw(number),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match (self.call, self.errno) {
            ("openat2", Errno::EXDEV) => "the way there leads out of HOME",
            ("openat2", Errno::ENOSYS) => {
                "there is no openat2(2) here; it needs Linux 5.6 or later, and in a unit \
                 no RestrictSUIDSGID=, which takes it away (systemd.exec(5))"
            }
            ("renameat2", Errno::EINVAL) => {
                "this file system cannot exchange two names in one step \
                 (RENAME_EXCHANGE, renameat2(2))"
            }
            ("renameat2", Errno::EXDEV) => {
                "this file system cannot rename it, as overlayfs cannot rename a directory of a lower layer; \
                 move it away by hand"
            }
            ("renameat2" | "unlinkat", Errno::EBUSY) => {
                "something is mounted on it or the system uses it; unmount it"
            }
            (_, Errno::EACCES) => {
                return write!(
                    formatter,
                    "permission denied ({}); HOME's owner needs read, write and search permission \
                     there (chmod u+rwx)",
                    self.call
                );
            }
            (call, errno) => return write!(formatter, "{call}: {}", io::Error::from(errno)),
        };
        formatter.write_str(meaning)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        let kind = io::Error::from(failure.errno).kind();
        Self::new(kind, failure)
    }
}

/// Calls `call` until no signal interrupts it.
pub(super) fn retry<T>(
    name: &'static str,
    mut call: impl FnMut() -> nix::Result<T>,
) -> Result<T, Failure> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result.map_err(|errno| Failure { call: name, errno }),
        }
    }
}
