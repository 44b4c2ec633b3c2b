//! The changes of a report, as data and as lines for people.

use serde::Serialize;

use crate::report::shown::Shown;

/// One change to a HOME, as it is reported. All paths but HOME's own are below HOME.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Change {
    /// HOME itself did not exist.
    CreateHome {
        /// The absolute path of HOME.
        path: Shown,
    },
    /// A directory did not exist, perhaps with others above it.
    CreateDirectory {
        /// The directory.
        path: Shown,
    },
    /// Nothing was in a link's place.
    CreateLink {
        /// The link.
        path: Shown,
        /// Where it points.
        source: Shown,
    },
    /// An older link of ours was in a link's place.
    ReplaceLink {
        /// The link.
        path: Shown,
        /// Where it points.
        source: Shown,
        /// Where it pointed before.
        previous: Shown,
    },
    /// A regular file with the source's very bytes was in a link's place.
    ReplaceIdenticalFile {
        /// The file, and then the link.
        path: Shown,
        /// Where the link points.
        source: Shown,
    },
    /// Something of the user's was in a link's place.
    BackUp {
        /// The user's thing, and then the link.
        path: Shown,
        /// Where the link points.
        source: Shown,
        /// What the user's thing is called from now on.
        backup: Shown,
        /// A description of what the user has there.
        found: Shown,
    },
    /// A link of ours that the manifest no longer names.
    RemoveLink {
        /// The link.
        path: Shown,
        /// Where it pointed.
        target: Shown,
    },
    /// A run that was killed left something of ours under a private name.
    RemoveLeftover {
        /// The thing.
        path: Shown,
    },
    /// Something under a private name is not known to be ours, so it is the user's.
    KeepLeftover {
        /// The thing.
        path: Shown,
        /// What it is called from now on.
        backup: Shown,
    },
    /// What is in the record's place is no record.
    SetRecordAside {
        /// The thing.
        path: Shown,
        /// What it is called from now on.
        backup: Shown,
    },
    /// The record of what is ours, and of whether the first run has succeeded.
    WriteRecord {
        /// The record.
        path: Shown,
    },
}

impl Change {
    /// The change as something that has happened.
    #[must_use]
    pub fn done(&self) -> String {
        let ((_, past), object) = self.verb_and_object();
        format!("{past} {object}")
    }

    /// The change as it follows "would" or "cannot".
    #[must_use]
    pub fn infinitive(&self) -> String {
        let ((infinitive, _), object) = self.verb_and_object();
        format!("{infinitive} {object}")
    }

    fn verb_and_object(&self) -> ((&'static str, &'static str), String) {
        const CREATE: (&str, &str) = ("create", "created");
        const REPLACE: (&str, &str) = ("replace", "replaced");
        const REMOVE: (&str, &str) = ("remove", "removed");
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
                ("back up", "backed up"),
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
                ("keep", "kept"),
                format!("{path}, a private name of this program, but not its work, as {backup}"),
            ),
            Self::SetRecordAside { path, backup } => (
                ("set aside", "set aside"),
                format!("broken record {path} as {backup}"),
            ),
            Self::WriteRecord { path } => (("write", "wrote"), format!("record {path}")),
        }
    }
}
