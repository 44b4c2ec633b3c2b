//! One directory in which there are links, or will be.

use std::collections::btree_map::{self, BTreeMap};

use crate::converge::locate::{Directory, Spot};
use crate::home::entry::{Entry, classify};
use crate::home::place::{DirectoryId, Place, TakenBackups};
use crate::home::system::Failure;
use crate::manifest::names::staging_name;
use crate::manifest::path::RelativePath;

/// What is at the name of a link, and at the names beside it that matter.
#[derive(Debug)]
pub struct Observed<'a> {
    /// Where the link is, by whatever path it is reached.
    pub spot: Spot<'a>,
    /// What is at the link's name.
    pub entry: Entry,
    /// What is at the link's private name, left by a run that was killed.
    pub leftover: Entry,
    /// The lowest two numbers under which a backup can be made.
    pub free_backups: [u32; 2],
}

impl<'a> Observed<'a> {
    /// What is observed in a directory that does not exist.
    #[must_use]
    pub fn nothing(spot: Spot<'a>) -> Self {
        Self {
            spot,
            entry: Entry::Absent,
            leftover: Entry::Absent,
            free_backups: [1, 2],
        }
    }
}

/// The backups in directories. Each directory is listed once, by whatever paths it is
/// reached, and only if a backup may be made in it.
pub type Listings = BTreeMap<DirectoryId, TakenBackups>;

/// A directory while the links in it are observed.
pub struct Here<'a> {
    directory: Directory<'a>,
    place: Option<Place>,
}

impl<'a> Here<'a> {
    /// A directory; opened, if it exists.
    #[must_use]
    pub fn new(directory: Directory<'a>, place: Option<Place>) -> Self {
        Self { directory, place }
    }

    /// Its path below HOME.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.directory.path
    }

    /// The open directory, if it exists.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Where a link in this directory is.
    #[must_use]
    pub fn spot_of(&self, link: &'a RelativePath) -> Spot<'a> {
        self.directory.spot_of(link.as_str())
    }

    /// Observes the names beside a link, given what is at its own. `is_in_the_way` says
    /// whether that may have to be backed up, `source` what makes a file an identical one.
    ///
    /// # Errors
    /// What the system says.
    pub fn observe_around(
        &self,
        listings: &mut Listings,
        link: &'a RelativePath,
        entry: Entry,
        is_in_the_way: bool,
        source: Option<&[u8]>,
    ) -> Result<Observed<'a>, Failure> {
        let mut observed = Observed::nothing(self.spot_of(link));
        observed.entry = entry;
        let Some(place) = &self.place else {
            return Ok(observed);
        };
        observed.leftover = classify(place, &staging_name(link.name()), source)?;
        if is_in_the_way || observed.leftover != Entry::Absent {
            let backups = match listings.entry(place.id()) {
                btree_map::Entry::Occupied(listed) => listed.into_mut(),
                btree_map::Entry::Vacant(unlisted) => unlisted.insert(place.taken_backups()?),
            };
            observed.free_backups = backups.free(link.name());
        }
        Ok(observed)
    }
}
