//! Act: carry out a plan, each step so that it can be cut off anywhere, and so
//! that somebody else at work in the same HOME loses nothing.
//!
//! Nothing is ever removed where it was found. A link changes places with its
//! predecessor in one step, and only then, at a name that is this program's
//! own, is the predecessor looked at again and removed if it still is what the
//! plan took it for. Where it is not, the two change places again and the
//! caller plans anew.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;

use rustix::io::Errno;

use crate::action::Action;
use crate::beneath;
use crate::error::Error;
use crate::manifest::Manifest;
use crate::names::staging_name;
use crate::observe::{Entry, classify};
use crate::paths::RelativePath;
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
    manifest: &'a Manifest,
    changed: BTreeSet<Option<RelativePath>>,
}

impl<'a> Actor<'a> {
    /// An actor in the HOME behind `home`.
    #[must_use]
    pub fn new(home: &'a OwnedFd, manifest: &'a Manifest) -> Self {
        Self {
            home,
            manifest,
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
                let bytes = self.source_of(path)?;
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
            self.changed.insert(path.parent());
        }
        Ok(step)
    }

    /// Writes every directory that was changed to the disk.
    ///
    /// # Errors
    /// What the system says, with the path.
    pub fn sync(&mut self) -> Result<(), Error> {
        for directory in std::mem::take(&mut self.changed) {
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
    /// places.
    fn back_up(
        &self,
        path: &RelativePath,
        source: &str,
        backup: &RelativePath,
    ) -> Result<Step, Errno> {
        let place = self.place(path)?;
        match beneath::create_link(&place, backup.name(), source) {
            Ok(()) => {}
            // A run that was killed got this far.
            Err(Errno::EXIST)
                if beneath::read_link(&place, backup.name()).is_ok_and(|link| link == source) => {}
            Err(Errno::EXIST) => return Ok(Step::Overtaken),
            Err(error) => return Err(error),
        }
        exchange_or_discard(&place, backup.name(), path.name(), source)
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

    fn source_of(&self, path: &RelativePath) -> Result<Vec<u8>, Error> {
        let link = self.manifest.links.iter().find(|link| link.path == *path);
        match link.map(|link| read_source(&link.source)) {
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(why)) => Err(Error::failed(format!("{path}: {why}"))),
            None => Err(Error::failed(format!("{path}: is not in the manifest"))),
        }
    }
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
