//! The command line of `opencodectl`, as clap sees it. `--help`, the manual page
//! and the shells' completions all come from here: the build script takes this
//! folder in as well, so it may use nothing of the crate but the other command
//! line.

pub mod archive;
pub mod help;
pub mod instance;
pub mod server;
pub mod status;

use clap::{Parser, Subcommand};

use crate::cli::arguments::Shell;
use crate::ctl::arguments::archive::{BackupArguments, RestoreArguments};
use crate::ctl::arguments::help::{
    ATTACH_EXAMPLE, BACKUP_EXAMPLE, EXIT_CODES, IDLE_EXAMPLE, METRICS_EXAMPLE, RESTORE_EXAMPLE,
    STATUS_EXAMPLE, VERIFY_EXAMPLE, WAIT_EXAMPLE, with_archive_exit_codes, with_exit_codes,
};
use crate::ctl::arguments::instance::InstanceArguments;
use crate::ctl::arguments::server::{
    AttachArguments, IdleArguments, ListenerArguments, VerifyArguments, WaitArguments,
};
use crate::ctl::arguments::status::{MetricsArguments, ProbeArguments, StatusArguments};

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
    Password(InstanceArguments),
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
