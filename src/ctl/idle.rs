//! `opencodectl idle`: ends when a server may be stopped without cutting anything off.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::stat::FileStat;
use nix::unistd::{Uid, geteuid};

use crate::cli::target::Target;
use crate::ctl::arguments::IdleArguments;
use crate::ctl::ask::server_of;
use crate::ctl::password;
use crate::manifest::path::AbsolutePath;
use crate::manifest::server::Server;
use crate::report::error::Error;
use crate::report::output::{self, Level};
use crate::report::shown::Shown;
use crate::server;
use crate::server::http::{Client, NoAnswer};

/// How often it looks: this many times within the idle time,
const LOOKS: u32 = 4;

/// and with a pause of no less and no more than this.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// How long one look may wait for the server.
const PATIENCE: Duration = Duration::from_secs(20);

/// The sessions whose directories are looked at: those that changed within this
/// time before the watch began. A turn that began earlier, in a directory that no
/// later session had, would not be seen.
const RECENT: Duration = Duration::from_hours(24);

/// What one look has found.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// No session is at work and no terminal is open.
    Rest,
    /// One is.
    Work,
    /// The server does not tell.
    Unknown(String),
}

/// How long nothing has happened.
struct Watch {
    idle_time: Duration,
    last_work: Instant,
}

impl Watch {
    /// Begins now: that a server has started counts as something that happened.
    fn new(idle_time: Duration, now: Instant) -> Self {
        Self {
            idle_time,
            last_work: now,
        }
    }

    /// Notes what was seen, and says whether the watch is over. Whoever cannot be
    /// asked may be in the middle of a turn.
    fn note(&mut self, seen: &Seen, has_clients: bool, now: Instant) -> bool {
        if *seen != Seen::Rest {
            self.last_work = now;
        }
        !has_clients && now.duration_since(self.last_work) >= self.idle_time
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
    let target = Target::Word(arguments.target.clone());
    let (manifest, stat) = target.load(&arguments.manifest_dir)?;
    let server = server_of(&manifest)?;
    let owner = user_named(&arguments.user)?;
    let password = password_of(arguments, &stat)?;
    let shown = manifest.instance.as_str();
    let since = SystemTime::now() - RECENT;
    let since = since.duration_since(UNIX_EPOCH).unwrap_or_default();

    let mut watch = Watch::new(Duration::from_secs(arguments.idle_time), Instant::now());
    let mut told = None;
    loop {
        let seen = look(server, owner, password.as_deref(), since);
        let has_clients = arguments.clients.as_deref().is_some_and(Path::exists);
        if let Seen::Unknown(why) = &seen
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
        if watch.note(&seen, has_clients, Instant::now()) {
            return told_idle(shown, arguments.idle_time)
                .map_err(|error| Error::failed(format!("standard output: {error}")));
        }
        std::thread::sleep(watch.pause());
    }
}

fn told_idle(shown: &str, seconds: u64) -> io::Result<()> {
    output::info(format!(
        "{shown}: no client, no session at work and no terminal for {seconds} s"
    ))
}

/// Asks the server once. Where nobody listens, nothing is cut off: it is starting, or has ended.
fn look(server: &Server, owner: Uid, password: Option<&str>, since: Duration) -> Seen {
    let deadline = Instant::now() + PATIENCE;
    let client = Client::new(server.url, owner, password, deadline);
    match server::is_at_work(server.api, &client, server.directory.as_str(), since) {
        Ok(false) | Err(NoAnswer::Down) => Seen::Rest,
        Ok(true) => Seen::Work,
        Err(NoAnswer::Others(why) | NoAnswer::Later(why) | NoAnswer::Never(why)) => {
            Seen::Unknown(why)
        }
    }
}

/// Where every user is that a NixOS configuration declares (passwd(5)). getpwnam(3) would load libraries into a static
/// program.
const USERS: &str = "/etc/passwd";

fn user_named(name: &str) -> Result<Uid, Error> {
    let failed = |why: String| Error::failed(why);
    let users = fs_err::read_to_string(USERS).map_err(|error| failed(error.to_string()))?;
    user_in(&users, name).ok_or_else(|| {
        failed(format!(
            "{USERS}: has no user {:?}; name the one that the server runs as",
            Shown::new(name).as_str()
        ))
    })
}

fn user_in(users: &str, name: &str) -> Option<Uid> {
    let mut lines = users.lines().map(|line| line.split(':'));
    let mut fields =
        lines.find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    fields.nth(1)?.parse().ok().map(Uid::from_raw)
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

    const IDLE: Duration = Duration::from_secs(60);

    fn after(seconds: u64, begin: Instant) -> Instant {
        begin + Duration::from_secs(seconds)
    }

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users =
            "root:x:0:0::/root:/bin/sh\nopencode-web:x:801:802::/:/no\nopencode:x:803:803::/:/no\n";
        assert_eq!(user_in(users, "opencode"), Some(Uid::from_raw(803)));
        assert_eq!(user_in(users, "root"), Some(Uid::from_raw(0)));
        assert_eq!(user_in(users, "open"), None);
    }

    #[test]
    fn a_server_at_rest_is_idle_after_the_idle_time_and_not_before() {
        let begin = Instant::now();
        let mut watch = Watch::new(IDLE, begin);
        assert!(!watch.note(&Seen::Rest, false, after(59, begin)));
        assert!(watch.note(&Seen::Rest, false, after(60, begin)));
    }

    #[test]
    fn the_idle_time_begins_anew_when_work_ends() {
        let begin = Instant::now();
        let mut watch = Watch::new(IDLE, begin);
        assert!(!watch.note(&Seen::Work, false, after(100, begin)));
        assert!(!watch.note(&Seen::Rest, false, after(159, begin)));
        assert!(watch.note(&Seen::Rest, false, after(160, begin)));
    }

    #[test]
    fn clients_hold_it_and_do_not_begin_the_idle_time_anew() {
        let begin = Instant::now();
        let mut watch = Watch::new(IDLE, begin);
        assert!(!watch.note(&Seen::Rest, true, after(1000, begin)));
        assert!(watch.note(&Seen::Rest, false, after(1001, begin)));
    }

    #[test]
    fn a_server_that_does_not_tell_is_never_idle() {
        let begin = Instant::now();
        let mut watch = Watch::new(IDLE, begin);
        let unknown = Seen::Unknown("a reason".to_owned());
        assert!(!watch.note(&unknown, false, after(1000, begin)));
        assert!(!watch.note(&Seen::Rest, false, after(1001, begin)));
    }

    #[test]
    fn it_looks_several_times_within_the_idle_time_but_not_all_the_time() {
        let pause = |seconds| Watch::new(Duration::from_secs(seconds), Instant::now()).pause();
        assert_eq!(pause(1), Duration::from_millis(250));
        assert_eq!(pause(20), Duration::from_secs(5));
        assert_eq!(pause(1800), Duration::from_secs(15));
    }
}
