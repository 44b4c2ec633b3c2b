//! `opencodectl idle` and the real server.

mod common;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::World;
use common::server::{PASSWORD, Server, binary};
use serde_json::json;
use tempfile::TempDir;

/// Starts the watch of a server that this user runs.
fn watch(world: &World, arguments: &[&Path]) -> Child {
    let id = Command::new("id").arg("-un").output().expect("id runs");
    let user = String::from_utf8(id.stdout).expect("a name");
    Command::new(env!("CARGO_BIN_EXE_opencodectl"))
        .args(["idle", "--idle-time", "2", "--user", user.trim()])
        .args(arguments)
        .arg(&world.manifest)
        .stdout(Stdio::null())
        .spawn()
        .expect("opencodectl starts")
}

/// It goes on while clients are connected, and ends when they have gone.
#[test]
fn it_ends_when_the_clients_have_gone() {
    let Some(opencode) = binary("OPENCODE_BIN") else {
        return;
    };
    let world = World::new();
    world.apply().success();
    let project = TempDir::new().expect("a directory");
    let server = Server::start_in(project, &opencode, &world.home, &[], &[]);
    let described = json!({ "api": 1, "url": server.url(), "directory": server.project() });
    world.write_manifest(&json!({ "server": described }));
    let clients = world.path("clients");
    std::fs::create_dir(&clients).expect("a directory");
    let mut watch = watch(&world, &["--clients".as_ref(), clients.as_path()]);
    std::thread::sleep(Duration::from_secs(6));
    assert!(watch.try_wait().expect("it runs").is_none());
    std::fs::remove_dir(&clients).expect("it goes");
    assert!(watch.wait().expect("it ends").success());
}

/// opencode 2 lets an agent put a command into the background and end its turn: the
/// session is not active any more, and the command would be cut off.
#[test]
fn a_command_in_the_background_of_opencode_2_is_work() {
    let Some(opencode) = binary("OPENCODE2_BIN") else {
        return;
    };
    let world = World::new();
    world.apply().success();
    let project = TempDir::new().expect("a directory");
    let variables = [("OPENCODE_SERVER_PASSWORD", PASSWORD)];
    let server = Server::start_in(project, &opencode, &world.home, &[], &variables);
    let described = json!({ "api": 2, "url": server.url(), "directory": server.project() });
    world.write_manifest(&json!({ "server": described }));
    let password = world.path("password");
    std::fs::write(&password, PASSWORD).expect("write");
    let route = format!(
        "/api/shell?location[directory]={}",
        server.project().display()
    );
    let command = json!({ "command": "sleep 10", "timeout": 0 });
    server.post(&route, &command).expect("it starts");
    let mut watch = watch(&world, &["--password-file".as_ref(), password.as_path()]);
    std::thread::sleep(Duration::from_secs(6));
    assert!(watch.try_wait().expect("it runs").is_none());
    assert!(watch.wait().expect("it ends").success());
}
