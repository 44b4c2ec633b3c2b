//! Directories below HOME, and what can be read in them.
//!
//! Every path is resolved from HOME's own descriptor with
//! `openat2(RESOLVE_BENEATH)` (openat2(2)): a symbolic link on the way may
//! lead elsewhere within HOME, never out of it, whoever swaps it while we work.
//! What was opened is a [`Place`]; names are then read, and changed by
//! [`crate::home::change`], in that very directory.

#![expect(
    clippy::missing_errors_doc,
    reason = "each function returns what its system call says, and nothing else"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat2, readlinkat};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat};
use nix::unistd::{AccessFlags, faccessat};

use crate::home::system::{Failure, retry};
use crate::manifest::bounded_read::OPEN_WITHOUT_WAITING;
use crate::manifest::names::parse_backup_name;

/// How often a path resolution is tried again when a rename elsewhere
/// disturbed it (`EAGAIN`, openat2(2)).
const RESOLVE_ATTEMPTS: u32 = 64;

const BENEATH: ResolveFlag = ResolveFlag::RESOLVE_BENEATH.union(ResolveFlag::RESOLVE_NO_MAGICLINKS);

/// The identity of a directory, by whatever path it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectoryId {
    device: u64,
    inode: u64,
}

impl DirectoryId {
    /// Stands for the directory that a HOME will be once it exists.
    pub const NOT_YET: Self = Self {
        device: 0,
        inode: 0,
    };

    /// The identity of what `stat` describes.
    #[must_use]
    pub fn of(stat: &FileStat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
        }
    }

    /// Whether what `stat` describes is on the file system of this directory.
    #[must_use]
    pub fn shares_device_with(&self, stat: &FileStat) -> bool {
        self.device == stat.st_dev
    }
}

/// An open directory, HOME or one below it.
#[derive(Debug)]
pub struct Place {
    directory: File,
    id: DirectoryId,
}

/// The lowest two numbers that are free for backups in one directory, by the name of
/// what is backed up.
#[derive(Debug, Default)]
pub struct TakenBackups(BTreeMap<String, [u32; 2]>);

impl TakenBackups {
    /// The lowest two numbers that are free for a backup of `name`.
    #[must_use]
    pub fn free(&self, name: &str) -> [u32; 2] {
        self.0.get(name).copied().unwrap_or([1, 2])
    }
}

fn lowest_free(taken: &BTreeSet<u32>) -> [u32; 2] {
    let mut free = (1..=u32::MAX).filter(|number| !taken.contains(number));
    [(); 2].map(|()| free.next().unwrap_or(u32::MAX))
}

/// No part of the path may be a link or lie on another file system. Whoever serves
/// another file system could keep this process waiting.
const OWN: ResolveFlag = BENEATH
    .union(ResolveFlag::RESOLVE_NO_SYMLINKS)
    .union(ResolveFlag::RESOLVE_NO_XDEV);

/// Opens `path` beneath a directory; the empty path is that directory itself.
fn open_beneath(
    directory: BorrowedFd<'_>,
    path: impl AsRef<OsStr>,
    flags: OFlag,
    resolve: ResolveFlag,
) -> Result<OwnedFd, Failure> {
    let mode = if flags.contains(OFlag::O_CREAT) {
        Mode::S_IRUSR | Mode::S_IWUSR
    } else {
        Mode::empty()
    };
    let how = OpenHow::new()
        .flags(flags | OFlag::O_CLOEXEC)
        .mode(mode)
        .resolve(resolve);
    let path = match path.as_ref() {
        // openat2(2) takes no empty path.
        path if path.is_empty() => OsStr::new("."),
        path => path,
    };
    let open = || retry("openat2", || openat2(directory, path, how));
    for _ in 1..RESOLVE_ATTEMPTS {
        match open() {
            Err(failure) if failure.errno == Errno::EAGAIN => {}
            result => return result,
        }
    }
    open()
}

impl Place {
    /// The place that an open directory is.
    pub fn of(directory: OwnedFd) -> Result<Self, Failure> {
        let stat = retry("fstat", || fstat(&directory))?;
        Ok(Self::with_stat(directory, &stat))
    }

    /// The place that an open directory is, which `stat` describes.
    #[must_use]
    pub fn with_stat(directory: OwnedFd, stat: &FileStat) -> Self {
        Self {
            directory: directory.into(),
            id: DirectoryId::of(stat),
        }
    }

    /// The directory as the standard library has it, for locking it.
    #[must_use]
    pub fn as_file(&self) -> &File {
        &self.directory
    }

    /// Which directory it is.
    #[must_use]
    pub fn id(&self) -> DirectoryId {
        self.id
    }

    /// Opens the directory at `path` beneath this one; the empty path is this
    /// one itself.
    pub fn open(&self, path: &str) -> Result<Self, Failure> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY;
        Self::of(open_beneath(self.as_fd(), path, flags, BENEATH)?)
    }

    /// Opens the directory `name` in this one, which is not to be a link.
    pub fn open_no_link(&self, name: &str) -> Result<Self, Failure> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY;
        let resolve = BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS;
        Self::of(open_beneath(self.as_fd(), name, flags, resolve)?)
    }

    /// Opens the directory at `path` beneath this one, with no link and no other
    /// file system on the way; the empty path is this one itself.
    pub fn open_own(&self, path: impl AsRef<OsStr>) -> Result<Self, Failure> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY;
        Self::of(open_beneath(self.as_fd(), path, flags, OWN)?)
    }

    /// Opens the file at `path` beneath this directory for reading, on the terms of
    /// [`Place::open_own`] and without waiting for the writer of a fifo.
    pub fn open_own_file(&self, path: impl AsRef<OsStr>) -> Result<File, Failure> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OPEN_WITHOUT_WAITING;
        open_beneath(self.as_fd(), path, flags, OWN).map(File::from)
    }

    /// What is at `path` beneath this directory, on the terms of [`Place::open_own`]. A
    /// link at its end is not followed.
    pub fn stat_own(&self, path: impl AsRef<OsStr>) -> Result<FileStat, Failure> {
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW;
        let there = open_beneath(self.as_fd(), path, flags, OWN)?;
        retry("fstat", || fstat(&there))
    }

    /// This directory, opened for reading its entries or for fsync(2).
    pub fn readable(&self) -> Result<OwnedFd, Failure> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
        open_beneath(self.as_fd(), ".", flags, BENEATH)
    }

    /// Opens the file at `path` beneath this directory for reading, without waiting for
    /// the writer of a fifo. A link at its end is not followed.
    pub fn open_file(&self, path: &str) -> Result<File, Failure> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OPEN_WITHOUT_WAITING;
        open_beneath(self.as_fd(), path, flags, BENEATH).map(File::from)
    }

    /// Creates a file that must not exist yet, 0600, for writing.
    pub(super) fn create_file(&self, name: &str) -> Result<File, Failure> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW;
        open_beneath(self.as_fd(), name, flags, BENEATH).map(File::from)
    }

    /// Checks that there is something at `path`. A link at its end is not followed.
    pub fn find(&self, path: &str) -> Result<(), Failure> {
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW;
        open_beneath(self.as_fd(), path, flags, BENEATH).map(drop)
    }

    /// Where the symbolic link `name` points. `EINVAL` when it is something else.
    pub fn read_link(&self, name: impl AsRef<OsStr>) -> Result<OsString, Failure> {
        retry("readlinkat", || readlinkat(self, name.as_ref()))
    }

    /// What `name` itself is, links not followed.
    pub fn stat(&self, name: impl AsRef<OsStr>) -> Result<FileStat, Failure> {
        let flags = AtFlags::AT_SYMLINK_NOFOLLOW;
        retry("fstatat", || fstatat(self, name.as_ref(), flags))
    }

    /// Whether this process may list, write and enter this directory.
    pub fn access(&self) -> Result<(), Failure> {
        let mode = AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK;
        retry("faccessat", || faccessat(self, ".", mode, AtFlags::empty()))
    }

    /// The names in this directory, in their order.
    pub fn names(&self) -> Result<Vec<OsString>, Failure> {
        let mut names = Vec::new();
        self.for_each_name(|name| names.push(name.to_owned()))?;
        names.sort_unstable();
        Ok(names)
    }

    /// Looks for backups among the names in this directory, in one pass.
    pub fn taken_backups(&self) -> Result<TakenBackups, Failure> {
        let mut taken: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        self.for_each_name(|name| {
            if let Some((name, number)) = name.to_str().and_then(parse_backup_name) {
                taken.entry(name.to_owned()).or_default().insert(number);
            }
        })?;
        let free = taken.into_iter();
        let free = free.map(|(name, taken)| (name, lowest_free(&taken)));
        Ok(TakenBackups(free.collect()))
    }

    fn for_each_name(&self, mut visit: impl FnMut(&OsStr)) -> Result<(), Failure> {
        let failed = |errno| Failure {
            call: "getdents64",
            errno,
        };
        for entry in Dir::from_fd(self.readable()?).map_err(failed)?.iter() {
            let entry = entry.map_err(failed)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                visit(name);
            }
        }
        Ok(())
    }
}

impl AsFd for Place {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }
}
