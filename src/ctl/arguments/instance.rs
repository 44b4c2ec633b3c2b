//! What many commands take: one instance, and a time.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, value_parser};

use crate::cli::arguments::MANIFEST_DIRECTORY;

/// The instance that a command is about.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct InstanceArguments {
    /// A manifest: a file (with a "/" or ending in ".json") or the name of an instance
    #[arg(value_name = "TARGET")]
    pub target: OsString,
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
}

/// Takes a number of seconds, at most those of a year. A time far beyond that cannot be
/// added to an [`std::time::Instant`].
pub(super) fn seconds() -> RangedU64ValueParser {
    const YEAR: u64 = 365 * 24 * 60 * 60;
    value_parser!(u64).range(..=YEAR)
}
