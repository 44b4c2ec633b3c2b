//! The links that the record names and the manifest does not.

use nix::errno::Errno;

use crate::converge::here::{Here, Listings, Observed};
use crate::converge::locate::{Directory, Leaving};
use crate::converge::observe::cannot_look;
use crate::home::entry::classify;
use crate::home::place::{DirectoryId, Place};
use crate::home::record::{RecordState, RecordedLink};
use crate::home::system::Failure;
use crate::manifest::Manifest;
use crate::manifest::path::RelativePath;
use crate::report::error::Error;

/// A link that the record names, and the manifest not in this spelling.
#[derive(Debug)]
pub struct Stray<'a> {
    /// What the record says.
    pub link: &'a RecordedLink,
    /// What is there; `None` if its directory no longer exists or is not in HOME.
    pub observed: Option<Observed<'a>>,
}

impl Stray<'_> {
    /// Whether the link that an earlier run made is still there.
    #[must_use]
    pub fn is_still_ours(&self) -> bool {
        let observed = self.observed.as_ref();
        observed.is_some_and(|observed| observed.entry.is_link_to(&self.link.target))
    }
}

/// Looks at the links that `record` names and `manifest` does not.
///
/// # Errors
/// When the system refuses.
pub fn observe_strays<'a>(
    home: Option<&Place>,
    manifest: &Manifest,
    record: &'a RecordState,
) -> Result<Vec<Stray<'a>>, Error> {
    let (Some(home), Some(record)) = (home, record.record()) else {
        return Ok(Vec::new());
    };
    let mut wanted: Vec<&RelativePath> = manifest.links.iter().map(|link| &link.path).collect();
    wanted.sort_unstable();
    let is_stray = |link: &&RecordedLink| wanted.binary_search(&&link.path).is_err();
    let mut strays = Vec::new();
    let mut last: Option<Here<'a>> = None;
    let mut listings = Listings::new();
    for link in record.links.iter().filter(is_stray) {
        let failed = |failure| cannot_look(link.path.as_str(), failure);
        let parent = link.path.parent();
        let here = match last.take() {
            Some(here) if here.path() == parent => here,
            _ => find(home, parent).map_err(failed)?,
        };
        let observed = observe_stray(&here, &mut listings, link).map_err(failed)?;
        strays.push(Stray { link, observed });
        last = Some(here);
    }
    Ok(strays)
}

fn observe_stray<'a>(
    here: &Here<'a>,
    listings: &mut Listings,
    link: &'a RecordedLink,
) -> Result<Option<Observed<'a>>, Failure> {
    let Some(place) = here.place() else {
        return Ok(None);
    };
    let entry = classify(place, link.path.name(), None)?;
    here.observe_around(listings, &link.path, entry, false, None)
        .map(Some)
}

/// The directory at `path`; not opened if it does not exist or is not in HOME.
fn find<'a>(home: &Place, path: &'a str) -> Result<Here<'a>, Failure> {
    let place = match home.open(path) {
        Ok(place) => Some(place),
        Err(failure) => match failure.errno {
            Errno::ENOENT | Errno::ENOTDIR | Errno::EXDEV | Errno::ELOOP | Errno::ENAMETOOLONG => {
                None
            }
            _ => return Err(failure),
        },
    };
    let directory = Directory {
        path,
        deepest: place.as_ref().map_or(DirectoryId::NOT_YET, Place::id),
        existing: path.len(),
    };
    Ok(Here::new(directory, place))
}

/// The places of those links that are still ours, and so will be removed unless the
/// manifest wants them.
#[must_use]
pub fn leaving<'a>(strays: &[Stray<'a>]) -> Leaving<'a> {
    let ours = strays.iter().filter(|stray| stray.is_still_ours());
    let observed = ours.filter_map(|stray| stray.observed.as_ref());
    observed.map(|observed| observed.spot).collect()
}
