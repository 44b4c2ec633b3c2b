//! `opencodectl attach`: the terminal client of a server.
//!
//! An agent decides what the server sends, and may so make the client do anything that
//! its user may do. The client therefore gets an environment with only the password and
//! what a terminal needs, an empty HOME, no plugins and no configuration of a project.
//!
//! Root never runs it. For root, systemd runs this program again in a transient unit
//! with a dynamic user, a terminal of its own (what the client may type there,
//! `TIOCSTI` in `ioctl_tty(2)`, does not reach root's terminal), and access to the network
//! of this machine only. systemd passes the password as a credential, so it is in no
//! command line and in no property of the unit.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use nix::sys::signal::kill;
use nix::unistd::{AccessFlags, Pid, access, geteuid, mkdtemp};

use crate::cli::target::Target;
use crate::converge::signals::{Event, Signals};
use crate::ctl::arguments::instance::InstanceArguments;
use crate::ctl::arguments::server::AttachArguments;
use crate::ctl::ask::server_of;
use crate::ctl::password::{self, VARIABLE};
use crate::ctl::wake;
use crate::manifest::Manifest;
use crate::manifest::path::AbsolutePath;
use crate::manifest::server::{Api, Server};
use crate::report::error::Error;
use crate::report::shown::Shown;
use crate::server::listener::{Listener, find};

/// The variables of the caller that the client gets: terminal, language and time
/// zone.
const KEPT: [&str; 8] = [
    "COLORTERM",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "NO_COLOR",
    "TERM",
    "TERM_PROGRAM",
    "TZ",
];

/// Keeps opencode from running code of a project, and from updating itself.
const SAFEGUARDS: [&str; 3] = [
    "OPENCODE_PURE",
    "OPENCODE_DISABLE_PROJECT_CONFIG",
    "OPENCODE_DISABLE_AUTOUPDATE",
];

/// How long to wait before checking again whether the client has ended, in case its
/// signal came before signals were blocked.
const PAUSE: Duration = Duration::from_secs(1);

/// The sandbox of root's client (systemd.exec(5)). `DynamicUser=` brings a read-only
/// file system and a /tmp of its own.
const SANDBOX: [&str; 23] = [
    "DynamicUser=yes",
    "CapabilityBoundingSet=",
    "PrivateDevices=yes",
    "PrivateIPC=yes",
    "PrivateUsers=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHome=tmpfs",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
    // Hides the sockets of services.
    "TemporaryFileSystem=/run:ro",
    "BindReadOnlyPaths=-/run/current-system",
    "LockPersonality=yes",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallErrorNumber=EPERM",
    "IPAddressDeny=any",
];

/// The directory with the credentials of a unit (systemd.exec(5)).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Opens the terminal client of a server, and returns its exit code.
///
/// # Errors
/// When the client may not or cannot be started.
pub fn attach(arguments: AttachArguments) -> Result<u8, Error> {
    let AttachArguments {
        instance: InstanceArguments {
            target: word,
            manifest_dir,
        },
        client: client_arguments,
    } = arguments;
    let target = Target::Word(word.clone());
    let (manifest, stat) = target.load(&manifest_dir)?;
    let shown = manifest.instance.as_str();
    let server = server_of(&manifest)?;
    let client = server.client.as_ref().ok_or_else(|| {
        Error::failed(format!(
            "{shown}: its manifest names no terminal client (server.client); name the program opencode there"
        ))
    })?;
    if geteuid().is_root() {
        password::check_manifest(&stat).map_err(|why| Error::failed(format!("{shown}: {why}")))?;
        check_listener(&manifest, server)?;
        let before = [
            "--manifest-dir".into(),
            manifest_dir.into(),
            "--".into(),
            word,
        ];
        // No other process has this number while this one runs.
        let unit = format!("opencodectl-attach-{}.service", std::process::id());
        let again = before.into_iter().chain(client_arguments);
        return run(&mut in_unit(server, &unit, again)?, || stop(&unit));
    }
    let home = make_home()?;
    let ended = of_caller(&manifest, server, client, &home)
        .and_then(|mut command| run(command.args(client_arguments), || ()));
    // Nobody needs it after the client.
    let _ = fs_err::remove_dir_all(home);
    ended
}

/// Runs a command to its end, and passes on the signals that ask this process to end, after
/// `before_end`. So the HOME of the client is removed even if the terminal is closed.
fn run(command: &mut Command, before_end: impl Fn()) -> Result<u8, Error> {
    let program = Shown::new(command.get_program());
    let failed = |error: io::Error| Error::failed(format!("{program}: {error}"));
    let mut client = command.spawn().map_err(failed)?;
    // After the start, since the client would inherit the blocked signals.
    let signals = Signals::block().inspect_err(|_| {
        let _ = client.kill();
        let _ = client.wait();
    })?;
    loop {
        if let Some(status) = client.try_wait().map_err(failed)? {
            return Ok(code_of(status));
        }
        if let Some(Event::End(signal)) = signals.wait(PAUSE)? {
            before_end();
            // It has not been waited for, so its number is still its own.
            let _ = kill(Pid::from_raw(client.id().cast_signed()), signal);
        }
    }
}

/// Stops the unit of a client. Without a terminal, the unit goes on when systemd-run ends,
/// and a client that stays connected keeps a server on demand awake.
fn stop(unit: &str) {
    // Without systemctl, there is no unit either.
    let _ = Command::new("systemctl")
        .args(["stop", "--no-block", "--", unit])
        .status();
}

/// The exit code of a process, as a shell has it (sh(1)).
fn code_of(status: ExitStatus) -> u8 {
    let code = status.code();
    let code = code.or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// A directory for the client alone.
fn make_home() -> Result<PathBuf, Error> {
    let temporary = std::env::temp_dir();
    mkdtemp(&temporary.join("opencodectl-attach-XXXXXX"))
        .map_err(|errno| Error::failed(format!("{}: {}", Shown::new(&temporary), errno.desc())))
}

/// The command that starts the client as the user of this process.
fn of_caller(
    manifest: &Manifest,
    server: &Server,
    client: &AbsolutePath,
    home: &Path,
) -> Result<Command, Error> {
    let shown = manifest.instance.as_str();
    let password = password_of_caller(manifest, server)?;
    let url = format!("http://{}", server.address_for_clients());
    let mut command = Command::new(client.as_path());
    match server.api {
        // The client of 1 works in the directory of the server.
        Api::One => command.arg("attach").arg(url).current_dir(home),
        // That of 2 asks the server to work in the client's own directory.
        Api::Two => {
            let directory = server.directory.as_path();
            if access(directory, AccessFlags::X_OK).is_err() {
                return Err(Error::failed(format!(
                    "{shown}: the client of opencode 2 has to be in {}, which this user may not enter; run it as root",
                    Shown::new(directory)
                )));
            }
            // It gives up after five seconds, and a server that sleeps may take longer to start.
            let address = server.address_for_clients();
            wake::wait_for_answer(address, wake::PATIENCE).map_err(|why| {
                Error::failed(format!(
                    "{shown}: {url}: {why}; see the log of the server and of its setup"
                ))
            })?;
            command.arg("--server").arg(url).current_dir(directory)
        }
    };
    command.env_clear().env("HOME", home).env("TMPDIR", home);
    command.env("PATH", "/run/current-system/sw/bin:/usr/bin:/bin");
    let kept = KEPT.iter();
    command.envs(kept.filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.envs(SAFEGUARDS.map(|name| (name, "1")));
    if let Some(password) = password {
        command.env(VARIABLE, password);
    }
    Ok(command)
}

/// The password: from the credential of the unit that this process runs in, if there is
/// one; otherwise from the file for people; otherwise from the environment.
fn password_of_caller(manifest: &Manifest, server: &Server) -> Result<Option<String>, Error> {
    let shown = manifest.instance.as_str();
    let refused = |why: String| {
        Error::failed(format!(
            "{shown}: the password: {why}; only root and the members of auth.group may attach"
        ))
    };
    let credential = std::env::var_os(CREDENTIALS).map(|there| Path::new(&there).join(VARIABLE));
    if let Some(credential) = credential.filter(|there| there.exists()) {
        let credential = AbsolutePath::from_argument(&credential).map_err(refused)?;
        return password::read_own(&credential).map(Some).map_err(refused);
    }
    let password = match server.password_for_clients() {
        Some(file) => Some(password::read_own(file).map_err(refused)?),
        None => password::from_environment(),
    };
    // In root's unit, root has checked this before.
    if password.is_some() {
        check_listener(manifest, server)?;
    }
    Ok(password)
}

/// Checks that the process that would get the password is one of the server's user, or of
/// root, as sockets of systemd are. While the server is down, any user may listen on its
/// port.
fn check_listener(manifest: &Manifest, server: &Server) -> Result<(), Error> {
    let address = server.address_for_clients();
    let shown = manifest.instance.as_str();
    let failed = |why: String| Error::failed(format!("{shown}: http://{address}: {why}"));
    match find(address).map_err(failed)? {
        Listener::None => Err(failed(
            "nobody listens there; start the server, and see the log of its unit".to_owned(),
        )),
        Listener::OfUser(user) if user.is_root() => Ok(()),
        Listener::OfUser(user) => {
            let home = fs_err::metadata(manifest.home.as_path());
            let owner = home.map_err(|error| failed(error.to_string()))?.uid();
            if user.as_raw() == owner {
                return Ok(());
            }
            Err(failed(format!(
                "a process of user {user} listens there, and the server would be one of user {owner}; \
                 nothing was sent to it: find it with `ss -ltnp`"
            )))
        }
    }
}

/// The command that starts this program in a transient unit of this name, with the
/// arguments `again`.
fn in_unit(
    server: &Server,
    unit: &str,
    again: impl Iterator<Item = OsString>,
) -> Result<Command, Error> {
    let program = std::env::current_exe();
    let program = program.map_err(|error| Error::failed(format!("/proc/self/exe: {error}")))?;
    let mut command = Command::new("systemd-run");
    command.args(["--quiet", "--collect", "--wait", "--service-type=exec"]);
    command.arg(format!("--unit={unit}"));
    command.arg(if io::stdin().is_terminal() && io::stdout().is_terminal() {
        "--pty"
    } else {
        "--pipe"
    });
    let mut properties: Vec<_> = SANDBOX.map(OsString::from).to_vec();
    properties.push(format!("IPAddressAllow={}", server.address_for_clients().ip()).into());
    if server.api == Api::Two {
        // An empty directory at the path of the project.
        let directory = server.directory.as_path();
        properties.push(joined("TemporaryFileSystem=\"", directory, ":ro\""));
    }
    if let Some(file) = server.password_for_clients() {
        let name = format!("LoadCredential={VARIABLE}:");
        properties.push(joined(&name, file.as_path(), ""));
    }
    for property in properties {
        command.arg("--property").arg(property);
    }
    for name in KEPT {
        if let Some(value) = std::env::var_os(name) {
            command
                .arg("--setenv")
                .arg(joined(&format!("{name}="), value, ""));
        }
    }
    command.arg("--").arg(program).arg("attach").args(again);
    Ok(command)
}

fn joined(before: &str, middle: impl AsRef<OsStr>, after: &str) -> OsString {
    let mut text = OsString::from(before);
    text.push(middle);
    text.push(after);
    text
}
