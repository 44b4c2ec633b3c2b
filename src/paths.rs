//! The two kinds of path a manifest holds, checked once, where they come in.

use std::path::Path;

use serde::Serialize;

use crate::error::printable;

/// A path below HOME, in its only spelling: no `..`, no `.`, no empty
/// component, no control character, and short enough for Linux, as is each
/// component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RelativePath(String);

/// The longest name a Linux directory entry can have, in bytes (`NAME_MAX` of
/// limits.h(0p)).
pub const LONGEST_NAME: usize = 255;

/// The longest path a system call takes, in bytes, without the zero at its end
/// (`PATH_MAX` of limits.h(0p)).
pub const LONGEST_PATH: usize = 4095;

const RELATIVE_ALLOWED: &str = "allowed is a path relative to HOME such as \".config/opencode\", \
     without \"..\", \".\", empty components or control characters, \
     at most 4095 bytes and each name at most 255";

impl RelativePath {
    /// Checks `text` and takes it as a path below HOME.
    ///
    /// # Errors
    /// A sentence that names the value and what is allowed.
    pub fn new(text: &str) -> Result<Self, String> {
        let refuse = |why: &str| Err(format!("{text:?} {why}; {RELATIVE_ALLOWED}"));
        if text.is_empty() {
            return refuse("is empty");
        }
        if text.starts_with('/') {
            return refuse("is absolute");
        }
        if text.contains(char::is_control) {
            return refuse("has a control character");
        }
        if text.len() > LONGEST_PATH {
            return refuse("is too long");
        }
        for name in text.split('/') {
            match name {
                "" => return refuse("has an empty component"),
                ".." => return refuse("has a \"..\" component"),
                "." => return refuse("has a \".\" component"),
                _ if name.len() > LONGEST_NAME => return refuse("has too long a name"),
                _ => {}
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// A path that stands in this program's own text, and so is well-formed.
    pub(crate) fn of_literal(text: &'static str) -> Self {
        debug_assert!(Self::new(text).is_ok(), "{text} is no relative path");
        Self(text.to_owned())
    }

    /// The path as text, relative to HOME.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory it lies in; `None` where that is HOME itself.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (parent, _) = self.0.rsplit_once('/')?;
        Some(Self(parent.to_owned()))
    }

    /// The last component.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The path with another last component, in the same directory.
    #[must_use]
    pub fn with_name(&self, name: &str) -> Self {
        match self.0.rsplit_once('/') {
            Some((parent, _)) => Self(format!("{parent}/{name}")),
            None => Self(name.to_owned()),
        }
    }

    /// `a`, `a/b`, `a/b/c` for `a/b/c`: what has to exist, outermost first.
    pub fn prefixes(&self) -> impl Iterator<Item = Self> + '_ {
        self.0
            .match_indices('/')
            .map(|(end, _)| Self(self.0[..end].to_owned()))
            .chain(std::iter::once(self.clone()))
    }
}

impl std::fmt::Display for RelativePath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An absolute path without control characters; kept to the letter, since a
/// link's source is written into the link as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsolutePath(String);

impl AbsolutePath {
    /// Checks `text` and takes it as an absolute path.
    ///
    /// # Errors
    /// A sentence that names the value and what is allowed.
    pub fn new(text: &str) -> Result<Self, String> {
        let why = if !text.starts_with('/') {
            "is not absolute"
        } else if text.contains(char::is_control) {
            "has a control character"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(format!(
            "{text:?} {why}; allowed is an absolute path without control characters"
        ))
    }

    /// A path as given on the command line, taken from the working directory
    /// where it is relative.
    ///
    /// # Errors
    /// A sentence that names the value and what is allowed.
    pub fn from_argument(argument: &Path) -> Result<Self, String> {
        let shown = printable(argument);
        let absolute = std::path::absolute(argument)
            .map_err(|error| format!("{shown:?} cannot be made absolute: {error}"))?;
        match absolute.to_str() {
            Some(text) => Self::new(text),
            None => Err(format!(
                "{shown:?} is not UTF-8; allowed is a path in UTF-8, as a manifest could hold it"
            )),
        }
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path for the standard library.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl std::fmt::Display for AbsolutePath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}
