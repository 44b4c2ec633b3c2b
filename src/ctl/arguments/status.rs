//! The arguments of `status` and `metrics`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::MANIFEST_DIRECTORY;
use crate::ctl::arguments::instance::{InstanceArguments, seconds};

/// How long `status` and `metrics` spend on one instance, in seconds.
pub const STATUS_TIMEOUT: u64 = 5;

/// The arguments of `status`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct StatusArguments {
    /// Names of instances, or manifests: files (with a "/" or ending in ".json"); without one,
    /// all in the manifest directory
    #[arg(value_name = "NAME")]
    pub targets: Vec<OsString>,
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// How long to spend on each instance
    #[arg(long, value_name = "SECONDS", default_value_t = STATUS_TIMEOUT, value_parser = seconds())]
    pub timeout: u64,
    /// Print one JSON document per instance, each on a line
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `metrics`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct MetricsArguments {
    /// Where the manifests of the instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// How long to spend on each instance
    #[arg(long, value_name = "SECONDS", default_value_t = STATUS_TIMEOUT, value_parser = seconds())]
    pub timeout: u64,
    /// Replace this file instead of printing; its name ends in ".prom" for the node exporter
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The arguments of the child that `status` and `metrics` start for each instance.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct ProbeArguments {
    /// The instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// How long to take, in seconds
    #[arg(long, default_value_t = STATUS_TIMEOUT, value_parser = seconds())]
    pub timeout: u64,
    /// The main process of the server's unit; without it, the server is not asked
    #[arg(long)]
    pub process: Option<NonZeroU32>,
}
