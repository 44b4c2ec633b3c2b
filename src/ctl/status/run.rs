//! `status` and `metrics`, from their command lines to their exit codes.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::cli::target::{Selection, select_manifests};
use crate::ctl::arguments::status::{MetricsArguments, ProbeArguments, StatusArguments};
use crate::ctl::status::decide::decide;
use crate::ctl::status::document::Status;
use crate::ctl::status::observe::{Observation, observe};
use crate::ctl::status::{metrics as prometheus, probe as child, table, write};
use crate::report::error::{Error, ExitStatus};
use crate::report::log::printed_or_failed;
use crate::report::output::{self, Level};
use crate::report::shown::Shown;

/// Prints the state of instances. That a server is down is no failure.
///
/// # Errors
/// When the manifest directory cannot be read.
pub fn status(arguments: &StatusArguments) -> Result<ExitStatus, Error> {
    let limit = Duration::from_secs(arguments.timeout);
    let (statuses, exit_status) = look(&arguments.targets, &arguments.manifest_dir, limit)?;
    let printed = if arguments.json {
        statuses.iter().try_for_each(|status| {
            let text = serde_json::to_string(status)?;
            output::raw(&format!("{text}\n"))
        })
    } else {
        table::print(&statuses)
    };
    for status in statuses.iter().filter(|_| !arguments.json) {
        for note in &status.notes {
            output::complain(Level::Warning, format!("{}: {note}", status.instance));
        }
    }
    complain(&statuses);
    Ok(exit_status.worse(printed_or_failed(printed)))
}

/// Prints the state of all instances as metrics, or writes it to a file.
///
/// # Errors
/// When the manifest directory cannot be read, or the file cannot be written.
pub fn metrics(arguments: &MetricsArguments) -> Result<ExitStatus, Error> {
    let limit = Duration::from_secs(arguments.timeout);
    let (statuses, exit_status) = look(&[], &arguments.manifest_dir, limit)?;
    let text = prometheus::render(&statuses);
    let printed = match &arguments.output {
        Some(file) => write::replace(file, &text).map(|()| ExitStatus::Done)?,
        None => printed_or_failed(output::raw(&text)),
    };
    complain(&statuses);
    Ok(exit_status.worse(printed))
}

/// Makes the probe of one instance, and prints it for the process that has started this
/// one.
///
/// # Errors
/// When the manifest cannot be read.
pub fn probe(arguments: ProbeArguments) -> Result<ExitStatus, Error> {
    let probe = child::make(arguments)?;
    let printed = serde_json::to_string(&probe).map_err(std::io::Error::from);
    let printed = printed.and_then(|text| output::raw(&format!("{text}\n")));
    Ok(printed_or_failed(printed))
}

/// Observes the instances and decides their status. Prints what could not be asked for
/// all of them.
fn look(
    names: &[OsString],
    manifest_directory: &Path,
    limit: Duration,
) -> Result<(Vec<Status>, ExitStatus), Error> {
    let targets = match select_manifests(names, names.is_empty(), manifest_directory)? {
        Selection::One(target) => vec![target],
        Selection::Several(targets) => targets,
    };
    if targets.is_empty() {
        let directory = Shown::new(manifest_directory);
        let line = format!("{directory}: holds no manifest, nothing to show");
        output::complain(Level::Warning, line);
    }
    let Observation {
        targets,
        problems,
        restricted,
    } = observe(&targets, manifest_directory, limit);
    for problem in &problems {
        output::complain(Level::Error, Shown::new(problem));
    }
    if restricted {
        output::complain(
            Level::Warning,
            "what only root or an instance's own user may see is missing; run it as root",
        );
    }
    let failed = if problems.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    };
    let statuses: Vec<_> = targets.into_iter().map(decide).collect();
    let exit_status = statuses.iter().fold(failed, |worst, status| {
        worst.worse(ExitStatus::from_code(status.exit_code.into()))
    });
    Ok((statuses, exit_status))
}

/// Prints why instances could not be observed.
fn complain(statuses: &[Status]) {
    for status in statuses {
        if let Some(error) = &status.error {
            output::complain(Level::Error, format!("{}: {error}", status.instance));
        }
    }
}
