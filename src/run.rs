//! From the command line to the exit code.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser as _;

use crate::account::Account;
use crate::action::Action;
use crate::cli::{Cli, Command, CommonArguments};
use crate::cli_documents::{MAN_PAGE, completions};
use crate::converge::{Convergence, Options};
use crate::error::{Error, ExitStatus, printable};
use crate::fleet::Children;
use crate::hook::HookOutput;
use crate::manifest::Manifest;
use crate::output::{self, Level, PROGRAM};
use crate::overview;
use crate::report::{Mode, Report};
use crate::target::{Selection, Target, select};
use crate::text;
use crate::unit_command_line;

/// Does what the command line says, and tells how that ended.
///
/// # Errors
/// What kept it from beginning. What went wrong with a target is told where it
/// went wrong, since there may be others.
pub fn run() -> Result<ExitStatus, Error> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let parsed =
        unit_command_line::read(&arguments).map_or_else(|| Cli::try_parse_from(&arguments), Ok);
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are "errors" that go to standard output.
            let printed = error.print();
            return Ok(match (error.use_stderr(), printed) {
                (true, _) => ExitStatus::Usage,
                (false, result) => printed_or_failed(result),
            });
        }
    };
    dispatch(cli.command)
}

fn dispatch(command: Command) -> Result<ExitStatus, Error> {
    match command {
        Command::Apply(arguments) => {
            let mode = if arguments.dry_run {
                Mode::DryRun
            } else {
                Mode::Apply
            };
            converge(mode, &arguments.common)
        }
        Command::Check(arguments) => converge(Mode::Check, &arguments.common),
        Command::Validate { files } => Ok(validate(&files)),
        Command::Completions { shell } => Ok(printed_or_failed(output::raw(completions(shell)))),
        Command::Man => Ok(printed_or_failed(output::raw(MAN_PAGE))),
    }
}

fn validate(files: &[PathBuf]) -> ExitStatus {
    files.iter().fold(ExitStatus::Done, |worst, file| {
        let status = match Manifest::load(file) {
            Ok(manifest) => printed_or_failed(output::info(format!(
                "{}: is a valid manifest of instance {}",
                printable(file),
                manifest.instance.as_str()
            ))),
            Err(error) => {
                output::complain(Level::Error, format!("{PROGRAM}: {error}"));
                error.exit_status()
            }
        };
        worst.worse(status)
    })
}

/// `apply` and `check`, over however many targets.
fn converge(mode: Mode, arguments: &CommonArguments) -> Result<ExitStatus, Error> {
    match select(arguments)? {
        Selection::One { name, target } => Ok(converge_one(mode, name, target, arguments)),
        Selection::Several(words) => {
            let status = converge_each(mode, &words, arguments);
            if words.is_empty() {
                let directory = printable(&arguments.manifest_dir);
                let line = format!("{PROGRAM}: {directory}: holds no manifest, nothing to do");
                output::complain(Level::Warning, line);
            }
            Ok(status)
        }
    }
}

fn converge_each(mode: Mode, words: &[String], arguments: &CommonArguments) -> ExitStatus {
    if mode != Mode::Check || arguments.json {
        return Children::new(mode, arguments, arguments.json).run_each(words);
    }
    let (rows, status) = Children::new(mode, arguments, true).collect_each(words);
    status.worse(printed_or_failed(overview::print(&rows)))
}

fn converge_one(
    mode: Mode,
    name: String,
    target: Target,
    arguments: &CommonArguments,
) -> ExitStatus {
    let mut report = Report::new(mode, name);
    let mut printed = Ok(());
    let result = target.manifest().and_then(|(manifest, origin)| {
        let options = Options {
            mode,
            lock_timeout: Duration::from_secs(arguments.lock_timeout),
            hook_output: if arguments.json {
                HookOutput::ToStandardError
            } else {
                HookOutput::Inherited
            },
        };
        let instance = manifest.instance.as_str();
        let mut print_change = |change: &Action| {
            if !arguments.json && printed.is_ok() {
                printed = text::print_done(instance, change);
            }
        };
        let account = Account::new(&manifest, &mut report, &mut print_change);
        Convergence::new(&manifest, origin, options, account).execute()
    });
    let status = report.conclude(result);
    let printed = printed.and_then(|()| {
        if arguments.json {
            text::print_json(&report)
        } else {
            text::print_end(&report)
        }
    });
    status.worse(printed_or_failed(printed))
}

/// What a run that did its work is worth when nobody could be told.
fn printed_or_failed(printed: io::Result<()>) -> ExitStatus {
    match printed {
        Ok(()) => ExitStatus::Done,
        // Whoever was reading had read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitStatus::Done,
        Err(error) => {
            let line =
                format!("{PROGRAM}: standard output: {error}; the work itself is not affected");
            output::complain(Level::Error, line);
            ExitStatus::Failed
        }
    }
}
