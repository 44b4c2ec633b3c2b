//! The main job on real input: the real opencode server on a HOME that this
//! program has prepared.

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{CONFIG, World};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the server may take; it needs about three seconds on an idle machine.
const PATIENCE: Duration = Duration::from_mins(2);

struct Server {
    child: Child,
    port: u16,
    _project: TempDir,
}

impl Server {
    /// Starts the server and waits until it says that it listens: requests sent
    /// before that are never answered.
    fn start(opencode: &Path, home: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        // Far from the links' sources: the server takes every opencode.json from
        // here up to the root for the project's own.
        let project = TempDir::new().expect("a directory");
        let mut child = Command::new(opencode)
            .args(["serve", "--print-logs", "--hostname", "127.0.0.1", "--port"])
            .arg(port.to_string())
            .env_clear()
            .envs([
                ("PATH", "/usr/bin:/bin".as_ref()),
                ("HOME", home.as_os_str()),
            ])
            .current_dir(project.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("opencode starts");
        let stdout = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let listens = lines.any(|line| line.contains("listening"));
        let server = Self {
            child,
            port,
            _project: project,
        };
        assert!(listens, "opencode ended without listening");
        server
    }

    /// The answer to a GET, tried again until it is a JSON document.
    fn get(&self, path: &str) -> Value {
        let start = Instant::now();
        loop {
            if let Some(answer) = self.try_get(path) {
                return answer;
            }
            assert!(start.elapsed() < PATIENCE, "no answer to GET {path}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn try_get(&self, path: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        // Whatever came before a time-out may be all of it.
        let _ = stream.read_to_string(&mut answer);
        let (head, body) = answer.split_once("\r\n\r\n")?;
        if !head.lines().next()?.contains(" 200 ") {
            return None;
        }
        serde_json::from_str(body).ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It swallows SIGTERM while it is busy.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server starts on a prepared HOME, is healthy, and its configuration is
/// the linked file's; that it is healthy alone would be no proof, since it is
/// that without any configuration as well.
#[test]
fn the_real_server_has_the_configuration_of_the_linked_file() {
    let Some(opencode) = std::env::var_os("OPENCODE_BIN") else {
        common::skip("set OPENCODE_BIN to the opencode program to run this");
        return;
    };
    let world = World::new();
    let config = r#"{
        // As opencode reads it: with comments and trailing commas.
        "username": "set-by-opencode-setup",
        "permission": { "bash": "deny", "webfetch": "ask", },
    }"#;
    std::fs::write(&world.source, config).expect("write");
    world.apply().success();
    let server = Server::start(opencode.as_ref(), &world.home);
    assert_eq!(server.get("/global/health")["healthy"], true);
    let config = server.get("/config");
    assert_eq!(config["username"], "set-by-opencode-setup");
    assert_eq!(config["permission"]["bash"], "deny");
    assert_eq!(config["permission"]["webfetch"], "ask");
    drop(server);
    // What the server made of its HOME is no drift, and an apply leaves it alone.
    world.check().success();
    let before = world.tree();
    world.apply().success();
    assert_eq!(world.tree(), before);
}

/// The same with a new source: after an apply and a restart the server has the
/// new configuration, and what it wrote in between is still there.
#[test]
fn the_real_server_follows_a_new_source() {
    let Some(opencode) = std::env::var_os("OPENCODE_BIN") else {
        common::skip("set OPENCODE_BIN to the opencode program to run this");
        return;
    };
    let world = World::new();
    world.apply().success();
    let server = Server::start(opencode.as_ref(), &world.home);
    assert_eq!(server.get("/config")["username"], "first");
    drop(server);
    let database = world.at(".local/share/opencode/opencode.db");
    assert!(database.exists(), "the server keeps its state in HOME");
    let newer = world.path("newer.json");
    std::fs::write(&newer, r#"{"username": "second"}"#).expect("write");
    world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": newer }] }));
    world.apply().success();
    let server = Server::start(opencode.as_ref(), &world.home);
    assert_eq!(server.get("/config")["username"], "second");
    assert!(database.exists());
}
