//! The record: what earlier runs put into this HOME, so that a later run can
//! tell its own work from the user's.
//!
//! Nothing depends on it being there: without it, links into the Nix store
//! are still known as ours, and everything else counts as the user's.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use serde::Serialize;

use crate::beneath;
use crate::bounded_read::read_regular_file;
use crate::json::{Dialect, Fields, parse_object};
use crate::manifest::Manifest;
use crate::names::{RECORD_PATH, RECORD_STAGING_NAME};
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

impl Record {
    /// What the record says once `manifest` is in place.
    #[must_use]
    pub fn of(manifest: &Manifest, first_run_succeeded: bool) -> Self {
        let links = manifest.links.iter().map(|link| RecordedLink {
            path: link.path.clone(),
            target: link.source.as_str().to_owned(),
        });
        Self {
            version: RECORD_VERSION,
            first_run_succeeded,
            links: links.collect(),
        }
    }

    /// Takes `content` as a record.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(content: &[u8]) -> Result<Self, String> {
        let mut fields = Fields::of(String::new(), parse_object(content, Dialect::Strict)?)?;
        let version = fields.required("version")?.number()?;
        if version != RECORD_VERSION {
            return Err(format!("is of version {version}, not {RECORD_VERSION}"));
        }
        let first_run_succeeded = fields.required("firstRunSucceeded")?.boolean()?;
        let links = fields.required("links")?.list()?;
        let links = links.into_iter().map(|link| {
            let mut link = link.fields()?;
            Ok(RecordedLink {
                path: link.required("path")?.parse(RelativePath::new)?,
                target: link.required("target")?.text()?,
            })
        });
        Ok(Self {
            version,
            first_run_succeeded,
            links: links.collect::<Result<_, String>>()?,
        })
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
        Err(Errno::ACCESS) => return Ok(broken("permission denied")),
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

/// Puts `record` in its place in one step and on the disk for good.
///
/// # Errors
/// What the system says; the old record is then still in place.
pub fn write(home: &OwnedFd, record: &Record) -> io::Result<()> {
    let path = RelativePath::new(RECORD_PATH).map_err(io::Error::other)?;
    let directory = path.parent();
    let place = beneath::open_place(home, directory.as_ref())?;
    let mut content = serde_json::to_vec_pretty(record)?;
    content.push(b'\n');
    let mut file = match beneath::create_file(&place, RECORD_STAGING_NAME) {
        // Left by a run that was killed; nobody else has a use for this name.
        Err(Errno::EXIST) => {
            beneath::remove(&place, RECORD_STAGING_NAME)?;
            beneath::create_file(&place, RECORD_STAGING_NAME)?
        }
        result => result?,
    };
    let written = file
        .write_all(&content)
        .and_then(|()| file.sync_all())
        .and_then(|()| {
            Ok(beneath::rename_over(
                &place,
                RECORD_STAGING_NAME,
                path.name(),
            )?)
        });
    if written.is_err() {
        // Best effort; the next run would remove it as well.
        let _ = beneath::remove(&place, RECORD_STAGING_NAME);
    }
    written?;
    Ok(beneath::sync_directory(home, directory.as_ref())?)
}
