//! The vocabulary of changes: what a plan consists of, and how each change is
//! called in text and in JSON.

use serde::Serialize;

use crate::paths::RelativePath;

/// One thing to do to a HOME; what `--dry-run` and `check` list, what `apply`
/// does, and what the JSON report calls a change. All paths are below HOME.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// HOME itself does not exist yet: create it, 0700.
    CreateHome {
        /// The absolute path of HOME.
        path: String,
    },
    /// Nothing is there: create a directory, 0700.
    CreateDirectory {
        /// The directory.
        path: RelativePath,
    },
    /// Nothing is there: create a link.
    CreateLink {
        /// The link.
        path: RelativePath,
        /// Where it will point.
        source: String,
    },
    /// An older link of ours is there: put a new one in its place.
    ReplaceLink {
        /// The link.
        path: RelativePath,
        /// Where it will point.
        source: String,
        /// Where it points now.
        previous: String,
    },
    /// A regular file with the source's very bytes is there: put a link in its place.
    ReplaceIdenticalFile {
        /// The file, and then the link.
        path: RelativePath,
        /// Where it will point.
        source: String,
    },
    /// Something of the user's is there: swap it with a link under the backup name.
    BackUp {
        /// The user's thing, and then the link.
        path: RelativePath,
        /// Where the link will point.
        source: String,
        /// What the user's thing will be called.
        backup: RelativePath,
        /// What the user's thing is, in words.
        found: String,
    },
    /// The record says that a link is ours, and nobody wants it any more.
    RemoveLink {
        /// The link.
        path: RelativePath,
        /// Where it points.
        target: String,
    },
    /// A run that was killed left something of ours under a staging name.
    RemoveLeftover {
        /// The thing.
        path: RelativePath,
    },
    /// Something under a staging name is not known to be ours, so it is the user's.
    KeepLeftover {
        /// The thing.
        path: RelativePath,
        /// What it will be called.
        backup: RelativePath,
    },
    /// What is in the record's place is no record.
    SetRecordAside {
        /// The thing.
        path: RelativePath,
        /// What it will be called.
        backup: RelativePath,
    },
    /// Note what is ours, and whether the first run has succeeded.
    WriteRecord {
        /// The record.
        path: RelativePath,
    },
}

impl Action {
    /// Whether this takes something away so that something else can come.
    #[must_use]
    pub fn clears_the_way(&self) -> bool {
        matches!(
            self,
            Self::RemoveLink { .. } | Self::RemoveLeftover { .. } | Self::KeepLeftover { .. }
        )
    }

    /// What it is about, unless that is HOME itself.
    #[must_use]
    pub fn path_below_home(&self) -> Option<&RelativePath> {
        match self {
            Self::CreateHome { .. } => None,
            Self::CreateDirectory { path }
            | Self::CreateLink { path, .. }
            | Self::ReplaceLink { path, .. }
            | Self::ReplaceIdenticalFile { path, .. }
            | Self::BackUp { path, .. }
            | Self::RemoveLink { path, .. }
            | Self::RemoveLeftover { path }
            | Self::KeepLeftover { path, .. }
            | Self::SetRecordAside { path, .. }
            | Self::WriteRecord { path } => Some(path),
        }
    }

    /// The change in words, as something that has happened.
    #[must_use]
    pub fn done(&self) -> String {
        let (Verb { past, .. }, object) = self.words();
        format!("{past} {object}")
    }

    /// The change in words, to put behind "would" or "cannot".
    #[must_use]
    pub fn infinitive(&self) -> String {
        let (Verb { infinitive, .. }, object) = self.words();
        format!("{infinitive} {object}")
    }

    fn words(&self) -> (Verb, String) {
        match self {
            Self::CreateHome { path } => (CREATE, format!("HOME {path}")),
            Self::CreateDirectory { path } => (CREATE, format!("directory {path}")),
            Self::CreateLink { path, source } => (CREATE, format!("link {path} -> {source}")),
            Self::ReplaceLink {
                path,
                source,
                previous,
            } => (
                REPLACE,
                format!("link {path} -> {source} (before: {previous})"),
            ),
            Self::ReplaceIdenticalFile { path, source } => (
                REPLACE,
                format!("file {path}, identical to its source, by link -> {source}"),
            ),
            Self::BackUp {
                path,
                source,
                backup,
                found,
            } => (
                BACK_UP,
                format!("{path} ({found}) to {backup}, link -> {source} in its place"),
            ),
            Self::RemoveLink { path, target } => (
                REMOVE,
                format!("link {path} -> {target}, no longer in the manifest"),
            ),
            Self::RemoveLeftover { path } => {
                (REMOVE, format!("{path}, left by an interrupted run"))
            }
            Self::KeepLeftover { path, backup } => (
                KEEP,
                format!("{path}, not ours but under a name that is, as {backup}"),
            ),
            Self::SetRecordAside { path, backup } => {
                (SET_ASIDE, format!("broken record {path} as {backup}"))
            }
            Self::WriteRecord { path } => (WRITE, format!("record {path}")),
        }
    }
}

struct Verb {
    infinitive: &'static str,
    past: &'static str,
}

const fn verb(infinitive: &'static str, past: &'static str) -> Verb {
    Verb { infinitive, past }
}

const CREATE: Verb = verb("create", "created");
const REPLACE: Verb = verb("replace", "replaced");
const BACK_UP: Verb = verb("back up", "backed up");
const REMOVE: Verb = verb("remove", "removed");
const KEEP: Verb = verb("keep", "kept");
const SET_ASIDE: Verb = verb("set aside", "set aside");
const WRITE: Verb = verb("write", "wrote");
