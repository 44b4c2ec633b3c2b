//! `opencodectl idle`: ends when a server may be stopped without cutting anything off.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::stat::FileStat;
use nix::unistd::{Uid, geteuid};

use crate::cli::target::Target;
use crate::ctl::arguments::server::IdleArguments;
use crate::ctl::ask::server_of;
use crate::ctl::password;
use crate::ctl::users::user_named;
use crate::manifest::path::AbsolutePath;
use crate::manifest::server::Server;
use crate::report::error::Error;
use crate::report::output::{self, Level};
use crate::report::shown::Shown;
use crate::server;
use crate::server::http::{Client, NoAnswer};

/// How many times it looks within the idle time, unless the pauses would be shorter or
/// longer than [`PAUSES`].
const LOOKS: u32 = 4;

/// The shortest and the longest pause between two looks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// How long one look may wait for the server.
const PATIENCE: Duration = Duration::from_secs(20);

/// Only directories of sessions that changed within this time before the watch began,
/// or later, are asked for terminals and work. The watch begins with the server.
const RECENT: Duration = Duration::from_hours(1);

/// One look at the server.
#[derive(Debug)]
struct Look {
    seen: Seen,
    /// Whether clients were connected when it began or when it ended.
    had_clients: bool,
    began: Instant,
    ended: Instant,
}

/// What a look has found.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// No session is at work and no terminal is open.
    Rest,
    /// A session is at work or a terminal is open.
    Work,
    /// The server gave no usable answer.
    Unknown(String),
}

/// Decides from looks whether the server has been idle long enough.
struct Watch {
    idle_time: Duration,
    last_work: Instant,
}

impl Watch {
    /// A watch that begins at `now`; the start of the server counts as work.
    fn new(idle_time: Duration, now: Instant) -> Self {
        Self {
            idle_time,
            last_work: now,
        }
    }

    /// Notes a look, and says whether the watch is over. A server that gives no
    /// answer counts as busy.
    ///
    /// A look may miss what a client begins while it takes place. A client is seen for
    /// the idle time at least (`--clients`), so none has come and gone during a look
    /// that was shorter; a longer one decides nothing.
    fn note(&mut self, look: &Look) -> bool {
        if look.seen != Seen::Rest {
            self.last_work = look.ended;
        }
        let is_short = look.ended.duration_since(look.began) < self.idle_time;
        let quiet = look.ended.saturating_duration_since(self.last_work);
        !look.had_clients && is_short && quiet >= self.idle_time
    }

    fn pause(&self) -> Duration {
        (self.idle_time / LOOKS).clamp(PAUSES.0, PAUSES.1)
    }
}

/// Waits until nothing has happened at a server for the idle time.
///
/// # Errors
/// When it cannot begin: without a manifest that names a server, its user or its
/// password.
pub fn wait_until_idle(arguments: &IdleArguments) -> Result<(), Error> {
    let target = Target::Word(arguments.instance.target.clone());
    let (manifest, stat) = target.load(&arguments.instance.manifest_dir)?;
    let mut watched = Watched {
        server: server_of(&manifest)?,
        owner: user_named(&arguments.user)?,
        password: password_of(arguments, &stat)?,
        since: Duration::MAX,
        clients: arguments.clients.as_deref(),
    };
    let shown = manifest.instance.as_str();
    let mut watch = Watch::new(Duration::from_secs(arguments.idle_time), Instant::now());
    let mut told = None;
    loop {
        let look = watched.look();
        if let Seen::Unknown(why) = &look.seen
            && told.as_ref() != Some(why)
        {
            output::complain(
                Level::Warning,
                format!(
                    "{shown}: cannot tell whether a session is at work, so the server is not stopped: {}; \
                     if it hangs, restart its unit",
                    Shown::new(why)
                ),
            );
            told = Some(why.clone());
        }
        if watch.note(&look) {
            return print_idle(shown, arguments.idle_time)
                .map_err(|error| Error::failed(format!("standard output: {error}")));
        }
        std::thread::sleep(watch.pause());
    }
}

fn print_idle(shown: &str, seconds: u64) -> io::Result<()> {
    output::info(format!(
        "{shown}: no client, no session at work and no terminal for {seconds} s"
    ))
}

/// The server that is watched.
struct Watched<'a> {
    server: &'a Server,
    owner: Uid,
    password: Option<String>,
    /// The time after the epoch since which a session must have changed for its
    /// directory to be asked about: [`RECENT`] before the first look, or before a later
    /// one if the clock was set back meanwhile, as after a boot with a wrong time.
    since: Duration,
    /// What exists as long as clients are connected.
    clients: Option<&'a Path>,
}

impl Watched<'_> {
    fn look(&mut self) -> Look {
        let began = Instant::now();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        self.since = since(self.since, now.unwrap_or_default());
        let had_clients = self.has_clients();
        let seen = self.ask(began + PATIENCE);
        Look {
            seen,
            had_clients: had_clients || self.has_clients(),
            began,
            ended: Instant::now(),
        }
    }

    fn has_clients(&self) -> bool {
        self.clients.is_some_and(may_exist)
    }

    /// Asks the server once. A server that does not listen has no work to cut off.
    fn ask(&self, deadline: Instant) -> Seen {
        let password = self.password.as_deref();
        let client = Client::new(self.server.url, self.owner, password, deadline);
        let directory = self.server.directory.as_str();
        match server::is_at_work(self.server.api, &client, directory, self.since) {
            Ok(false) | Err(NoAnswer::Down) => Seen::Rest,
            Ok(true) => Seen::Work,
            Err(NoAnswer::Others(why) | NoAnswer::Later(why) | NoAnswer::Never(why)) => {
                Seen::Unknown(why)
            }
        }
    }
}

/// See [`Watched::since`]. Both are times after the epoch.
fn since(before: Duration, now: Duration) -> Duration {
    before.min(now.saturating_sub(RECENT))
}

/// Whether there is something at `path`, or that cannot be told.
fn may_exist(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

fn password_of(arguments: &IdleArguments, manifest: &FileStat) -> Result<Option<String>, Error> {
    let Some(path) = &arguments.password_file else {
        let from_environment = arguments.password_from_environment;
        return Ok(from_environment.then(password::from_environment).flatten());
    };
    let failed = |why: String| Error::failed(format!("the password: {why}"));
    let path = AbsolutePath::new(path).map_err(failed)?;
    let password = password::read(&path, manifest, geteuid()).map_err(failed)?;
    Ok(Some(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_mins(1);

    /// A look that ends at some second, and takes one.
    fn look(seen: Seen, had_clients: bool, begin: Instant, ended: u64) -> Look {
        Look {
            seen,
            had_clients,
            began: begin + Duration::from_secs(ended - 1),
            ended: begin + Duration::from_secs(ended),
        }
    }

    #[test]
    fn a_server_at_rest_is_idle_after_the_idle_time_and_not_before() {
        let begin = Instant::now();
        let mut watch = Watch::new(IDLE, begin);
        assert!(!watch.note(&look(Seen::Rest, false, begin, 59)));
        assert!(watch.note(&look(Seen::Rest, false, begin, 60)));
    }

    #[test]
    fn the_idle_time_begins_anew_when_work_ends() {
        let begin = Instant::now();
        let mut watch = Watch::new(IDLE, begin);
        assert!(!watch.note(&look(Seen::Work, false, begin, 100)));
        assert!(!watch.note(&look(Seen::Rest, false, begin, 159)));
        assert!(watch.note(&look(Seen::Rest, false, begin, 160)));
    }

    #[test]
    fn clients_hold_it_and_do_not_begin_the_idle_time_anew() {
        let begin = Instant::now();
        let mut watch = Watch::new(IDLE, begin);
        assert!(!watch.note(&look(Seen::Rest, true, begin, 1000)));
        assert!(watch.note(&look(Seen::Rest, false, begin, 1001)));
    }

    #[test]
    fn a_look_as_long_as_the_idle_time_proves_nothing() {
        let begin = Instant::now();
        let mut watch = Watch::new(IDLE, begin);
        let mut long = look(Seen::Rest, false, begin, 100);
        long.began = begin + Duration::from_secs(40);
        assert!(!watch.note(&long));
        assert!(watch.note(&look(Seen::Rest, false, begin, 102)));
    }

    #[test]
    fn a_server_that_does_not_tell_is_never_idle() {
        let begin = Instant::now();
        let mut watch = Watch::new(IDLE, begin);
        let unknown = Seen::Unknown("a reason".to_owned());
        assert!(!watch.note(&look(unknown, false, begin, 1000)));
        assert!(!watch.note(&look(Seen::Rest, false, begin, 1001)));
    }

    /// A server whose clients cannot be looked for is not stopped.
    #[test]
    fn clients_that_cannot_be_looked_for_may_be_there() {
        assert!(may_exist(Path::new("/")));
        assert!(!may_exist(Path::new("/nonexistent/clients")));
        assert!(may_exist(Path::new(&"x".repeat(300))));
    }

    #[test]
    fn a_clock_that_is_set_back_hides_no_session() {
        let [nine, ten, nineteen, twenty] = [9, 10, 19, 20].map(Duration::from_hours);
        assert_eq!(since(Duration::MAX, twenty), nineteen);
        assert_eq!(since(nine, twenty), nine);
        assert_eq!(since(nineteen, ten), nine);
    }

    #[test]
    fn it_looks_several_times_within_the_idle_time_but_not_all_the_time() {
        let pause = |seconds| Watch::new(Duration::from_secs(seconds), Instant::now()).pause();
        assert_eq!(pause(1), Duration::from_millis(250));
        assert_eq!(pause(20), Duration::from_secs(5));
        assert_eq!(pause(1800), Duration::from_secs(15));
    }
}
