//! The databases of opencode, which come first in an archive.

use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::stat::SFlag;
use tar::EntryType;

use crate::backup::content::Exactly;
use crate::backup::write::{Writer, header_of, now, size_of, why};
use crate::backup::{
    DATABASE_DIRECTORY, LOG_OF_DATABASE, PARTS_OF_DATABASE, TREE, database, is_database,
};
use crate::manifest::bounded_read::{file_type, kind_of};
use crate::report::error::Error;
use crate::report::shown::Shown;

impl<W: std::io::Write> Writer<'_, W> {
    /// Adds the databases, and HOME and the directories on the way to them. Returns
    /// these directories.
    ///
    /// # Errors
    /// When a database cannot be read, or is not in HOME itself.
    pub(super) fn databases(&mut self, seen_as: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut on_the_way: Vec<_> = Path::new(DATABASE_DIRECTORY).ancestors().collect();
        on_the_way.reverse();
        let mut added = Vec::new();
        for path in on_the_way {
            let opened = self.place.open_own(path);
            match opened.and_then(|_| self.place.stat_own(path)) {
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
            if let Some(name) = name.to_str().filter(|name| is_database(name)) {
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
}
