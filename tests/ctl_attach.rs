//! `opencodectl attach` starts the terminal client with the password in its
//! environment, and never as root.

mod common;

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::ops::Deref;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use assert_cmd::assert::{Assert, OutputAssertExt as _};
use common::{World, copy_program, is_root, stderr, stdout};
use serde_json::{Value, json};

const SOMEBODY: u32 = 65_534;

/// What the client is started with, as it tells it.
const CLIENT: &str = "echo \"arguments: $*\"; id -u; pwd; ls -A \"$HOME\" | wc -l; stat -c %a \"$HOME\"; env; exit 7";

/// A world with a client, with a password that this group may read, and with a
/// listener in the place of the server.
struct Attached {
    world: World,
    listener: TcpListener,
}

impl Deref for Attached {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Attached {
    fn url(&self) -> String {
        let address = self.listener.local_addr().expect("an address");
        format!("http://{address}")
    }
}

fn world(api: u64) -> Attached {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let world = World::new();
    let world = Attached { world, listener };
    let client = world.script("client", CLIENT);
    let password = world.path("password");
    fs::write(&password, "secret\n").expect("write");
    let mode = fs::Permissions::from_mode(0o640);
    fs::set_permissions(&password, mode).expect("chmod");
    let project = world.path("project");
    fs::create_dir(&project).expect("create");
    world.write_manifest(&json!({ "server": server(&world, api, &client) }));
    world
}

fn server(world: &Attached, api: u64, client: &PathBuf) -> Value {
    json!({
        "api": api,
        "url": world.url(),
        "directory": world.path("project"),
        "client": client,
        "clientPasswordFile": world.path("password"),
    })
}

fn attach(world: &World) -> Command {
    let copy = world.path("opencodectl");
    if !copy.exists() {
        copy_program(Path::new(env!("CARGO_BIN_EXE_opencodectl")), &copy);
    }
    let mut command = Command::new(copy);
    command
        .env("OTHER_SECRET", "of the caller")
        .env("TERM", "vt100");
    command.arg("attach").arg(&world.manifest);
    command
}

/// Somebody who is not root, in this group.
fn as_somebody(mut command: Command, group: u32) -> Assert {
    if fs::metadata("/proc/self").expect("proc").uid() == 0 {
        command.uid(SOMEBODY).gid(group);
    }
    command.assert()
}

/// The client of 1 is in its own HOME and not in the project. Its environment has the
/// password and little of the caller's.
#[test]
fn the_client_gets_the_password_and_little_else() {
    let world = world(1);
    let mut command = attach(&world);
    command.args(["--continue", "-s", "x"]);
    let assert = as_somebody(command, group_of(&world)).code(7);
    let said = stdout(&assert);
    let home = said.lines().nth(2).expect("its directory").to_owned();
    assert!(
        said.starts_with(&format!(
            "arguments: attach {} --continue -s x\n",
            world.url()
        )),
        "{said}"
    );
    for line in [
        format!("HOME={home}"),
        "OPENCODE_SERVER_PASSWORD=secret".into(),
        "OPENCODE_PURE=1".into(),
        "OPENCODE_DISABLE_PROJECT_CONFIG=1".into(),
        "TERM=vt100".into(),
        // Nothing is in HOME, and nobody else gets in.
        "0".into(),
        "700".into(),
    ] {
        assert!(
            said.lines().any(|one| one == line),
            "{line} is not in: {said}"
        );
    }
    assert!(!said.contains("OTHER_SECRET"), "{said}");
    assert!(!PathBuf::from(home).exists());
}

/// The client of 2 is in the project, since it asks the server for the directory that it
/// is in, and is started when its server has that.
#[test]
fn the_client_of_2_is_in_the_project() {
    let world = world(2);
    let listener = world.listener.try_clone().expect("another one");
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept()?;
        stream.write_all(b"HTTP/1.0 401 Unauthorized\r\n\r\n")
    });
    let assert = as_somebody(attach(&world), group_of(&world)).code(7);
    let said = stdout(&assert);
    assert!(
        said.starts_with(&format!("arguments: --server {}\n", world.url())),
        "{said}"
    );
    let project = world.path("project");
    assert_eq!(said.lines().nth(2), project.to_str(), "{said}");
    server.join().expect("no panic").expect("it was asked");
}

fn group_of(world: &World) -> u32 {
    fs::metadata(world.path("password"))
        .expect("the file")
        .gid()
}

/// A terminal that is closed ends the client, and its HOME goes with it.
#[test]
fn what_ends_it_ends_the_client() {
    let world = world(1);
    let client =
        "echo \"$HOME\"; trap 'exit 5' HUP; sleep 1; kill -HUP $PPID; while :; do sleep 0.1; done";
    world.script("client", client);
    let assert = as_somebody(attach(&world), group_of(&world)).code(5);
    assert!(!PathBuf::from(stdout(&assert).trim()).exists());
}

/// For a user who may not read the password, no client is started.
#[test]
fn others_may_not_attach() {
    if !is_root("others_may_not_attach") {
        return;
    }
    let world = world(1);
    let assert = as_somebody(attach(&world), SOMEBODY).code(1);
    assert!(stdout(&assert).is_empty());
    let line = stderr(&assert);
    assert!(
        line.contains("only root and the members of auth.group"),
        "{line}"
    );
}

/// The client connects to the socket that starts a server on demand, not to the address of
/// the server itself.
#[test]
fn a_server_on_demand_is_reached_by_its_socket() {
    let world = world(1);
    let mut server = server(&world, 1, &world.path("client"));
    server["clientUrl"] = server["url"].clone();
    server["url"] = "http://127.130.1.1:4096".into();
    world.write_manifest(&json!({ "server": server }));
    let assert = as_somebody(attach(&world), group_of(&world)).code(7);
    let said = stdout(&assert);
    assert!(
        said.starts_with(&format!("arguments: attach {}\n", world.url())),
        "{said}"
    );
}

/// A process of another user that listens at the server's port does not get its password,
/// neither from root nor from others.
#[test]
fn nobody_else_gets_the_password() {
    if !is_root("nobody_else_gets_the_password") {
        return;
    }
    let world = world(1);
    std::os::unix::fs::fchown(&world.listener, Some(SOMEBODY), None).expect("chown");
    let by_root = attach(&world).assert();
    let by_others = as_somebody(attach(&world), group_of(&world));
    for assert in [by_root, by_others] {
        let line = stderr(&assert.code(1));
        assert!(line.contains("a process of user 65534 listens"), "{line}");
    }
    let mut server = server(&world, 1, &world.path("client"));
    server["url"] = "http://127.130.1.1:9".into();
    world.write_manifest(&json!({ "server": server }));
    let line = stderr(&attach(&world).assert().code(1));
    assert!(line.contains("nobody listens there"), "{line}");
}

/// For root, systemd starts the client as another user, with the password as a credential.
#[test]
fn root_never_runs_the_client() {
    if !is_root("root_never_runs_the_client") {
        return;
    }
    let world = world(2);
    fs::create_dir(world.path("bin")).expect("create");
    world.script(
        "bin/systemd-run",
        "for word; do echo \"$word\"; done; env; exit 9",
    );
    let mut command = attach(&world);
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    let assert = command.arg("--continue").env("PATH", path).assert().code(9);
    let said = stdout(&assert);
    let lines: Vec<_> = said.lines().collect();
    let password = world.path("password");
    let project = world.path("project");
    for line in [
        "DynamicUser=yes".to_owned(),
        "IPAddressAllow=127.0.0.1".to_owned(),
        format!(
            "LoadCredential=OPENCODE_SERVER_PASSWORD:{}",
            password.display()
        ),
        format!("TemporaryFileSystem=\"{}:ro\"", project.display()),
        "TERM=vt100".to_owned(),
        "--continue".to_owned(),
    ] {
        assert!(lines.contains(&line.as_str()), "{line} is not in: {said}");
    }
    assert!(
        !said.contains("secret\n") && !said.contains("=secret"),
        "{said}"
    );
    assert!(!said.contains("arguments:"), "{said}");
}

/// Whatever ends the command ends the unit: one without a terminal would go on.
#[test]
fn what_ends_the_command_of_root_ends_the_unit() {
    if !is_root("what_ends_the_command_of_root_ends_the_unit") {
        return;
    }
    let world = world(1);
    fs::create_dir(world.path("bin")).expect("create");
    let begun = world.path("begun");
    let script = format!("touch {}; exec sleep 60", begun.display());
    world.script("bin/systemd-run", &script);
    let stopped = world.path("stopped");
    world.script(
        "bin/systemctl",
        &format!("echo \"$*\" > {}", stopped.display()),
    );
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_opencodectl"));
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    let mut child = command
        .arg("attach")
        .arg(&world.manifest)
        .env("PATH", path)
        .stdin(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    while !begun.exists() {
        assert!(child.try_wait().expect("wait").is_none(), "too early");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = i32::try_from(child.id()).expect("a number");
    let process = rustix::process::Pid::from_raw(pid).expect("no zero");
    rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("kill");
    assert_eq!(child.wait().expect("wait").code(), Some(143));
    let expected = format!("stop --no-block -- opencodectl-attach-{pid}.service\n");
    assert_eq!(fs::read_to_string(stopped).expect("read"), expected);
}

/// In a unit, the password is the unit's credential.
#[test]
fn a_credential_wins_over_the_file() {
    let world = world(1);
    let credentials = world.path("credentials");
    fs::create_dir(&credentials).expect("create");
    fs::write(credentials.join("OPENCODE_SERVER_PASSWORD"), "other").expect("write");
    let mut command = attach(&world);
    command.env("CREDENTIALS_DIRECTORY", &credentials);
    let assert = as_somebody(command, group_of(&world)).code(7);
    let said = stdout(&assert);
    assert!(said.contains("OPENCODE_SERVER_PASSWORD=other\n"), "{said}");
}

/// Root lets systemd read no file that somebody else has named.
#[test]
fn root_reads_no_password_for_others() {
    if !is_root("root_reads_no_password_for_others") {
        return;
    }
    let world = world(1);
    let mode = fs::Permissions::from_mode(0o666);
    fs::set_permissions(&world.manifest, mode).expect("chmod");
    let assert = attach(&world).assert().code(1);
    assert!(stderr(&assert).contains("others can write to it"));
}

/// A manifest of an earlier version names no client, and the error says so.
#[test]
fn a_manifest_without_a_client_is_told() {
    let world = world(1);
    let mut server = server(&world, 1, &world.path("client"));
    server.as_object_mut().expect("an object").remove("client");
    world.write_manifest(&json!({ "server": server }));
    let assert = as_somebody(attach(&world), group_of(&world)).code(1);
    assert!(
        stderr(&assert).contains("server.client"),
        "{}",
        stderr(&assert)
    );
}
