//! Makes an archive of a HOME that its owner and agents may change in any way at the
//! same time.
//!
//! No link is followed, no other file system is entered, nothing is waited for. A
//! file is as long as it was when it was opened: what it grows by later stays
//! out, and what it lost is zero bytes, which is reported. What vanishes before it
//! is read is not part of the state.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::sys::stat::{FileStat, SFlag, fstat};
use serde::Serialize;
use tar::{Builder, EntryType, Header};

use crate::backup::content::{Exactly, holes_of};
use crate::backup::{
    self, DATABASE_DIRECTORY, END, End, HEAD, Head, LOG_OF_DATABASE, PARTS_OF_DATABASE, Summary,
    TREE, VERSION, database, member,
};
use crate::home::place::Place;
use crate::home::system::Failure;
use crate::manifest::Manifest;
use crate::manifest::bounded_read::{file_type, kind_of};
use crate::report::error::Error;
use crate::report::shown::Shown;

/// How many bytes that no disk holds may become zero bytes of an archive, over
/// all files: a file of a terabyte costs its owner nothing.
const MOST_HOLES: u64 = 256 << 20;

/// Writes the archive of a HOME to `out`.
///
/// `seen_as` is the path by which this process sees HOME, without links.
///
/// # Errors
/// When a database cannot be read, since a backup without the sessions is none;
/// and when `out` cannot be written to.
pub fn write(
    place: &Place,
    seen_as: &Path,
    manifest: &Manifest,
    out: impl Write,
) -> Result<Summary, Error> {
    let mut writer = Writer {
        archive: Builder::new(out),
        place,
        manifest,
        summary: Summary::default(),
        holes_left: MOST_HOLES,
        first_names: HashMap::new(),
    };
    let head = Head {
        version: VERSION,
        instance: manifest.instance.as_str().into(),
        made_by: format!("opencodectl {}", env!("CARGO_PKG_VERSION")).into(),
    };
    writer.document(HEAD, &head)?;
    let on_the_way = writer.databases(seen_as)?;
    writer.tree(&on_the_way)?;
    let end = End {
        members: writer.summary.members,
    };
    writer.document(END, &end)?;
    let flushed = writer.archive.into_inner().and_then(|mut out| out.flush());
    flushed.map_err(cannot_write)?;
    Ok(writer.summary)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err calls")]
fn cannot_write(error: io::Error) -> Error {
    Error::failed(format!("the archive: {error}"))
}

struct Writer<'a, W: Write> {
    archive: Builder<W>,
    place: &'a Place,
    manifest: &'a Manifest,
    summary: Summary,
    holes_left: u64,
    /// Of files with several names, the one that is in the archive.
    first_names: HashMap<(u64, u64), PathBuf>,
}

impl<W: Write> Writer<'_, W> {
    fn document(&mut self, name: &str, document: &impl Serialize) -> Result<(), Error> {
        let failed = |error: serde_json::Error| Error::failed(format!("{name}: {error}"));
        let mut text = serde_json::to_vec(document).map_err(failed)?;
        text.push(b'\n');
        let mut header = header_of(EntryType::Regular, 0o600, now());
        header.set_size(text.len() as u64);
        let added = self.archive.append_data(&mut header, name, &text[..]);
        added.map_err(cannot_write)
    }

    fn add(&mut self, header: &mut Header, path: &Path, content: impl Read) -> Result<(), Error> {
        self.summary.members += 1;
        let name = Path::new(TREE).join(path);
        let added = self.archive.append_data(header, name, content);
        added.map_err(cannot_write)
    }

    /// Adds the databases, and the directories on the way to them, which are given
    /// back.
    fn databases(&mut self, seen_as: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut on_the_way: Vec<_> = Path::new(DATABASE_DIRECTORY).ancestors().collect();
        on_the_way.reverse();
        let mut added = Vec::new();
        for path in on_the_way {
            match self
                .place
                .open_own(path)
                .and_then(|_| self.place.stat_own(dot(path)))
            {
                Ok(stat) => self.directory(path, &stat)?,
                Err(failure) if failure.errno == Errno::ENOENT => return Ok(added),
                Err(failure) => {
                    return Err(Error::failed(format!(
                        "{}/{}: {}; the databases of opencode have to be in HOME itself",
                        self.manifest.home,
                        Shown::new(path),
                        why(failure)
                    )));
                }
            }
            added.push(path.to_owned());
        }
        let listed = self.place.open_own(DATABASE_DIRECTORY);
        let names = listed.and_then(|directory| directory.names());
        let names = names.map_err(|failure| {
            Error::failed(format!(
                "{}/{DATABASE_DIRECTORY}: {}",
                self.manifest.home,
                why(failure)
            ))
        })?;
        for name in names {
            if let Some(name) = name.to_str().filter(|name| backup::is_database(name)) {
                let path = format!("{DATABASE_DIRECTORY}/{name}");
                self.database(&path, &seen_as.join(&path))?;
            }
        }
        Ok(added)
    }

    fn database(&mut self, path: &str, seen_as: &Path) -> Result<(), Error> {
        let home = &self.manifest.home;
        let failed = |why: &dyn std::fmt::Display| {
            let path = Shown::new(path);
            Error::failed(format!(
                "{home}/{path}: {why}; a backup without this database would have no sessions; \
                 put a database there, or move it away"
            ))
        };
        let stat = self.place.stat_own(path);
        let stat = stat.map_err(|failure| failed(&why(failure)))?;
        let kind = file_type(&stat);
        if kind != SFlag::S_IFREG {
            return Err(failed(&format!("is {}, no database", kind_of(kind))));
        }
        let file = self.place.open_own_file(path);
        let file = file.map_err(|failure| failed(&why(failure)))?;
        if !self.takes_holes_of(&file, size_of(&stat)) {
            return Err(failed(&"has more holes than a database can have"));
        }
        // SQLite gives up its locks of a file when any descriptor of it is closed
        // (sqlite.org/howtocorrupt.html); this process has none yet.
        drop(file);
        let on_disk = size_of(&stat).saturating_add(self.size_of_log(path)?);
        let mut header = header_of(EntryType::Regular, stat.st_mode & 0o777, now());
        let result = database::with_content(seen_as, on_disk, |size, content| {
            header.set_size(size);
            let mut exact = Exactly::new(content, size);
            let name = Path::new(TREE).join(path);
            self.archive.append_data(&mut header, name, &mut exact)?;
            match exact.ended_early {
                Some(error) => Err(error),
                None => Ok(size),
            }
        });
        let size = result.map_err(|why| failed(&why))?;
        self.summary.members += 1;
        self.summary.databases += 1;
        self.summary.bytes += size;
        Ok(())
    }

    /// The size of the log of the database at `path`, in bytes; 0 if it has none.
    ///
    /// Checks that everything beside the database that `SQLite` opens is a regular
    /// file: it would wait for whoever writes to a fifo.
    fn size_of_log(&self, path: &str) -> Result<u64, Error> {
        let mut size = 0;
        for end in PARTS_OF_DATABASE {
            let part = format!("{path}{end}");
            let failed = |why: String| {
                Error::failed(format!(
                    "{}/{part}: {why}; SQLite keeps a file of its own there: stop the server and move it away",
                    self.manifest.home
                ))
            };
            match self.place.stat_own(&part) {
                Ok(stat) if file_type(&stat) == SFlag::S_IFREG => {
                    if end == LOG_OF_DATABASE {
                        size = size_of(&stat);
                    }
                }
                Ok(stat) => return Err(failed(format!("is {}", kind_of(file_type(&stat))))),
                Err(failure) if failure.errno == Errno::ENOENT => {}
                Err(failure) => return Err(failed(why(failure))),
            }
        }
        Ok(size)
    }

    /// Adds HOME and what is below it, without what [`Self::databases`] has added.
    fn tree(&mut self, added: &[PathBuf]) -> Result<(), Error> {
        let mut to_list = vec![OsString::new()];
        while let Some(directory) = to_list.pop() {
            let listed = self.place.open_own(&directory);
            let names = match listed.and_then(|place| place.names()) {
                Ok(names) => names,
                Err(failure) => {
                    self.leave_out(&directory, failure);
                    continue;
                }
            };
            for name in names {
                let path = Path::new(&directory).join(&name);
                if backup::is_left_out(path.as_os_str())
                    || (directory == DATABASE_DIRECTORY
                        && name.to_str().is_some_and(|name| {
                            backup::is_database(name) || backup::is_part_of_database(name)
                        }))
                {
                    continue;
                }
                let stat = match self.place.stat_own(&path) {
                    Ok(stat) => stat,
                    Err(failure) => {
                        self.leave_out(path.as_os_str(), failure);
                        continue;
                    }
                };
                match file_type(&stat) {
                    SFlag::S_IFDIR => {
                        if !added.contains(&path) {
                            self.directory(&path, &stat)?;
                        }
                        to_list.push(path.into_os_string());
                    }
                    SFlag::S_IFREG => self.file(&path)?,
                    SFlag::S_IFLNK => self.link(&directory, &name, &path, &stat)?,
                    other => {
                        let why = format!("is {}", kind_of(other));
                        self.summary.leave_out(&path, why);
                    }
                }
            }
        }
        Ok(())
    }

    fn directory(&mut self, path: &Path, stat: &FileStat) -> Result<(), Error> {
        let mut header = header_of(EntryType::Directory, stat.st_mode & 0o777, mtime(stat));
        self.add(&mut header, path, io::empty())
    }

    fn file(&mut self, path: &Path) -> Result<(), Error> {
        let opened = self.place.open_own_file(path);
        let stat = opened.and_then(|file| match fstat(&file) {
            Ok(stat) => Ok((file, stat)),
            Err(errno) => Err(Failure {
                call: "fstat",
                errno,
            }),
        });
        let (mut file, stat) = match stat {
            Ok(opened) => opened,
            Err(failure) => {
                self.leave_out(path.as_os_str(), failure);
                return Ok(());
            }
        };
        if file_type(&stat) != SFlag::S_IFREG {
            self.summary.leave_out(path, "changed while it was read");
            return Ok(());
        }
        let mut header = header_of(EntryType::Regular, stat.st_mode & 0o777, mtime(&stat));
        let identity = (stat.st_dev, stat.st_ino);
        if let Some(first) = self.first_names.get(&identity) {
            header.set_entry_type(EntryType::Link);
            let name = Path::new(TREE).join(path);
            let first = Path::new(TREE).join(first);
            self.summary.members += 1;
            let added = self.archive.append_link(&mut header, name, first);
            return added.map_err(cannot_write);
        }
        let size = size_of(&stat);
        if !self.takes_holes_of(&file, size) {
            let why = format!("has {size} bytes, and too many of them are holes");
            self.summary.leave_out(path, why);
            return Ok(());
        }
        if stat.st_nlink > 1 {
            self.first_names.insert(identity, path.to_owned());
        }
        header.set_size(size);
        let mut content = Exactly::new(&mut file, size);
        self.add(&mut header, path, &mut content)?;
        if content.ended_early.is_some() {
            let why =
                "became shorter while it was read: the rest of it in the archive is zero bytes";
            self.summary.leave_out(path, why);
        }
        self.summary.bytes += size;
        Ok(())
    }

    /// Whether the holes of a file are few enough; these are counted.
    fn takes_holes_of(&mut self, file: &File, size: u64) -> bool {
        match holes_of(file, size, self.holes_left) {
            Some(holes) => {
                self.holes_left -= holes;
                true
            }
            None => false,
        }
    }

    fn link(
        &mut self,
        directory: &OsStr,
        name: &OsStr,
        path: &Path,
        stat: &FileStat,
    ) -> Result<(), Error> {
        let there = self.place.open_own(directory);
        let target = match there.and_then(|there| there.read_link(name)) {
            Ok(target) => PathBuf::from(target),
            Err(failure) => {
                self.leave_out(path.as_os_str(), failure);
                return Ok(());
            }
        };
        if !member::stays_in_home(path, &target) {
            // Setup makes its own again.
            let mut links = self.manifest.links.iter();
            if !links.any(|link| Path::new(link.path.as_str()) == path) {
                let why = format!("is a link out of HOME, to {}", Shown::new(&target));
                self.summary.leave_out(path, why);
            }
            return Ok(());
        }
        let mut header = header_of(EntryType::Symlink, 0o777, mtime(stat));
        self.summary.members += 1;
        let name = Path::new(TREE).join(path);
        let added = self.archive.append_link(&mut header, name, target);
        added.map_err(cannot_write)
    }

    /// Notes what could not be looked at, unless it has vanished.
    fn leave_out(&mut self, path: &OsStr, failure: Failure) {
        if failure.errno != Errno::ENOENT {
            self.summary.leave_out(path, why(failure));
        }
    }
}

/// The path as openat2(2) takes it, which refuses the empty path of HOME itself.
fn dot(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
}

fn why(failure: Failure) -> String {
    match failure.errno {
        Errno::EXDEV => "is on another file system".to_owned(),
        Errno::ELOOP => "a symbolic link is on the way to it".to_owned(),
        Errno::ENAMETOOLONG => "is too deep below HOME".to_owned(),
        _ => failure.to_string(),
    }
}

fn header_of(kind: EntryType, mode: u32, mtime: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(mtime);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

fn mtime(stat: &FileStat) -> u64 {
    u64::try_from(stat.st_mtime).unwrap_or(0)
}

fn size_of(stat: &FileStat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}
