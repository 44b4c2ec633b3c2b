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
/// (systemd-system.conf(5), `DefaultTimeoutStartSec=`), so that the reason is
/// told here.
pub const WAIT_TIMEOUT: u64 = 80;

/// How long `verify` waits for one server, in seconds.
pub const VERIFY_TIMEOUT: u64 = 10;

/// How long `status` and `metrics` spend on one instance, in seconds.
pub const STATUS_TIMEOUT: u64 = 5;

/// The end of every help text.
pub const EXIT_CODES: &str = "\
Exit codes:
  0   the server answers, and runs with what was declared
  1   failed: down, no answer, or not to be asked
  2   usage error: the command line is not understood
  3   the server does not run with what was declared
  6   a manifest is not valid
With several targets it is the worst of theirs; from worst to best: 1 2 6 3 0.";

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
Example, in a unit that the server's own is not stopped before:
  ExecStart=/usr/bin/opencodectl idle --user agent --idle-time 1800 my-project";

const STATUS_EXAMPLE: &str = "\
Examples:
  opencodectl status
      one row for every instance of this host
  opencodectl status my-project --json
      for programs

What is not known is \"-\": of a server that is down, of what only root may see. A size with
\">\" is what was found in the time there was. A server that is down or not healthy does not
make it fail: see `verify` for that.

Exit codes:
  0   what there is to see was told, whatever it is
  1   something could not be looked at: systemd, the journal, an instance
  2   usage error: the command line is not understood
  6   a manifest is not valid";

const METRICS_EXAMPLE: &str = "\
Example, for the textfile collector of Prometheus' node exporter:
  opencodectl metrics --output /var/lib/node-exporter/opencode.prom

Exit codes are those of `status`; what is known is printed in any case.";

const ATTACH_EXAMPLE: &str = "\
Examples:
  opencodectl attach my-project
      as root, or as a member of the group in auth.group
  opencodectl attach my-project --continue
      what follows the name is for the client; see opencode attach --help

Its exit code is that of the client.";

const BACKUP_EXAMPLE: &str = "\
Examples:
  opencodectl backup my-project /srv/backups/my-project.tar
      the server may run meanwhile
  opencodectl backup my-project - | zstd > my-project.tar.zst
      what is told goes to standard error then";

const RESTORE_EXAMPLE: &str = "\
Example:
  systemctl stop opencode-my-project-setup.service
  opencodectl restore my-project /srv/backups/my-project.tar --move-aside
  systemctl start opencode-my-project.service";

/// The exit codes of the commands that ask no server.
const ARCHIVE_EXIT_CODES: &str = "\
Exit codes:
  0   done
  1   failed: there is no archive, or nothing was restored
  2   usage error: the command line is not understood
  5   HOME is not empty, and there is no --move-aside
  6   the manifest is not valid
  75  the setup of this HOME has been at work for too long";

fn with_archive_exit_codes(example: &str) -> String {
    format!("{example}\n\n{ARCHIVE_EXIT_CODES}")
}

fn with_exit_codes(example: &str) -> String {
    format!("{example}\n\n{EXIT_CODES}")
}

/// Ask running opencode servers, and keep what they know
///
/// Compares what a server runs with, its configuration and the rules of its
/// agents, with the configuration that its manifest links into HOME. Nothing but
/// `restore` changes anything. Root acts as the owner of HOME.
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
    /// What a project's file has brought, where the manifest lets it
    /// (server.projectConfig), is a warning; any other difference is an error.
    #[command(after_help = with_exit_codes(WAIT_EXAMPLE))]
    Wait(WaitArguments),
    /// Tell whether servers run with what was declared
    ///
    /// Any difference makes the exit code 3.
    #[command(after_help = with_exit_codes(VERIFY_EXAMPLE))]
    Verify(VerifyArguments),
    /// Tell how instances stand: units, servers, configuration, sizes
    ///
    /// A server is asked directly, and only one that runs: nothing is started, and
    /// nothing that sleeps is kept awake.
    #[command(after_help = STATUS_EXAMPLE)]
    Status(StatusArguments),
    /// Print the same of all instances as metrics for Prometheus
    #[command(after_help = METRICS_EXAMPLE)]
    Metrics(MetricsArguments),
    /// Look at one instance as its user; `status` starts this
    #[command(hide = true)]
    Probe(ProbeArguments),
    /// Look whether a user's process listens; a unit that passes clients on starts this
    #[command(hide = true)]
    Listener(ListenerArguments),
    /// Print the password of a server, for root and who may attach
    ///
    /// It is read from a file that the manifest names: server.clientPasswordFile, or
    /// server.passwordFile, which may be there only as long as the unit of the server
    /// runs.
    Password(PasswordArguments),
    /// Wait until nothing has happened at a server for some time, for units
    ///
    /// It ends when no session is at work, no terminal is open and no client is
    /// connected, and the first two have been so for the idle time. It asks the
    /// server itself, at the address in the manifest. A server that listens and does
    /// not answer, or refuses the password, counts as one at work: the journal has
    /// the reason.
    #[command(after_help = with_exit_codes(IDLE_EXAMPLE))]
    Idle(IdleArguments),
    /// Open the terminal client of a server
    ///
    /// Root and who can read server.clientPasswordFile can. The client gets the password
    /// in its environment, an empty HOME of its own, and reads no configuration of a
    /// project. For root it runs in a unit of its own, as a user that exists only
    /// meanwhile, on a terminal of its own, and reaches this machine alone.
    #[command(after_help = ATTACH_EXAMPLE)]
    Attach(AttachArguments),
    /// Write the state of an instance to an archive
    ///
    /// The server may run or not. Caches, logs, locks and links out of HOME stay out; what
    /// else is left out is told, a line each. FILE must not exist, and is for its owner
    /// alone: logins are in it.
    #[command(after_help = with_archive_exit_codes(BACKUP_EXAMPLE))]
    Backup(BackupArguments),
    /// Put the state in an archive into a HOME whose server does not run
    ///
    /// Nothing changes unless all of the archive is good, and nothing that was there is
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
    /// Take the password from `OPENCODE_SERVER_PASSWORD` where the manifest names no file, as a
    /// unit does that has it in an environment file
    #[arg(long)]
    pub password_from_environment: bool,
    /// The process of the server, `$MAINPID` in a unit: give up when it has ended, and wait while
    /// a process of somebody else has its port
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
    /// The user that the server runs as: nobody else is asked
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// For how long nothing must have happened
    #[arg(long, value_name = "SECONDS")]
    pub idle_time: u64,
    /// A file or directory that is there as long as clients are connected
    #[arg(long, value_name = "PATH")]
    pub clients: Option<PathBuf>,
    /// A file with the password of the server; the one that the manifest names is for root
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
    /// Keep what is in HOME in a directory there (`.before-restore-<n>`), instead of refusing
    #[arg(long)]
    pub move_aside: bool,
    /// The instance that the archive is of, if it is another one: logins are in it, and the agents
    /// of this instance will have them
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
    /// Print one JSON document per target, a line each; docs/reference/json.md has its fields
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `status`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct StatusArguments {
    /// Names of instances, or manifests: files (with a "/" or ending in ".json"); all in the
    /// manifest directory without one
    #[arg(value_name = "NAME")]
    pub targets: Vec<OsString>,
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// How long to spend on each instance
    #[arg(long, value_name = "SECONDS", default_value_t = STATUS_TIMEOUT)]
    pub timeout: u64,
    /// Print one JSON document per instance, a line each
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
