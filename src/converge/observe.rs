//! Observe: what is on the disk where the manifest wants something.
//!
//! Only reads. It is an error here if something cannot be looked at, such as a directory
//! behind a link that leads out of HOME. What to do about everything else is decided by
//! [`crate::converge::plan`].

use std::collections::BTreeSet;

use nix::errno::Errno;

use crate::converge::here::{Here, Listings, Observed};
use crate::converge::locate::{
    Directory, Leaving, Missing, locate, locate_like, missing_at_or_below,
};
use crate::converge::strays::{Stray, leaving, observe_strays};
use crate::home::entry::{Entry, classify};
use crate::home::keys_of_majors;
use crate::home::place::{DirectoryId, Place, TakenBackups};
use crate::home::record::{self, Found, RecordState};
use crate::home::source::Source;
use crate::home::system::Failure;
use crate::manifest::names::{
    CONFIGURATION_DIRECTORY, CONFIGURATION_NAMES, RECORD_DIRECTORY, RECORD_NAME, RECORD_PATH,
    RECORD_STAGING_NAME,
};
use crate::manifest::path::{RelativePath, compare, join, split};
use crate::manifest::server::Api;
use crate::manifest::{Link, Manifest};
use crate::report::error::Error;

/// What is on the disk.
#[derive(Debug)]
pub struct State<'a> {
    /// What earlier runs left about themselves.
    pub record: &'a RecordState,
    /// The directories that have to exist, in the order of paths.
    pub directories: Vec<Directory<'a>>,
    /// What is in the place of each of the manifest's links, in its order.
    pub links: Vec<Observed<'a>>,
    /// The links that the record names and the manifest does not.
    pub strays: Vec<Stray<'a>>,
    /// What is where the next record will be written.
    pub record_leftover: Found,
    /// The backups in the record's directory, listed only if one is about to be made.
    pub record_backups: TakenBackups,
    /// What keeps the server from using HOME, although nothing is to be changed.
    pub problems: Vec<String>,
    /// The sources that everybody may write to.
    pub open_sources: Vec<&'a Link>,
}

impl State<'_> {
    /// Whether an earlier run must have worked in this HOME: one of the links that
    /// `manifest` wants is in place.
    #[must_use]
    pub fn has_earlier_work(&self, manifest: &Manifest) -> bool {
        let mut links = manifest.links.iter().zip(&self.links);
        links.any(|(link, observed)| observed.entry.is_link_to(link.source.as_str()))
    }
}

/// Looks at everything in `home` that `manifest` or `record` names. If HOME does not
/// exist, only the sources of the links are looked at.
///
/// # Errors
/// When a source is not usable, when something on the way to a directory or a
/// link is not inside HOME or not a directory, when two paths lead to one place,
/// or when the system refuses.
pub fn observe<'a>(
    home: Option<&Place>,
    manifest: &'a Manifest,
    record: &'a RecordState,
) -> Result<State<'a>, Error> {
    let strays = observe_strays(home, manifest, record)?;
    let leaving = if manifest.keeps_other_links {
        Leaving::new()
    } else {
        leaving(&strays)
    };
    let mut observer = Observer {
        home,
        manifest,
        leaving,
        directories: Vec::new(),
        links: manifest.links.iter().map(|_| None).collect(),
        listings: Listings::new(),
        problems: Vec::new(),
        open_sources: Vec::new(),
    };
    observer.observe_all(record)?;
    let record_leftover = match home {
        Some(home) => look_at_record_leftover(home)?,
        None => Found::Nothing,
    };
    let is_broken = matches!(record, RecordState::Broken(_));
    let record_backups = match home {
        Some(home) if is_broken || record_leftover == Found::Unknown => record_backups(home)?,
        _ => TakenBackups::default(),
    };
    Ok(State {
        record,
        directories: observer.directories,
        links: observer.links.into_iter().flatten().collect(),
        strays,
        record_leftover,
        record_backups,
        problems: observer.problems,
        open_sources: observer.open_sources,
    })
}

struct Observer<'a, 'h> {
    home: Option<&'h Place>,
    manifest: &'a Manifest,
    leaving: Leaving<'a>,
    directories: Vec<Directory<'a>>,
    links: Vec<Option<Observed<'a>>>,
    listings: Listings,
    problems: Vec<String>,
    open_sources: Vec<&'a Link>,
}

impl<'a> Observer<'a, '_> {
    /// Goes through the directories that have to exist, each once, and through
    /// the links in each.
    fn observe_all(&mut self, record: &RecordState) -> Result<(), Error> {
        let manifest = self.manifest;
        if let Some(home) = self.home {
            self.check_access(home, manifest.home.as_str())?;
        }
        let managed = manifest.directories.iter().map(RelativePath::as_str);
        let managed: BTreeSet<&str> = managed.collect();
        let mut required: Vec<&'a str> = managed.iter().copied().collect();
        required.extend(manifest.links.iter().map(|link| link.path.parent()));
        if record.record().is_none() {
            required.push(RECORD_DIRECTORY);
        }
        required.sort_unstable_by(|one, other| compare(one, other));
        required.dedup();
        let mut links: Vec<usize> = (0..manifest.links.len()).collect();
        links.sort_by(|one, other| {
            let parent = |index: &usize| manifest.links[*index].path.parent();
            compare(parent(one), parent(other))
        });
        let mut links = links.into_iter().peekable();
        for path in required {
            let (directory, place) = self.find(path)?;
            if let Some(place) = &place
                && managed.contains(path)
            {
                self.check_access(place, path)?;
            }
            let here = Here::new(directory, place);
            let is_here = |index: &usize| manifest.links[*index].path.parent() == path;
            while let Some(index) = links.next_if(is_here) {
                self.links[index] = Some(self.observe_link(&here, &manifest.links[index])?);
            }
            self.directories.push(directory);
        }
        self.refuse_shared_places()
    }

    /// Finds a directory; opened, if it exists.
    fn find(&self, path: &'a str) -> Result<(Directory<'a>, Option<Place>), Error> {
        let nothing = Directory {
            path,
            deepest: DirectoryId::NOT_YET,
            existing: 0,
        };
        let Some(home) = self.home else {
            return Ok((nothing, None));
        };
        if let Some(directory) = locate_like(self.directories.last(), path) {
            return Ok((directory, None));
        }
        let (place, existing) = locate(home, path, &self.leaving)?;
        let directory = Directory {
            path,
            deepest: place.id(),
            existing,
        };
        Ok((directory, (existing == path.len()).then_some(place)))
    }

    /// Notes a problem if the owner may not use a directory. A read-only file system is no
    /// problem: it may be so for this process alone, in a sandbox.
    fn check_access(&mut self, place: &Place, path: &str) -> Result<(), Error> {
        match place.access() {
            Err(failure) if failure.errno == Errno::EACCES => self.problems.push(format!(
                "{path}: its owner cannot read, write or enter it, and opencode has to; chmod u+rwx it, or chown it"
            )),
            Err(failure) if failure.errno != Errno::EROFS => {
                return Err(cannot_look(path, failure));
            }
            _ => {}
        }
        Ok(())
    }

    /// Refuses a configuration for opencode 2 of which it would drop keys in silence.
    fn check_keys(&self, link: &Link, source: &Source) -> Result<(), Error> {
        let server = self.manifest.server.as_ref();
        let is_for_two = server.is_some_and(|server| server.api == Api::Two);
        let (directory, name) = split(link.path.as_str());
        let is_configuration =
            directory == CONFIGURATION_DIRECTORY && CONFIGURATION_NAMES.contains(&name);
        match &source.content {
            Some(content) if is_for_two && is_configuration => keys_of_majors::check(content)
                .map_err(|why| {
                    Error::failed(format!("{}: its source {} {why}", link.path, link.source))
                }),
            _ => Ok(()),
        }
    }

    fn observe_link(&mut self, here: &Here<'a>, link: &'a Link) -> Result<Observed<'a>, Error> {
        let path = &link.path;
        let source = Source::read(link).map_err(|why| Error::failed(format!("{path}: {why}")))?;
        self.check_keys(link, &source)?;
        if source.is_writable_for_others() {
            self.open_sources.push(link);
        }
        let failed = |failure| cannot_look(path.as_str(), failure);
        let Some(place) = here.place() else {
            return Ok(Observed::nothing(here.spot_of(path)));
        };
        let content = source.content.as_deref();
        let entry = classify(place, path.name(), content).map_err(failed)?;
        if entry == Entry::IdenticalFile {
            let stat = place.stat(path.name()).map_err(failed)?;
            if source.is(&stat) {
                return Err(own_source(link));
            }
        }
        let is_in_the_way = match &entry {
            Entry::Absent => false,
            Entry::Link(_) => !entry.is_link_to(link.source.as_str()),
            Entry::IdenticalFile | Entry::Other(_) => true,
        };
        let observed = here.observe_around(&mut self.listings, path, entry, is_in_the_way, content);
        observed.map_err(failed)
    }

    /// Refuses two paths that lead to one place (`.opencode -> .config/opencode`): each
    /// run would undo what it had just done.
    fn refuse_shared_places(&self) -> Result<(), Error> {
        let links = || self.manifest.links.iter().zip(self.links.iter().flatten());
        let mut spots: Vec<_> = links().map(|(link, at)| (at.spot, &link.path)).collect();
        spots.sort_unstable();
        let same = |one: &RelativePath, other: &str| {
            Err(Error::failed(format!(
                "{one}: is the same place as {other}, by a symbolic link on the way; name it once in the manifest"
            )))
        };
        if let Some(pair) = spots.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return same(pair[1].1, pair[0].1.as_str());
        }
        let directories = self.directories.iter().filter(|found| found.is_missing());
        let missing: Missing<'_> = directories
            .map(|found| (found.spot_of(found.path), found.path))
            .collect();
        for (spot, link) in spots {
            if let Some(directory) = missing_at_or_below(&missing, spot) {
                return same(link, directory);
            }
        }
        Ok(())
    }
}

/// Reads the record, which has to be known before anything else is observed. If HOME
/// does not exist, there is none.
///
/// # Errors
/// As [`record::read`].
pub fn read_record(home: Option<&Place>) -> Result<RecordState, Error> {
    home.map_or(Ok(RecordState::Absent), |home| {
        record::read(home).map_err(Error::failed)
    })
}

/// Looks at the private name of the record. It is nearly always free, and then this
/// takes one system call.
///
/// # Errors
/// When the system refuses.
pub fn look_at_record_leftover(home: &Place) -> Result<Found, Error> {
    let path = join(RECORD_DIRECTORY, RECORD_STAGING_NAME);
    let failed = |failure| cannot_look(&path, failure);
    match home.find(&path) {
        Ok(()) => {}
        Err(failure) => match failure.errno {
            // What may be on the way to it is judged with the directories.
            Errno::ENOENT | Errno::ENOTDIR | Errno::EXDEV | Errno::ELOOP => {
                return Ok(Found::Nothing);
            }
            _ => return Err(failed(failure)),
        },
    }
    let place = home.open(RECORD_DIRECTORY).map_err(failed)?;
    record::look_at(&place, RECORD_STAGING_NAME).map_err(failed)
}

/// Looks for backups in the record's directory.
///
/// # Errors
/// When the system refuses.
pub fn record_backups(home: &Place) -> Result<TakenBackups, Error> {
    let place = home.open(RECORD_DIRECTORY);
    let backups = place.and_then(|place| place.taken_backups());
    backups.map_err(|failure| cannot_look(RECORD_PATH, failure))
}

/// The lowest number that is free for a backup of the record.
#[must_use]
pub fn free_record_number(backups: &TakenBackups) -> u32 {
    backups.free(RECORD_NAME)[0]
}

/// The error of a link that would take the place of its own source, and so lead to
/// itself.
fn own_source(link: &Link) -> Error {
    Error::failed(format!(
        "{}: its source {} is this very file; keep the source elsewhere",
        link.path, link.source
    ))
}

pub(super) fn cannot_look(path: &str, failure: Failure) -> Error {
    Error::failed(format!("{path}: cannot be looked at: {failure}"))
}
