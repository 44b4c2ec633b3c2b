//! How large a HOME is.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::Instant;

use nix::dir::Dir;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};
use serde::{Deserialize, Serialize};

use crate::home::to_list::ToList;

/// The size of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// What was found to be taken on the disk, in bytes.
    pub bytes: u64,
    /// Whether that is all: the time was enough, and everything could be read.
    pub complete: bool,
}

/// The unit of `st_blocks` (stat(3type)), in bytes.
const BLOCK: u64 = 512;

/// The most directories that wait to be looked into. Their names take memory, and a
/// HOME with more is one that an agent has filled.
const MOST_WAITING: usize = 500_000;

/// Adds up what a directory and everything below it takes on the disk, until
/// `deadline`. Follows no link, and stays in the file system of `top`. A file
/// with several names counts once.
#[must_use]
pub fn measure(top: impl AsFd, deadline: Instant) -> Size {
    let mut walk = Walk {
        bytes: 0,
        complete: true,
        linked: BTreeSet::new(),
    };
    match fstat(&top) {
        Ok(stat) => walk.descend(&top, &stat, deadline),
        Err(_) => walk.complete = false,
    }
    Size {
        bytes: walk.bytes,
        complete: walk.complete,
    }
}

struct Walk {
    bytes: u64,
    complete: bool,
    /// The files with several names that were counted.
    linked: BTreeSet<u64>,
}

impl Walk {
    fn descend(&mut self, top: &impl AsFd, stat: &FileStat, deadline: Instant) {
        self.add(stat);
        let mut to_list = ToList::new();
        while let Some(path) = to_list.take() {
            let Ok(mut directory) = open(top, path) else {
                self.complete = false;
                continue;
            };
            let Ok(copy) = directory.as_fd().try_clone_to_owned() else {
                self.complete = false;
                continue;
            };
            for entry in directory.iter() {
                if Instant::now() >= deadline {
                    self.complete = false;
                    return;
                }
                let Ok(entry) = entry else {
                    self.complete = false;
                    break;
                };
                let name = entry.file_name();
                if matches!(name.to_bytes(), b"." | b"..") {
                    continue;
                }
                // What has gone meanwhile takes nothing.
                let Ok(there) = fstatat(&copy, name, AtFlags::AT_SYMLINK_NOFOLLOW) else {
                    continue;
                };
                if there.st_dev != stat.st_dev {
                    continue;
                }
                self.add(&there);
                if SFlag::from_bits_truncate(there.st_mode) & SFlag::S_IFMT != SFlag::S_IFDIR {
                    continue;
                }
                if to_list.len() < MOST_WAITING {
                    to_list.add(OsStr::from_bytes(name.to_bytes()));
                } else {
                    self.complete = false;
                }
            }
        }
    }

    fn add(&mut self, stat: &FileStat) {
        let is_directory =
            SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR;
        if stat.st_nlink > 1 && !is_directory && !self.linked.insert(stat.st_ino) {
            return;
        }
        let blocks = u64::try_from(stat.st_blocks).unwrap_or_default();
        self.bytes = self.bytes.saturating_add(blocks.saturating_mul(BLOCK));
    }
}

/// Opens a directory below `top`, with nothing on the way but directories of the
/// same file system (openat2(2)). The empty path is `top` itself.
fn open(top: &impl AsFd, path: &Path) -> nix::Result<Dir> {
    let path = Path::new(".").join(path);
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let resolve = ResolveFlag::RESOLVE_BENEATH
        | ResolveFlag::RESOLVE_NO_SYMLINKS
        | ResolveFlag::RESOLVE_NO_XDEV;
    let how = OpenHow::new()
        .flags(flags)
        .mode(Mode::empty())
        .resolve(resolve);
    Dir::from_fd(openat2(top, &path, how)?)
}

#[cfg(test)]
mod tests {
    use std::fs::{File, create_dir, hard_link, write};
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use super::*;

    fn deadline() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    /// As `du --one-file-system` counts.
    #[test]
    fn a_tree_is_as_large_as_du_says() {
        let scratch = tempfile::tempdir().expect("a directory");
        let at = |name: &str| scratch.path().join(name);
        create_dir(at("below")).expect("create");
        write(at("below/file"), vec![1; 300_000]).expect("write");
        hard_link(at("below/file"), at("again")).expect("link");
        symlink("/", at("elsewhere")).expect("link");
        let top = File::open(scratch.path()).expect("open");
        let size = measure(&top, deadline());
        assert!(size.complete);
        let output = std::process::Command::new("du")
            .args(["--one-file-system", "--block-size=1", "--summarize"])
            .arg(scratch.path())
            .output()
            .expect("du runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let said: u64 = text
            .split('\t')
            .next()
            .and_then(|one| one.parse().ok())
            .expect("a number");
        assert_eq!(size.bytes, said);
    }

    #[test]
    fn a_walk_that_takes_too_long_says_so() {
        let scratch = tempfile::tempdir().expect("a directory");
        write(scratch.path().join("file"), "x").expect("write");
        let top = File::open(scratch.path()).expect("open");
        assert!(!measure(&top, Instant::now()).complete);
    }

    /// Another file system below HOME is not its size.
    #[test]
    fn another_file_system_is_left_alone() {
        let top = File::open("/").expect("open");
        let stat = fstat(&top).expect("stat");
        let proc = fstat(File::open("/proc").expect("open")).expect("stat");
        assert_ne!(stat.st_dev, proc.st_dev, "no other file system to try with");
        assert!(open(&top, Path::new("proc")).is_err());
    }
}
