//! What can go wrong, as one line of text, and the exit code it leads to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::report::shown::Shown;

/// How a run ended, for the process that waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Everything asked for is in place.
    Done,
    /// Something went wrong that is none of the cases below.
    Failed,
    /// The command line is not understood.
    Usage,
    /// `check` found that `apply` would change something.
    Drift,
    /// A hook could not be started, failed, or was killed.
    HookFailed,
    /// Something of the user's is in the way and `onConflict` is `fail`.
    Conflict,
    /// A manifest is not valid: another try with it cannot succeed.
    BadManifest,
    /// Another run holds the lock of this HOME (`EX_TEMPFAIL`, sysexits.h(3head)).
    Locked,
    /// This signal ended the run (signal(7)).
    Interrupted(u8),
}

/// Every status but [`ExitStatus::Interrupted`], the best first. The more a person has
/// to do about a status, the worse it is: `apply` repairs drift, a lock ends by itself, a
/// conflict needs a decision, and a hook needs somebody to read its output.
const FROM_BEST_TO_WORST: [ExitStatus; 8] = [
    ExitStatus::Done,
    ExitStatus::Drift,
    ExitStatus::Locked,
    ExitStatus::Conflict,
    ExitStatus::HookFailed,
    ExitStatus::BadManifest,
    ExitStatus::Usage,
    ExitStatus::Failed,
];

/// What a shell adds to the number of a signal that ended a command (sh(1)).
const SIGNALLED: u8 = 128;

impl ExitStatus {
    /// The number that the process exits with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Drift => 3,
            Self::HookFailed => 4,
            Self::Conflict => 5,
            Self::BadManifest => 6,
            Self::Locked => 75,
            Self::Interrupted(signal) => SIGNALLED + signal,
        }
    }

    /// The status with this exit code; a code that is none of ours counts as
    /// [`ExitStatus::Failed`].
    #[must_use]
    pub fn from_code(code: i32) -> Self {
        let Ok(code) = u8::try_from(code) else {
            return Self::Failed;
        };
        if let Some(signal @ (1 | 2 | 15)) = code.checked_sub(SIGNALLED) {
            return Self::Interrupted(signal);
        }
        let mut known = FROM_BEST_TO_WORST.into_iter();
        known
            .find(|status| status.code() == code)
            .unwrap_or(Self::Failed)
    }

    /// The worse of two: what a run over several targets exits with.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.severity() > self.severity() {
            other
        } else {
            self
        }
    }

    /// How bad it is, 0 being the best. A signal is the worst, since it has ended the run
    /// before its end.
    fn severity(self) -> usize {
        let mut known = FROM_BEST_TO_WORST.into_iter();
        known
            .position(|status| status == self)
            .unwrap_or(FROM_BEST_TO_WORST.len())
    }
}

/// Which of the documented exit codes an error stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// See [`ExitStatus::Failed`].
    Failed,
    /// See [`ExitStatus::Usage`].
    Usage,
    /// See [`ExitStatus::HookFailed`].
    HookFailed,
    /// See [`ExitStatus::Conflict`].
    Conflict,
    /// See [`ExitStatus::BadManifest`].
    BadManifest,
    /// See [`ExitStatus::Locked`].
    Locked,
    /// See [`ExitStatus::Interrupted`].
    Interrupted,
}

/// An error: one line that says where, what, why and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// Which exit code it leads to.
    pub kind: ErrorKind,
    /// The line, without the program's and the instance's name.
    pub message: Shown,
    /// The signal that ended the run, if one did.
    #[serde(skip)]
    signal: u8,
}

impl Error {
    /// An error of the given kind.
    pub fn new(kind: ErrorKind, message: impl Into<Shown>) -> Self {
        Self {
            kind,
            message: message.into(),
            signal: 0,
        }
    }

    /// The common case, exit code 1.
    pub fn failed(message: impl Into<Shown>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// The run was ended by `signal`.
    pub fn interrupted(signal: u8, message: impl Into<Shown>) -> Self {
        Self {
            signal,
            ..Self::new(ErrorKind::Interrupted, message)
        }
    }

    /// What the process exits with because of this error.
    #[must_use]
    pub fn exit_status(&self) -> ExitStatus {
        match self.kind {
            ErrorKind::Failed => ExitStatus::Failed,
            ErrorKind::Usage => ExitStatus::Usage,
            ErrorKind::HookFailed => ExitStatus::HookFailed,
            ErrorKind::Conflict => ExitStatus::Conflict,
            ErrorKind::BadManifest => ExitStatus::BadManifest,
            ErrorKind::Locked => ExitStatus::Locked,
            ErrorKind::Interrupted => ExitStatus::Interrupted(self.signal),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(formatter)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::ExitStatus;

    /// The worst of several is the one that asks for the most, in the order that
    /// the help text and `docs/reference/exit-codes.md` give.
    #[test]
    fn the_worse_of_two_is_the_documented_one() {
        let from_best_to_worst = [0, 3, 75, 5, 4, 6, 2, 1, 143].map(ExitStatus::from_code);
        for pair in from_best_to_worst.windows(2) {
            assert_eq!(pair[0].worse(pair[1]), pair[1]);
            assert_eq!(pair[1].worse(pair[0]), pair[1]);
        }
        assert_eq!(ExitStatus::from_code(139), ExitStatus::Failed);
        assert_eq!(ExitStatus::from_code(143), ExitStatus::Interrupted(15));
    }
}
