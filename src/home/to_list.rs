//! The directories that a walk through a tree still has to list.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Directories that wait for their turn, the last one first.
///
/// Only their names are kept: an agent can give a million directories a path of four
/// kilobytes each, which would be gigabytes.
#[derive(Debug)]
pub struct ToList {
    /// The path of the directory whose turn it is.
    path: Vec<u8>,
    /// A name, and how many bytes of `path` lead to the directory that it is in.
    waiting: Vec<(usize, OsString)>,
}

impl ToList {
    /// A walk that begins with the empty path.
    #[must_use]
    pub fn new() -> Self {
        Self {
            path: Vec::new(),
            waiting: vec![(0, OsString::new())],
        }
    }

    /// Adds a directory in the one whose turn it is.
    pub fn add(&mut self, name: &OsStr) {
        self.waiting.push((self.path.len(), name.to_owned()));
    }

    /// How many are waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The path of the next one, whose turn it is from now on.
    pub fn take(&mut self) -> Option<&Path> {
        let (above, name) = self.waiting.pop()?;
        // The last one that was added is in a directory on the way to the current one.
        self.path.truncate(above);
        if above > 0 {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name.as_bytes());
        Some(Path::new(OsStr::from_bytes(&self.path)))
    }
}

impl Default for ToList {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_directory_comes_once_with_its_whole_path() {
        let below = |path: &Path| match path.to_str() {
            Some("") => vec!["a", "b"],
            Some("a") => vec!["c", "d"],
            Some("b" | "a/c") => vec!["e"],
            _ => Vec::new(),
        };
        let mut to_list = ToList::new();
        let mut seen = Vec::new();
        while let Some(path) = to_list.take() {
            let path = path.to_owned();
            for name in below(&path) {
                to_list.add(name.as_ref());
            }
            seen.push(path);
        }
        let expected = ["", "b", "b/e", "a", "a/d", "a/c", "a/c/e"];
        assert_eq!(seen, expected.map(Path::new));
    }
}
