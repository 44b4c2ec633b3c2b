//! What many commands take: one instance.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

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
