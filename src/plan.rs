//! Plan: from what the manifest wants and what is on the disk to what has to
//! be done. Pure: no system call, no clock.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path};

use crate::action::Action;
use crate::error::{Error, ErrorKind, printable};
use crate::manifest::{Link, Manifest};
use crate::names::{self, backup_name, staging_name};
use crate::observe::{Entry, Observed, State};
use crate::on_conflict::OnConflict;
use crate::paths::RelativePath;
use crate::record::{Record, RecordState};

/// What has to be done to a HOME.
#[derive(Debug)]
pub struct Plan {
    /// What to do, in this order; at the end of it everything but the record
    /// is in place.
    pub actions: Vec<Action>,
    /// The record to write once the run has succeeded; `None` when that is
    /// what is on the disk.
    pub record: Option<Record>,
}

impl Plan {
    /// All that will have changed when everything went well.
    #[must_use]
    pub fn changes(&self) -> Vec<Action> {
        let record = self.record.iter().map(|_| Action::WriteRecord {
            path: names::record_path(),
        });
        self.actions.iter().cloned().chain(record).collect()
    }
}

/// Decides what has to be done for `manifest` where `state` is on the disk.
///
/// # Errors
/// [`ErrorKind::Conflict`] when something of the user's is in a link's place
/// and the manifest says to fail then.
pub fn plan(manifest: &Manifest, state: &State) -> Result<Plan, Error> {
    let ownership = Ownership::of(state);
    let mut actions: Vec<Action> = state
        .missing_directories
        .iter()
        .cloned()
        .map(|path| Action::CreateDirectory { path })
        .collect();
    for (link, observed) in manifest.links.iter().zip(&state.links) {
        let is_ours = |target: &OsStr| {
            target == link.source.as_str() || ownership.is_ours(&link.path, target)
        };
        let leftover = tidy_leftover(&link.path, observed, is_ours);
        let [first, second] = observed.free_backups;
        let backup_number = match leftover {
            Some(Action::KeepLeftover { .. }) => second,
            _ => first,
        };
        actions.extend(leftover);
        actions.extend(place_link(
            manifest,
            link,
            observed,
            backup_number,
            is_ours,
        )?);
    }
    for abandoned in &state.abandoned {
        let (path, observed) = (&abandoned.path, &abandoned.observed);
        actions.extend(tidy_leftover(path, observed, |target| {
            ownership.is_ours(path, target)
        }));
        if matches!(&observed.entry, Entry::Link(target) if *target == *abandoned.target) {
            actions.push(Action::RemoveLink {
                path: path.clone(),
                target: abandoned.target.clone(),
            });
        }
    }
    if let RecordState::Broken(_) = state.record {
        let path = names::record_path();
        let backup = path.with_name(&backup_name(path.name(), state.free_record_backup));
        actions.push(Action::SetRecordAside { path, backup });
    }
    let record = Record::of(manifest, true);
    let record = (state.record.record() != Some(&record)).then_some(record);
    Ok(Plan { actions, record })
}

/// What to do at a link's own name.
fn place_link(
    manifest: &Manifest,
    link: &Link,
    observed: &Observed,
    backup_number: u32,
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
            let backup = path.with_name(&backup_name(path.name(), backup_number));
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

/// What to do about something under the staging name of `path`.
fn tidy_leftover(
    path: &RelativePath,
    observed: &Observed,
    is_ours: impl Fn(&OsStr) -> bool,
) -> Option<Action> {
    let leftover = path.with_name(&staging_name(path.name()));
    match &observed.leftover {
        Entry::Absent => None,
        Entry::IdenticalFile => Some(Action::RemoveLeftover { path: leftover }),
        Entry::Link(target) if is_ours(target) => Some(Action::RemoveLeftover { path: leftover }),
        Entry::Link(_) | Entry::Other(_) => {
            let [number, _] = observed.free_backups;
            Some(Action::KeepLeftover {
                path: leftover,
                backup: path.with_name(&backup_name(path.name(), number)),
            })
        }
    }
}

/// Which links are earlier works of ours: those in the record, and any into
/// the store, since nobody but us makes those where a manifest wants a link.
struct Ownership<'a> {
    recorded: BTreeSet<(&'a RelativePath, &'a str)>,
}

impl<'a> Ownership<'a> {
    fn of(state: &'a State) -> Self {
        let mut recorded = BTreeSet::new();
        if let Some(record) = state.record.record() {
            let links = record.links.iter();
            recorded.extend(links.map(|link| (&link.path, link.target.as_str())));
        }
        Self { recorded }
    }

    fn is_ours(&self, path: &RelativePath, target: &OsStr) -> bool {
        target.to_str().is_some_and(|target| {
            self.recorded.contains(&(path, target)) || is_store_path(Path::new(target))
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
