//! Observe: what is on the disk where the manifest wants something.
//!
//! Reads only. What cannot even be looked at as what it would have to be, such
//! as a directory behind a link that leads out of HOME, is an error here; what
//! to do about the rest is for [`crate::plan`].

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::FileType;
use rustix::io::Errno;

use crate::beneath;
use crate::bounded_read::{kind_of, read_regular_file};
use crate::error::Error;
use crate::manifest::{Link, Manifest};
use crate::names::{RECORD_PATH, backup_name, record_directory, staging_name};
use crate::obstacle;
use crate::paths::RelativePath;
use crate::record::{self, RecordState};
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
    /// The lowest number under which a broken record can be set aside.
    pub free_record_backup: u32,
}

/// What is in a link's place, and around it.
#[derive(Debug, PartialEq, Eq)]
pub struct Observed {
    /// The thing with the link's name.
    pub entry: Entry,
    /// The thing with the link's staging name: left by a run that was killed.
    pub leftover: Entry,
    /// The lowest two numbers under which a backup can be made.
    pub free_backups: [u32; 2],
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

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    Absent,
    /// A symbolic link, to this.
    Link(OsString),
    /// A regular file with the very bytes of the link's source.
    IdenticalFile,
    /// Anything else, as it is called in a message.
    Other(&'static str),
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

impl Observed {
    const NOTHING: Self = Self {
        entry: Entry::Absent,
        leftover: Entry::Absent,
        free_backups: [1, 2],
    };
}

/// Looks at everything in `home` that `manifest` or the record speaks of; with
/// no HOME yet, at nothing but the links' sources.
///
/// # Errors
/// When a source is not usable, when something on the way to a directory or a
/// link is not inside HOME or not a directory, or when the system refuses.
pub fn observe(home: Option<&OwnedFd>, manifest: &Manifest) -> Result<State, Error> {
    let record = match home {
        Some(home) => read_record(home)?,
        None => RecordState::Absent,
    };
    let missing_directories = missing_directories(home, &required_directories(manifest, &record))?;
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
    let abandoned = match home {
        Some(home) => observe_abandoned(home, manifest, &record)?,
        None => Vec::new(),
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
        free_record_backup,
    })
}

/// Reads the record, for whoever needs nothing else.
///
/// # Errors
/// As [`record::read`].
pub fn read_record(home: &OwnedFd) -> Result<RecordState, Error> {
    record::read(home).map_err(|error| Error::failed(format!("{RECORD_PATH}: {error}")))
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

fn missing_directories(
    home: Option<&OwnedFd>,
    required: &BTreeSet<RelativePath>,
) -> Result<BTreeSet<RelativePath>, Error> {
    let mut missing = BTreeSet::new();
    for directory in required {
        let Some(home) = home else {
            missing.extend(directory.prefixes());
            continue;
        };
        match beneath::open_place(home, Some(directory)) {
            Ok(_) => {}
            Err(Errno::NOENT) => missing.extend(obstacle::missing_prefixes(home, directory)?),
            Err(error) => return Err(obstacle::explain(home, directory, error)),
        }
    }
    Ok(missing)
}

fn observe_link(home: &OwnedFd, link: &Link, source: &[u8]) -> Result<Observed, Error> {
    let place = beneath::open_place(home, link.path.parent().as_ref())
        .map_err(|error| system_error(&link.path, error))?;
    let observed = observe_entry(&place, &link.path, link.source.as_str(), Some(source))?;
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

/// Looks at one name, given where its link points and, if it matters, the
/// bytes of the file there.
fn observe_entry(
    place: &OwnedFd,
    path: &RelativePath,
    target: &str,
    source: Option<&[u8]>,
) -> Result<Observed, Error> {
    let name = path.name();
    let at = |error| system_error(path, error);
    let entry = classify(place, name, source).map_err(at)?;
    let leftover = classify(place, &staging_name(name), source).map_err(at)?;
    let needs_backup = match &entry {
        Entry::Absent => false,
        Entry::Link(found) => found != target,
        Entry::IdenticalFile | Entry::Other(_) => true,
    };
    let free_backups = if needs_backup || leftover != Entry::Absent {
        free_backups(place, name, target).map_err(at)?
    } else {
        Observed::NOTHING.free_backups
    };
    Ok(Observed {
        entry,
        leftover,
        free_backups,
    })
}

/// What `name` stands for; `source` is what makes a file an identical one.
///
/// # Errors
/// What the system says.
pub fn classify(place: &OwnedFd, name: &str, source: Option<&[u8]>) -> Result<Entry, Errno> {
    match beneath::read_link(place, name) {
        Ok(target) => return Ok(Entry::Link(target)),
        Err(Errno::NOENT) => return Ok(Entry::Absent),
        Err(Errno::INVAL) => {}
        Err(error) => return Err(error),
    }
    let stat = match beneath::stat(place, name) {
        Err(Errno::NOENT) => return Ok(Entry::Absent),
        result => result?,
    };
    let kind = FileType::from_raw_mode(stat.st_mode);
    let has_bytes_of = |source: &[u8]| {
        kind == FileType::RegularFile
            && u64::try_from(stat.st_size) == Ok(source.len() as u64)
            && is_file_with(place, name, source)
    };
    if source.is_some_and(has_bytes_of) {
        return Ok(Entry::IdenticalFile);
    }
    Ok(Entry::Other(kind_of(kind)))
}

/// Whether `name` is a readable file with these bytes; one that cannot be read
/// is as good as different, since it is then kept.
fn is_file_with(place: &OwnedFd, name: &str, bytes: &[u8]) -> bool {
    beneath::open_file(place, name).is_ok_and(|mut file| {
        read_regular_file(&mut file, bytes.len()).is_ok_and(|content| content == bytes)
    })
}

/// The lowest two backup numbers whose names are not taken. A link to `target`
/// does not count: a run that was killed had made it ready for the exchange.
fn free_backups(place: &OwnedFd, name: &str, target: &str) -> Result<[u32; 2], Errno> {
    let mut free = [0; 2];
    let mut found = 0;
    for number in 1..=u32::MAX {
        let backup = backup_name(name, number);
        let is_free = match beneath::read_link(place, &backup) {
            Ok(link) => link == target,
            Err(Errno::NOENT) => true,
            Err(Errno::INVAL) => false,
            Err(error) => return Err(error),
        };
        if is_free {
            free[found] = number;
            found += 1;
            if found == free.len() {
                break;
            }
        }
    }
    Ok(free)
}

fn free_record_backup(home: &OwnedFd) -> Result<u32, Error> {
    let record = crate::names::record_path();
    let at = |error| system_error(&record, error);
    let place = beneath::open_place(home, record.parent().as_ref()).map_err(at)?;
    let [number, _] = free_backups(&place, record.name(), "").map_err(at)?;
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
    wanted.extend(manifest.links.iter().map(|link| &link.path));
    let mut abandoned = Vec::new();
    for link in &record.links {
        if wanted.contains(&link.path) {
            continue;
        }
        let observed = match beneath::open_place(home, link.path.parent().as_ref()) {
            Ok(place) => observe_entry(&place, &link.path, &link.target, None)?,
            // Its directory is gone, or somewhere else by now: so is the link.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::XDEV | Errno::LOOP) => Observed::NOTHING,
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
