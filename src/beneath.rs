//! The few system calls by which anything below HOME is read or changed.
//!
//! Every path is resolved from HOME's own descriptor with
//! `openat2(RESOLVE_BENEATH)` (openat2(2)): a symbolic link on the way may
//! lead elsewhere within HOME, never out of it, whoever swaps it while we work.

#![expect(
    clippy::missing_errors_doc,
    reason = "each function returns what its system call says, and nothing else"
)]

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;

use rustix::fs::{
    AtFlags, Mode, OFlags, RenameFlags, ResolveFlags, Stat, fsync, linkat, mkdirat, openat2,
    readlinkat, renameat_with, statat, symlinkat, unlinkat,
};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::umask;

use crate::paths::RelativePath;

/// How often a path resolution is tried again when a rename elsewhere
/// disturbed it (`EAGAIN`, openat2(2)).
const RESOLVE_ATTEMPTS: u32 = 64;

const BENEATH: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

fn open_beneath(home: impl AsFd, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let home = home.as_fd();
    let flags = flags | OFlags::CLOEXEC;
    for _ in 1..RESOLVE_ATTEMPTS {
        match retry_on_intr(|| openat2(home, path, flags, mode, BENEATH)) {
            Err(Errno::AGAIN) => {}
            result => return result,
        }
    }
    retry_on_intr(|| openat2(home, path, flags, mode, BENEATH))
}

/// A directory below HOME, as a place to work from (`O_PATH`); `None` is HOME
/// itself.
pub fn open_place(home: impl AsFd, path: Option<&RelativePath>) -> Result<OwnedFd, Errno> {
    let path = path.map_or(".", RelativePath::as_str);
    open_beneath(home, path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())
}

/// Writes a directory's entries to the disk; `None` is HOME itself.
pub fn sync_directory(home: impl AsFd, path: Option<&RelativePath>) -> Result<(), Errno> {
    let path = path.map_or(".", RelativePath::as_str);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let directory = open_beneath(home, path, flags, Mode::empty())?;
    retry_on_intr(|| fsync(&directory))
}

/// Whether there is anything at `path`, links at its end not followed.
pub fn find(home: impl AsFd, path: &RelativePath) -> Result<(), Errno> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW;
    open_beneath(home, path.as_str(), flags, Mode::empty()).map(drop)
}

/// Opens a file for reading, its last component not being a link, without
/// waiting for anybody.
pub fn open_file(home: impl AsFd, path: &str) -> Result<File, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | crate::bounded_read::OPEN_WITHOUT_WAITING;
    open_beneath(home, path, flags, Mode::empty()).map(File::from)
}

/// Creates a file that must not exist yet, 0600, for writing.
pub fn create_file(place: impl AsFd, name: &str) -> Result<File, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    private_umask(|| open_beneath(place, name, flags, Mode::RUSR | Mode::WUSR)).map(File::from)
}

/// Runs `create` so that the modes it asks for are the modes it gets. Hooks
/// still inherit the umask that this process was given.
pub fn private_umask<T>(create: impl FnOnce() -> T) -> T {
    let given = umask(Mode::RWXG | Mode::RWXO);
    let result = create();
    umask(given);
    result
}

/// Creates a directory, 0700.
pub fn create_directory(place: impl AsFd, name: &str) -> Result<(), Errno> {
    private_umask(|| retry_on_intr(|| mkdirat(place.as_fd(), name, Mode::RWXU)))
}

/// Creates a symbolic link.
pub fn create_link(place: impl AsFd, name: &str, target: &str) -> Result<(), Errno> {
    retry_on_intr(|| symlinkat(target, place.as_fd(), name))
}

/// Where the symbolic link `name` points to. `EINVAL` when it is something else.
pub fn read_link(place: impl AsFd, name: &str) -> Result<OsString, Errno> {
    let target = retry_on_intr(|| readlinkat(place.as_fd(), name, Vec::new()))?;
    Ok(OsString::from_vec(target.into_bytes()))
}

/// What `name` itself is, links not followed.
pub fn stat(place: impl AsFd, name: &str) -> Result<Stat, Errno> {
    retry_on_intr(|| statat(place.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW))
}

/// Gives the link `name` a second name, `EEXIST` where that is taken.
pub fn link_to_free(place: impl AsFd, name: &str, second: &str) -> Result<(), Errno> {
    let place = place.as_fd();
    retry_on_intr(|| linkat(place, name, place, second, AtFlags::empty()))
}

/// Whether its owner is meant to read a file; one that is not, and still cannot
/// be opened, is a fault to report.
#[must_use]
pub fn is_owner_readable(stat: &Stat) -> bool {
    Mode::from_raw_mode(stat.st_mode).contains(Mode::RUSR)
}

/// Swaps two names of one directory in one step (renameat2(2)).
pub fn exchange(place: impl AsFd, one: &str, other: &str) -> Result<(), Errno> {
    rename(place, one, other, RenameFlags::EXCHANGE)
}

/// Gives a thing another name in its directory, `EEXIST` where that is taken.
pub fn rename_to_free(place: impl AsFd, from: &str, to: &str) -> Result<(), Errno> {
    rename(place, from, to, RenameFlags::NOREPLACE)
}

/// Puts a file in another's place in one step.
pub fn rename_over(place: impl AsFd, from: &str, to: &str) -> Result<(), Errno> {
    rename(place, from, to, RenameFlags::empty())
}

fn rename(place: impl AsFd, from: &str, to: &str, flags: RenameFlags) -> Result<(), Errno> {
    let place = place.as_fd();
    retry_on_intr(|| renameat_with(place, from, place, to, flags))
}

/// Removes a name that is not a directory's.
pub fn remove(place: impl AsFd, name: &str) -> Result<(), Errno> {
    retry_on_intr(|| unlinkat(place.as_fd(), name, AtFlags::empty()))
}
