//! Plan: from what the manifest wants and what is on the disk to what has to
//! be done. Pure: no system call, no clock.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path};

use crate::action::Action;
use crate::entry::{Entry, Observed};
use crate::error::{Error, ErrorKind, printable};
use crate::manifest::{Link, Manifest};
use crate::names::{self, backup_name, staging_name};
use crate::observe::State;
use crate::on_conflict::OnConflict;
use crate::paths::RelativePath;
use crate::record::{Leftover, Record, RecordState, RecordedLink};

/// What has to be done to a HOME, in this order.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// What clears the name at which the record is made ready.
    pub record_leftover: Option<Action>,
    /// What makes room: abandoned links and leftovers go, directories come.
    pub groundwork: Vec<Action>,
    /// The record to write then, so that a run which is killed half-way through
    /// the links has told whose they are; `None` when that is known already.
    pub intent: Option<Record>,
    /// The links.
    pub links: Vec<Action>,
    /// The record to write once everything, hooks included, has succeeded;
    /// `None` when it is what was found.
    pub record: Option<Record>,
}

impl Plan {
    /// All that will have changed when everything went well.
    #[must_use]
    pub fn changes(&self) -> Vec<Action> {
        let record = self.record.iter().map(|_| Action::WriteRecord {
            path: names::record_path(),
        });
        let actions = self.record_leftover.iter().chain(&self.groundwork);
        let actions = actions.chain(&self.links).cloned();
        actions.chain(record).collect()
    }
}

/// Decides what has to be done for `manifest` where `state` is on the disk.
///
/// # Errors
/// [`ErrorKind::Conflict`] when something of the user's is in a link's place
/// and the manifest says to fail then.
pub fn plan(manifest: &Manifest, state: &State) -> Result<Plan, Error> {
    let ownership = Ownership::of(state);
    let mut groundwork = Vec::new();
    let mut links = Vec::new();
    let mut recorded = Vec::new();
    // A record of intent names a link twice: where it pointed, where it will.
    let mut tidied = BTreeSet::new();
    for abandoned in &state.abandoned {
        let (path, observed) = (&abandoned.path, &abandoned.observed);
        let is_ours = |target: &OsStr| ownership.is_ours(path, target);
        if tidied.insert(path.as_str()) {
            groundwork.extend(tidy_leftover(path, observed, is_ours));
        }
        if manifest.keeps_other_links {
            recorded.push(recorded_link(path, &abandoned.target));
        } else if abandoned.is_still_ours() {
            groundwork.push(Action::RemoveLink {
                path: path.clone(),
                target: abandoned.target.clone(),
            });
        }
    }
    let missing = state.missing_directories.iter().cloned();
    groundwork.extend(missing.map(|path| Action::CreateDirectory { path }));
    if let RecordState::Broken(_) = state.record {
        let path = names::record_path();
        let backup = path.with_name(&backup_name(path.name(), state.free_record_backup));
        groundwork.push(Action::SetRecordAside { path, backup });
    }
    for (link, observed) in manifest.links.iter().zip(&state.links) {
        let source = link.source.as_str();
        let is_ours = |target: &OsStr| target == source || ownership.is_ours(&link.path, target);
        groundwork.extend(tidy_leftover(&link.path, observed, is_ours));
        let action = place_link(manifest, link, observed, is_ours)?;
        // A link that somebody else made the way we would have is not ours to
        // remove later on.
        if action.is_some() || ownership.is_ours(&link.path, source.as_ref()) {
            recorded.push(recorded_link(&link.path, source));
        }
        links.extend(action);
    }
    let found = state.record.record();
    let intent = (!links.is_empty())
        .then(|| intent(&ownership, found, &recorded))
        .filter(|intent| found != Some(intent));
    let record = Record::new(true, recorded);
    let record = (found != Some(&record)).then_some(record);
    Ok(Plan {
        record_leftover: tidy_record_leftover(state.record_leftover),
        groundwork,
        intent,
        links,
        record,
    })
}

/// What is ours while the links change: what was, and what will be.
fn intent(ownership: &Ownership<'_>, found: Option<&Record>, recorded: &[RecordedLink]) -> Record {
    let mut links = found.map_or_else(Vec::new, |found| found.links.clone());
    let is_new = |link: &&RecordedLink| !ownership.is_recorded(&link.path, &link.target);
    links.extend(recorded.iter().filter(is_new).cloned());
    Record::new(found.is_some_and(|found| found.first_run_succeeded), links)
}

fn recorded_link(path: &RelativePath, target: &str) -> RecordedLink {
    RecordedLink {
        path: path.clone(),
        target: target.to_owned(),
    }
}

/// What to do at a link's own name.
fn place_link(
    manifest: &Manifest,
    link: &Link,
    observed: &Observed,
    is_ours: impl Fn(&OsStr) -> bool,
) -> Result<Option<Action>, Error> {
    let path = link.path.clone();
    let source = link.source.as_str().to_owned();
    Ok(match &observed.entry {
        Entry::Absent => Some(Action::CreateLink { path, source }),
        Entry::Link(target) if *target == *source => None,
        Entry::Link(target) if is_ours(target) => Some(Action::ReplaceLink {
            path,
            source,
            previous: target.to_string_lossy().into_owned(),
        }),
        Entry::IdenticalFile => Some(Action::ReplaceIdenticalFile { path, source }),
        Entry::Link(_) | Entry::Other(_) => {
            // The first number is for a leftover that has to be kept.
            let [first, second] = observed.free_backups;
            let number = if is_kept(&observed.leftover, &is_ours) {
                second
            } else {
                first
            };
            let backup = path.with_name(&backup_name(path.name(), number));
            let found = describe(&observed.entry);
            match manifest.on_conflict {
                OnConflict::Backup => Some(Action::BackUp {
                    path,
                    source,
                    backup,
                    found,
                }),
                OnConflict::Fail => return Err(conflict(&path, &source, &backup, &found)),
            }
        }
    })
}

fn conflict(path: &RelativePath, source: &str, backup: &RelativePath, found: &str) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!(
            "{path}: is {found}, not our link to {source}; nothing was touched: \
             move it away by hand, or set onConflict to \"backup\" to have it moved to {backup}"
        ),
    )
}

fn describe(entry: &Entry) -> String {
    match entry {
        Entry::Absent => "nothing".to_owned(),
        Entry::Link(target) => format!("a symbolic link to {}", printable(target)),
        Entry::IdenticalFile => "a regular file".to_owned(),
        Entry::Other(kind) => (*kind).to_owned(),
    }
}

/// What to do about something under the staging name of `path`, and about the
/// backup name that the same killed run may have made ready.
fn tidy_leftover(
    path: &RelativePath,
    observed: &Observed,
    is_ours: impl Fn(&OsStr) -> bool,
) -> Vec<Action> {
    let leftover = path.with_name(&staging_name(path.name()));
    let numbered = |number| path.with_name(&backup_name(path.name(), number));
    if observed.leftover == Entry::Absent {
        return Vec::new();
    }
    if is_kept(&observed.leftover, is_ours) {
        let [first, _] = observed.free_backups;
        let backup = numbered(first);
        return vec![Action::KeepLeftover {
            path: leftover,
            backup,
        }];
    }
    // The leftover last: as long as it is there, it tells what the other one is.
    let prepared = observed.prepared_backup.map(numbered);
    let paths = prepared.into_iter().chain([leftover]);
    paths.map(|path| Action::RemoveLeftover { path }).collect()
}

/// What to do about something under the record's staging name.
#[must_use]
pub fn tidy_record_leftover(leftover: Leftover) -> Option<Action> {
    let path = names::record_staging_path();
    match leftover {
        Leftover::Nothing => None,
        Leftover::OfKilledRun => Some(Action::RemoveLeftover { path }),
        Leftover::Unknown { free_backup } => {
            let backup = path.with_name(&backup_name(path.name(), free_backup));
            Some(Action::KeepLeftover { path, backup })
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

/// Which links are earlier works of ours: those in the record, and any into
/// the store, since nobody but us makes those where a manifest wants a link.
struct Ownership<'a> {
    recorded: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Ownership<'a> {
    fn of(state: &'a State) -> Self {
        let mut recorded = BTreeSet::new();
        if let Some(record) = state.record.record() {
            let links = record.links.iter();
            recorded.extend(links.map(|link| (link.path.as_str(), link.target.as_str())));
        }
        Self { recorded }
    }

    fn is_ours(&self, path: &RelativePath, target: &OsStr) -> bool {
        target.to_str().is_some_and(|target| {
            self.is_recorded(path, target) || is_store_path(Path::new(target))
        })
    }

    fn is_recorded(&self, path: &RelativePath, target: &str) -> bool {
        self.recorded.contains(&(path.as_str(), target))
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
    use std::collections::BTreeSet;

    use super::*;

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

    /// A HOME with this at `x`, this at its staging name, and a record of these
    /// links to `x`.
    fn state(entry: Entry, leftover: Entry, recorded: &[&str]) -> State {
        let links = recorded.iter().map(|target| recorded_link(&x(), target));
        State {
            record: RecordState::Present(Record::new(true, links.collect())),
            missing_directories: BTreeSet::new(),
            links: vec![Observed {
                entry,
                leftover,
                prepared_backup: None,
                free_backups: [1, 2],
            }],
            abandoned: Vec::new(),
            record_leftover: Leftover::Nothing,
            free_record_backup: 1,
        }
    }

    fn x() -> RelativePath {
        RelativePath::of_literal("x")
    }

    fn link(target: &str) -> Entry {
        Entry::Link(target.into())
    }

    /// Something of the user's at the staging name takes the first backup number,
    /// and what is in the link's place the second.
    #[test]
    fn a_leftover_of_the_users_takes_the_first_backup_number() {
        let file = || Entry::Other("a regular file");
        let plan = plan(&manifest(""), &state(file(), file(), &[])).expect("a plan");
        let backup = |number| RelativePath::new(&format!("x.backup-{number}")).ok();
        assert!(matches!(
            plan.groundwork.as_slice(),
            [Action::KeepLeftover { backup: kept, .. }] if Some(kept.clone()) == backup(1)
        ));
        assert!(matches!(
            plan.links.as_slice(),
            [Action::BackUp { backup: moved, .. }] if Some(moved.clone()) == backup(2)
        ));
    }

    /// While a link changes, the record says that the old one and the new one are
    /// ours; then only the new one.
    #[test]
    fn the_intent_keeps_what_was_ours_and_adds_what_will_be() {
        let state = state(link(OLDER), Entry::Absent, &[OLDER]);
        let plan = plan(&manifest(""), &state).expect("a plan");
        let record = |targets: &[&str]| {
            let links = targets.iter().map(|target| recorded_link(&x(), target));
            Some(Record::new(true, links.collect()))
        };
        assert_eq!(plan.intent, record(&[OLDER, WANTED]));
        assert_eq!(plan.record, record(&[WANTED]));
    }

    /// With the right link in place and known there is nothing to do at all.
    #[test]
    fn nothing_is_planned_where_nothing_is_due() {
        let state = state(link(WANTED), Entry::Absent, &[WANTED]);
        let plan = plan(&manifest(""), &state).expect("a plan");
        assert_eq!(plan.changes(), Vec::new());
        assert_eq!(plan.intent, None);
    }

    /// A link that was there before us is left out of the record, unless it leads
    /// into the store.
    #[test]
    fn a_link_that_was_there_before_us_is_not_recorded() {
        let state = state(link(WANTED), Entry::Absent, &[]);
        let plan = plan(&manifest(""), &state).expect("a plan");
        assert_eq!(plan.changes(), Vec::new());
    }

    /// With `fail` a conflict is no plan, and only a conflict is none.
    #[test]
    fn fail_is_for_conflicts_only() {
        let manifest = manifest(r#", "onConflict": "fail""#);
        let conflict = state(link(OLDER), Entry::Absent, &[]);
        let error = plan(&manifest, &conflict).expect_err("a conflict");
        assert_eq!(error.kind, ErrorKind::Conflict);
        for entry in [
            Entry::Absent,
            Entry::IdenticalFile,
            link("/nix/store/0-a/b"),
        ] {
            assert!(plan(&manifest, &state(entry, Entry::Absent, &[])).is_ok());
        }
    }
}
