//! The record: what earlier runs put into this HOME, so that a later run can
//! tell its own work from the user's.
//!
//! Nothing depends on it being there: without it, links into the Nix store
//! are still known as ours, and everything else counts as the user's.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;

use rustix::io::Errno;
use rustix::process::geteuid;
use serde::Serialize;

use crate::beneath;
use crate::bounded_read::read_regular_file;
use crate::entry::observe_backups;
use crate::json::{Dialect, Fields, parse_object};
use crate::manifest_rules::check_place;
use crate::names::{
    RECORD_PATH, RECORD_STAGING_NAME, record_directory, record_path, record_staging_path,
};
use crate::paths::RelativePath;

/// The version this program writes. Later versions may add fields, which are
/// ignored here; whatever would mislead this program has to raise the version.
const RECORD_VERSION: u64 = 1;

/// The largest record that is read, in bytes.
pub const LARGEST_RECORD: usize = 16 << 20;

/// What earlier runs put into a HOME.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    version: u64,
    /// Whether an apply, hooks included, has ever fully succeeded.
    pub first_run_succeeded: bool,
    /// The links that are ours.
    pub links: Vec<RecordedLink>,
}

/// A link that this program made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordedLink {
    /// Where it is, below HOME.
    pub path: RelativePath,
    /// What it points to.
    pub target: String,
}

/// What was found in the record's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordState {
    /// Nothing.
    Absent,
    /// Something that is no record of a version this program knows, and why not.
    Broken(String),
    /// A record.
    Present(Record),
}

/// What is at the record's staging name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// Nothing.
    Nothing,
    /// The beginning of a record, or all of one.
    OfKilledRun,
    /// Something else.
    Unknown {
        /// The lowest number under which a backup of it can be made.
        free_backup: u32,
    },
}

impl Record {
    /// A record that says this.
    #[must_use]
    pub fn new(first_run_succeeded: bool, links: Vec<RecordedLink>) -> Self {
        Self {
            version: RECORD_VERSION,
            first_run_succeeded,
            links,
        }
    }

    /// Takes `content` as a record.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(content: &[u8]) -> Result<Self, String> {
        let mut fields = Fields::of(String::new(), parse_object(content, Dialect::Strict)?)?;
        let version = fields.required("version", "1")?.number()?;
        if version != RECORD_VERSION {
            return Err(format!("is of version {version}, not {RECORD_VERSION}"));
        }
        let succeeded = fields.required("firstRunSucceeded", "true or false")?;
        let links = fields.required("links", "a list")?.list()?;
        let links = links.into_iter().map(|link| {
            let mut link = link.fields()?;
            let path = link.required("path", "a path relative to HOME")?;
            Ok(RecordedLink {
                path: path.parse(|text| {
                    let path = RelativePath::new(text)?;
                    check_place(&path).map(|()| path)
                })?,
                target: link.required("target", "a path")?.text()?,
            })
        });
        Ok(Self::new(
            succeeded.boolean()?,
            links.collect::<Result<_, String>>()?,
        ))
    }
}

impl RecordState {
    /// The record, where there is one.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Present(record) => Some(record),
            Self::Absent | Self::Broken(_) => None,
        }
    }

    /// Whether the next apply is the first, as far as anybody can know.
    #[must_use]
    pub fn is_first_run(&self) -> bool {
        !self
            .record()
            .is_some_and(|record| record.first_run_succeeded)
    }
}

/// Reads the record of the HOME behind `home`.
///
/// # Errors
/// Only what says nothing about the record, such as an I/O error: a broken
/// record is a [`RecordState`], not an error.
pub fn read(home: &OwnedFd) -> io::Result<RecordState> {
    let mut file = match beneath::open_file(home, RECORD_PATH) {
        Ok(file) => file,
        // What may be on the way to the record is judged with the directories.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::XDEV) => return Ok(RecordState::Absent),
        Err(Errno::LOOP) => return Ok(broken("is a symbolic link")),
        Err(Errno::NXIO) => return Ok(broken("is a socket")),
        Err(Errno::ACCESS) if !is_meant_to_be_readable(home)? => {
            return Ok(broken("is not readable for its owner"));
        }
        Err(error) => return Err(error.into()),
    };
    let content = match read_regular_file(&mut file, LARGEST_RECORD) {
        Ok(content) => content,
        Err(error) => match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge => {
                return Ok(RecordState::Broken(error.to_string()));
            }
            _ => return Err(error),
        },
    };
    Ok(match Record::parse(&content) {
        Ok(record) => RecordState::Present(record),
        Err(why) => RecordState::Broken(why),
    })
}

fn broken(why: &str) -> RecordState {
    RecordState::Broken(why.to_owned())
}

fn is_meant_to_be_readable(home: &OwnedFd) -> io::Result<bool> {
    let path = record_path();
    let place = beneath::open_place(home, path.parent().as_ref())?;
    Ok(beneath::is_owner_readable(&beneath::stat(
        place,
        path.name(),
    )?))
}

/// Puts `record` in its place in one step, its content on the disk for good;
/// for its place on the disk, see [`sync`].
///
/// # Errors
/// What the system says; the old record is then still in place.
pub fn write(home: &OwnedFd, record: &Record) -> io::Result<()> {
    let path = record_path();
    let place = beneath::open_place(home, path.parent().as_ref())?;
    let mut content = serde_json::to_vec_pretty(record)?;
    content.push(b'\n');
    let mut file = beneath::create_file(&place, RECORD_STAGING_NAME)?;
    let written = file
        .write_all(&content)
        .and_then(|()| file.sync_all())
        .and_then(|()| {
            let renamed = beneath::rename_over(&place, RECORD_STAGING_NAME, path.name());
            Ok(renamed?)
        });
    if written.is_err() {
        // Best effort; the next run removes it as well.
        let _ = beneath::remove(&place, RECORD_STAGING_NAME);
    }
    written
}

/// Makes the record's place survive a power cut.
///
/// # Errors
/// What the system says.
pub fn sync(home: &OwnedFd) -> io::Result<()> {
    Ok(beneath::sync_directory(home, record_directory().as_ref())?)
}

/// Looks at the staging name. It is nearly always free, which costs one call.
///
/// # Errors
/// What the system says.
pub fn observe_leftover(home: &OwnedFd) -> Result<Leftover, Errno> {
    match beneath::find(home, &record_staging_path()) {
        Ok(()) => {}
        // What may be on the way to it is judged with the directories.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::XDEV | Errno::LOOP) => {
            return Ok(Leftover::Nothing);
        }
        Err(error) => return Err(error),
    }
    let place = beneath::open_place(home, record_directory().as_ref())?;
    if is_left_by_a_killed_run(&place) {
        return Ok(Leftover::OfKilledRun);
    }
    let (_, [free_backup, _]) = observe_backups(&place, RECORD_STAGING_NAME)?;
    Ok(Leftover::Unknown { free_backup })
}

/// A killed run leaves the beginning of a record, or all of one, in a file as
/// [`beneath::create_file`] makes it.
fn is_left_by_a_killed_run(place: &OwnedFd) -> bool {
    const BEGINNING: &[u8] = b"{\n  \"version\": 1,\n  \"firstRunSucceeded\": ";
    let content = beneath::open_file(place, RECORD_STAGING_NAME)
        .map_err(io::Error::from)
        .and_then(|mut file| {
            let found = file.metadata()?;
            let is_as_made = found.mode() & 0o7777 == 0o600 && found.nlink() == 1;
            let is_own = found.uid() == geteuid().as_raw();
            if is_as_made && is_own {
                read_regular_file(&mut file, LARGEST_RECORD)
            } else {
                Err(io::ErrorKind::InvalidInput.into())
            }
        });
    content.is_ok_and(|content| {
        let length = content.len().min(BEGINNING.len());
        content[..length] == BEGINNING[..length]
    })
}
