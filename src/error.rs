//! What can go wrong, as one line of text, and the exit code it ends in.

use std::fmt;

use serde::Serialize;

/// How a run ended, for the process that waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Everything asked for is in place.
    Done,
    /// Something went wrong that is none of the cases below.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// `check` found that `apply` would change something.
    Drift,
    /// A hook could not be started, failed, or was killed.
    HookFailed,
    /// Something of the user's is in the way and `onConflict` is `fail`.
    Conflict,
    /// Another run holds the lock of this HOME (`EX_TEMPFAIL`, sysexits.h(3head)).
    Locked,
}

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
            Self::Locked => 75,
        }
    }

    /// The status with this exit code; a code that is none of ours counts as
    /// [`ExitStatus::Failed`].
    #[must_use]
    pub fn from_code(code: i32) -> Self {
        [
            Self::Done,
            Self::Usage,
            Self::Drift,
            Self::HookFailed,
            Self::Conflict,
            Self::Locked,
        ]
        .into_iter()
        .find(|status| i32::from(status.code()) == code)
        .unwrap_or(Self::Failed)
    }

    /// The worse of two: what a run over several targets exits with.
    ///
    /// The more a human has to do about it, the worse it is: drift is mended
    /// by `apply` and a lock by waiting, a conflict asks for a decision, a hook
    /// for a look at its output, and anything else may be anything.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.severity() > self.severity() {
            other
        } else {
            self
        }
    }

    fn severity(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Drift => 1,
            Self::Locked => 2,
            Self::Conflict => 3,
            Self::HookFailed => 4,
            Self::Usage => 5,
            Self::Failed => 6,
        }
    }
}

/// Which of the documented exit codes an error stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
    /// See [`ExitStatus::Locked`].
    Locked,
}

/// An error: one line that says where, what, why and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// Which exit code it leads to.
    pub kind: ErrorKind,
    /// The line, without the program's and the instance's name.
    pub message: String,
}

impl Error {
    /// An error of the given kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// The common case, exit code 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// What the process exits with because of this error.
    #[must_use]
    pub fn exit_status(&self) -> ExitStatus {
        match self.kind {
            ErrorKind::Failed => ExitStatus::Failed,
            ErrorKind::Usage => ExitStatus::Usage,
            ErrorKind::HookFailed => ExitStatus::HookFailed,
            ErrorKind::Conflict => ExitStatus::Conflict,
            ErrorKind::Locked => ExitStatus::Locked,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Text from the disk or the command line, fit for one line of a log: control
/// characters are escaped, so that a file's name cannot forge a line or
/// recolour a terminal.
pub fn printable(text: impl AsRef<std::ffi::OsStr>) -> String {
    let mut line = String::new();
    for character in text.as_ref().to_string_lossy().chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::ExitStatus;

    /// The worst of several is the one that asks for the most, in the order that
    /// the help text and the README give.
    #[test]
    fn the_worse_of_two_is_the_documented_one() {
        let from_best_to_worst = [0, 3, 75, 5, 4, 2, 1].map(ExitStatus::from_code);
        for pair in from_best_to_worst.windows(2) {
            assert_eq!(pair[0].worse(pair[1]), pair[1]);
            assert_eq!(pair[1].worse(pair[0]), pair[1]);
        }
        assert_eq!(ExitStatus::from_code(139), ExitStatus::Failed);
    }
}
