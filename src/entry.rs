//! What one name in a directory stands for, and what is around it.

use std::ffi::OsString;
use std::os::fd::OwnedFd;

use rustix::fs::FileType;
use rustix::io::Errno;

use crate::beneath;
use crate::bounded_read::{kind_of, read_regular_file};
use crate::names::{backup_name, staging_name};

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

/// What is in a link's place, and around it.
#[derive(Debug, PartialEq, Eq)]
pub struct Observed {
    /// The thing with the link's name.
    pub entry: Entry,
    /// The thing with the link's staging name: left by a run that was killed.
    pub leftover: Entry,
    /// The number of the backup name under which that run had the leftover, as
    /// well, when it was killed just before the exchange.
    pub prepared_backup: Option<u32>,
    /// The lowest two numbers under which a backup can be made.
    pub free_backups: [u32; 2],
}

impl Observed {
    /// What there is in a directory that does not exist.
    pub const NOTHING: Self = Self {
        entry: Entry::Absent,
        leftover: Entry::Absent,
        prepared_backup: None,
        free_backups: [1, 2],
    };
}

/// Looks at `name` in `place`, given where its link points and, if it matters,
/// the bytes of the file there.
///
/// # Errors
/// What the system says.
pub fn observe_name(
    place: &OwnedFd,
    name: &str,
    target: &str,
    source: Option<&[u8]>,
) -> Result<Observed, Errno> {
    let entry = classify(place, name, source)?;
    let leftover = classify(place, &staging_name(name), source)?;
    let needs_backup = match &entry {
        Entry::Absent => false,
        Entry::Link(found) => found != target,
        Entry::IdenticalFile | Entry::Other(_) => true,
    };
    if !needs_backup && leftover == Entry::Absent {
        return Ok(Observed {
            entry,
            ..Observed::NOTHING
        });
    }
    let (prepared_backup, free_backups) = observe_backups(place, name)?;
    Ok(Observed {
        entry,
        leftover,
        prepared_backup,
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
    let size = usize::try_from(stat.st_size).ok();
    let may_be_identical = kind == FileType::RegularFile
        && size == source.map(<[u8]>::len)
        && beneath::is_owner_readable(&stat);
    if let Some(source) = source
        && may_be_identical
        && has_bytes(place, name, source)?
    {
        return Ok(Entry::IdenticalFile);
    }
    Ok(Entry::Other(kind_of(kind)))
}

fn has_bytes(place: &OwnedFd, name: &str, bytes: &[u8]) -> Result<bool, Errno> {
    let mut file = beneath::open_file(place, name)?;
    match read_regular_file(&mut file, bytes.len()) {
        Ok(content) => Ok(content == bytes),
        Err(error) => match Errno::from_io_error(&error) {
            Some(error) => Err(error),
            // No regular file of that size any more.
            None => Ok(false),
        },
    }
}

/// Looks through the backups of `name`: which one is no backup but a link that
/// a killed run had made ready, being the same link as at the staging name, and
/// which two numbers are the lowest free ones.
///
/// # Errors
/// What the system says.
pub fn observe_backups(place: &OwnedFd, name: &str) -> Result<(Option<u32>, [u32; 2]), Errno> {
    let identity = |name: &str| match beneath::stat(place, name) {
        Ok(stat) => Ok(Some((stat.st_dev, stat.st_ino))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    };
    let leftover = identity(&staging_name(name))?;
    let (mut prepared, mut free, mut found) = (None, [0; 2], 0);
    for number in 1..=u32::MAX {
        let backup = identity(&backup_name(name, number))?;
        if backup.is_some() && backup == leftover {
            prepared = Some(number);
        }
        if backup.is_none() || backup == leftover {
            free[found] = number;
            found += 1;
        }
        if found == free.len() {
            break;
        }
    }
    Ok((prepared, free))
}
