//! Act: carry out a plan, each step so that it can be cut off anywhere, and so
//! that somebody else at work in the same HOME loses nothing.
//!
//! Nothing is removed where somebody else may just have put it. A link changes
//! places with its predecessor in one step, and only then, at a name that is
//! this program's own, is the predecessor looked at again and removed if it
//! still is what the plan took it for. Where it is not, the two change places
//! again and the caller plans anew.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;

use rustix::io::Errno;

use crate::action::Action;
use crate::beneath;
use crate::entry::{Entry, classify};
use crate::error::Error;
use crate::names::staging_name;
use crate::paths::{AbsolutePath, RelativePath};
use crate::source::read_source;

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was done.
    Done,
    /// Somebody changed what the plan was made for; nothing was done.
    Overtaken,
}

/// Carries out plans in one HOME and remembers which directories it changed.
pub struct Actor<'a> {
    home: &'a OwnedFd,
    home_has_changed: bool,
    changed: BTreeSet<RelativePath>,
}

impl<'a> Actor<'a> {
    /// An actor in the HOME behind `home`.
    #[must_use]
    pub fn new(home: &'a OwnedFd) -> Self {
        Self {
            home,
            home_has_changed: false,
            changed: BTreeSet::new(),
        }
    }

    /// Carries out one action.
    ///
    /// # Errors
    /// What the system says, with the path and what was tried.
    pub fn act(&mut self, action: &Action) -> Result<Step, Error> {
        let (path, result) = match action {
            // Made before anything else, and noted by `crate::record`.
            Action::CreateHome { .. } | Action::WriteRecord { .. } => return Ok(Step::Done),
            Action::CreateDirectory { path } => (path, self.create_directory(path)),
            Action::CreateLink { path, source } => (path, self.create_link(path, source)),
            Action::ReplaceLink {
                path,
                source,
                previous,
            } => {
                let is_expected =
                    |entry: &Entry| matches!(entry, Entry::Link(target) if *target == **previous);
                (path, self.replace(path, source, None, is_expected))
            }
            Action::ReplaceIdenticalFile { path, source } => {
                let bytes = source_of(path, source)?;
                let is_expected = |entry: &Entry| *entry == Entry::IdenticalFile;
                (path, self.replace(path, source, Some(&bytes), is_expected))
            }
            Action::BackUp {
                path,
                source,
                backup,
                ..
            } => (path, self.back_up(path, source, backup)),
            Action::RemoveLink { path, target } => (path, self.remove_link(path, target)),
            Action::RemoveLeftover { path } => (path, self.remove_leftover(path)),
            Action::KeepLeftover { path, backup } | Action::SetRecordAside { path, backup } => {
                (path, self.rename(path, backup))
            }
        };
        let step = result.map_err(|error| {
            Error::failed(format!(
                "{path}: cannot {}: {}; everything found is still there, mend that and run apply again",
                action.infinitive(),
                reason(error)
            ))
        })?;
        if step == Step::Done {
            match path.parent() {
                Some(directory) => drop(self.changed.insert(directory)),
                None => self.home_has_changed = true,
            }
            if action.clears_the_way() {
                // At once: its directory may have to make way next.
                self.sync()?;
            }
        }
        Ok(step)
    }

    /// Writes every directory that was changed to the disk.
    ///
    /// # Errors
    /// What the system says, with the path.
    pub fn sync(&mut self) -> Result<(), Error> {
        let home = std::mem::take(&mut self.home_has_changed).then_some(None);
        let below = std::mem::take(&mut self.changed);
        for directory in home.into_iter().chain(below.into_iter().map(Some)) {
            beneath::sync_directory(self.home, directory.as_ref()).map_err(|error| {
                let path = directory.as_ref().map_or(".", RelativePath::as_str);
                Error::failed(format!("{path}: cannot be written to the disk: {error}"))
            })?;
        }
        Ok(())
    }

    fn place(&self, path: &RelativePath) -> Result<OwnedFd, Errno> {
        beneath::open_place(self.home, path.parent().as_ref())
    }

    fn create_directory(&self, path: &RelativePath) -> Result<Step, Errno> {
        overtaken_if_taken(beneath::create_directory(self.place(path)?, path.name()))
    }

    fn create_link(&self, path: &RelativePath, source: &str) -> Result<Step, Errno> {
        overtaken_if_taken(beneath::create_link(self.place(path)?, path.name(), source))
    }

    fn rename(&self, path: &RelativePath, backup: &RelativePath) -> Result<Step, Errno> {
        let renamed = beneath::rename_to_free(self.place(path)?, path.name(), backup.name());
        overtaken_if_gone(renamed)
    }

    fn remove_leftover(&self, path: &RelativePath) -> Result<Step, Errno> {
        overtaken_if_gone(beneath::remove(self.place(path)?, path.name()))
    }

    /// Puts a link in the place of something that is not worth keeping, as long
    /// as `is_expected` knows it again once it is out of everybody's way.
    fn replace(
        &self,
        path: &RelativePath,
        source: &str,
        bytes: Option<&[u8]>,
        is_expected: impl Fn(&Entry) -> bool,
    ) -> Result<Step, Errno> {
        let place = self.place(path)?;
        let (name, staging) = (path.name(), staging_name(path.name()));
        if overtaken_if_taken(beneath::create_link(&place, &staging, source))? == Step::Overtaken {
            return Ok(Step::Overtaken);
        }
        if exchange_or_discard(&place, &staging, name, source)? == Step::Overtaken {
            return Ok(Step::Overtaken);
        }
        if is_expected(&classify(&place, &staging, bytes)?) {
            beneath::remove(&place, &staging)?;
            return Ok(Step::Done);
        }
        // Somebody's new thing came out: back with it. Should that fail, it
        // stays at the staging name, and the next plan keeps it from there.
        beneath::exchange(&place, &staging, name)?;
        discard_link(&place, &staging, source)?;
        Ok(Step::Overtaken)
    }

    /// Moves the user's thing to its backup name and a link into its place, in
    /// one step: the link is made under the backup name, and the two change
    /// places. All the while the link has its staging name as well, by which
    /// the next run knows what it is if this one is killed.
    fn back_up(
        &self,
        path: &RelativePath,
        source: &str,
        backup: &RelativePath,
    ) -> Result<Step, Errno> {
        let place = self.place(path)?;
        let staging = staging_name(path.name());
        if overtaken_if_taken(beneath::create_link(&place, &staging, source))? == Step::Overtaken {
            return Ok(Step::Overtaken);
        }
        let mut step = overtaken_if_taken(beneath::link_to_free(&place, &staging, backup.name()));
        if step == Ok(Step::Done) {
            step = exchange_or_discard(&place, backup.name(), path.name(), source);
        }
        discard_link(&place, &staging, source)?;
        step
    }

    fn remove_link(&self, path: &RelativePath, target: &str) -> Result<Step, Errno> {
        let place = self.place(path)?;
        let (name, staging) = (path.name(), staging_name(path.name()));
        let moved = overtaken_if_gone(beneath::rename_to_free(&place, name, &staging))?;
        if moved == Step::Overtaken {
            return Ok(Step::Overtaken);
        }
        if classify(&place, &staging, None)? == Entry::Link(target.into()) {
            beneath::remove(&place, &staging)?;
            return Ok(Step::Done);
        }
        overtaken_if_gone(beneath::rename_to_free(&place, &staging, name))?;
        Ok(Step::Overtaken)
    }
}

fn source_of(path: &RelativePath, source: &str) -> Result<Vec<u8>, Error> {
    AbsolutePath::new(source)
        .and_then(|source| read_source(&source))
        .map_err(|why| Error::failed(format!("{path}: {why}")))
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

fn overtaken_if_taken(result: Result<(), Errno>) -> Result<Step, Errno> {
    match result {
        Ok(()) => Ok(Step::Done),
        Err(Errno::EXIST) => Ok(Step::Overtaken),
        Err(error) => Err(error),
    }
}

fn overtaken_if_gone(result: Result<(), Errno>) -> Result<Step, Errno> {
    match result {
        Err(Errno::NOENT) => Ok(Step::Overtaken),
        result => overtaken_if_taken(result),
    }
}

fn reason(error: Errno) -> String {
    match error {
        Errno::INVAL => "this file system cannot exchange two names in one step \
             (RENAME_EXCHANGE, renameat2(2))"
            .to_owned(),
        Errno::XDEV => "a directory on the way to it leads out of HOME".to_owned(),
        error => error.to_string(),
    }
}
