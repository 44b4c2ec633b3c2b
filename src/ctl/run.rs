//! From the command line of `opencodectl` to the exit code.

use std::ffi::OsString;
use std::process::Command as Process;
use std::time::Duration;

use nix::unistd::geteuid;

use crate::cli::target::{Selection, Target, select_manifests};
use crate::cli::usage::parse;
use crate::converge::hook::THIS_PROGRAM;
use crate::ctl::arguments::instance::InstanceArguments;
use crate::ctl::arguments::server::{VerifyArguments, WaitArguments};
use crate::ctl::arguments::{Cli, Command};
use crate::ctl::ask::{Asking, Password, Patience, ask, server_of};
use crate::ctl::documents::{MAN_PAGE, completions};
use crate::ctl::idle::wait_until_idle;
use crate::ctl::report::Report;
use crate::ctl::{attach, backup, child, listener, memory, password, restore, status, table};
use crate::report::error::{Error, ExitStatus};
use crate::report::log::printed_or_failed;
use crate::report::output::{self, Level};
use crate::report::shown::Shown;

/// Does what the command line says. Returns the exit code.
///
/// # Errors
/// What keeps it from starting. An error of one target is printed and not returned.
pub fn run() -> Result<u8, Error> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match parse::<Cli>(&arguments) {
        Ok(Cli { command }) => dispatch(command),
        Err(status) => Ok(status.code()),
    }
}

fn dispatch(command: Command) -> Result<u8, Error> {
    if reads_what_agents_make(&command) {
        memory::limit()?;
    }
    let status = match command {
        Command::Wait(arguments) => wait(arguments),
        Command::Verify(arguments) => verify(&arguments)?,
        Command::Password(instance) => show_password(instance)?,
        // Its exit code is that of a client, and may be any.
        Command::Attach(arguments) => return attach::attach(arguments),
        Command::Backup(arguments) => backup::backup(arguments),
        Command::Restore(arguments) => restore::restore(arguments),
        Command::Status(arguments) => status::run::status(&arguments)?,
        Command::Metrics(arguments) => status::run::metrics(&arguments)?,
        Command::Probe(arguments) => status::run::probe(arguments)?,
        Command::Listener(arguments) => listener::check(&arguments).map(|()| ExitStatus::Done)?,
        Command::Idle(arguments) => wait_until_idle(&arguments).map(|()| ExitStatus::Done)?,
        Command::Completions { shell } => printed_or_failed(output::raw(completions(shell))),
        Command::Man => printed_or_failed(output::raw(MAN_PAGE)),
    };
    Ok(status.code())
}

/// Whether this very process does. The client that `attach` starts would inherit the limit.
fn reads_what_agents_make(command: &Command) -> bool {
    matches!(
        command,
        Command::Wait(_)
            | Command::Verify(_)
            | Command::Idle(_)
            | Command::Probe(_)
            | Command::Backup(_)
            | Command::Restore(_)
    )
}

fn wait(arguments: WaitArguments) -> ExitStatus {
    let target = Target::Word(arguments.instance.target);
    let timeout = Duration::from_secs(arguments.timeout);
    let mut report = Report::new(target.shown());
    let password = if arguments.password_from_environment {
        Password::OfManifestOrEnvironment
    } else {
        Password::OfManifest
    };
    let patience = Patience::Wait;
    let asking = Asking {
        password,
        patience,
        process: arguments.process,
        timeout,
    };
    let manifest_directory = &arguments.instance.manifest_dir;
    let result = ask(&target, manifest_directory, asking, &mut report);
    let status = report.finish(result, false);
    status.worse(printed_or_failed(report.print(Level::Warning)))
}

/// Prints the password of a server and nothing else, for `$(opencodectl password NAME)`.
fn show_password(instance: InstanceArguments) -> Result<ExitStatus, Error> {
    let target = Target::Word(instance.target);
    let shown = target.shown();
    let (manifest, stat) = target.load(&instance.manifest_dir)?;
    let file = server_of(&manifest)?.password_for_clients();
    let file = file.ok_or_else(|| {
        Error::failed(format!(
            "{shown}: its manifest names no file with a password (server.passwordFile); \
             a password in an environment file is in that file alone"
        ))
    })?;
    let password = password::read(file, &stat, geteuid()).map_err(|why| {
        Error::failed(format!(
            "{shown}: the password: {why}; try as root or as a member of auth.group, and while the server runs"
        ))
    })?;
    Ok(printed_or_failed(output::raw(&format!("{password}\n"))))
}

fn verify(arguments: &VerifyArguments) -> Result<ExitStatus, Error> {
    match select_manifests(&arguments.targets, arguments.all, &arguments.manifest_dir)? {
        Selection::One(target) => Ok(verify_one(&target, arguments)),
        Selection::Several(targets) => {
            if targets.is_empty() {
                let directory = Shown::new(&arguments.manifest_dir);
                let line = format!("{directory}: holds no manifest, no server to ask");
                output::complain(Level::Warning, line);
            }
            Ok(verify_several(&targets, arguments))
        }
    }
}

fn verify_one(target: &Target, arguments: &VerifyArguments) -> ExitStatus {
    let timeout = Duration::from_secs(arguments.timeout);
    let mut report = Report::new(target.shown());
    let asking = Asking {
        password: Password::OfManifest,
        patience: Patience::None,
        process: None,
        timeout,
    };
    let result = ask(target, &arguments.manifest_dir, asking, &mut report);
    let status = report.finish(result, true);
    let printed = if arguments.json {
        report.print_json()
    } else {
        report.print(Level::Warning)
    };
    status.worse(printed_or_failed(printed))
}

/// Asks each server in a process of its own, since root drops its privileges for
/// the owner of one HOME for good.
fn verify_several(targets: &[Target], arguments: &VerifyArguments) -> ExitStatus {
    let mut reports = Vec::with_capacity(targets.len());
    for target in targets {
        let report = collect(target, arguments).unwrap_or_else(|error| {
            let mut report = Report::new(target.shown());
            report.finish(Err(error), true);
            report
        });
        reports.push(report);
    }
    let status = reports.iter().fold(ExitStatus::Done, |worst, report| {
        worst.worse(ExitStatus::from_code(report.exit_code))
    });
    let printed = if arguments.json {
        reports.iter().try_for_each(Report::print_json)
    } else {
        table::print(&reports)
    };
    status.worse(printed_or_failed(printed))
}

/// Runs this program for one target, and reads its report.
fn collect(target: &Target, arguments: &VerifyArguments) -> Result<Report, Error> {
    let failed = |why: String| {
        Error::failed(format!(
            "{}: the process for this target failed: {why}; run the command for this target alone",
            target.shown()
        ))
    };
    let mut command = Process::new(THIS_PROGRAM);
    command
        .args(["verify", "--json", "--timeout"])
        .arg(arguments.timeout.to_string())
        .arg("--manifest-dir")
        .arg(&arguments.manifest_dir)
        .arg("--")
        .arg(target.word()?);
    let limit = Duration::from_secs(arguments.timeout) + child::GRACE;
    let ended = child::run(&mut command, limit, serde_json::from_reader);
    let ended = ended.map_err(failed)?;
    let how = ended.how();
    ended
        .output
        .map_err(|error: serde_json::Error| failed(format!("{how}: {error}")))
}
