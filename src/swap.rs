//! A link and what is in its place change places, and neither is ever lost.
//!
//! Nothing is removed where somebody else may just have put it. A link changes
//! places with its predecessor in one step, and only then, at a name that is
//! this program's own, is the predecessor looked at again and removed if it
//! still is what the plan took it for. Where it is not, the two change places
//! again and the caller plans anew.

use std::os::fd::OwnedFd;

use rustix::io::Errno;

use crate::beneath;
use crate::entry::{Entry, classify};
use crate::names::staging_name;

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was done.
    Done,
    /// Somebody changed what the plan was made for; nothing was done.
    Overtaken,
}

/// Puts a link in the place of something that is not worth keeping, as long
/// as `is_expected` knows it again once it is out of everybody's way.
///
/// # Errors
/// What the system says.
pub fn replace(
    place: &OwnedFd,
    name: &str,
    source: &str,
    bytes: Option<&[u8]>,
    is_expected: impl Fn(&Entry) -> bool,
) -> Result<Step, Errno> {
    let staging = staging_name(name);
    if overtaken_if_taken(beneath::create_link(place, &staging, source))? == Step::Overtaken {
        return Ok(Step::Overtaken);
    }
    if exchange_or_discard(place, &staging, name, source)? == Step::Overtaken {
        return Ok(Step::Overtaken);
    }
    if is_expected(&classify(place, &staging, bytes)?) {
        beneath::remove(place, &staging)?;
        return Ok(Step::Done);
    }
    // Somebody's new thing came out: back with it. Should that fail, it
    // stays at the staging name, and the next plan keeps it from there.
    beneath::exchange(place, &staging, name)?;
    discard_link(place, &staging, source)?;
    Ok(Step::Overtaken)
}

/// Moves the user's thing to its backup name and a link into its place, in
/// one step: the link is made under the backup name, and the two change
/// places. All the while the link has its staging name as well, by which
/// the next run knows what it is if this one is killed.
///
/// # Errors
/// What the system says.
pub fn back_up(place: &OwnedFd, name: &str, source: &str, backup: &str) -> Result<Step, Errno> {
    let staging = staging_name(name);
    if overtaken_if_taken(beneath::create_link(place, &staging, source))? == Step::Overtaken {
        return Ok(Step::Overtaken);
    }
    let mut step = overtaken_if_taken(beneath::link_to_free(place, &staging, backup));
    if step == Ok(Step::Done) {
        step = exchange_or_discard(place, backup, name, source);
    }
    discard_link(place, &staging, source)?;
    step
}

/// Removes the link `name` if, once it is out of everybody's way, it still is
/// the one to `target`.
///
/// # Errors
/// What the system says.
pub fn remove_link(place: &OwnedFd, name: &str, target: &str) -> Result<Step, Errno> {
    let staging = staging_name(name);
    let moved = overtaken_if_gone(beneath::rename_to_free(place, name, &staging))?;
    if moved == Step::Overtaken {
        return Ok(Step::Overtaken);
    }
    if classify(place, &staging, None)? == Entry::Link(target.into()) {
        beneath::remove(place, &staging)?;
        return Ok(Step::Done);
    }
    overtaken_if_gone(beneath::rename_to_free(place, &staging, name))?;
    Ok(Step::Overtaken)
}

/// Lets the link to `source` made ready at `ready` and the thing at `name`
/// change places; where that is not possible, the link made ready goes again.
fn exchange_or_discard(
    place: &OwnedFd,
    ready: &str,
    name: &str,
    source: &str,
) -> Result<Step, Errno> {
    let exchanged = overtaken_if_gone(beneath::exchange(place, ready, name));
    if exchanged != Ok(Step::Done) {
        discard_link(place, ready, source)?;
    }
    exchanged
}

/// Removes `name` if it is the link to `source` that this program put there.
fn discard_link(place: &OwnedFd, name: &str, source: &str) -> Result<(), Errno> {
    if beneath::read_link(place, name).is_ok_and(|target| target == source) {
        beneath::remove(place, name)?;
    }
    Ok(())
}

/// Takes a name that somebody else has taken first for being overtaken.
///
/// # Errors
/// What the system says otherwise.
pub fn overtaken_if_taken(result: Result<(), Errno>) -> Result<Step, Errno> {
    match result {
        Ok(()) => Ok(Step::Done),
        Err(Errno::EXIST) => Ok(Step::Overtaken),
        Err(error) => Err(error),
    }
}

/// Takes a name that somebody else has removed, or taken, for being overtaken.
///
/// # Errors
/// What the system says otherwise.
pub fn overtaken_if_gone(result: Result<(), Errno>) -> Result<Step, Errno> {
    match result {
        Err(Errno::NOENT) => Ok(Step::Overtaken),
        result => overtaken_if_taken(result),
    }
}
