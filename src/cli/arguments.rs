//! The command line, as clap sees it. `--help`, the manual page and the shells'
//! completions all come from here: the build script takes this file in as well,
//! so it may use nothing of the crate.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Where the manifests of named instances are; `/etc/opencode` is opencode's own.
pub const MANIFEST_DIRECTORY: &str = "/etc/opencode-setup";

/// How long to wait for another run in the same HOME, in seconds.
pub const LOCK_TIMEOUT: u64 = 30;

/// The end of every help text.
pub const EXIT_CODES: &str = "\
Exit codes:
  0   done, or nothing to do
  1   failed
  2   usage error: the command line is not understood
  3   check found drift: apply would change something
  4   a hook failed
  5   something of yours is where a link belongs, and onConflict is \"fail\"
  6   a manifest is not valid
  75  another run has held the lock of this HOME for too long
  128+N  ended by signal N (SIGHUP, SIGINT, SIGTERM)
With several targets, the worst of their codes. From worst to best: 128+N 1 2 6 4 5 75 3 0.";

const APPLY_EXAMPLE: &str = "\
Examples:
  opencode-setup apply my-project
      the instance whose manifest is /etc/opencode-setup/my-project.json
  opencode-setup apply --all --dry-run
      what would be done to every instance of this host
  opencode-setup apply --home ./demo-home --config ./opencode.json
      no manifest at all";

const CHECK_EXAMPLE: &str = "\
Examples:
  opencode-setup check --all
      one row for every instance of this host
  opencode-setup check my-project --json
      for a monitoring system";

const VALIDATE_EXAMPLE: &str = "\
Example:
  opencode-setup validate ./my-project.json";

const COMPLETIONS_EXAMPLE: &str = "\
Example:
  opencode-setup completions bash > /etc/bash_completion.d/opencode-setup";

const MAN_EXAMPLE: &str = "\
Example:
  opencode-setup man | man -l -";

fn with_exit_codes(example: &str) -> String {
    format!("{example}\n\n{EXIT_CODES}")
}

/// Make a state directory ready to be the HOME of an opencode server
///
/// Creates the directories that opencode needs, links its configuration into
/// place, runs the operator's hooks, and never destroys what it finds. Running
/// it again changes nothing.
#[derive(Debug, PartialEq, Eq, Parser)]
#[command(name = "opencode-setup", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Set up each HOME as its manifest says
    ///
    /// Root drops its privileges and acts as the owner of each HOME; any other caller
    /// has to be the owner. Prints a line for every change, and one at the end.
    #[command(after_help = with_exit_codes(APPLY_EXAMPLE))]
    Apply(ApplyArguments),
    /// Compare each HOME with its manifest, and change nothing
    ///
    /// Lists what apply would do, and warns of files that override or add to the
    /// managed configuration. Runs no hooks.
    #[command(after_help = with_exit_codes(CHECK_EXAMPLE))]
    Check(CheckArguments),
    /// Check the structure of manifests, and touch no HOME
    #[command(after_help = with_exit_codes(VALIDATE_EXAMPLE))]
    Validate {
        /// Manifest files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS_EXAMPLE)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = MAN_EXAMPLE)]
    Man,
    /// Become a hook; `apply` starts this
    #[command(hide = true)]
    StartHook {
        /// The hook
        program: OsString,
    },
}

/// The shells that there are completions for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash(1)
    Bash,
    /// fish(1)
    Fish,
    /// zsh(1)
    Zsh,
}

/// What `--on-conflict` takes; the manifest's own type says what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnConflictChoice {
    /// Move it to `<name>.backup-<n>`
    Backup,
    /// Touch nothing and exit 5
    Fail,
}

/// The arguments of `apply`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct ApplyArguments {
    /// What to apply, and how.
    #[command(flatten)]
    pub common: CommonArguments,
    /// Print what would be done, and change nothing; hooks are named, not run
    #[arg(long)]
    pub dry_run: bool,
}

/// The arguments of `check`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct CheckArguments {
    /// What to check, and how.
    #[command(flatten)]
    pub common: CommonArguments,
}

/// Takes any path, even the empty one, so that a bad one is an error in the report
/// like every other failure.
fn any_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// What `apply` and `check` have in common.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct CommonArguments {
    /// Manifests: files (with a "/" or ending in ".json") or names of instances
    #[arg(value_name = "TARGET", required_unless_present_any = ["all", "home"])]
    pub targets: Vec<OsString>,
    /// Take every manifest in the manifest directory
    #[arg(long, conflicts_with_all = ["targets", "home"])]
    pub all: bool,
    /// Where the manifests of named instances are
    #[arg(long, value_name = "DIR", default_value = MANIFEST_DIRECTORY)]
    pub manifest_dir: PathBuf,
    /// The HOME to work on, instead of a manifest
    #[arg(long, value_name = "DIR", value_parser = any_path(), conflicts_with = "targets")]
    pub home: Option<PathBuf>,
    /// Link .config/opencode/opencode.json in HOME to this file
    #[arg(long, value_name = "FILE", value_parser = any_path(), requires = "home", conflicts_with_all = ["targets", "all"])]
    pub config: Option<PathBuf>,
    /// A directory to create in HOME, instead of the four directories of opencode
    #[arg(long = "directory", value_name = "REL", requires = "home", conflicts_with_all = ["targets", "all"])]
    pub directories: Vec<OsString>,
    /// A program to run before HOME is examined
    #[arg(long, value_name = "PROGRAM", value_parser = any_path(), requires = "home", conflicts_with_all = ["targets", "all"])]
    pub pre_init: Option<PathBuf>,
    /// A program to run when everything in HOME is in place
    #[arg(long, value_name = "PROGRAM", value_parser = any_path(), requires = "home", conflicts_with_all = ["targets", "all"])]
    pub post_init: Option<PathBuf>,
    /// What to do if something of yours is where a link belongs [default: backup]
    #[arg(long, value_enum, requires = "home", conflicts_with_all = ["targets", "all"])]
    pub on_conflict: Option<OnConflictChoice>,
    /// How long to wait for another run in the same HOME
    #[arg(long, value_name = "SECONDS", default_value_t = LOCK_TIMEOUT)]
    pub lock_timeout: u64,
    /// Print one JSON document per target, each on a line; docs/reference/json.md has its fields
    #[arg(long)]
    pub json: bool,
}
