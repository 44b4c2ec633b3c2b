//! Act: carry out a plan, each step so that it can be cut off anywhere, and so
//! that somebody else at work in the same HOME loses nothing.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;

use rustix::io::Errno;

use crate::action::Action;
use crate::beneath;
use crate::entry::Entry;
use crate::error::Error;
use crate::paths::{AbsolutePath, RelativePath};
use crate::source::read_source;
use crate::swap::{self, Step, overtaken_if_gone, overtaken_if_taken};

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
        let Some(path) = action.path_below_home() else {
            // HOME itself: made before anything in it.
            return Ok(Step::Done);
        };
        let bytes = match action {
            Action::ReplaceIdenticalFile { source, .. } => Some(source_of(path, source)?),
            _ => None,
        };
        let result = self
            .place(path)
            .and_then(|place| act_in(&place, path.name(), action, bytes.as_deref()));
        let step = result.map_err(|error| {
            Error::failed(format!(
                "{path}: cannot {}: {}; everything found is still there, mend that and run apply again",
                action.infinitive(),
                reason(error)
            ))
        })?;
        if step == Step::Done {
            self.has_changed(path.parent());
            if action.clears_the_way() {
                // At once: its directory may have to make way next.
                self.sync()?;
            }
        }
        Ok(step)
    }

    /// Notes that a directory's entries were changed; `None` is HOME itself.
    pub fn has_changed(&mut self, directory: Option<RelativePath>) {
        match directory {
            Some(directory) => drop(self.changed.insert(directory)),
            None => self.home_has_changed = true,
        }
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
}

/// Carries out an action on `name` in `place`; `bytes` are those of the source
/// that a file there is expected to be identical to.
fn act_in(
    place: &OwnedFd,
    name: &str,
    action: &Action,
    bytes: Option<&[u8]>,
) -> Result<Step, Errno> {
    match action {
        // HOME is made before anything in it, the record by `crate::record`.
        Action::CreateHome { .. } | Action::WriteRecord { .. } => Ok(Step::Done),
        Action::CreateDirectory { .. } => {
            overtaken_if_taken(beneath::create_directory(place, name))
        }
        Action::CreateLink { source, .. } => {
            overtaken_if_taken(beneath::create_link(place, name, source))
        }
        Action::ReplaceLink {
            source, previous, ..
        } => {
            let is_expected =
                |entry: &Entry| matches!(entry, Entry::Link(target) if *target == **previous);
            swap::replace(place, name, source, None, is_expected)
        }
        Action::ReplaceIdenticalFile { source, .. } => {
            let is_expected = |entry: &Entry| *entry == Entry::IdenticalFile;
            swap::replace(place, name, source, bytes, is_expected)
        }
        Action::BackUp { source, backup, .. } => swap::back_up(place, name, source, backup.name()),
        Action::RemoveLink { target, .. } => swap::remove_link(place, name, target),
        Action::RemoveLeftover { .. } => overtaken_if_gone(beneath::remove(place, name)),
        Action::KeepLeftover { backup, .. } | Action::SetRecordAside { backup, .. } => {
            overtaken_if_gone(beneath::rename_to_free(place, name, backup.name()))
        }
    }
}

fn source_of(path: &RelativePath, source: &str) -> Result<Vec<u8>, Error> {
    AbsolutePath::new(source)
        .and_then(|source| read_source(&source))
        .map_err(|why| Error::failed(format!("{path}: {why}")))
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
