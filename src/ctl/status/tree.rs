//! How large a HOME is.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Instant;

use nix::dir::Dir;
use nix::errno::Errno;
use nix::sys::stat::{FileStat, SFlag};
use serde::{Deserialize, Serialize};

use crate::home::place::Place;
use crate::home::system::Failure;
use crate::home::to_list::ToList;
use crate::manifest::bounded_read::file_type;

/// The size of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// The bytes that it takes on the disk, as far as they were counted.
    pub bytes: u64,
    /// Whether all was counted: there was enough time, and everything could be read.
    pub complete: bool,
}

/// The unit of `st_blocks` (stat(3type)), in bytes.
const BLOCK: u64 = 512;

/// The most directories that wait to be listed. Their names take memory, and a HOME with
/// more is one that an agent has filled.
const MOST_WAITING: usize = 500_000;

/// Adds up the bytes that a directory and everything below it takes on the disk, until
/// `deadline`. Follows no link, and stays in the file system of `top`. A file
/// with several names counts once.
#[must_use]
pub fn measure(top: &Place, deadline: Instant) -> Size {
    let mut walk = Walk {
        deadline,
        bytes: 0,
        complete: true,
        linked: BTreeSet::new(),
    };
    match top.stat(".") {
        Ok(stat) => walk.add(&stat),
        Err(_) => walk.complete = false,
    }
    let mut to_list = ToList::new();
    while let Some(path) = to_list.take() {
        let listed = top
            .open_own(path)
            .and_then(|place| walk.list(&place, &mut to_list));
        walk.complete &= listed.is_ok();
        if Instant::now() >= deadline && !to_list.is_empty() {
            walk.complete = false;
            break;
        }
    }
    Size {
        bytes: walk.bytes,
        complete: walk.complete,
    }
}

struct Walk {
    deadline: Instant,
    bytes: u64,
    complete: bool,
    /// The files with several names that were counted.
    linked: BTreeSet<u64>,
}

impl Walk {
    /// Adds what a directory holds, and the directories in it to `to_list`.
    ///
    /// # Errors
    /// When it cannot be listed to its end.
    fn list(&mut self, place: &Place, to_list: &mut ToList) -> Result<(), Failure> {
        let failed = |errno| Failure {
            call: "getdents64",
            errno,
        };
        let mut directory = Dir::from_fd(place.readable()?).map_err(failed)?;
        for entry in directory.iter() {
            let entry = entry.map_err(failed)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if Instant::now() >= self.deadline {
                self.complete = false;
                return Ok(());
            }
            let stat = match place.stat(name) {
                Ok(stat) => stat,
                // It was removed meanwhile, and takes nothing.
                Err(failure) if failure.errno == Errno::ENOENT => continue,
                Err(_) => {
                    self.complete = false;
                    continue;
                }
            };
            if !place.id().shares_device_with(&stat) {
                continue;
            }
            self.add(&stat);
            if file_type(&stat) != SFlag::S_IFDIR {
                continue;
            }
            if to_list.len() < MOST_WAITING {
                to_list.add(name);
            } else {
                self.complete = false;
            }
        }
        Ok(())
    }

    fn add(&mut self, stat: &FileStat) {
        let has_other_names = stat.st_nlink > 1 && file_type(stat) != SFlag::S_IFDIR;
        if has_other_names && !self.linked.insert(stat.st_ino) {
            return;
        }
        let blocks = u64::try_from(stat.st_blocks).unwrap_or_default();
        self.bytes = self.bytes.saturating_add(blocks.saturating_mul(BLOCK));
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, create_dir, hard_link, write};
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    fn place(path: &Path) -> Place {
        Place::of(File::open(path).expect("open").into()).expect("a directory")
    }

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
        let top = place(scratch.path());
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
        let top = place(scratch.path());
        assert!(!measure(&top, Instant::now()).complete);
    }

    /// Another file system below HOME is not its size.
    #[test]
    fn another_file_system_is_left_alone() {
        let top = place(Path::new("/"));
        let proc = top.stat("proc").expect("stat");
        assert!(
            !top.id().shares_device_with(&proc),
            "no other file system to try with"
        );
        assert!(top.open_own("proc").is_err());
    }
}
