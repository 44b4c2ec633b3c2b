//! Unpacks an archive into a HOME, as its owner.
//!
//! Everything is made in a new directory in HOME first, where no link is followed
//! and nothing is overwritten. Only when the archive turns out to be whole does its
//! content take the place of what was in HOME ([`mod@crate::backup::exchange`]), and
//! nothing of that is removed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{
    FchmodatFlags, Mode, SFlag, UtimensatFlags, fchmod, fchmodat, mkdirat, utimensat,
};
use nix::sys::time::TimeSpec;
use nix::unistd::{linkat, symlinkat, syncfs};
use serde::de::DeserializeOwned;
use tar::{Archive, Entry, EntryType};

use crate::backup::exchange::{Progress, Unfinished, exchange, make_numbered};
use crate::backup::{
    ASIDE, END, End, HEAD, Head, STAGING, Summary, VERSION, is_database_at, is_of_restore, member,
};
use crate::home::place::Place;
use crate::home::system::Failure;
use crate::manifest::bounded_read::file_type;
use crate::report::error::{Error, ErrorKind};
use crate::report::shown::Shown;

/// The longest that each of the two documents in an archive may be, in bytes.
const LONGEST_DOCUMENT: u64 = 64 << 10;

/// What to do if HOME is not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupied {
    /// Leave everything as it is.
    Refuse,
    /// Keep it in a directory of its own in HOME.
    MoveAside,
}

/// The two paths of a HOME.
#[derive(Clone, Copy, Debug)]
pub struct Where<'a> {
    /// Its path in the manifest, for messages.
    pub named: &'a str,
    /// Its path for this process, without links.
    pub seen_as: &'a Path,
}

/// What was restored, and the name in HOME under which what was there is kept.
pub type Restored = (Summary, Option<String>);

/// Unpacks `archive`, which has to be of the instance `from`, into the HOME that
/// `place` is.
///
/// # Errors
/// When HOME is not empty and `occupied` refuses that, or when the archive is not one
/// that this program makes: HOME is then unchanged. When a rename fails: the error says
/// where the files are.
pub fn extract(
    archive: impl Read,
    from: &str,
    place: &Place,
    home: Where<'_>,
    occupied: Occupied,
) -> Result<Restored, Error> {
    let Where { named, seen_as } = home;
    let failed = |failure: Failure| Error::failed(format!("{named}: {failure}"));
    let names = place.names().map_err(failed)?;
    let there: Vec<OsString> = names
        .iter()
        .filter(|name| !name.to_str().is_some_and(is_of_restore))
        .cloned()
        .collect();
    if occupied == Occupied::Refuse && !there.is_empty() {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "{named}: HOME is not empty ({} is there); empty it, or use --move-aside to keep its content in a directory in HOME",
                Shown::new(&there[0])
            ),
        ));
    }
    let staging = make_numbered(place, STAGING).map_err(failed)?;
    let unpack = || -> Result<Summary, Error> {
        let tree = place.open_own(&staging).map_err(failed)?;
        let summary = Unpacking::new(&tree).all_of(archive, from)?;
        let written = tree.readable().and_then(|there| {
            syncfs(&there).map_err(|errno| Failure {
                call: "syncfs",
                errno,
            })
        });
        written.map_err(failed)?;
        Ok(summary)
    };
    let summary = unpack().inspect_err(|_| {
        // This run has made it, and only this run needs it.
        let _ = fs_err::remove_dir_all(seen_as.join(&staging));
    })?;
    let aside = exchange(place, &staging, &there).map_err(|unfinished| {
        let Unfinished { failure, progress } = unfinished;
        let how_it_is = match progress {
            Progress::Undone => {
                let _ = fs_err::remove_dir_all(seen_as.join(&staging));
                "HOME is as it was".to_owned()
            }
            Progress::HalfWay => {
                format!(
                    "what was there is in {ASIDE}*, and what was to take its place in {staging}"
                )
            }
            Progress::Moved => format!(
                "HOME is restored, but may not be on the disk yet; what was there is in {ASIDE}*"
            ),
        };
        Error::failed(format!("{named}: {failure}; {how_it_is}"))
    })?;
    Ok((summary, aside))
}

/// Unpacks an archive into `tree`, an empty directory.
struct Unpacking<'a> {
    tree: &'a Place,
    summary: Summary,
    /// The modes that directories get in the end: until then, this process has to be
    /// able to write to them.
    modes: Vec<(PathBuf, Mode)>,
}

impl<'a> Unpacking<'a> {
    fn new(tree: &'a Place) -> Self {
        Self {
            tree,
            summary: Summary::default(),
            modes: Vec::new(),
        }
    }

    fn all_of(mut self, archive: impl Read, from: &str) -> Result<Summary, Error> {
        let mut archive = Archive::new(archive);
        let mut entries = archive.entries().map_err(not_an_archive)?;
        let head: Head = match entries.next() {
            Some(entry) => document(entry, HEAD)?,
            None => return Err(bad("it is empty")),
        };
        if head.version != VERSION {
            let why = format!(
                "its version is {}, and this program reads {VERSION}",
                head.version
            );
            return Err(bad(&why));
        }
        if head.instance.as_str() != from {
            return Err(Error::failed(format!(
                "this is a backup of the instance {0}, with its logins; name the archive of {from}, \
                 or --from {0} if it is what you want; nothing was restored",
                head.instance
            )));
        }
        let mut end = None;
        for entry in entries {
            let entry = entry.map_err(not_an_archive)?;
            if end.is_some() {
                return Err(bad("something follows its end"));
            }
            if entry.path_bytes() == END.as_bytes() {
                end = Some(document::<End>(Ok(entry), END)?);
            } else {
                self.member(entry)?;
            }
        }
        match end {
            Some(end) if end.members == self.summary.members => {}
            Some(_) => return Err(bad("members are missing")),
            None => return Err(bad("it was cut off")),
        }
        for (path, mode) in self.modes.iter().rev() {
            let (parent, name) = self.parent_of(path)?;
            let set = fchmodat(&parent, name, *mode, FchmodatFlags::FollowSymlink);
            set.map_err(|errno| at(path, errno.desc()))?;
        }
        Ok(self.summary)
    }

    fn member(&mut self, mut entry: Entry<'_, impl Read>) -> Result<(), Error> {
        let path = entry.path().map_err(not_an_archive)?.into_owned();
        let Some(below) = member::below_home(&path) else {
            return Err(at(&path, "leads out of HOME"));
        };
        let mode = entry.header().mode().map_err(not_an_archive)?;
        if mode & 0o7000 != 0 {
            return Err(at(&path, "is set-uid, set-gid or sticky"));
        }
        let mode = Mode::from_bits_truncate(mode & 0o777);
        self.summary.members += 1;
        if below.as_os_str().is_empty() {
            // The unit sets the mode of HOME itself.
            return Ok(());
        }
        let (parent, name) = self.parent_of(&below)?;
        match entry.header().entry_type() {
            EntryType::Directory => {
                let result = mkdirat(&parent, name, Mode::S_IRWXU);
                result.map_err(|errno| cannot_make(&path, errno.into()))?;
                self.modes.push((below, mode));
            }
            EntryType::Regular => {
                let size = Self::file(&mut entry, &parent, name, mode);
                self.summary.bytes += size.map_err(|error| cannot_make(&path, error))?;
                self.summary.databases += u64::from(is_database_at(&below));
            }
            EntryType::Symlink => {
                let target = entry.link_name().map_err(not_an_archive)?;
                let target = target.filter(|target| member::stays_in_home(&below, target));
                let target = target.ok_or_else(|| at(&path, "is a link out of HOME"))?;
                let result = symlinkat(&*target, &parent, name);
                result.map_err(|errno| cannot_make(&path, errno.into()))?;
            }
            EntryType::Link => {
                let first = entry.link_name().map_err(not_an_archive)?;
                let first = first.and_then(|first| member::below_home(&first));
                let first = first.ok_or_else(|| at(&path, "is a hard link out of HOME"))?;
                self.hard_link(&first, &parent, name)
                    .map_err(|why| at(&path, &why))?;
            }
            _ => return Err(at(&path, "is neither a file nor a directory nor a link")),
        }
        Ok(())
    }

    fn file(
        entry: &mut Entry<'_, impl Read>,
        parent: &Place,
        name: &OsStr,
        mode: Mode,
    ) -> io::Result<u64> {
        let flags =
            OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let opened = openat(parent, name, flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
        let mut file = File::from(opened);
        let size = entry.size();
        if io::copy(entry, &mut file)? != size {
            return Err(io::Error::other("the archive was cut off"));
        }
        fchmod(&file, mode)?;
        let seconds = entry.header().mtime()?;
        let time = TimeSpec::new(i64::try_from(seconds).unwrap_or(0), 0);
        utimensat(parent, name, &time, &time, UtimensatFlags::NoFollowSymlink)?;
        Ok(size)
    }

    /// Gives the file `first`, which is unpacked already, another name.
    fn hard_link(&self, first: &Path, parent: &Place, name: &OsStr) -> Result<(), String> {
        let failed = |failure: Failure| failure.to_string();
        let stat = self.tree.stat_own(first).map_err(failed)?;
        if file_type(&stat) != SFlag::S_IFREG {
            return Err("is a hard link to something other than a file".to_owned());
        }
        let directory = first.parent().unwrap_or(Path::new(""));
        let from = self.tree.open_own(directory).map_err(failed)?;
        let first = first.file_name().unwrap_or_default();
        let linked = linkat(&from, first, parent, name, AtFlags::empty());
        linked.map_err(|errno| errno.desc().to_owned())
    }

    /// The directory of a member, which has to be unpacked before it, and its name.
    fn parent_of<'p>(&self, path: &'p Path) -> Result<(Place, &'p OsStr), Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(at(path, "has no name"));
        };
        let place = self.tree.open_own(parent);
        let place = place
            .map_err(|failure| at(path, &format!("its directory cannot be opened: {failure}")))?;
        Ok((place, name))
    }
}

/// Reads the document that has to be the member `name`.
fn document<T: DeserializeOwned>(
    entry: io::Result<Entry<'_, impl Read>>,
    name: &str,
) -> Result<T, Error> {
    let entry = entry.map_err(not_an_archive)?;
    let is_document = entry.path_bytes() == name.as_bytes()
        && entry.header().entry_type() == EntryType::Regular
        && entry.size() <= LONGEST_DOCUMENT;
    if !is_document {
        return Err(bad(&format!("{name} is not where it has to be")));
    }
    serde_json::from_reader(entry.take(LONGEST_DOCUMENT))
        .map_err(|error| bad(&format!("{name}: {error}")))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err calls")]
fn not_an_archive(error: io::Error) -> Error {
    bad(&error.to_string())
}

fn bad(why: &str) -> Error {
    Error::failed(format!(
        "this is not a complete archive of `opencodectl backup`: {why}; nothing was restored, so take another archive"
    ))
}

/// Tells an error of the disk from one that the archive has caused.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err calls")]
fn cannot_make(path: &Path, error: io::Error) -> Error {
    match error.raw_os_error().map(Errno::from_raw) {
        None | Some(Errno::EEXIST | Errno::EINVAL) => at(path, &error.to_string()),
        Some(errno) => Error::failed(format!(
            "{}: {}; nothing was restored",
            Shown::new(path),
            errno.desc()
        )),
    }
}

fn at(path: &Path, why: &str) -> Error {
    bad(&format!("{}: {why}", Shown::new(path)))
}
