//! What only the user of an instance may look at: its server and its HOME. Root becomes
//! that user and cannot go back, so this is done in a child for each instance.

use std::io::ErrorKind as ErrorKindIo;
use std::num::NonZeroU32;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};

use crate::cli::target::Target;
use crate::converge::hook::THIS_PROGRAM;
use crate::converge::run::Run;
use crate::ctl::arguments::status::ProbeArguments;
use crate::ctl::ask::{Patience, note_comparison, until_answered};
use crate::ctl::child;
use crate::ctl::password;
use crate::ctl::report::Report;
use crate::ctl::status::tree::{Size, measure};
use crate::home::open::{Home, Origin};
use crate::manifest::Manifest;
use crate::manifest::server::Server;
use crate::report::document::Mode;
use crate::report::error::{Error, ErrorKind};
use crate::report::log::{Format, Log};
use crate::report::shown::Shown;
use crate::server::http::{Client, NoAnswer};
use crate::server::{self, Sessions, declared, namespace};

/// What a probe has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Whether something is not known since this user may not see it.
    pub restricted: bool,
    /// What the server says, if it was asked.
    pub server: Option<Answers>,
    /// How its HOME compares with its manifest.
    pub home: Option<HomeState>,
    /// How large its HOME is.
    pub size: Option<Size>,
    /// That there is no HOME: nothing has started the instance yet.
    pub no_home: Option<Shown>,
    /// Why something is not known.
    pub notes: Vec<Shown>,
}

/// What a server says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Whether it says that it is healthy, and answers for its project.
    pub healthy: bool,
    /// Its version.
    pub version: Option<Shown>,
    /// Its sessions.
    pub sessions: Option<Sessions>,
    /// The result of `opencodectl verify`.
    pub differences: Option<Differences>,
}

/// How many differences there are from what was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences {
    /// All of them.
    pub all: u64,
    /// Those that the manifest lets the project bring.
    pub allowed: u64,
}

/// The result of `opencode-setup check` for a HOME.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeState {
    /// Whether it is not as its manifest says.
    pub drift: bool,
    /// How many warnings there are.
    pub warnings: u64,
}

/// Starts the child for one target, and reads what it has found. `process` is the main
/// process of the unit; without one, the server is not asked.
///
/// # Errors
/// When the child does not end in time, or badly.
pub fn probe(
    target: &Target,
    manifest_directory: &std::path::Path,
    process: Option<NonZeroU32>,
    limit: Duration,
) -> Result<Probe, String> {
    let word = target.word().map_err(|error| error.to_string())?;
    let mut command = Command::new(THIS_PROGRAM);
    command.args(["probe", "--timeout", &limit.as_secs().to_string()]);
    command.arg("--manifest-dir").arg(manifest_directory);
    if let Some(process) = process {
        command.args(["--process", &process.to_string()]);
    }
    command.arg("--").arg(word);
    let read = |output| serde_json::from_reader(output).map_err(std::io::Error::from);
    child::ask(&mut command, limit + child::GRACE, read)
}

/// Makes the probe of one target, in the child.
///
/// # Errors
/// When the manifest cannot be read. Every other failure is a note in the probe.
pub fn make(arguments: ProbeArguments) -> Result<Probe, Error> {
    let deadline = Instant::now() + Duration::from_secs(arguments.timeout);
    let target = Target::Word(arguments.instance.target);
    let (manifest, stat) = target.load(&arguments.instance.manifest_dir)?;
    let caller = geteuid();
    let mut probe = Probe::default();

    // First what only the caller may do: enter the namespace, and read the password.
    let server = manifest.server.as_ref();
    let server = server.filter(|server| {
        let process = arguments.process;
        process.is_some_and(|process| reach(server, process, &mut probe))
    });
    let password = server.and_then(|server| password::of_server(server, &stat, caller));

    let home = &manifest.home;
    if let Err(error) = fs_err::symlink_metadata(home.as_path())
        && error.kind() == ErrorKindIo::NotFound
    {
        let why = "HOME does not exist; the first start of the instance creates it";
        probe.no_home = Some(format!("{home}: {why}").into());
        return Ok(probe);
    }
    let home = match Home::open(&manifest, Origin::File) {
        Ok(Some(home)) => home,
        // It has gone just now.
        Ok(None) => return Ok(probe),
        Err(why) => {
            probe.restricted = !caller.is_root();
            probe.note(why.message);
            return Ok(probe);
        }
    };

    // From here on as the instance's user. What takes long is done at the same time.
    std::thread::scope(|scope| {
        let size = scope.spawn(|| measure(home.place(), deadline));
        let state = scope.spawn(|| compare_home(&target, &manifest));
        if let Some(server) = server {
            let secret = password.and_then(|password| {
                let noted = password.map_err(|why| probe.note(format!("the password: {why}")));
                noted.ok()
            });
            let client = Client::new(server.url, geteuid(), secret.as_deref(), deadline);
            probe.server = Some(ask(&client, &manifest, server, &mut probe.notes));
        }
        probe.size = size.join().ok();
        match state.join() {
            Ok(Ok(state)) => probe.home = Some(state),
            Ok(Err(why)) => probe.note(why.message),
            Err(_) => {}
        }
    });
    Ok(probe)
}

impl Probe {
    fn note(&mut self, line: impl Into<Shown>) {
        self.notes.push(line.into());
    }
}

/// Enters the network namespace of the server, if it has one. Returns whether the server
/// can be asked.
fn reach(server: &Server, process: NonZeroU32, probe: &mut Probe) -> bool {
    let Some(unit) = server.unit.as_ref().filter(|_| server.isolated) else {
        return true;
    };
    if !geteuid().is_root() {
        probe.restricted = true;
        return false;
    }
    let entered = namespace::enter(process, unit);
    entered.map_err(|why| probe.note(why)).is_ok()
}

/// The result that `opencode-setup check` would have.
fn compare_home(target: &Target, manifest: &Manifest) -> Result<HomeState, Error> {
    let mut log = Log::new(Mode::Check, target.shown(), Format::Json);
    // Not to wait for a run that holds the lock: what it is doing is not drift.
    let result = Run::new(manifest, Origin::File, Duration::ZERO, &mut log).execute();
    let state = HomeState {
        drift: log.changes() > 0,
        warnings: log.warnings() as u64,
    };
    match result {
        Ok(()) => Ok(state),
        Err(error) if error.kind == ErrorKind::Conflict => Ok(HomeState {
            drift: true,
            ..state
        }),
        Err(error) => Err(error),
    }
}

/// Asks the server for everything, and notes what it does not answer.
fn ask(client: &Client, manifest: &Manifest, server: &Server, notes: &mut Vec<Shown>) -> Answers {
    let mut answers = Answers::default();
    let mut note = |why: NoAnswer| {
        let address = server.url.address();
        let why = match why {
            NoAnswer::Down => "no process listens there".to_owned(),
            NoAnswer::Others(why) | NoAnswer::Later(why) | NoAnswer::Never(why) => why,
        };
        notes.push(format!("http://{address}: {why}").into());
    };
    let health = until_answered(client, Patience::None, None, || {
        server::ask_health(server.api, client)
    });
    let health = match health {
        Ok(health) => health,
        Err(why) => {
            note(why);
            return answers;
        }
    };
    answers.version = health.version.map(Shown::from);
    let directory = server.directory.as_str();
    match server::ask_sessions(server.api, client, directory) {
        Ok(sessions) => answers.sessions = Some(sessions),
        Err(why) => note(why),
    }
    let answer = match server::ask(server.api, client, directory) {
        Ok(answer) => answer,
        Err(why) => {
            note(why);
            return answers;
        }
    };
    answers.healthy = health.healthy;
    match declared::read(manifest, server.api) {
        Ok(declared) => {
            let mut report = Report::new(Shown::default());
            note_comparison(manifest, server, &declared, &answer, &mut report);
            let allowed = report.differences.iter().filter(|line| line.allowed);
            answers.differences = Some(Differences {
                all: report.differences.len() as u64,
                allowed: allowed.count() as u64,
            });
        }
        Err(why) => notes.push(why.message),
    }
    answers
}
