//! A HOME in an archive: what goes into it, in which shape, and how it comes back.
//!
//! An archive is a tar archive (tar(5), with GNU's long names) of
//!
//! 1. [`HEAD`], a JSON document that says what this is, first;
//! 2. [`TREE`] and what is below it: the HOME. Directories come before what is in
//!    them. Databases come before all other files, so that every snapshot to which a
//!    session in them refers is in the archive;
//! 3. [`END`], a JSON document with the number of members before it, last. An
//!    archive without it was cut off.
//!
//! [`mod@write`] makes one and [`extract`] unpacks one. Each acts as the owner of HOME
//! and can reach no other directory ([`crate::home::open::Home::open_alone`]).
//!
//! `SQLite` and the tar format are libraries here, and not programs that are started:
//! a process that was root and became another user cannot be traced by that user's
//! other processes, the agents of the instance, until it executes a program
//! (`PR_SET_DUMPABLE` in prctl(2), ptrace(2)).

pub mod content;
pub mod database;
pub mod exchange;
pub mod extract;
pub mod member;
pub mod write;

use std::ffi::OsStr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::report::shown::Shown;

/// The version of the archive's shape.
pub const VERSION: u64 = 1;

/// The name of the first member.
pub const HEAD: &str = "opencode-backup.json";
/// The directory in an archive that holds HOME.
pub const TREE: &str = "home";
/// The name of the last member.
pub const END: &str = "opencode-backup-end.json";

/// The prefix of the directories in HOME in which [`extract`] keeps what it moves aside.
/// They are not part of a backup.
pub const ASIDE: &str = ".before-restore-";
/// The prefix of the directories in HOME into which [`extract`] unpacks. They are not
/// part of a backup.
pub const STAGING: &str = ".restore-part-";

/// Where opencode's databases are. The channel of a build is part of their name
/// (`opencode-stable.db`).
pub const DATABASE_DIRECTORY: &str = ".local/share/opencode";

/// Paths below HOME that no backup has: what programs make again when they need it, and
/// what belongs to running processes.
const LEFT_OUT: [&str; 6] = [
    // Models, npm plugins, language servers and ripgrep: fetched again.
    ".cache",
    ".npm",
    // What opencode installs for plugins and tools, from the package.json beside it.
    ".config/opencode/node_modules",
    ".opencode/node_modules",
    // Not part of any session.
    ".local/share/opencode/log",
    // Locks of processes.
    ".local/state/opencode/locks",
];

/// Whether what is at `path` below HOME is no part of a backup.
#[must_use]
pub fn is_left_out(path: &OsStr) -> bool {
    let Some(path) = path.to_str() else {
        return false;
    };
    LEFT_OUT.contains(&path) || is_of_restore(path)
}

/// Whether a name in HOME is one that [`extract`] has made.
#[must_use]
pub fn is_of_restore(name: &str) -> bool {
    !name.contains('/') && (name.starts_with(ASIDE) || name.starts_with(STAGING))
}

/// Whether a file in [`DATABASE_DIRECTORY`] is a database.
#[must_use]
pub fn is_database(name: &str) -> bool {
    name.strip_suffix(".db")
        .is_some_and(|stem| stem.starts_with("opencode"))
}

/// Whether a file at `path` below HOME is a database.
#[must_use]
pub fn is_database_at(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    path.parent() == Some(Path::new(DATABASE_DIRECTORY)) && name.is_some_and(is_database)
}

/// The suffixes of the files that `SQLite` keeps beside a database: its log, the index of
/// its log, and its journal (sqlite.org/tempfiles.html).
pub const PARTS_OF_DATABASE: [&str; 3] = [LOG_OF_DATABASE, "-shm", "-journal"];

/// The suffix of the log of a database.
pub const LOG_OF_DATABASE: &str = "-wal";

/// Whether a file in [`DATABASE_DIRECTORY`] is part of a database beside it: its
/// content is in what [`database`] reads.
#[must_use]
pub fn is_part_of_database(name: &str) -> bool {
    PARTS_OF_DATABASE
        .iter()
        .any(|end| name.strip_suffix(end).is_some_and(is_database))
}

/// The document [`HEAD`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// [`VERSION`].
    pub version: u64,
    /// The instance whose HOME it was.
    pub instance: Shown,
    /// The program that made it.
    pub made_by: Shown,
}

/// The document [`END`].
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct End {
    /// How many members there are in [`TREE`], itself counted.
    pub members: u64,
}

/// Something that did not go into an archive although it might be missed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Omission {
    /// Where, below HOME.
    pub path: Shown,
    /// Why.
    pub why: Shown,
}

/// What was archived or restored.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Files, directories and links.
    pub members: u64,
    /// How many of the files are databases of opencode.
    pub databases: u64,
    /// The bytes of the files.
    pub bytes: u64,
    /// What was left out, the first [`MOST_OMISSIONS`] of it.
    pub left_out: Vec<Omission>,
    /// How many things were left out.
    pub left_out_count: u64,
}

/// How many omissions are listed one by one.
pub const MOST_OMISSIONS: usize = 100;

impl Summary {
    /// Notes what is left out, and why.
    pub fn leave_out(&mut self, path: impl AsRef<OsStr>, why: impl Into<Shown>) {
        self.left_out_count += 1;
        if self.left_out.len() < MOST_OMISSIONS {
            let path = Shown::new(path);
            let why = why.into();
            self.left_out.push(Omission { path, why });
        }
    }
}
