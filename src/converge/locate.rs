//! Where a path below HOME leads, how much of it exists, and what is in its way.

use std::collections::{BTreeMap, BTreeSet};

use nix::errno::Errno;

use crate::home::place::{DirectoryId, Place};
use crate::home::system::Failure;
use crate::manifest::bounded_read::{file_type, kind_of};
use crate::manifest::path::{common_length, split};
use crate::report::error::Error;
use crate::report::shown::Shown;

/// A name in a directory, by whatever path it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot<'a> {
    /// The last directory on the way that exists.
    pub directory: DirectoryId,
    /// The rest of the path: the name, after the directories that do not exist yet.
    pub rest: &'a str,
}

/// A directory that has to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directory<'a> {
    /// Where it is to be, below HOME; empty for HOME itself.
    pub path: &'a str,
    /// The last directory of the path that exists; this one, if nothing is missing.
    pub deepest: DirectoryId,
    /// How many bytes of the path lead to that one.
    pub existing: usize,
}

impl<'a> Directory<'a> {
    /// Whether it, or something on the way to it, does not exist.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.existing < self.path.len()
    }

    /// The spot of `path`, which is this directory or below it.
    #[must_use]
    pub fn spot_of(&self, path: &'a str) -> Spot<'a> {
        Spot {
            directory: self.deepest,
            rest: path[self.existing..].trim_start_matches('/'),
        }
    }
}

/// The directories that do not exist, by where they are to be.
pub type Missing<'a> = BTreeMap<Spot<'a>, &'a str>;

/// The path of a missing directory that is to be at `spot` or below it.
#[must_use]
pub fn missing_at_or_below<'a>(missing: &Missing<'a>, spot: Spot<'_>) -> Option<&'a str> {
    let beginning = format!("{}/", spot.rest);
    let first_below = Spot {
        rest: &beginning,
        ..spot
    };
    let is_below =
        |found: &Spot<'_>| found.directory == spot.directory && found.rest.starts_with(&*beginning);
    let below = missing.range(first_below..).next();
    let below = below.filter(|(found, _)| is_below(found));
    let path = missing.get(&spot).or(below.map(|(_, path)| path));
    path.copied()
}

/// The places of the links that are about to be removed: to what needs a directory
/// there, they count as free.
pub type Leaving<'a> = BTreeSet<Spot<'a>>;

/// Finds the directory at `path`, or as much of the path as exists. Returns the last
/// directory that exists, opened, and how many bytes of `path` lead to it.
///
/// # Errors
/// What the first component is that exists and is not a directory inside HOME. A link to
/// nothing counts: the directory would be made wherever that link points.
pub fn locate(home: &Place, path: &str, leaving: &Leaving<'_>) -> Result<(Place, usize), Error> {
    if let Ok(place) = home.open(path) {
        return Ok((place, path.len()));
    }
    let failed = |failure| explain(home, "", failure);
    let (mut place, mut existing) = (home.open("").map_err(failed)?, 0);
    for name in path.split('/') {
        let start = if existing == 0 { 0 } else { existing + 1 };
        let prefix = &path[..start + name.len()];
        let spot = Spot {
            directory: place.id(),
            rest: name,
        };
        if leaving.contains(&spot) {
            break;
        }
        place = match place.open_no_link(name) {
            Ok(next) => next,
            Err(failure) if failure.errno == Errno::ENOENT => break,
            // A link: where it leads is resolved from HOME.
            Err(failure) if failure.errno == Errno::ELOOP => match home.open(prefix) {
                Ok(next) => next,
                Err(failure) => return Err(explain(home, prefix, failure)),
            },
            Err(failure) => return Err(explain(home, prefix, failure)),
        };
        existing = prefix.len();
    }
    Ok((place, existing))
}

/// Tells without a system call how much of `path` exists, if the directory `previous`,
/// the one before it in the order of paths, lacks a component that both have.
#[must_use]
pub fn locate_like<'a>(previous: Option<&Directory<'a>>, path: &'a str) -> Option<Directory<'a>> {
    let previous = previous?;
    (common_length(previous.path, path) > previous.existing)
        .then_some(Directory { path, ..*previous })
}

fn explain(home: &Place, path: &str, failure: Failure) -> Error {
    let why = match (failure.errno, link_target(home, path)) {
        (Errno::ENOENT, Some(target)) => format!(
            "is a symbolic link to {target}, where nothing is; create that directory or remove the link"
        ),
        (Errno::EXDEV, Some(target)) if target.as_str().starts_with('/') => format!(
            "is a symbolic link to {target}, and absolute links are taken as leading out of HOME; \
             make it relative if it stays inside, otherwise replace it by a directory"
        ),
        (Errno::EXDEV, Some(target)) => format!(
            "is a symbolic link to {target}, which leads out of HOME; replace it by a directory"
        ),
        (Errno::ENOTDIR, Some(target)) => {
            format!("is a symbolic link to {target}, which is not a directory; remove it")
        }
        (Errno::ENOTDIR, None) => {
            let kind = kind_at(home, path).unwrap_or("something else");
            format!("is {kind} where a directory has to be; move it away")
        }
        (Errno::ELOOP, Some(target)) => {
            format!("is a symbolic link to {target}, and links lead in a circle there; remove it")
        }
        _ => format!("cannot be opened as a directory: {failure}"),
    };
    Error::failed(format!("{path}: {why}"))
}

fn link_target(home: &Place, path: &str) -> Option<Shown> {
    let (directory, name) = split(path);
    let place = home.open(directory).ok()?;
    place.read_link(name).ok().map(Shown::new)
}

fn kind_at(home: &Place, path: &str) -> Option<&'static str> {
    let (directory, name) = split(path);
    let stat = home.open(directory).and_then(|place| place.stat(name));
    Some(kind_of(file_type(&stat.ok()?)))
}
