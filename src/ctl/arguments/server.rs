//! The arguments of the commands that are about a server.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::MANIFEST_DIRECTORY;
use crate::ctl::arguments::instance::{InstanceArguments, seconds};

/// How long `wait` waits, in seconds: less than the 90 that systemd gives a start
/// (systemd-system.conf(5), `DefaultTimeoutStartSec=`), so that `wait` prints the
/// reason before systemd stops it.
pub const WAIT_TIMEOUT: u64 = 80;

/// How long `verify` waits for one server, in seconds.
pub const VERIFY_TIMEOUT: u64 = 10;

/// The arguments of `wait`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct WaitArguments {
    /// The instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// How long to wait
    #[arg(long, value_name = "SECONDS", default_value_t = WAIT_TIMEOUT, value_parser = seconds())]
    pub timeout: u64,
    /// Take the password from `OPENCODE_SERVER_PASSWORD` if the manifest names no file; for a
    /// unit with an environment file
    #[arg(long)]
    pub password_from_environment: bool,
    /// The process of the server, `$MAINPID` in a unit: give up when it has ended, and wait while
    /// a process of another user listens on its port
    #[arg(long, value_name = "PID")]
    pub process: Option<NonZeroU32>,
}

/// The arguments of `verify`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct VerifyArguments {
    /// Manifests: files (with a "/" or ending in ".json") or names of instances
    #[arg(value_name = "TARGET", required_unless_present = "all")]
    pub targets: Vec<OsString>,
    /// Take every manifest in the manifest directory
    #[arg(long, conflicts_with = "targets")]
    pub all: bool,
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// How long to wait for each server
    #[arg(long, value_name = "SECONDS", default_value_t = VERIFY_TIMEOUT, value_parser = seconds())]
    pub timeout: u64,
    /// Print one JSON document per target, each on a line; docs/reference/json.md has its fields
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `idle`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct IdleArguments {
    /// The instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// The user that the server runs as; a process of another user is not asked
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// How long the server must have been idle
    #[arg(long, value_name = "SECONDS", value_parser = seconds())]
    pub idle_time: u64,
    /// A file or directory that exists as long as clients are connected
    #[arg(long, value_name = "PATH")]
    pub clients: Option<PathBuf>,
    /// A file with the password of the server; the one that the manifest names is not read
    #[arg(
        long,
        value_name = "PATH",
        conflicts_with = "password_from_environment"
    )]
    pub password_file: Option<String>,
    /// Take the password from `OPENCODE_SERVER_PASSWORD`
    #[arg(long)]
    pub password_from_environment: bool,
}

/// The arguments of `listener`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct ListenerArguments {
    /// The user that the server runs as
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// The address and the port
    pub address: SocketAddr,
}

/// The arguments of `attach`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct AttachArguments {
    /// The instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// Arguments of the client
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub client: Vec<OsString>,
}
