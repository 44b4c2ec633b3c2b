//! Moves what is in HOME aside, and what was unpacked into its place.

use std::ffi::{OsStr, OsString};

use nix::errno::Errno;
use nix::sys::stat::{FchmodatFlags, Mode, SFlag, fchmodat, mkdirat};
use nix::unistd::{UnlinkatFlags, fsync, unlinkat};
use rustix::fs::{RenameFlags, renameat_with};

use crate::backup::ASIDE;
use crate::home::place::Place;
use crate::home::system::Failure;
use crate::manifest::bounded_read::file_type;

/// What keeps an exchange from its end, and what HOME is like then.
pub struct Unfinished {
    /// The system call that failed.
    pub failure: Failure,
    /// How far the exchange has come.
    pub progress: Progress,
}

/// How far an exchange has come that did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Everything is where it was before.
    Undone,
    /// Some is where it was and some is not.
    HalfWay,
    /// Everything is in its new place, but perhaps not on the disk yet.
    Moved,
}

/// Moves what is `there` in HOME, which `place` is, into a new directory in HOME, and
/// then what is in the directory `staging` in HOME into its place. Returns the name of
/// the new directory; there is none if nothing was there.
///
/// # Errors
/// What the system says, and how far it has come.
pub fn exchange(
    place: &Place,
    staging: &str,
    there: &[OsString],
) -> Result<Option<String>, Unfinished> {
    let not_begun = |failure| Unfinished {
        failure,
        progress: Progress::Undone,
    };
    let from = place.open_own(staging).map_err(not_begun)?;
    let new = from.names().map_err(not_begun)?;
    let aside = if there.is_empty() {
        None
    } else {
        let name = make_numbered(place, ASIDE).map_err(not_begun)?;
        let into = place.open_own(&name).map_err(not_begun)?;
        Some((name, into))
    };
    let old = aside
        .iter()
        .flat_map(|(_, into)| there.iter().map(move |name| (place, name, into)));
    let moves: Vec<_> = old
        .chain(new.iter().map(|name| (&from, name, place)))
        .collect();
    for (done, (from, name, to)) in moves.iter().enumerate() {
        if let Err(failure) = rename(from, name, to) {
            let mut back = moves[..done].iter().rev();
            let is_undone = back.all(|(from, name, to)| rename(to, name, from).is_ok());
            if let Some((aside, _)) = aside.as_ref().filter(|_| is_undone) {
                // It is empty again.
                let _ = remove_directory(place, aside);
            }
            let progress = if is_undone {
                Progress::Undone
            } else {
                Progress::HalfWay
            };
            return Err(Unfinished { failure, progress });
        }
    }
    let synced = aside.as_ref().map_or(Ok(()), |(_, into)| sync(into));
    synced
        .and_then(|()| remove_directory(place, staging))
        .and_then(|()| sync(place))
        .map_err(|failure| Unfinished {
            failure,
            progress: Progress::Moved,
        })?;
    Ok(aside.map(|(name, _)| name))
}

fn sync(place: &Place) -> Result<(), Failure> {
    fsync(place.readable()?).map_err(|errno| Failure {
        call: "fsync",
        errno,
    })
}

fn remove_directory(place: &Place, name: &str) -> Result<(), Failure> {
    unlinkat(place, name, UnlinkatFlags::RemoveDir).map_err(|errno| Failure {
        call: "unlinkat",
        errno,
    })
}

/// Moves a name to another directory. The system refuses that for a directory that its
/// owner may not write to, since its entry `..` changes (rename(2)). So the owner may
/// write to it until it is moved.
fn rename(from: &Place, name: &OsStr, to: &Place) -> Result<(), Failure> {
    let moved = || {
        let moved = renameat_with(from, name, to, name, RenameFlags::NOREPLACE);
        moved.map_err(|errno| Failure {
            call: "renameat2",
            errno: Errno::from_raw(errno.raw_os_error()),
        })
    };
    let refused = match moved() {
        Err(failure) if failure.errno == Errno::EACCES => failure,
        result => return result,
    };
    let stat = from.stat_own(name)?;
    if file_type(&stat) != SFlag::S_IFDIR {
        return Err(refused);
    }
    let mode = Mode::from_bits_truncate(stat.st_mode & 0o7777);
    let set = |place: &Place, mode| {
        let set = fchmodat(place, name, mode, FchmodatFlags::FollowSymlink);
        set.map_err(|errno| Failure {
            call: "fchmodat",
            errno,
        })
    };
    set(from, mode | Mode::S_IRWXU)?;
    let result = moved();
    let now_in = if result.is_ok() { to } else { from };
    result.and(set(now_in, mode))
}

/// Makes the directory `<begin><number>`, 0700, with the first number that is free, and
/// returns its name.
///
/// # Errors
/// What the system says.
pub fn make_numbered(place: &Place, begin: &str) -> Result<String, Failure> {
    let mut number = 1_u32;
    loop {
        let name = format!("{begin}{number}");
        match mkdirat(place, name.as_str(), Mode::S_IRWXU) {
            Ok(()) => return Ok(name),
            Err(Errno::EEXIST) => number += 1,
            Err(errno) => {
                return Err(Failure {
                    call: "mkdirat",
                    errno,
                });
            }
        }
    }
}
