//! What is at a name in a directory.

use std::ffi::OsString;

use nix::errno::Errno;
use nix::sys::stat::{FileStat, Mode, SFlag};

use crate::home::place::Place;
use crate::home::system::Failure;
use crate::manifest::bounded_read::{file_type, kind_of, read_regular_file};
use crate::report::shown::Shown;

/// What is at a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    Absent,
    /// A symbolic link, to this.
    Link(OsString),
    /// A regular file with the same bytes as the link's source.
    IdenticalFile,
    /// Anything else, as it is called in a message.
    Other(&'static str),
}

impl Entry {
    /// Whether it is a link to `target`.
    #[must_use]
    pub fn is_link_to(&self, target: &str) -> bool {
        matches!(self, Self::Link(found) if *found == *target)
    }

    /// A description of it, for a message.
    #[must_use]
    pub fn describe(&self) -> Shown {
        match self {
            Self::Absent => "nothing".into(),
            Self::Link(target) => format!("a symbolic link to {}", Shown::new(target)).into(),
            Self::IdenticalFile => "a regular file".into(),
            Self::Other(kind) => (*kind).into(),
        }
    }
}

/// What is at `name`. A file with the bytes `source` is an identical one.
///
/// # Errors
/// What the system says.
pub fn classify(place: &Place, name: &str, source: Option<&[u8]>) -> Result<Entry, Failure> {
    match place.read_link(name) {
        Ok(target) => return Ok(Entry::Link(target)),
        Err(failure) => match failure.errno {
            Errno::ENOENT => return Ok(Entry::Absent),
            Errno::EINVAL => {}
            _ => return Err(failure),
        },
    }
    let stat = match place.stat(name) {
        Err(failure) if failure.errno == Errno::ENOENT => return Ok(Entry::Absent),
        result => result?,
    };
    let kind = file_type(&stat);
    let size = usize::try_from(stat.st_size).ok();
    let may_be_identical =
        kind == SFlag::S_IFREG && size == source.map(<[u8]>::len) && is_meant_to_be_readable(&stat);
    if let Some(source) = source
        && may_be_identical
        && has_bytes(place, name, source)?
    {
        return Ok(Entry::IdenticalFile);
    }
    Ok(Entry::Other(kind_of(kind)))
}

/// Whether the mode of a file lets its owner read it. Only then is it an error that the
/// file cannot be opened.
#[must_use]
pub fn is_meant_to_be_readable(stat: &FileStat) -> bool {
    Mode::from_bits_truncate(stat.st_mode).contains(Mode::S_IRUSR)
}

fn has_bytes(place: &Place, name: &str, bytes: &[u8]) -> Result<bool, Failure> {
    let mut file = place.open_file(name)?;
    match read_regular_file(&mut file, bytes.len()) {
        Ok((content, _)) => Ok(content == bytes),
        // No regular file of that size any more, unless the system has failed.
        Err(error) => Failure::of("read", &error).map_or(Ok(false), Err),
    }
}
