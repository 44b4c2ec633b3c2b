//! From the command line to the exit code.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::arguments::{Cli, Command, CommonArguments};
use crate::cli::caller::keep_standard_streams;
use crate::cli::documents::{MAN_PAGE, completions};
use crate::cli::several::Several;
use crate::cli::shortcut;
use crate::cli::target::{Selection, Target, select};
use crate::cli::usage::parse;
use crate::converge::hook::become_hook;
use crate::converge::run::Run;
use crate::manifest::Manifest;
use crate::report::document::Mode;
use crate::report::error::{Error, ExitStatus};
use crate::report::log::{Format, Log, printed_or_failed};
use crate::report::output::{self, Level};
use crate::report::shown::Shown;

/// Does what the command line says. Returns the exit code.
///
/// # Errors
/// What keeps it from starting. An error of one target is printed and not returned,
/// since there may be other targets.
pub fn run() -> Result<u8, Error> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match shortcut::read(&arguments).map_or_else(|| parse::<Cli>(&arguments), Ok) {
        Ok(Cli { command }) => dispatch(command),
        Err(status) => Ok(status.code()),
    }
}

fn dispatch(command: Command) -> Result<u8, Error> {
    let status = match command {
        Command::Apply(arguments) => {
            let mode = if arguments.dry_run {
                Mode::DryRun
            } else {
                Mode::Apply
            };
            converge(mode, &arguments.common)?
        }
        Command::Check(arguments) => converge(Mode::Check, &arguments.common)?,
        Command::Validate { files } => validate(&files),
        Command::Completions { shell } => printed_or_failed(output::raw(completions(shell))),
        Command::Man => printed_or_failed(output::raw(MAN_PAGE)),
        Command::StartHook { program } => return Ok(become_hook(&program)),
    };
    Ok(status.code())
}

fn validate(files: &[PathBuf]) -> ExitStatus {
    files.iter().fold(ExitStatus::Done, |worst, file| {
        let status = match Manifest::load(file) {
            Ok(manifest) => printed_or_failed(output::info(format!(
                "{}: is a valid manifest of instance {}",
                Shown::new(file),
                manifest.instance.as_str()
            ))),
            Err(error) => {
                output::complain(Level::Error, &error);
                error.exit_status()
            }
        };
        worst.worse(status)
    })
}

/// `apply` and `check`, over however many targets.
fn converge(mode: Mode, arguments: &CommonArguments) -> Result<ExitStatus, Error> {
    match select(arguments)? {
        Selection::One(target) => Ok(converge_one(mode, &target, arguments)),
        Selection::Several(targets) => {
            let status = Several::new(mode, arguments)?.run(&targets);
            if targets.is_empty() {
                let directory = Shown::new(&arguments.manifest_dir);
                let line = format!("{directory}: holds no manifest, nothing to do");
                output::complain(Level::Warning, line);
            }
            Ok(status)
        }
    }
}

fn converge_one(mode: Mode, target: &Target, arguments: &CommonArguments) -> ExitStatus {
    let format = if arguments.json {
        Format::Json
    } else {
        Format::Text
    };
    let mut log = Log::new(mode, target.shown(), format);
    let result = target.manifest(arguments).and_then(|(manifest, origin)| {
        if mode == Mode::Apply && manifest.has_hooks() {
            keep_standard_streams().map_err(|error| {
                Error::failed(format!(
                    "cannot close what the caller has open, before a hook is run: {error}; mount /proc and run apply again"
                ))
            })?;
        }
        let lock_timeout = Duration::from_secs(arguments.lock_timeout);
        Run::new(&manifest, origin, lock_timeout, &mut log).execute()
    });
    let (status, printed) = log.finish(result);
    status.worse(printed_or_failed(printed))
}
