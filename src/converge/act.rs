//! Act: carries out a plan. Each step may be interrupted at any point, and loses nothing
//! of what somebody else does in the same HOME at the same time.

use std::collections::BTreeSet;
use std::fmt;
use std::io;

use nix::errno::Errno;

use crate::converge::observe::free_record_number;
use crate::converge::step::{At, Step};
use crate::home::change::{self, Outcome, Verdict};
use crate::home::entry::{Entry, classify};
use crate::home::place::Place;
use crate::home::record::Record;
use crate::home::source::Source;
use crate::home::system::Failure;
use crate::manifest::Link;
use crate::manifest::names::{
    RECORD_DIRECTORY, RECORD_NAME, RECORD_PATH, RECORD_STAGING_NAME, staging_name,
};
use crate::report::error::Error;

/// How many changed directories may be noted before all of them are written to the disk.
const MOST_UNSYNCED: usize = 1024;

/// Carries out plans in one HOME and remembers which directories it changed.
pub struct Actor<'h> {
    home: &'h Place,
    /// The directory of the last step, since the next one is often in it as well.
    here: Option<(String, Place)>,
    changed: BTreeSet<String>,
}

/// Why a step could not be done.
enum Trouble {
    System(Failure),
    Io(io::Error),
    Source(String),
}

impl<'h> Actor<'h> {
    /// An actor in a HOME.
    #[must_use]
    pub fn new(home: &'h Place) -> Self {
        Self {
            home,
            here: None,
            changed: BTreeSet::new(),
        }
    }

    /// Carries out one step.
    ///
    /// # Errors
    /// What the system says, with the path and what was tried.
    pub fn act(&mut self, step: &Step<'_>) -> Result<Outcome, Error> {
        let outcome = self.attempt(step).map_err(|trouble| {
            let (path, infinitive) = (step.path(), step.change().infinitive());
            Error::failed(format!(
                "{path}: cannot {infinitive}: {trouble}; everything found is still there, mend that and run apply again"
            ))
        })?;
        if outcome == Outcome::Done && (step.makes_room() || self.changed.len() > MOST_UNSYNCED) {
            // At once: the next step may remove its directory.
            self.sync()?;
        }
        Ok(outcome)
    }

    /// Writes every directory that was changed to the disk.
    ///
    /// # Errors
    /// What the system says, with the path.
    pub fn sync(&mut self) -> Result<(), Error> {
        for path in std::mem::take(&mut self.changed) {
            let synced = self.home.open(&path).and_then(|place| change::sync(&place));
            synced.map_err(|failure| {
                let path = if path.is_empty() { "." } else { &path };
                Error::failed(format!("{path}: cannot be written to the disk: {failure}"))
            })?;
        }
        Ok(())
    }

    fn attempt(&mut self, step: &Step<'_>) -> Result<Outcome, Trouble> {
        match step {
            Step::MakeDirectory {
                path,
                existing,
                deepest,
            } => {
                let place = self.home.open(&path[..*existing])?;
                if deepest.is_some_and(|deepest| deepest != place.id()) {
                    return Ok(Outcome::ChangedUnderneath);
                }
                self.make_directories(place, path, *existing)
            }
            Step::WriteRecord(record) => {
                self.in_record_directory(|place| write_record(place, record))
            }
            Step::RemoveRecordLeftover => {
                self.in_record_directory(|place| Ok(change::remove_record_leftover(place)?))
            }
            Step::KeepRecordLeftover { number } => self.in_record_directory(|place| {
                let name = RECORD_STAGING_NAME;
                Ok(change::keep(place, name, name, *number)?)
            }),
            Step::SetRecordAside { number } => self.in_record_directory(|place| {
                Ok(change::keep(place, RECORD_NAME, RECORD_NAME, *number)?)
            }),
            Step::RemoveLeftover { at, link, leftover } => self.in_place_of(at, |place, name| {
                remove_leftover(place, name, *link, leftover)
            }),
            Step::KeepLeftover { at, number } => self.in_place_of(at, |place, name| {
                Ok(change::keep(place, &staging_name(name), name, *number)?)
            }),
            Step::RemoveLink { at, target } => self.in_place_of(at, |place, name| {
                Ok(change::remove_link(place, name, target)?)
            }),
            Step::MakeLink { at, link } => self.in_place_of(at, |place, name| {
                Ok(change::make_link(place, name, link.source.as_str())?)
            }),
            Step::ReplaceByLink { at, link, entry } => self.in_place_of(at, |place, name| {
                let before = read_source(link)?;
                exchange(place, name, link, |private| {
                    replaced(place, private, link, entry, &before)
                })
            }),
            Step::BackUp {
                at, link, number, ..
            } => self.in_place_of(at, |place, name| {
                let before = read_source(link)?;
                exchange(place, name, link, |private| {
                    look_at_source_again(place, private, link, &before)?;
                    Ok(Verdict::Keep(*number))
                })
            }),
        }
    }

    fn make_directories(
        &mut self,
        mut place: Place,
        path: &str,
        existing: usize,
    ) -> Result<Outcome, Trouble> {
        let mut parent = &path[..existing];
        let rest = path[existing..].trim_start_matches('/');
        for name in rest.split('/') {
            if change::make_directory(&place, name)? == Outcome::ChangedUnderneath {
                return Ok(Outcome::ChangedUnderneath);
            }
            self.changed.insert(parent.to_owned());
            place = match place.open_no_link(name) {
                Ok(next) => next,
                Err(failure) => match failure.errno {
                    Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP => {
                        return Ok(Outcome::ChangedUnderneath);
                    }
                    _ => return Err(failure.into()),
                },
            };
            let start = if parent.is_empty() {
                0
            } else {
                parent.len() + 1
            };
            parent = &path[..start + name.len()];
        }
        Ok(Outcome::Done)
    }

    fn in_place_of(
        &mut self,
        at: &At<'_>,
        act: impl FnOnce(&Place, &str) -> Result<Outcome, Trouble>,
    ) -> Result<Outcome, Trouble> {
        let parent = at.path.parent();
        let here = match self.here.take() {
            Some(here) if here.0 == parent => here,
            _ => (parent.to_owned(), self.home.open(parent)?),
        };
        let (_, place) = self.here.insert(here);
        if at
            .directory
            .is_some_and(|directory| directory != place.id())
        {
            self.here = None;
            return Ok(Outcome::ChangedUnderneath);
        }
        let outcome = act(place, at.path.name())?;
        if outcome == Outcome::Done {
            self.changed.insert(parent.to_owned());
        }
        Ok(outcome)
    }

    fn in_record_directory(
        &mut self,
        act: impl FnOnce(&Place) -> Result<Outcome, Trouble>,
    ) -> Result<Outcome, Trouble> {
        let place = self.home.open(RECORD_DIRECTORY)?;
        let outcome = act(&place)?;
        if outcome == Outcome::Done {
            self.changed.insert(RECORD_DIRECTORY.to_owned());
        }
        Ok(outcome)
    }
}

fn write_record(place: &Place, record: &Record) -> Result<Outcome, Trouble> {
    let free_backup = || Ok(free_record_number(&place.taken_backups()?));
    change::write_record(place, record, free_backup).map_err(Trouble::Io)
}

fn exchange(
    place: &Place,
    name: &str,
    link: &Link,
    judge: impl FnOnce(&str) -> Result<Verdict, Trouble>,
) -> Result<Outcome, Trouble> {
    change::exchange_for_link(place, name, link.source.as_str(), judge)
}

/// What to do with something that need not be kept: remove it if it still is what the
/// plan was made for, and the source does not depend on it.
fn replaced(
    place: &Place,
    private: &str,
    link: &Link,
    expected: &Entry,
    before: &Source,
) -> Result<Verdict, Trouble> {
    let source = look_at_source_again(place, private, link, before)?;
    let entry = classify(place, private, source.content.as_deref())?;
    Ok(if entry == *expected {
        Verdict::Remove
    } else {
        Verdict::PutBack
    })
}

fn remove_leftover(
    place: &Place,
    name: &str,
    link: Option<&Link>,
    leftover: &Entry,
) -> Result<Outcome, Trouble> {
    let source = match (leftover, link) {
        (Entry::IdenticalFile, Some(link)) => {
            let before = read_source(link)?;
            Some(look_at_source_again(
                place,
                &staging_name(name),
                link,
                &before,
            )?)
        }
        _ => None,
    };
    let content = source.as_ref().and_then(|source| source.content.as_deref());
    Ok(change::remove_leftover(place, name, leftover, content)?)
}

fn read_source(link: &Link) -> Result<Source, Trouble> {
    Source::read(link).map_err(Trouble::Source)
}

/// Reads a link's source again, while the thing that made room for the link is under its
/// private name.
///
/// The source may have been that thing, reached by another path, or its path may lead
/// through the link. Then it cannot be read any more, or it is that thing, which is not
/// as it was `before` it was moved.
fn look_at_source_again(
    place: &Place,
    private: &str,
    link: &Link,
    before: &Source,
) -> Result<Source, Trouble> {
    let source = Source::read(link).map_err(|why| {
        Trouble::Source(format!(
            "as soon as the link is in its place, {why}; keep the source where it does not depend on HOME"
        ))
    })?;
    if source.is(&place.stat(private)?) || source.is_really_called(private) {
        return Err(Trouble::Source(format!(
            "its source {} is the very thing that is in its place; keep the source elsewhere",
            link.source
        )));
    }
    if !source.is_unchanged_since(before) {
        return Err(Trouble::Source(format!(
            "its source {} changed in the same instant, and may be the very thing that is in its place; \
             keep the source elsewhere",
            link.source
        )));
    }
    Ok(source)
}

impl Step<'_> {
    /// The path that an error about this step begins with.
    fn path(&self) -> String {
        match self {
            Self::RemoveRecordLeftover
            | Self::KeepRecordLeftover { .. }
            | Self::SetRecordAside { .. }
            | Self::WriteRecord(_) => RECORD_PATH.to_owned(),
            Self::MakeDirectory { path, .. } => (*path).to_owned(),
            Self::RemoveLeftover { at, .. }
            | Self::KeepLeftover { at, .. }
            | Self::RemoveLink { at, .. }
            | Self::MakeLink { at, .. }
            | Self::ReplaceByLink { at, .. }
            | Self::BackUp { at, .. } => at.path.as_str().to_owned(),
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::System(failure)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(failure) => failure.fmt(formatter),
            Self::Io(error) => error.fmt(formatter),
            Self::Source(why) => formatter.write_str(why),
        }
    }
}
