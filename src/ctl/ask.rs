//! One target: from its manifest to what its server runs with.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, geteuid};

use crate::cli::target::Target;
use crate::ctl::password;
use crate::ctl::report::{Report, Status};
use crate::ctl::systemd;
use crate::home::open::{Home, Origin};
use crate::manifest::Manifest;
use crate::manifest::server::Server;
use crate::report::error::{Error, ErrorKind};
use crate::report::shown::Shown;
use crate::server::declared::Declared;
use crate::server::http::{Client, NoAnswer};
use crate::server::sources::Sources;
use crate::server::{self, Answer, compare, declared, namespace};

/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// What to do if no process listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Wait until the server has started.
    Wait,
    /// Take it as down.
    None,
}

/// Where the password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Password {
    /// From the file that the manifest names, if it names one.
    OfManifest,
    /// From there, and otherwise from the environment of this process.
    OfManifestOrEnvironment,
}

/// How a server is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Where the password comes from.
    pub password: Password,
    /// What to do if no process listens.
    pub patience: Patience,
    /// The process of the server, if the caller knows it: once it has ended, no answer
    /// counts.
    pub process: Option<NonZeroU32>,
    /// How long to ask, in all.
    pub timeout: Duration,
}

/// Asks the server of `target`, and notes in `report` what it says. Drops the privileges
/// of root on the way.
///
/// # Errors
/// When it cannot be asked.
pub fn ask(
    target: &Target,
    manifest_directory: &std::path::Path,
    asking: Asking,
    report: &mut Report,
) -> Result<(), Error> {
    let Asking {
        patience,
        process,
        timeout,
        ..
    } = asking;
    let deadline = Instant::now() + timeout;
    let (manifest, stat) = target.load(manifest_directory)?;
    let shown = manifest.instance.as_str();
    report.instance = Some(shown.into());
    let server = server_of(&manifest)?;
    let address = server.url.address();
    report.url = Some(format!("http://{address}").into());
    // Read as the caller, since HOME's owner may not be able to. A failure matters only
    // if a process listens.
    let caller = geteuid();
    let password = match asking.password {
        Password::OfManifestOrEnvironment if server.password_file.is_none() => {
            password::from_environment().map(Ok)
        }
        _ => password::of_server(server, &stat, caller),
    };
    if !reach(server, process)? {
        report.status = Status::Down;
        return Ok(());
    }
    if Home::open(&manifest, Origin::File)?.is_none() {
        let home = &manifest.home;
        return Err(Error::failed(format!(
            "{home}: HOME does not exist; run opencode-setup apply first"
        )));
    }
    let declared = declared::read(&manifest, server.api)?;
    let secret = match &password {
        Some(Ok(password)) => Some(password.as_str()),
        _ => None,
    };
    let client = Client::new(server.url, geteuid(), secret, deadline);
    let answer = until_answered(&client, patience, process, || {
        if let Some(Err(why)) = &password {
            client.check_listener()?;
            return Err(NoAnswer::Never(format!("the password: {why}")));
        }
        server::ask_health(server.api, &client)?;
        server::ask(server.api, &client, server.directory.as_str())
    });
    let answer = match answer {
        Ok(answer) => answer,
        Err(NoAnswer::Down) if patience == Patience::None => {
            report.status = Status::Down;
            return Ok(());
        }
        Err(why) => return Err(no_answer(server, &why, timeout)),
    };
    note_comparison(&manifest, server, &declared, &answer, report);
    Ok(())
}

/// Enters the network namespace of an isolated server, and returns whether the server
/// runs. A caller that names its `process` is part of its unit, and in it already.
///
/// The address on the host is not asked: it is that of a socket unit, which starts
/// servers and belongs to root.
fn reach(server: &Server, process: Option<NonZeroU32>) -> Result<bool, Error> {
    let unit = server.unit.as_ref().filter(|_| server.isolated);
    let Some(unit) = unit.filter(|_| process.is_none()) else {
        return Ok(true);
    };
    if !geteuid().is_root() {
        let unit = unit.as_str();
        return Err(Error::failed(format!(
            "{unit} has a network of its own, which only root can enter; run this as root"
        )));
    }
    match systemd::main_process(unit.as_str()).map_err(Error::failed)? {
        None => Ok(false),
        Some(process) => {
            let entered = namespace::enter(process, unit);
            entered.map(|()| true).map_err(Error::failed)
        }
    }
}

/// Compares what was declared with what the server has answered. Notes in `report` the
/// differences and the files that bring them.
pub fn note_comparison(
    manifest: &Manifest,
    server: &Server,
    declared: &Declared,
    answer: &Answer,
    report: &mut Report,
) {
    let compared = compare::compare(declared, answer, manifest.home.as_str());
    let sources = Sources::read(manifest, &declared.config, server.directory.as_path());
    report.note(
        &sources.explain(compared.differences),
        &compared.not_compared,
        server.project_config,
    );
    report.rules_only = answer.config.is_none();
}

/// The server of a manifest.
///
/// # Errors
/// [`ErrorKind::BadManifest`] when it has none.
pub fn server_of(manifest: &Manifest) -> Result<&Server, Error> {
    manifest.server.as_ref().ok_or_else(|| {
        Error::new(
            ErrorKind::BadManifest,
            "its manifest has no field `server`, which says where to ask; add one, or leave this target out",
        )
    })
}

/// Calls `ask` until there is an answer, no time is left, or no further try can succeed.
///
/// # Errors
/// Why there is no answer.
pub fn until_answered<T>(
    client: &Client,
    patience: Patience,
    process: Option<NonZeroU32>,
    mut ask: impl FnMut() -> Result<T, NoAnswer>,
) -> Result<T, NoAnswer> {
    loop {
        let answer = ask();
        // An answer that came all the same is another process's.
        if let Some(process) = process.filter(|process| has_ended(*process)) {
            let before = match answer {
                Ok(_) | Err(NoAnswer::Down) => String::new(),
                Err(NoAnswer::Later(why) | NoAnswer::Never(why) | NoAnswer::Others(why)) => {
                    format!("; before that, {why}")
                }
            };
            return Err(NoAnswer::Never(format!(
                "the server, process {process}, has ended; see its log{before}"
            )));
        }
        let why = match answer {
            Ok(answer) => return Ok(answer),
            Err(why @ NoAnswer::Never(_)) => return Err(why),
            // With a known process, wait: the server will find its port taken, and end.
            Err(why @ NoAnswer::Others(_)) if process.is_none() => return Err(why),
            Err(why) => why,
        };
        let is_down = why == NoAnswer::Down && patience == Patience::None;
        if is_down || client.time_left() <= PAUSE {
            return Err(why);
        }
        std::thread::sleep(PAUSE);
    }
}

fn has_ended(process: NonZeroU32) -> bool {
    let Ok(process) = i32::try_from(process.get()) else {
        return true;
    };
    // EPERM says that it exists (kill(2)).
    kill(Pid::from_raw(process), None) == Err(Errno::ESRCH)
}

fn no_answer(server: &Server, why: &NoAnswer, timeout: Duration) -> Error {
    let address = server.url.address();
    let seconds = timeout.as_secs();
    let line = match why {
        NoAnswer::Down => format!(
            "http://{address}: no process has listened there for {seconds} s; see the log of the server"
        ),
        NoAnswer::Later(why) => {
            format!(
                "http://{address}: no answer within {seconds} s: {}",
                Shown::new(why)
            )
        }
        NoAnswer::Never(why) | NoAnswer::Others(why) => {
            format!("http://{address}: {}", Shown::new(why))
        }
    };
    Error::failed(line)
}
