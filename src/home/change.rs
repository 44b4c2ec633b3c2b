//! The only module that changes anything below HOME.
//!
//! Its one rule: a thing is removed only under a private name, after it was looked at
//! there and turned out to be ours. At any other name somebody else may just have put
//! something, so nothing is removed or overwritten there. A link therefore changes
//! places with what is at its name in one step (`RENAME_EXCHANGE`, renameat2(2)). What
//! was there is then looked at under the private name, and removed, kept under a backup
//! name, or put back.

use std::io::{self, Write as _};

use nix::errno::Errno;
use nix::sys::stat::{Mode, mkdirat, umask};
use nix::unistd::{UnlinkatFlags, fsync, symlinkat, unlinkat};
use rustix::fs::{RenameFlags, renameat_with};

use crate::home::entry::{Entry, classify};
use crate::home::place::Place;
use crate::home::record::{Found, Record, look_at};
use crate::home::system::{Failure, retry};
use crate::manifest::names::{RECORD_NAME, RECORD_STAGING_NAME, backup_name, staging_name};

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// Somebody changed what the plan was made for; nothing was done.
    ChangedUnderneath,
}

/// What to do with the thing that made room for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is ours and of no use any more.
    Remove,
    /// It is the user's: it gets this backup number.
    Keep(u32),
    /// It is not what the plan was made for.
    PutBack,
}

/// Runs `create` with a umask that takes nothing from the modes 0700 and 0600, and puts
/// the umask back that this process was given: hooks inherit it.
pub(super) fn private_umask<T>(create: impl FnOnce() -> T) -> T {
    let given = umask(Mode::S_IRWXG | Mode::S_IRWXO);
    let result = create();
    umask(given);
    result
}

/// Creates the directory `name`, 0700.
///
/// # Errors
/// What the system says; so for all of this module.
pub fn make_directory(place: &Place, name: &str) -> Result<Outcome, Failure> {
    let make = || mkdirat(place, name, Mode::S_IRWXU);
    unless_changed(private_umask(|| retry("mkdirat", make)))
}

/// Creates a link at a name that is free.
///
/// # Errors
/// What the system says.
pub fn make_link(place: &Place, name: &str, target: &str) -> Result<Outcome, Failure> {
    unless_changed(retry("symlinkat", || symlinkat(target, place, name)))
}

/// Puts a link to `target` into the place of what is at `name`, and does what `judge`
/// says with that. `judge` gets the private name under which it is then.
///
/// # Errors
/// What the system or `judge` says. Everything is as it was before, unless the system
/// refuses that as well: the thing is then under the private name.
pub fn exchange_for_link<E: From<Failure>>(
    place: &Place,
    name: &str,
    target: &str,
    judge: impl FnOnce(&str) -> Result<Verdict, E>,
) -> Result<Outcome, E> {
    let private = &staging_name(name);
    if make_link(place, private, target)? == Outcome::ChangedUnderneath {
        return Ok(Outcome::ChangedUnderneath);
    }
    let exchanged = unless_changed(exchange(place, private, name));
    if exchanged != Ok(Outcome::Done) {
        discard_link(place, private, target)?;
        return Ok(exchanged?);
    }
    let judged = match judge(private) {
        Ok(Verdict::Remove) => return Ok(remove(place, private).map(|()| Outcome::Done)?),
        Ok(Verdict::Keep(number)) => {
            let backup = backup_name(name, number);
            unless_changed(rename_to_free(place, private, &backup)).map_err(E::from)
        }
        Ok(Verdict::PutBack) => Ok(Outcome::ChangedUnderneath),
        Err(error) => Err(error),
    };
    if !matches!(judged, Ok(Outcome::Done)) {
        // If that fails, the next plan keeps the thing from the private name.
        exchange(place, private, name)?;
        discard_link(place, private, target)?;
    }
    judged
}

/// Removes the link `name` if, under its private name, it is the one to `target`.
///
/// # Errors
/// What the system says.
pub fn remove_link(place: &Place, name: &str, target: &str) -> Result<Outcome, Failure> {
    let private = &staging_name(name);
    let moved = unless_changed(rename_to_free(place, name, private))?;
    if moved == Outcome::ChangedUnderneath {
        return Ok(moved);
    }
    if classify(place, private, None)?.is_link_to(target) {
        remove(place, private)?;
        return Ok(Outcome::Done);
    }
    unless_changed(rename_to_free(place, private, name))?;
    Ok(Outcome::ChangedUnderneath)
}

/// Removes what a killed run left at the private name of `name`, if it still is
/// what the plan was made for: `leftover`.
///
/// # Errors
/// What the system says.
pub fn remove_leftover(
    place: &Place,
    name: &str,
    leftover: &Entry,
    source: Option<&[u8]>,
) -> Result<Outcome, Failure> {
    let private = &staging_name(name);
    if classify(place, private, source)? != *leftover {
        return Ok(Outcome::ChangedUnderneath);
    }
    unless_changed(remove(place, private))
}

/// Renames `name` to the backup name of `original` with this number.
///
/// # Errors
/// What the system says.
pub fn keep(place: &Place, name: &str, original: &str, number: u32) -> Result<Outcome, Failure> {
    unless_changed(rename_to_free(place, name, &backup_name(original, number)))
}

/// Removes what a killed run left at the record's private name, if it is that.
///
/// # Errors
/// What the system says.
pub fn remove_record_leftover(place: &Place) -> Result<Outcome, Failure> {
    match look_at(place, RECORD_STAGING_NAME)? {
        Found::OfKilledRun => unless_changed(remove(place, RECORD_STAGING_NAME)),
        Found::Nothing | Found::Unknown => Ok(Outcome::ChangedUnderneath),
    }
}

/// Writes `record` to the disk, and puts it into its place in the record's directory
/// in one step. The earlier record is removed. Anything else in its place is kept under
/// a backup name, with the number that `free_backup` gives.
///
/// # Errors
/// What the system says; the earlier record is then still in place.
pub fn write_record(
    place: &Place,
    record: &Record,
    free_backup: impl FnOnce() -> Result<u32, Failure>,
) -> io::Result<Outcome> {
    let created = private_umask(|| place.create_file(RECORD_STAGING_NAME));
    let mut file = match created {
        Err(failure) if failure.errno == Errno::EEXIST => return Ok(Outcome::ChangedUnderneath),
        result => result?,
    };
    let written = file
        .write_all(&record.to_json()?)
        .map_err(|error| Failure::of("write", &error).map_or(error, Into::into))
        .and_then(|()| Ok(retry("fsync", || fsync(&file))?))
        .and_then(|()| Ok(put_record_in_place(place)?));
    match written {
        Ok(Outcome::ChangedUnderneath) => {}
        Ok(Outcome::Done) => return Ok(Outcome::Done),
        Err(error) => {
            // Best effort; the next run removes it as well.
            let _ = remove_record_leftover(place);
            return Err(error);
        }
    }
    // The earlier one is under the private name now.
    if look_at(place, RECORD_STAGING_NAME)? == Found::OfKilledRun {
        remove(place, RECORD_STAGING_NAME)?;
        return Ok(Outcome::Done);
    }
    let number = free_backup()?;
    Ok(keep(place, RECORD_STAGING_NAME, RECORD_NAME, number)?)
}

/// Moves the record to its name where that is free, and exchanges it for what
/// is there otherwise; [`Outcome::ChangedUnderneath`] says that there was
/// something.
fn put_record_in_place(place: &Place) -> Result<Outcome, Failure> {
    let moved = unless_changed(rename_to_free(place, RECORD_STAGING_NAME, RECORD_NAME))?;
    if moved == Outcome::ChangedUnderneath {
        exchange(place, RECORD_STAGING_NAME, RECORD_NAME)?;
    }
    Ok(moved)
}

/// Writes the entries of a directory to the disk.
///
/// # Errors
/// What the system says.
pub fn sync(place: &Place) -> Result<(), Failure> {
    let readable = place.readable()?;
    retry("fsync", || fsync(&readable))
}

/// Removes a private name if it is the link to `target` that this program put
/// there.
fn discard_link(place: &Place, private: &str, target: &str) -> Result<(), Failure> {
    if classify(place, private, None)?.is_link_to(target) {
        remove(place, private)?;
    }
    Ok(())
}

/// Removes a private name that was just looked at.
fn remove(place: &Place, private: &str) -> Result<(), Failure> {
    let flags = UnlinkatFlags::NoRemoveDir;
    retry("unlinkat", || unlinkat(place, private, flags))
}

fn exchange(place: &Place, one: &str, other: &str) -> Result<(), Failure> {
    rename(place, one, other, RenameFlags::EXCHANGE)
}

/// Gives a thing another name in its directory; `EEXIST` if that name is taken.
fn rename_to_free(place: &Place, from: &str, to: &str) -> Result<(), Failure> {
    rename(place, from, to, RenameFlags::NOREPLACE)
}

/// The one system call for which the crate `nix` does not do: it has
/// renameat2(2) for glibc only, and the package for users is built on musl.
fn rename(place: &Place, from: &str, to: &str, flags: RenameFlags) -> Result<(), Failure> {
    retry("renameat2", || {
        renameat_with(place, from, place, to, flags)
            .map_err(|errno| Errno::from_raw(errno.raw_os_error()))
    })
}

/// Turns the errors that say that somebody else was faster, since a name is taken or
/// gone, into [`Outcome::ChangedUnderneath`].
fn unless_changed(result: Result<(), Failure>) -> Result<Outcome, Failure> {
    match result {
        Ok(()) => Ok(Outcome::Done),
        Err(failure) if matches!(failure.errno, Errno::EEXIST | Errno::ENOENT) => {
            Ok(Outcome::ChangedUnderneath)
        }
        Err(failure) => Err(failure),
    }
}
