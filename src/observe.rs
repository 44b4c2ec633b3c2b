//! Observe: what is on the disk where the manifest wants something.
//!
//! Reads only. What cannot even be looked at as what it would have to be, such
//! as a directory behind a link that leads out of HOME, is an error here; what
//! to do about the rest is for [`crate::plan`].

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;

use rustix::io::Errno;

use crate::beneath;
use crate::entry::{Entry, Observed, observe_backups, observe_name};
use crate::error::Error;
use crate::manifest::{Link, Manifest};
use crate::names::{RECORD_PATH, record_directory, record_path, record_staging_path};
use crate::obstacle;
use crate::paths::RelativePath;
use crate::record::{self, Leftover, RecordState};
use crate::source::read_source;

/// What is on the disk.
#[derive(Debug)]
pub struct State {
    /// What earlier runs left about themselves.
    pub record: RecordState,
    /// The directories that do not exist yet, outermost first.
    pub missing_directories: BTreeSet<RelativePath>,
    /// What is in the place of each of the manifest's links, in its order.
    pub links: Vec<Observed>,
    /// The links that only the record names.
    pub abandoned: Vec<Abandoned>,
    /// What is where the next record will be made ready.
    pub record_leftover: Leftover,
    /// The lowest number under which a broken record can be set aside.
    pub free_record_backup: u32,
}

/// A link that the record names and the manifest does not.
#[derive(Debug)]
pub struct Abandoned {
    /// Where the record says it is.
    pub path: RelativePath,
    /// Where the record says it points to.
    pub target: String,
    /// What is there.
    pub observed: Observed,
}

impl State {
    /// Whether an earlier run must have been here, record or not: a link is
    /// already the one that `manifest` wants.
    #[must_use]
    pub fn has_earlier_work(&self, manifest: &Manifest) -> bool {
        let mut links = manifest.links.iter().zip(&self.links);
        links.any(|(link, observed)| {
            matches!(&observed.entry, Entry::Link(target) if *target == *link.source.as_str())
        })
    }
}

impl Abandoned {
    /// Whether what is there still is the link that we made.
    #[must_use]
    pub fn is_still_ours(&self) -> bool {
        matches!(&self.observed.entry, Entry::Link(target) if *target == *self.target)
    }
}

/// Looks at everything in `home` that `manifest` or its `record` speaks of; with
/// no HOME yet, at nothing but the links' sources.
///
/// # Errors
/// When a source is not usable, when something on the way to a directory or a
/// link is not inside HOME or not a directory, or when the system refuses.
pub fn observe(
    home: Option<&OwnedFd>,
    manifest: &Manifest,
    record: RecordState,
) -> Result<State, Error> {
    let abandoned = match home {
        Some(home) => observe_abandoned(home, manifest, &record)?,
        None => Vec::new(),
    };
    let mut leaving = BTreeSet::new();
    if !manifest.keeps_other_links {
        let ours = abandoned.iter().filter(|link| link.is_still_ours());
        leaving.extend(ours.map(|link| link.path.as_str()));
    }
    let required = required_directories(manifest, &record);
    let missing_directories = missing_directories(home, &required, &leaving)?;
    let mut links = Vec::with_capacity(manifest.links.len());
    for link in &manifest.links {
        let source = read_source(&link.source)
            .map_err(|why| Error::failed(format!("{}: {why}", link.path)))?;
        let parent = link.path.parent();
        let parent_is_missing = parent.is_some_and(|parent| missing_directories.contains(&parent));
        links.push(match home {
            Some(home) if !parent_is_missing => observe_link(home, link, &source)?,
            _ => Observed::NOTHING,
        });
    }
    let record_leftover = match home {
        Some(home) => observe_record_leftover(home)?,
        None => Leftover::Nothing,
    };
    let free_record_backup = match (home, &record) {
        (Some(home), RecordState::Broken(_)) => free_record_backup(home)?,
        _ => 1,
    };
    Ok(State {
        record,
        missing_directories,
        links,
        abandoned,
        record_leftover,
        free_record_backup,
    })
}

/// Reads the record, which is the first thing to be observed: it tells more
/// than where to look. With no HOME yet there is none.
///
/// # Errors
/// As [`record::read`].
pub fn read_record(home: Option<&OwnedFd>) -> Result<RecordState, Error> {
    match home {
        Some(home) => {
            record::read(home).map_err(|error| Error::failed(format!("{RECORD_PATH}: {error}")))
        }
        None => Ok(RecordState::Absent),
    }
}

/// Looks at the name at which the record is made ready.
///
/// # Errors
/// As [`record::observe_leftover`].
pub fn observe_record_leftover(home: &OwnedFd) -> Result<Leftover, Error> {
    record::observe_leftover(home).map_err(|error| system_error(&record_staging_path(), error))
}

/// Everything that has to be a directory: what the manifest lists, where its
/// links are, and where the record will be written if it is not there yet.
fn required_directories(manifest: &Manifest, record: &RecordState) -> BTreeSet<RelativePath> {
    let mut required = BTreeSet::new();
    required.extend(manifest.directories.iter().cloned());
    required.extend(manifest.links.iter().filter_map(|link| link.path.parent()));
    if record.record().is_none() {
        required.extend(record_directory());
    }
    required
}

/// Which of the required directories, and of those on the way to them, do not
/// exist, or will not once the links that are `leaving` have left.
fn missing_directories(
    home: Option<&OwnedFd>,
    required: &BTreeSet<RelativePath>,
    leaving: &BTreeSet<&str>,
) -> Result<BTreeSet<RelativePath>, Error> {
    let mut missing = BTreeSet::new();
    for directory in required {
        let Some(home) = home else {
            missing.extend(directory.prefixes());
            continue;
        };
        match beneath::open_place(home, Some(directory)) {
            Ok(_) => {}
            Err(_) => missing.extend(obstacle::missing_prefixes(home, directory, leaving)?),
        }
    }
    Ok(missing)
}

fn observe_link(home: &OwnedFd, link: &Link, source: &[u8]) -> Result<Observed, Error> {
    let place = beneath::open_place(home, link.path.parent().as_ref())
        .map_err(|error| system_error(&link.path, error))?;
    let observed = observe_name(&place, link.path.name(), link.source.as_str(), Some(source))
        .map_err(|error| system_error(&link.path, error))?;
    if observed.entry == Entry::IdenticalFile {
        refuse_own_source(&place, link)?;
    }
    Ok(observed)
}

/// A link in place of its own source would be a circle, and the configuration
/// would be gone from where everybody looks for it.
fn refuse_own_source(place: &OwnedFd, link: &Link) -> Result<(), Error> {
    let entry =
        beneath::stat(place, link.path.name()).map_err(|error| system_error(&link.path, error))?;
    let source = fs_err::metadata(link.source.as_path())
        .map_err(|error| Error::failed(format!("{}: {error}", link.path)))?;
    if (entry.st_dev, entry.st_ino) == (source.dev(), source.ino()) {
        return Err(Error::failed(format!(
            "{}: its source {} is this very file; keep the source elsewhere",
            link.path, link.source
        )));
    }
    Ok(())
}

fn free_record_backup(home: &OwnedFd) -> Result<u32, Error> {
    let record = record_path();
    let at = |error| system_error(&record, error);
    let place = beneath::open_place(home, record.parent().as_ref()).map_err(at)?;
    let (_, [number, _]) = observe_backups(&place, record.name()).map_err(at)?;
    Ok(number)
}

fn observe_abandoned(
    home: &OwnedFd,
    manifest: &Manifest,
    record: &RecordState,
) -> Result<Vec<Abandoned>, Error> {
    let Some(record) = record.record() else {
        return Ok(Vec::new());
    };
    let mut wanted = BTreeSet::new();
    wanted.extend(manifest.links.iter().map(|link| link.path.as_str()));
    let mut abandoned = Vec::new();
    for link in &record.links {
        if wanted.contains(link.path.as_str()) {
            continue;
        }
        let observed = match beneath::open_place(home, link.path.parent().as_ref()) {
            Ok(place) => observe_name(&place, link.path.name(), &link.target, None)
                .map_err(|error| system_error(&link.path, error))?,
            // Its directory is gone, or somewhere else by now: so is the link.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::XDEV | Errno::LOOP | Errno::NAMETOOLONG) => {
                Observed::NOTHING
            }
            Err(error) => return Err(system_error(&link.path, error)),
        };
        abandoned.push(Abandoned {
            path: link.path.clone(),
            target: link.target.clone(),
            observed,
        });
    }
    Ok(abandoned)
}

fn system_error(path: &RelativePath, error: Errno) -> Error {
    Error::failed(format!("{path}: cannot be looked at: {error}"))
}
