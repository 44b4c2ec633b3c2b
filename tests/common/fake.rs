//! Servers that answer as a test wants them to.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::World;

/// How a server answers a request, whose head is given.
type Handler = dyn Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync;

/// A server that answers as it is told, until the test ends.
pub struct Fake {
    pub port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    pub fn start(
        handler: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self::with(listener, handler)
    }

    pub fn with(
        listener: TcpListener,
        handler: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let handler: Arc<Handler> = Arc::new(handler);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (handler, seen) = (Arc::clone(&handler), Arc::clone(&seen));
                std::thread::spawn(move || {
                    let head = read_head(&mut stream);
                    seen.lock()
                        .expect("no test has panicked")
                        .push(head.clone());
                    let _ = handler(&head, &mut stream);
                });
            }
        });
        Self { port, heads }
    }

    /// One at whose port nobody listens any more.
    pub fn gone(port: u16) -> Self {
        Self {
            port,
            heads: Arc::default(),
        }
    }

    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no test has panicked").clone()
    }

    /// Describes this server in the manifest.
    pub fn describe(&self, world: &World, changes: &Value) {
        let mut described = json!({
            "api": 1,
            "url": format!("http://127.0.0.1:{}", self.port),
            "directory": world.path("project"),
        });
        for (field, value) in changes.as_object().expect("an object") {
            described[field] = value.clone();
        }
        world.write_manifest(&json!({ "server": described }));
    }
}

pub fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

pub fn send(stream: &mut TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// Answers as a healthy opencode 1 with this configuration and these agents.
pub fn answer(
    head: &str,
    stream: &mut TcpStream,
    config: &Value,
    agents: &Value,
) -> std::io::Result<()> {
    let body = match head.split([' ', '?']).nth(1) {
        Some("/global/health") => json!({ "healthy": true, "version": "1.18.33" }),
        Some("/session/status") => json!({ "ses_1": { "type": "busy" } }),
        Some("/session") => json!([{ "id": "ses_1" }, { "id": "ses_2" }, { "id": "ses_3" }]),
        Some("/config") => config.clone(),
        Some("/agent") => agents.clone(),
        _ => return send(stream, "404 Not Found", ""),
    };
    send(stream, "200 OK", &body.to_string())
}

pub fn agent(name: &str, rules: &[(&str, &str, &str)]) -> Value {
    let rule = |(tool, pattern, action): &(&str, &str, &str)| json!({ "permission": tool, "pattern": pattern, "action": action });
    json!({ "name": name, "permission": rules.iter().map(rule).collect::<Vec<_>>() })
}

/// A HOME with `{"permission": {"bash": "deny"}, "model": "a/b"}`.
pub fn world() -> World {
    let world = World::new();
    let config = json!({ "permission": { "bash": "deny" }, "model": "a/b" });
    std::fs::write(&world.source, config.to_string()).expect("write");
    std::fs::create_dir(world.path("project")).expect("a directory");
    world
}

/// Answers as an opencode 1 with the configuration of [`world`].
pub fn as_declared(head: &str, stream: &mut TcpStream) -> std::io::Result<()> {
    let config = json!({ "model": "a/b", "permission": { "bash": "deny" } });
    let agents = json!([agent(
        "build",
        &[("*", "*", "allow"), ("bash", "*", "deny")]
    )]);
    answer(head, stream, &config, &agents)
}
