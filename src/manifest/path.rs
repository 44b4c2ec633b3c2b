//! The names and paths that a manifest holds, checked once, where they come in.

use std::cmp::Ordering;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::report::shown::Shown;

/// A path below HOME, in its only spelling: no `..`, no `.`, no empty
/// component, no control character, and short enough for Linux, as is each
/// component.
///
/// Paths are ordered component by component, so what lies below a path follows
/// it directly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RelativePath(#[serde(deserialize_with = "deserialize_relative")] Box<str>);

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
        Ok(Self(text.into()))
    }

    /// A path of this program's own, which is known to be well-formed.
    pub(crate) fn of_literal(text: &'static str) -> Self {
        debug_assert!(Self::new(text).is_ok(), "{text} is no relative path");
        Self(text.into())
    }

    /// The path as text, relative to HOME.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory it lies in; empty where that is HOME itself.
    #[must_use]
    pub fn parent(&self) -> &str {
        split(&self.0).0
    }

    /// The last component.
    #[must_use]
    pub fn name(&self) -> &str {
        split(&self.0).1
    }
}

/// A path below HOME as its directory, empty for HOME itself, and its name.
#[must_use]
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The path of `name` in `directory`, which is empty for HOME itself.
#[must_use]
pub fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}

/// Whether `path` is `ancestor` or lies below it.
#[must_use]
pub fn is_at_or_below(path: &str, ancestor: &str) -> bool {
    let rest = path.strip_prefix(ancestor);
    ancestor.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Compares two paths component by component: a `/` sorts before every other
/// byte.
#[must_use]
pub fn compare(one: &str, other: &str) -> Ordering {
    let key = |byte: u8| if byte == b'/' { 0 } else { byte };
    one.bytes().map(key).cmp(other.bytes().map(key))
}

/// The length in bytes of the longest beginning that two paths share, in whole
/// components.
#[must_use]
pub fn common_length(one: &str, other: &str) -> usize {
    let ends_component = |path: &str, end: usize| {
        path.as_bytes()
            .get(end)
            .is_none_or(|following| *following == b'/')
    };
    let pairs = one.bytes().zip(other.bytes());
    let same = pairs.take_while(|(one, other)| one == other).count();
    let ends = (0..=same).rev();
    ends.into_iter()
        .find(|end| ends_component(one, *end) && ends_component(other, *end))
        .unwrap_or(0)
}

impl Ord for RelativePath {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl PartialOrd for RelativePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn deserialize_relative<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Box<str>, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    let path = RelativePath::new(&text).map_err(serde::de::Error::custom)?;
    Ok(path.0)
}

/// An absolute path without control characters. It is kept exactly as it was written,
/// since it becomes the text of a link.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AbsolutePath(Box<str>);

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
            return Ok(Self(text.into()));
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
        let shown = Shown::new(argument);
        let absolute = std::path::absolute(argument)
            .map_err(|error| format!("\"{shown}\" cannot be made absolute: {error}"))?;
        match absolute.to_str() {
            Some(text) => Self::new(text),
            None => Err(format!(
                "\"{shown}\" is not UTF-8; allowed is a path in UTF-8, as a manifest could hold it"
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
        Path::new(&*self.0)
    }
}

impl TryFrom<String> for AbsolutePath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl fmt::Display for AbsolutePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An instance's name: letters, digits, `-`, `_` and `.`, a letter or digit first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct InstanceName(String);

impl InstanceName {
    /// Checks `text` and takes it as a name.
    ///
    /// # Errors
    /// A sentence that names the value and what is allowed.
    pub fn new(text: &str) -> Result<Self, String> {
        let starts_well = text.starts_with(|first: char| first.is_ascii_alphanumeric());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if starts_well && text.len() <= 200 && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "{text:?} is no instance name; allowed are at most 200 letters, digits, \"-\", \"_\" and \".\", \
             starting with a letter or digit"
        ))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for InstanceName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lies below a path follows it directly, whatever else starts alike.
    #[test]
    fn paths_are_ordered_by_component() {
        let mut paths = ["a-b", "a/b", "a", "a.c", "a/b/c"];
        paths.sort_by(|one, other| compare(one, other));
        assert_eq!(paths, ["a", "a/b", "a/b/c", "a-b", "a.c"]);
        assert!(is_at_or_below("a/b", "a") && !is_at_or_below("a-b", "a"));
    }

    /// Only whole components count as common.
    #[test]
    fn a_common_length_ends_at_a_component() {
        for (one, other, length) in [("a/bc", "a/bd", 1), ("a", "a/b", 1), ("ab", "ac", 0)] {
            assert_eq!(common_length(one, other), length, "{one} {other}");
        }
    }
}
