//! Plan: from what the manifest wants and what is on the disk to what has to
//! be done. Pure: no system call, no clock.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path};

use crate::converge::here::Observed;
use crate::converge::locate::{Missing, Spot, missing_at_or_below};
use crate::converge::observe::{State, free_record_number};
use crate::converge::step::{At, Step};
use crate::converge::strays::Stray;
use crate::home::entry::Entry;
use crate::home::place::TakenBackups;
use crate::home::record::{Found, Record, RecordState, RecordedLink};
use crate::manifest::names::RECORD_STAGING_NAME;
use crate::manifest::path::{RelativePath, common_length};
use crate::manifest::{Link, Manifest, OnConflict};
use crate::report::error::{Error, ErrorKind};

/// What has to be done to a HOME.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// What to do, in this order. A record among these steps says which of the links
    /// after it are ours, in case the run is killed half-way.
    pub steps: Vec<Step<'a>>,
    /// The record to write once everything, hooks included, has succeeded;
    /// `None` when it is what was found.
    pub record: Option<Record>,
}

impl Plan<'_> {
    /// The first step that is about more than the record.
    #[must_use]
    pub fn first_due(&self) -> Option<&Step<'_>> {
        let mut steps = self.steps.iter();
        steps.find(|step| {
            !matches!(
                step,
                Step::WriteRecord(_) | Step::RemoveRecordLeftover | Step::KeepRecordLeftover { .. }
            )
        })
    }

    /// Whether a record is to be written, at whatever point.
    #[must_use]
    pub fn writes_record(&self) -> bool {
        let is_record = |step: &Step<'_>| matches!(step, Step::WriteRecord(_));
        self.record.is_some() || self.steps.iter().any(is_record)
    }
}

/// Decides what has to be done for `manifest` where `state` is on the disk.
///
/// # Errors
/// [`ErrorKind::Conflict`] when something of the user's is in a link's place
/// and the manifest says to fail then.
pub fn plan<'a>(manifest: &'a Manifest, state: &'a State<'a>) -> Result<Plan<'a>, Error> {
    let ownership = Ownership::of(manifest, state);
    let wanted: BTreeSet<Spot<'_>> = state.links.iter().map(|link| link.spot).collect();
    let mut steps = Vec::new();
    steps.extend(keep_or_remove_record_leftover(
        state.record_leftover,
        &state.record_backups,
    ));
    plan_strays(manifest, state, &ownership, &wanted, &mut steps);
    plan_directories(state, &mut steps);
    if let RecordState::Broken(_) = state.record {
        let number = free_record_number(&state.record_backups);
        steps.push(Step::SetRecordAside { number });
    }
    let mut links = Vec::new();
    let mut recorded = kept_strays(manifest, state, &wanted);
    for (link, observed) in manifest.links.iter().zip(&state.links) {
        let source = link.source.as_str();
        let is_ours =
            |target: &OsStr| *target == *source || ownership.is_ours(observed.spot, target);
        steps.extend(keep_or_remove_leftover(
            &link.path,
            observed,
            Some(link),
            is_ours,
        ));
        let step = place_link(manifest, link, observed, is_ours)?;
        // A link that somebody else has made is not recorded, and so never removed,
        // even if it is the one that the manifest wants.
        if step.is_some() || ownership.is_ours(observed.spot, source.as_ref()) {
            recorded.push(recorded_link(&link.path, source));
        }
        links.extend(step);
    }
    let found = state.record.record();
    if !links.is_empty() {
        let intent = intent(manifest, state, &ownership, &recorded);
        steps.extend((found != Some(&intent)).then_some(Step::WriteRecord(intent)));
    }
    steps.extend(links);
    let record = Record::new(true, recorded);
    let record = (found != Some(&record)).then_some(record);
    Ok(Plan { steps, record })
}

/// Plans for the links that the manifest no longer names, and for what is at their
/// private names.
fn plan_strays<'a>(
    manifest: &Manifest,
    state: &'a State<'a>,
    ownership: &Ownership<'_>,
    wanted: &BTreeSet<Spot<'_>>,
    steps: &mut Vec<Step<'a>>,
) {
    // A record may name a link twice, and in two spellings.
    let (mut seen, mut removed) = (wanted.clone(), BTreeSet::new());
    for stray in &state.strays {
        let Some(observed) = &stray.observed else {
            continue;
        };
        let (path, spot) = (&stray.link.path, observed.spot);
        if seen.insert(spot) {
            let is_ours = |target: &OsStr| ownership.is_ours(spot, target);
            steps.extend(keep_or_remove_leftover(path, observed, None, is_ours));
        }
        let is_abandoned = !manifest.keeps_other_links && !wanted.contains(&spot);
        if is_abandoned && stray.is_still_ours() && removed.insert(spot) {
            steps.push(Step::RemoveLink {
                at: at(path, observed),
                target: &stray.link.target,
            });
        }
    }
}

/// The links that the manifest does not name and that the record still has to name.
fn kept_strays(
    manifest: &Manifest,
    state: &State<'_>,
    wanted: &BTreeSet<Spot<'_>>,
) -> Vec<RecordedLink> {
    if !manifest.keeps_other_links {
        return Vec::new();
    }
    let is_wanted = |stray: &&Stray<'_>| {
        let observed = stray.observed.as_ref();
        observed.is_some_and(|observed| wanted.contains(&observed.spot))
    };
    let strays = state.strays.iter().filter(|stray| !is_wanted(stray));
    strays.map(|stray| stray.link.clone()).collect()
}

/// Plans for the missing directories. Each is made from the last directory on its path
/// that exists, or that the step before it makes.
fn plan_directories<'a>(state: &'a State<'a>, steps: &mut Vec<Step<'a>>) {
    let (mut previous, mut due) = ("", Missing::new());
    for directory in state.directories.iter().filter(|found| found.is_missing()) {
        let (path, spot) = (directory.path, directory.spot_of(directory.path));
        if missing_at_or_below(&due, spot).is_some() {
            // Another path to the same directory, which is made already.
            continue;
        }
        due.insert(spot, path);
        let made = common_length(previous, path);
        steps.push(if made > directory.existing {
            Step::MakeDirectory {
                path,
                existing: made,
                deepest: None,
            }
        } else {
            Step::MakeDirectory {
                path,
                existing: directory.existing,
                deepest: Some(directory.deepest),
            }
        });
        previous = path;
    }
}

/// The record for the time in which the links change: it names what is ours now and
/// what will be.
fn intent(
    manifest: &Manifest,
    state: &State<'_>,
    ownership: &Ownership<'_>,
    recorded: &[RecordedLink],
) -> Record {
    let links = manifest.links.iter().zip(&state.links);
    let earlier = links.filter_map(|(link, observed)| {
        let Entry::Link(target) = &observed.entry else {
            return None;
        };
        let target = target.to_str()?;
        let is_earlier =
            target != link.source.as_str() && ownership.recorded.contains(&(observed.spot, target));
        is_earlier.then(|| recorded_link(&link.path, target))
    });
    let links = earlier.chain(recorded.iter().cloned()).collect();
    let found = state.record.record();
    Record::new(found.is_some_and(|found| found.first_run_succeeded), links)
}

fn recorded_link(path: &RelativePath, target: &str) -> RecordedLink {
    RecordedLink {
        path: path.clone(),
        target: target.into(),
    }
}

/// The place of a link, in the directory in which it was observed. If that does not
/// exist, an earlier step makes it.
fn at<'a>(path: &'a RelativePath, observed: &Observed<'_>) -> At<'a> {
    let exists = observed.spot.rest == path.name();
    At {
        path,
        directory: exists.then_some(observed.spot.directory),
    }
}

/// What to do at a link's own name.
fn place_link<'a>(
    manifest: &Manifest,
    link: &'a Link,
    observed: &'a Observed<'_>,
    is_ours: impl Fn(&OsStr) -> bool,
) -> Result<Option<Step<'a>>, Error> {
    let at = at(&link.path, observed);
    let entry = &observed.entry;
    Ok(match entry {
        Entry::Absent => Some(Step::MakeLink { at, link }),
        Entry::Link(_) if entry.is_link_to(link.source.as_str()) => None,
        Entry::Link(target) if is_ours(target) => Some(Step::ReplaceByLink { at, link, entry }),
        Entry::IdenticalFile => Some(Step::ReplaceByLink { at, link, entry }),
        Entry::Link(_) | Entry::Other(_) => {
            // A leftover that has to be kept takes the first number.
            let [first, second] = observed.free_backups;
            let number = if is_kept(&observed.leftover, &is_ours) {
                second
            } else {
                first
            };
            match manifest.on_conflict {
                OnConflict::Backup => Some(Step::BackUp {
                    at,
                    link,
                    entry,
                    number,
                }),
                OnConflict::Fail => return Err(conflict(link, entry, &at, number)),
            }
        }
    })
}

fn conflict(link: &Link, found: &Entry, at: &At<'_>, number: u32) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!(
            "{}: is {}, not our link to {}, and was left as it is: \
             move it away by hand, or set onConflict to \"backup\" to have it moved to {}",
            link.path,
            found.describe(),
            link.source,
            at.backup(number)
        ),
    )
}

/// What to do about something under the private name of `path`.
fn keep_or_remove_leftover<'a>(
    path: &'a RelativePath,
    observed: &'a Observed<'_>,
    link: Option<&'a Link>,
    is_ours: impl Fn(&OsStr) -> bool,
) -> Option<Step<'a>> {
    let at = at(path, observed);
    let leftover = &observed.leftover;
    if *leftover == Entry::Absent {
        None
    } else if is_kept(leftover, is_ours) {
        let [number, _] = observed.free_backups;
        Some(Step::KeepLeftover { at, number })
    } else {
        Some(Step::RemoveLeftover { at, link, leftover })
    }
}

/// What to do about something under the record's private name.
#[must_use]
pub fn keep_or_remove_record_leftover<'a>(
    leftover: Found,
    backups: &TakenBackups,
) -> Option<Step<'a>> {
    match leftover {
        Found::Nothing => None,
        Found::OfKilledRun => Some(Step::RemoveRecordLeftover),
        Found::Unknown => {
            let [number, _] = backups.free(RECORD_STAGING_NAME);
            Some(Step::KeepRecordLeftover { number })
        }
    }
}

/// Whether a leftover is, or may be, something of the user's.
fn is_kept(leftover: &Entry, is_ours: impl Fn(&OsStr) -> bool) -> bool {
    match leftover {
        Entry::Absent | Entry::IdenticalFile => false,
        Entry::Link(target) => !is_ours(target),
        Entry::Other(_) => true,
    }
}

/// Which links are ours: those in the record, and all into the Nix store, since only
/// this program makes those where a manifest wants a link.
struct Ownership<'a> {
    recorded: BTreeSet<(Spot<'a>, &'a str)>,
}

impl<'a> Ownership<'a> {
    fn of(manifest: &'a Manifest, state: &'a State<'a>) -> Self {
        let links = manifest.links.iter().map(|link| &link.path);
        let mut wanted: Vec<_> = links
            .zip(state.links.iter().map(|link| link.spot))
            .collect();
        wanted.sort_unstable();
        let spot = |link: &RecordedLink| {
            let index = wanted.binary_search_by(|(path, _)| (*path).cmp(&link.path));
            index.ok().map(|index| wanted[index].1)
        };
        let mut recorded = BTreeSet::new();
        if let Some(record) = state.record.record() {
            let links = record.links.iter();
            recorded.extend(links.filter_map(|link| Some((spot(link)?, &*link.target))));
        }
        let strays = state.strays.iter();
        recorded.extend(strays.filter_map(|stray| {
            let observed = stray.observed.as_ref()?;
            Some((observed.spot, &*stray.link.target))
        }));
        Self { recorded }
    }

    fn is_ours(&self, spot: Spot<'_>, target: &OsStr) -> bool {
        target.to_str().is_some_and(|target| {
            self.recorded.contains(&(spot, target)) || is_store_path(Path::new(target))
        })
    }
}

/// Whether a path lies below `/nix/store`, as it is spelled.
fn is_store_path(path: &Path) -> bool {
    path.strip_prefix("/nix/store").is_ok_and(|below| {
        let mut components = below.components();
        components.next().is_some() && path.components().all(|part| part != Component::ParentDir)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converge::locate::Directory;
    use crate::home::place::DirectoryId;

    const OLDER: &str = "/etc/older.json";
    const WANTED: &str = "/etc/wanted.json";

    /// A manifest that wants one link, `x`, to [`WANTED`].
    fn manifest(more: &str) -> Manifest {
        let text = format!(
            r#"{{"version": 1, "instance": "a", "home": "/h", "directories": [],
                "links": [{{"path": "x", "source": "{WANTED}"}}]{more}}}"#
        );
        Manifest::parse(text.as_bytes()).expect("a manifest")
    }

    /// A record of these links to `x`.
    fn record(targets: &[&str]) -> Record {
        let path = RelativePath::of_literal("x");
        let links = targets.iter().map(|target| recorded_link(&path, target));
        Record::new(true, links.collect())
    }

    /// A HOME with this at `x`, this at its private name, and a record.
    fn state(entry: Entry, leftover: Entry, record: &RecordState) -> State<'_> {
        let spot = Spot {
            directory: DirectoryId::NOT_YET,
            rest: "x",
        };
        State {
            record,
            directories: Vec::new(),
            links: vec![Observed {
                entry,
                leftover,
                ..Observed::nothing(spot)
            }],
            strays: Vec::new(),
            record_leftover: Found::Nothing,
            record_backups: TakenBackups::default(),
            problems: Vec::new(),
            open_sources: Vec::new(),
        }
    }

    fn link(target: &str) -> Entry {
        Entry::Link(target.into())
    }

    /// Something of the user's at the private name takes the first backup number,
    /// and what is in the link's place the second.
    #[test]
    fn a_leftover_of_the_users_takes_the_first_backup_number() {
        let (manifest, record) = (manifest(""), RecordState::Present(record(&[WANTED])));
        let file = || Entry::Other("a regular file");
        let state = state(file(), file(), &record);
        let plan = plan(&manifest, &state).expect("a plan");
        assert!(
            matches!(
                plan.steps.as_slice(),
                [
                    Step::KeepLeftover { number: 1, .. },
                    Step::BackUp { number: 2, .. }
                ]
            ),
            "{plan:?}"
        );
    }

    /// While a link changes, the record says that the old one and the new one are
    /// ours; then only the new one. An older target that is not there any more is
    /// not kept, so no record names a link three times.
    #[test]
    fn the_record_names_the_earlier_link_only_while_it_changes() {
        let (manifest, found) = (
            manifest(""),
            RecordState::Present(record(&["/gone", OLDER])),
        );
        let state = state(link(OLDER), Entry::Absent, &found);
        let plan = plan(&manifest, &state).expect("a plan");
        assert_eq!(
            plan.steps.first(),
            Some(&Step::WriteRecord(record(&[OLDER, WANTED])))
        );
        assert_eq!(plan.record, Some(record(&[WANTED])));
    }

    /// With the right link in place and known there is nothing to do at all. One
    /// that was there before us is left out of the record.
    #[test]
    fn nothing_is_planned_where_nothing_is_due() {
        let manifest = manifest("");
        for found in [record(&[WANTED]), record(&[])] {
            let found = RecordState::Present(found);
            let state = state(link(WANTED), Entry::Absent, &found);
            let plan = plan(&manifest, &state).expect("a plan");
            assert_eq!((plan.steps.as_slice(), plan.record), ([].as_slice(), None));
        }
    }

    /// With `fail` a conflict is no plan, and only a conflict is none.
    #[test]
    fn fail_is_for_conflicts_only() {
        let manifest = manifest(r#", "onConflict": "fail""#);
        let found = RecordState::Absent;
        let conflict = state(link(OLDER), Entry::Absent, &found);
        let error = plan(&manifest, &conflict).expect_err("a conflict");
        assert_eq!(error.kind, ErrorKind::Conflict);
        for entry in [
            Entry::Absent,
            Entry::IdenticalFile,
            link("/nix/store/0-a/b"),
        ] {
            assert!(plan(&manifest, &state(entry, Entry::Absent, &found)).is_ok());
        }
    }

    /// Each directory is made from where the one before it ends.
    #[test]
    fn directories_that_share_a_way_make_it_once() {
        let found = RecordState::Absent;
        let mut state = state(link(WANTED), Entry::Absent, &found);
        let missing = |path| Directory {
            path,
            deepest: DirectoryId::NOT_YET,
            existing: 0,
        };
        state.directories = ["a/b", "a/b/c", "a/d", "e"].map(missing).to_vec();
        let manifest = manifest("");
        let plan = plan(&manifest, &state).expect("a plan");
        let made = plan.steps.iter().filter_map(|step| match step {
            Step::MakeDirectory { path, existing, .. } => Some(&path[*existing..]),
            _ => None,
        });
        assert_eq!(made.collect::<Vec<_>>(), ["a/b", "/c", "/d", "e"]);
    }
}
