//! The command line of `opencodectl`, as clap sees it. `--help`, the manual page
//! and the shells' completions all come from here: the build script takes this
//! file in as well, so it may use nothing of the crate but the other command
//! line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::cli::arguments::{MANIFEST_DIRECTORY, Shell};

/// How long `wait` waits, in seconds: less than the 90 that systemd gives a start
/// (systemd-system.conf(5), `DefaultTimeoutStartSec=`), so that `wait` prints the
/// reason before systemd stops it.
pub const WAIT_TIMEOUT: u64 = 80;

/// How long `verify` waits for one server, in seconds.
pub const VERIFY_TIMEOUT: u64 = 10;

/// How long `status` and `metrics` spend on one instance, in seconds.
pub const STATUS_TIMEOUT: u64 = 5;

/// The end of every help text.
pub const EXIT_CODES: &str = "\
Exit codes:
  0   the server answers, and runs with what was declared
  1   failed: the server is down, gives no answer, or cannot be asked
  2   usage error: the command line is not understood
  3   the server does not run with what was declared
  6   a manifest is not valid
With several targets, the worst of their codes. From worst to best: 1 2 6 3 0.";

const WAIT_EXAMPLE: &str = "\
Example, in a unit:
  ExecStartPost=/usr/bin/opencodectl wait my-project
      active then means that the server is usable, and as declared";

const VERIFY_EXAMPLE: &str = "\
Examples:
  opencodectl verify --all
      one row for every instance of this host
  opencodectl verify my-project --json
      for a monitoring system";

const IDLE_EXAMPLE: &str = "\
Example, in a unit that ends when the server may be stopped:
  ExecStart=/usr/bin/opencodectl idle --user agent --idle-time 1800 my-project";

const STATUS_EXAMPLE: &str = "\
Examples:
  opencodectl status
      one row for every instance of this host
  opencodectl status my-project --json
      for programs

\"-\" means not known: the server is down, or only root may see it. A size with \">\" is
a lower bound: the time ran out, or something could not be read. A server that is down or not
healthy does not change the exit code; use `verify` for that.

Exit codes:
  0   done, whatever the state of the instances
  1   systemd, the journal or an instance could not be examined
  2   usage error: the command line is not understood
  6   a manifest is not valid";

const METRICS_EXAMPLE: &str = "\
Example, for the textfile collector of Prometheus' node exporter:
  opencodectl metrics --output /var/lib/node-exporter/opencode.prom

Exit codes are those of `status`. What is known is printed even when the exit code is not 0.";

const ATTACH_EXAMPLE: &str = "\
Examples:
  opencodectl attach my-project
      as root, or as a member of the group in auth.group
  opencodectl attach my-project --continue
      passes --continue to the client; see opencode attach --help

Its exit code is that of the client.";

const BACKUP_EXAMPLE: &str = "\
Examples:
  opencodectl backup my-project /srv/backups/my-project.tar
      the server may run meanwhile
  opencodectl backup my-project - | zstd > my-project.tar.zst
      the archive goes to standard output, and messages to standard error";

const RESTORE_EXAMPLE: &str = "\
Example:
  systemctl stop opencode-my-project-setup.service
  opencodectl restore my-project /srv/backups/my-project.tar --move-aside
  systemctl start opencode-my-project.service";

/// The exit codes of the commands that ask no server.
const ARCHIVE_EXIT_CODES: &str = "\
Exit codes:
  0   done
  1   failed: no archive was made, or nothing was restored
  2   usage error: the command line is not understood
  5   HOME is not empty, and --move-aside is not given
  6   the manifest is not valid
  75  the setup of this HOME has held its lock for too long";

fn with_archive_exit_codes(example: &str) -> String {
    format!("{example}\n\n{ARCHIVE_EXIT_CODES}")
}

fn with_exit_codes(example: &str) -> String {
    format!("{example}\n\n{EXIT_CODES}")
}

/// Query running opencode servers, and back up and restore their state
///
/// Compares what a server runs with, its configuration and the rules of its
/// agents, with the configuration that its manifest links into HOME. Only
/// `restore` changes the state of an instance. Root acts as the owner of HOME.
#[derive(Debug, PartialEq, Eq, Parser)]
#[command(name = "opencodectl", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Wait until a server is usable and runs with what was declared
    ///
    /// A difference that comes from a file of the project is a warning if the manifest
    /// allows it (server.projectConfig). Any other difference is an error.
    #[command(after_help = with_exit_codes(WAIT_EXAMPLE))]
    Wait(WaitArguments),
    /// Check whether servers run with what was declared
    ///
    /// Any difference makes the exit code 3.
    #[command(after_help = with_exit_codes(VERIFY_EXAMPLE))]
    Verify(VerifyArguments),
    /// Show the state of instances: units, servers, configuration, sizes
    ///
    /// Only servers that run are asked, and without their socket units. So no server
    /// is started, and none is kept from stopping when idle.
    #[command(after_help = STATUS_EXAMPLE)]
    Status(StatusArguments),
    /// Print the state of all instances as metrics for Prometheus
    #[command(after_help = METRICS_EXAMPLE)]
    Metrics(MetricsArguments),
    /// Examine one instance as its user; `status` starts this
    #[command(hide = true)]
    Probe(ProbeArguments),
    /// Look whether a user's process listens; a unit that passes clients on starts this
    #[command(hide = true)]
    Listener(ListenerArguments),
    /// Print the password of a server, for root and for users who may attach
    ///
    /// It is read from a file that the manifest names: server.clientPasswordFile, or
    /// server.passwordFile. The latter may exist only while the unit of the server runs.
    Password(PasswordArguments),
    /// Wait until a server has been idle for some time; for units
    ///
    /// It ends when no session has been at work and no terminal open for the idle
    /// time, and no client is connected. It asks the server at the address in the
    /// manifest. A server that listens but does not answer, or refuses the password,
    /// counts as busy; the reason is printed.
    #[command(after_help = with_exit_codes(IDLE_EXAMPLE))]
    Idle(IdleArguments),
    /// Open the terminal client of a server
    ///
    /// For root, and for users who can read server.clientPasswordFile. The client gets
    /// the password in its environment and an empty HOME, and reads no configuration of
    /// a project. Root's client runs in a transient unit: as a dynamic user, on a new
    /// terminal, and with access to the network of this machine only.
    #[command(after_help = ATTACH_EXAMPLE)]
    Attach(AttachArguments),
    /// Write the state of an instance to an archive
    ///
    /// The server may run meanwhile. Caches, logs, locks and links out of HOME are not
    /// archived. Anything else that is left out gets a line in the output. FILE must not
    /// exist. It holds logins, so only its owner can read it.
    #[command(after_help = with_archive_exit_codes(BACKUP_EXAMPLE))]
    Backup(BackupArguments),
    /// Restore the state of an instance from an archive, while its server is stopped
    ///
    /// Nothing changes unless the whole archive is valid. Nothing that is in HOME is
    /// removed.
    #[command(after_help = with_archive_exit_codes(RESTORE_EXAMPLE))]
    Restore(RestoreArguments),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// The arguments of `wait`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct WaitArguments {
    /// A manifest: a file (with a "/" or ending in ".json") or the name of an instance
    #[arg(value_name = "TARGET")]
    pub target: OsString,
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// How long to wait
    #[arg(long, value_name = "SECONDS", default_value_t = WAIT_TIMEOUT)]
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

/// The arguments of `idle`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct IdleArguments {
    /// A manifest: a file (with a "/" or ending in ".json") or the name of an instance
    #[arg(value_name = "TARGET")]
    pub target: OsString,
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// The user that the server runs as; a process of another user is not asked
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// How long the server must have been idle
    #[arg(long, value_name = "SECONDS")]
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

/// The arguments of `password`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct PasswordArguments {
    /// A manifest: a file (with a "/" or ending in ".json") or the name of an instance
    #[arg(value_name = "TARGET")]
    pub target: OsString,
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
}

/// The arguments of `attach`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct AttachArguments {
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// A manifest: a file (with a "/" or ending in ".json") or the name of an instance
    #[arg(value_name = "TARGET")]
    pub target: OsString,
    /// Arguments of the client
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub client: Vec<OsString>,
}

/// The arguments of `backup`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct BackupArguments {
    /// A manifest: a file (with a "/" or ending in ".json") or the name of an instance
    #[arg(value_name = "TARGET")]
    pub target: OsString,
    /// The archive, which must not exist; "-" is standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `restore`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct RestoreArguments {
    /// A manifest: a file (with a "/" or ending in ".json") or the name of an instance
    #[arg(value_name = "TARGET")]
    pub target: OsString,
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
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
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
    #[arg(long, value_name = "SECONDS", default_value_t = VERIFY_TIMEOUT)]
    pub timeout: u64,
    /// Print one JSON document per target, each on a line; docs/reference/json.md has its fields
    #[arg(long)]
    pub json: bool,
}

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
    #[arg(long, value_name = "SECONDS", default_value_t = STATUS_TIMEOUT)]
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
    #[arg(long, value_name = "SECONDS", default_value_t = STATUS_TIMEOUT)]
    pub timeout: u64,
    /// Replace this file instead of printing; its name ends in ".prom" for the node exporter
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
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

/// The arguments of the child that `status` and `metrics` start for each instance.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct ProbeArguments {
    /// The manifest, or the name of the instance
    pub target: OsString,
    /// Where the manifests of named instances are
    #[arg(long, default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// How long to take, in seconds
    #[arg(long, default_value_t = STATUS_TIMEOUT)]
    pub timeout: u64,
    /// The main process of the server's unit; without it, the server is not asked
    #[arg(long)]
    pub process: Option<NonZeroU32>,
}
