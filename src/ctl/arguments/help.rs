//! What `--help` says beside the commands and their options: examples and exit codes.

/// The end of every help text.
pub const EXIT_CODES: &str = "\
Exit codes:
  0   the server answers, and runs with what was declared
  1   failed: the server is down, gives no answer, or cannot be asked
  2   usage error: the command line is not understood
  3   the server does not run with what was declared
  6   a manifest is not valid
With several targets, the worst of their codes. From worst to best: 1 2 6 3 0.";

pub(super) const WAIT_EXAMPLE: &str = "\
Example, in a unit:
  ExecStartPost=/usr/bin/opencodectl wait my-project
      active then means that the server is usable, and as declared";

pub(super) const VERIFY_EXAMPLE: &str = "\
Examples:
  opencodectl verify --all
      one row for every instance of this host
  opencodectl verify my-project --json
      for a monitoring system";

pub(super) const IDLE_EXAMPLE: &str = "\
Example, in a unit that ends when the server may be stopped:
  ExecStart=/usr/bin/opencodectl idle --user agent --idle-time 1800 my-project";

pub(super) const STATUS_EXAMPLE: &str = "\
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

pub(super) const METRICS_EXAMPLE: &str = "\
Example, for the textfile collector of Prometheus' node exporter:
  opencodectl metrics --output /var/lib/node-exporter/opencode.prom

Exit codes are those of `status`. What is known is printed even when the exit code is not 0.";

pub(super) const ATTACH_EXAMPLE: &str = "\
Examples:
  opencodectl attach my-project
      as root, or as a member of the group in auth.group
  opencodectl attach my-project --continue
      passes --continue to the client; see opencode attach --help

Its exit code is that of the client.";

pub(super) const BACKUP_EXAMPLE: &str = "\
Examples:
  opencodectl backup my-project /srv/backups/my-project.tar
      the server may run meanwhile
  opencodectl backup my-project - | zstd > my-project.tar.zst
      the archive goes to standard output, and messages to standard error";

pub(super) const RESTORE_EXAMPLE: &str = "\
Example:
  systemctl stop opencode-my-project-setup.service
  opencodectl restore my-project /srv/backups/my-project.tar --move-aside
  systemctl start opencode-my-project.service";

/// The exit codes of the commands that ask no server.
pub(super) const ARCHIVE_EXIT_CODES: &str = "\
Exit codes:
  0   done
  1   failed: no archive was made, or nothing was restored
  2   usage error: the command line is not understood
  5   HOME is not empty, and --move-aside is not given
  6   the manifest is not valid
  75  the setup of this HOME has held its lock for too long
  128+N  ended by signal N (SIGHUP, SIGINT, SIGTERM)";

pub(super) fn with_archive_exit_codes(example: &str) -> String {
    format!("{example}\n\n{ARCHIVE_EXIT_CODES}")
}

pub(super) fn with_exit_codes(example: &str) -> String {
    format!("{example}\n\n{EXIT_CODES}")
}
