//! The steps of a plan.

use crate::home::entry::Entry;
use crate::home::place::DirectoryId;
use crate::home::record::Record;
use crate::manifest::Link;
use crate::manifest::names::{
    RECORD_DIRECTORY, RECORD_NAME, RECORD_PATH, RECORD_STAGING_NAME, backup_name, staging_name,
};
use crate::manifest::path::{RelativePath, join};
use crate::report::change::Change;
use crate::report::shown::Shown;

/// Where a step is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At<'a> {
    /// The link that it is about.
    pub path: &'a RelativePath,
    /// The directory in which the link was observed; `None` if an earlier step makes it.
    pub directory: Option<DirectoryId>,
}

/// One thing to do to a HOME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Remove what a killed run left at the record's private name.
    RemoveRecordLeftover,
    /// Keep what is at the record's private name and not known to be ours.
    KeepRecordLeftover {
        /// The number of its backup name.
        number: u32,
    },
    /// Keep what is in the record's place and no record.
    SetRecordAside {
        /// The number of its backup name.
        number: u32,
    },
    /// Write the record.
    WriteRecord(Record),
    /// Make a directory, and those on the way to it that do not exist.
    MakeDirectory {
        /// The directory.
        path: &'a str,
        /// How many bytes of the path exist before this step.
        existing: usize,
        /// The directory that they lead to; `None` if an earlier step makes it.
        deepest: Option<DirectoryId>,
    },
    /// Remove what a killed run left at a link's private name.
    RemoveLeftover {
        /// The link.
        at: At<'a>,
        /// The link that the manifest wants there, if it wants one.
        link: Option<&'a Link>,
        /// What is at the private name.
        leftover: &'a Entry,
    },
    /// Keep what is at a link's private name and not known to be ours.
    KeepLeftover {
        /// The link.
        at: At<'a>,
        /// The number of its backup name.
        number: u32,
    },
    /// Remove a link of ours that nobody wants any more.
    RemoveLink {
        /// The link.
        at: At<'a>,
        /// Where it points.
        target: &'a str,
    },
    /// Make a link where nothing is.
    MakeLink {
        /// The link.
        at: At<'a>,
        /// The link, as it is wanted.
        link: &'a Link,
    },
    /// Put a link in the place of something of ours, or of an identical file.
    ReplaceByLink {
        /// The link.
        at: At<'a>,
        /// The link, as it is wanted.
        link: &'a Link,
        /// What is there.
        entry: &'a Entry,
    },
    /// Put a link in the place of something of the user's, and keep that.
    BackUp {
        /// The link.
        at: At<'a>,
        /// The link, as it is wanted.
        link: &'a Link,
        /// What is there.
        entry: &'a Entry,
        /// The number of its backup name.
        number: u32,
    },
}

impl Step<'_> {
    /// The step as a change in a report.
    #[must_use]
    pub fn change(&self) -> Change {
        match self {
            Self::RemoveRecordLeftover => Change::RemoveLeftover {
                path: beside_record(RECORD_STAGING_NAME),
            },
            Self::KeepRecordLeftover { number } => Change::KeepLeftover {
                path: beside_record(RECORD_STAGING_NAME),
                backup: beside_record(&backup_name(RECORD_STAGING_NAME, *number)),
            },
            Self::SetRecordAside { number } => Change::SetRecordAside {
                path: RECORD_PATH.into(),
                backup: beside_record(&backup_name(RECORD_NAME, *number)),
            },
            Self::WriteRecord(_) => Change::WriteRecord {
                path: RECORD_PATH.into(),
            },
            Self::MakeDirectory { path, .. } => Change::CreateDirectory {
                path: (*path).into(),
            },
            Self::RemoveLeftover { at, .. } => Change::RemoveLeftover {
                path: at.beside(&staging_name(at.path.name())),
            },
            Self::KeepLeftover { at, number } => Change::KeepLeftover {
                path: at.beside(&staging_name(at.path.name())),
                backup: at.backup(*number),
            },
            Self::RemoveLink { at, target } => Change::RemoveLink {
                path: at.shown(),
                target: (*target).into(),
            },
            Self::MakeLink { at, link } => Change::CreateLink {
                path: at.shown(),
                source: link.source.as_str().into(),
            },
            Self::ReplaceByLink { at, link, entry } => {
                let (path, source) = (at.shown(), link.source.as_str().into());
                match entry {
                    Entry::Link(previous) => Change::ReplaceLink {
                        path,
                        source,
                        previous: Shown::new(previous),
                    },
                    _ => Change::ReplaceIdenticalFile { path, source },
                }
            }
            Self::BackUp {
                at,
                link,
                entry,
                number,
            } => Change::BackUp {
                path: at.shown(),
                source: link.source.as_str().into(),
                backup: at.backup(*number),
                found: entry.describe(),
            },
        }
    }

    /// Whether this step removes or renames something in whose place or directory a
    /// later step may put something.
    #[must_use]
    pub fn makes_room(&self) -> bool {
        matches!(
            self,
            Self::RemoveLink { .. }
                | Self::RemoveLeftover { .. }
                | Self::KeepLeftover { .. }
                | Self::RemoveRecordLeftover
                | Self::KeepRecordLeftover { .. }
        )
    }
}

impl At<'_> {
    fn shown(&self) -> Shown {
        self.path.as_str().into()
    }

    fn beside(&self, name: &str) -> Shown {
        join(self.path.parent(), name).into()
    }

    /// The backup name of the link's place.
    #[must_use]
    pub fn backup(&self, number: u32) -> Shown {
        self.beside(&backup_name(self.path.name(), number))
    }
}

fn beside_record(name: &str) -> Shown {
    join(RECORD_DIRECTORY, name).into()
}
