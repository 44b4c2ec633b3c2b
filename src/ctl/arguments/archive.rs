//! The arguments of `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use crate::ctl::arguments::instance::InstanceArguments;

/// The arguments of `backup`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct BackupArguments {
    /// The instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// The archive, which must not exist; "-" is standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Read HOME in this process, and write to standard output; `backup` starts this
    #[arg(long, hide = true)]
    pub read_home: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `restore`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct RestoreArguments {
    /// The instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// The archive; "-" is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// If HOME is not empty, move what is in it to a directory there (`.before-restore-<n>`)
    #[arg(long)]
    pub move_aside: bool,
    /// Accept an archive of the instance NAME; the agents of this instance can then use the logins
    /// in it
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}
