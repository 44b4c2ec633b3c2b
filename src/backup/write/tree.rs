//! Everything in a HOME but its databases.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::stat::{FileStat, SFlag, fstat};
use tar::EntryType;

use crate::backup::content::Exactly;
use crate::backup::write::{Writer, cannot_write, header_of, mtime, size_of, why};
use crate::backup::{
    DATABASE_DIRECTORY, TREE, is_database, is_left_out, is_part_of_database, member,
};
use crate::home::system::Failure;
use crate::home::to_list::ToList;
use crate::manifest::bounded_read::{file_type, kind_of};
use crate::report::error::Error;
use crate::report::shown::Shown;

impl<W: std::io::Write> Writer<'_, W> {
    /// Adds HOME and what is below it, without the databases and the directories
    /// `added`, which are in the archive already.
    ///
    /// # Errors
    /// When the archive cannot be written to.
    pub(super) fn tree(&mut self, added: &[PathBuf]) -> Result<(), Error> {
        let mut to_list = ToList::new();
        while let Some(directory) = to_list.take().map(PathBuf::from) {
            let listed = self.place.open_own(&directory);
            let names = match listed.and_then(|place| place.names()) {
                Ok(names) => names,
                Err(failure) => {
                    self.leave_out(&directory, failure);
                    continue;
                }
            };
            for name in names {
                let path = directory.join(&name);
                if is_left_out(path.as_os_str()) || is_of_database(&directory, &name) {
                    continue;
                }
                match self.place.stat_own(&path) {
                    Ok(stat) if file_type(&stat) == SFlag::S_IFDIR => {
                        if !added.contains(&path) {
                            self.directory(&path, &stat)?;
                        }
                        to_list.add(&name);
                    }
                    Ok(stat) => self.leaf(&path, &stat)?,
                    Err(failure) => self.leave_out(&path, failure),
                }
            }
        }
        Ok(())
    }

    /// Adds what is not a directory.
    fn leaf(&mut self, path: &Path, stat: &FileStat) -> Result<(), Error> {
        match file_type(stat) {
            SFlag::S_IFREG => self.file(path),
            SFlag::S_IFLNK => self.link(path, stat),
            other => {
                let why = format!("is {}", kind_of(other));
                self.summary.leave_out(path, why);
                Ok(())
            }
        }
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
                self.leave_out(path, failure);
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

    fn link(&mut self, path: &Path, stat: &FileStat) -> Result<(), Error> {
        let directory = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or_default();
        let opened = self.place.open_own(directory);
        let target = match opened.and_then(|directory| directory.read_link(name)) {
            Ok(target) => PathBuf::from(target),
            Err(failure) => {
                self.leave_out(path, failure);
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
    fn leave_out(&mut self, path: &Path, failure: Failure) {
        if failure.errno != Errno::ENOENT {
            self.summary.leave_out(path, why(failure));
        }
    }
}

/// Whether a name is that of a database or of a part of one.
fn is_of_database(directory: &Path, name: &OsStr) -> bool {
    let is_name = |name: &str| is_database(name) || is_part_of_database(name);
    directory == Path::new(DATABASE_DIRECTORY) && name.to_str().is_some_and(is_name)
}
