//! The record: what earlier runs put into this HOME, so that a later run can
//! tell its own work from the user's.
//!
//! Nothing depends on it being there: without it, links into the Nix store
//! are still known as ours, and everything else counts as the user's.

use std::io;

use nix::errno::Errno;
use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};

use crate::home::entry::is_meant_to_be_readable;
use crate::home::place::Place;
use crate::home::system::Failure;
use crate::manifest::bounded_read::read_regular_file;
use crate::manifest::names::{RECORD_DIRECTORY, RECORD_NAME, RECORD_PATH};
use crate::manifest::path::RelativePath;
use crate::manifest::{rules, strict_json};

/// The version this program writes. Later versions may add fields, which are
/// ignored here; whatever would mislead this program has to raise the version.
const RECORD_VERSION: u64 = 1;

/// The largest record that is read, in bytes.
pub const LARGEST_RECORD: usize = 16 << 20;

/// What earlier runs put into a HOME.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    version: u64,
    /// Whether an apply, hooks included, has ever fully succeeded.
    pub first_run_succeeded: bool,
    /// The links that are ours.
    pub links: Vec<RecordedLink>,
}

/// A link that this program made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedLink {
    /// Where it is, below HOME.
    pub path: RelativePath,
    /// What it points to.
    pub target: Box<str>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct VersionOnly {
    version: serde_json::Number,
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

/// What is under the record's private name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// The beginning of a record, or all of one.
    OfKilledRun,
    /// Something else.
    Unknown,
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
        let VersionOnly { version } = strict_json::read(content)?;
        if version.as_u64() != Some(RECORD_VERSION) {
            return Err(format!("is of version {version}, not {RECORD_VERSION}"));
        }
        let record: Self = strict_json::read(content)?;
        for link in &record.links {
            rules::check_place(&link.path)?;
        }
        record.check_repetitions()?;
        Ok(record)
    }

    /// Refuses a record that no run has written. The one that is written before links
    /// are changed names a link twice, with its earlier and with its later target; none
    /// names a link more often.
    fn check_repetitions(&self) -> Result<(), String> {
        let mut links: Vec<_> = self.links.iter().collect();
        links.sort_by(|one, other| {
            let by_path = one.path.cmp(&other.path);
            by_path.then_with(|| one.target.cmp(&other.target))
        });
        let repeated = links.windows(2).find(|pair| pair[0] == pair[1]);
        let mut triples = links.windows(3);
        let too_often = triples.find(|three| three[0].path == three[2].path);
        match repeated.or(too_often) {
            None => Ok(()),
            Some(links) => Err(format!(
                "names the link {:?} more often than any run does",
                links[0].path.as_str()
            )),
        }
    }

    /// The record as the content of its file.
    ///
    /// # Errors
    /// None that is known; writing JSON can fail in principle.
    pub fn to_json(&self) -> io::Result<Vec<u8>> {
        let mut content = serde_json::to_vec_pretty(self)?;
        content.push(b'\n');
        Ok(content)
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

/// Reads the record of this HOME.
///
/// # Errors
/// When it cannot be found out what is in its place, such as on an I/O error. A broken
/// record is a state and not an error.
pub fn read(home: &Place) -> Result<RecordState, String> {
    let broken = |why: &str| Ok(RecordState::Broken(why.to_owned()));
    let mut file = match home.open_file(RECORD_PATH) {
        Ok(file) => file,
        Err(failure) => match failure.errno {
            // What may be on the way to the record is judged with the directories.
            Errno::ENOENT | Errno::ENOTDIR | Errno::EXDEV => return Ok(RecordState::Absent),
            Errno::ELOOP => return broken("is a symbolic link"),
            Errno::ENXIO => return broken("is a socket"),
            Errno::EACCES if !is_readable_by_mode(home)? => {
                return broken("is not readable for its owner");
            }
            _ => return Err(format!("{RECORD_PATH}: {failure}")),
        },
    };
    let content = match read_regular_file(&mut file, LARGEST_RECORD) {
        Ok((content, _)) => content,
        Err(error) => match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge => {
                return Ok(RecordState::Broken(error.to_string()));
            }
            _ => return Err(format!("{RECORD_PATH}: cannot be read: {error}")),
        },
    };
    Ok(match Record::parse(&content) {
        Ok(record) => RecordState::Present(record),
        Err(why) => RecordState::Broken(why),
    })
}

fn is_readable_by_mode(home: &Place) -> Result<bool, String> {
    let directory = home.open(RECORD_DIRECTORY);
    let stat = directory.and_then(|directory| directory.stat(RECORD_NAME));
    let stat = stat.map_err(|failure| format!("{RECORD_DIRECTORY}: {failure}"))?;
    Ok(is_meant_to_be_readable(&stat))
}

/// Looks whether there is a record at `name` in the record's directory that a run has
/// left or moved there.
///
/// # Errors
/// What the system says.
pub fn look_at(place: &Place, name: &str) -> Result<Found, Failure> {
    match place.find(name) {
        Err(failure) if failure.errno == Errno::ENOENT => return Ok(Found::Nothing),
        result => result?,
    }
    if is_of_a_run(place, name)? {
        Ok(Found::OfKilledRun)
    } else {
        Ok(Found::Unknown)
    }
}

/// Whether a run may have left what is at `name`: the beginning of a record or all of
/// it, in a file with the mode and the owner that a run gives it.
fn is_of_a_run(place: &Place, name: &str) -> Result<bool, Failure> {
    const BEGINNING: &[u8] = b"{\n  \"version\": 1,\n  \"firstRunSucceeded\": ";
    let mut file = match place.open_file(name) {
        Ok(file) => file,
        Err(failure) => match failure.errno {
            // A link, a socket, or a file that no run makes so.
            Errno::ELOOP | Errno::ENXIO => return Ok(false),
            Errno::EACCES if !is_meant_to_be_readable(&place.stat(name)?) => return Ok(false),
            _ => return Err(failure),
        },
    };
    let (content, stat) = match read_regular_file(&mut file, LARGEST_RECORD) {
        Ok(read) => read,
        Err(error) => return Failure::of("read", &error).map_or(Ok(false), Err),
    };
    let is_as_made = stat.st_mode & 0o7777 == 0o600 && stat.st_nlink == 1;
    let length = content.len().min(BEGINNING.len());
    Ok(is_as_made && stat.st_uid == geteuid().as_raw() && content[..length] == BEGINNING[..length])
}
