//! What adds to the managed configuration or overrides it: `check` names each
//! source, and the real server does what the list says of it.

mod common;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::server::{Server, binary};
use common::{CONFIG, World, stderr};
use opencode_setup::converge::overriding::{SOURCES, Source, What};
use serde_json::json;

/// A file that makes opencode read this source, and what it then shows.
struct Planted {
    source: &'static Source,
    /// Below HOME.
    file: String,
    content: String,
    /// What only this file can bring into what the server answers or does.
    mark: String,
    shown: Shown,
}

/// Where a mark is seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// In the answer to a GET of this path.
    Answer(&'static str),
    /// As a file of that name in HOME: the code has run.
    FileInHome,
    /// In what is sent to a model.
    Prompt,
    /// As a request for configuration.
    Fetched,
}

/// Something for every entry of the list. `url` is where somebody listens who
/// could be asked for configuration.
fn plant_all(url: &str) -> Vec<Planted> {
    let planted = |(index, source): (usize, &'static Source)| {
        let mark = format!("planted-{index}");
        let plain = |content: String, shown| (String::new(), content, shown);
        let described = |more: &str| format!("---\ndescription: {mark}\n{more}---\n{mark}\n");
        let name = source.path.rsplit('/').next().unwrap_or_default();
        let (below, content, shown) = match (source.what, name) {
            (What::Logins, _) => {
                let login = json!({ "type": "wellknown", "key": "KEY", "token": "token" });
                // opencode skips the one that is none.
                plain(json!({ "a": 1, url: login }).to_string(), Shown::Fetched)
            }
            (What::File, "config") => plain(
                format!("[command.{mark}]\ntemplate = \"x\"\n"),
                Shown::Answer("/command"),
            ),
            (What::File, "AGENTS.md" | "CLAUDE.md") => plain(mark.clone(), Shown::Prompt),
            (What::File, _) => plain(
                json!({ "command": { mark.as_str(): { "template": "x" } } }).to_string(),
                Shown::Answer("/command"),
            ),
            (What::Files { .. }, "agent" | "agents") => (
                format!("/{mark}.md"),
                described("mode: subagent\n"),
                Shown::Answer("/agent"),
            ),
            (What::Files { .. }, "mode" | "modes") => (
                format!("/{mark}.md"),
                described(""),
                Shown::Answer("/agent"),
            ),
            (What::Files { .. }, "command" | "commands") => (
                format!("/{mark}.md"),
                described(""),
                Shown::Answer("/command"),
            ),
            (What::Files { .. }, "skill" | "skills") => (
                format!("/{mark}/SKILL.md"),
                described(&format!("name: {mark}\n")),
                Shown::Answer("/skill"),
            ),
            (What::Files { .. }, _) => (
                format!("/{mark}.js"),
                format!(
                    "require('fs').writeFileSync(process.env.HOME + '/{mark}', '')\n\
                     export const Planted = async () => ({{}})\n\
                     export default {{ description: 'x', args: {{}}, execute: async () => 'x' }}\n"
                ),
                Shown::FileInHome,
            ),
        };
        Planted {
            file: format!("{}{below}", source.path),
            source,
            content,
            mark,
            shown,
        }
    };
    SOURCES.iter().enumerate().map(planted).collect()
}

impl Planted {
    fn plant(&self, home: &Path) {
        let path = home.join(&self.file);
        std::fs::create_dir_all(path.parent().expect("below HOME")).expect("create");
        std::fs::write(path, &self.content).expect("write");
    }
}

/// Each source alone makes `check` warn, by name; a link of the manifest in its
/// place does not.
#[test]
fn check_names_each_source() {
    for planted in plant_all("http://127.0.0.1:1") {
        let world = World::new();
        world.apply().success();
        assert_eq!(stderr(&world.check().success()), "");
        planted.plant(&world.home);
        let warning = stderr(&world.check().success());
        let expected = format!("{}: {}", planted.file, planted.source.effect.description());
        let named = match planted.source.what {
            // Found below it, in a directory.
            What::Files { endings, .. } if endings == ["SKILL.md"] => {
                format!("{}/{}: ", planted.source.path, planted.mark)
            }
            _ => expected,
        };
        assert!(warning.contains(&named), "{named:?} is not in: {warning}");
        assert_eq!(warning.lines().count(), 1, "{warning}");
    }
}

/// A source that the manifest links is managed, and nothing to warn of.
#[test]
fn a_source_that_the_manifest_links_is_managed() {
    let world = World::new();
    let rules = world.path("AGENTS.md");
    std::fs::write(&rules, "Be kind.").expect("write");
    let skill = world.path("skill");
    std::fs::create_dir(&skill).expect("create");
    std::fs::write(skill.join("SKILL.md"), "x").expect("write");
    world.write_manifest(&json!({ "links": [
        { "path": CONFIG, "source": world.source },
        { "path": ".config/opencode/AGENTS.md", "source": rules },
        { "path": ".config/opencode/agent/kind.md", "source": rules },
        { "path": ".claude/skills/kind", "source": skill, "kind": "directory" },
    ] }));
    world.apply().success();
    assert_eq!(stderr(&world.check().success()), "");
}

/// What cannot be looked at may override the configuration as well: a directory
/// that is closed, and a link that leads out of HOME. It is no drift.
#[test]
fn a_source_that_cannot_be_looked_at_is_named() {
    let world = World::new();
    world.apply().success();
    common::link("/nonexistent-elsewhere", world.at(".claude"));
    common::link(world.path(""), world.at(".opencode"));
    let warning = stderr(&world.check().success());
    assert!(
        warning.contains(".opencode/agent: cannot be looked at: the way there leads out of HOME"),
        "{warning}"
    );
    assert!(
        warning.contains(".opencode/opencode.json: cannot"),
        "{warning}"
    );
}

/// opencode skips the logins that it does not understand, follows links, and reads
/// files of any size and with any bytes (measured with opencode 1.18.33). None of
/// these hides a login.
#[test]
fn nothing_hides_a_login_that_brings_a_configuration() {
    type Plant = fn(&World, &Path, &str);
    let login = r#""http://127.0.0.1:1": {"type": "wellknown", "key": "K", "token": "t"}"#;
    let cases: [(&str, Plant); 5] = [
        ("alone", |_, file, login| {
            std::fs::write(file, format!("{{{login}}}")).expect("write");
        }),
        ("beside others that are none", |_, file, login| {
            let content = format!(r#"{{"a": 1, "b": {{}}, "c": {{"type": 2}}, {login}}}"#);
            std::fs::write(file, content).expect("write");
        }),
        ("beside bytes that are not UTF-8", |_, file, login| {
            let content = [b"{\"\xff\": 1, ", login.as_bytes(), b"}"].concat();
            std::fs::write(file, content).expect("write");
        }),
        ("in a large file", |_, file, login| {
            let content = format!("{{{login}}}{}", " ".repeat(2 << 20));
            std::fs::write(file, content).expect("write");
        }),
        ("behind a link", |world, file, login| {
            std::fs::write(world.at("elsewhere"), format!("{{{login}}}")).expect("write");
            common::link("../../../elsewhere", file);
        }),
    ];
    for (case, plant) in cases {
        let world = World::new();
        world.apply().success();
        let file = world.at(".local/share/opencode/auth.json");
        plant(&world, &file, login);
        let warning = stderr(&world.check().success());
        assert!(
            warning.contains(".local/share/opencode/auth.json: "),
            "{case}: {warning}"
        );
        assert_eq!(warning.lines().count(), 1, "{case}: {warning}");
    }
}

/// Everything that somebody who listens on a port of the loopback has been sent,
/// each answered with `answer`.
struct Listener {
    url: String,
    heard: Arc<Mutex<String>>,
}

impl Listener {
    fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heard = Arc::new(Mutex::new(String::new()));
        let also_heard = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let request = read_request(stream, answer);
                also_heard
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_str(&request);
            }
        });
        Self { url, heard }
    }

    fn heard(&self, mark: &str) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.contains(mark)
    }
}

/// Reads what comes within a second, and answers.
fn read_request(mut stream: TcpStream, answer: &str) -> String {
    let (mut request, mut chunk) = (Vec::new(), vec![0; 65_536]);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(300)));
    while let Ok(length @ 1..) = stream.read(&mut chunk) {
        request.extend(&chunk[..length]);
    }
    let length = answer.len();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}"
    );
    String::from_utf8_lossy(&request).into_owned()
}

fn comes(is_so: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_mins(1) {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    false
}

/// The real server does with each source what the list says: it shows in what the
/// server answers, does, fetches or sends to a model. Without it, it does not.
#[test]
fn the_real_server_reads_each_source() {
    let Some(opencode) = binary("OPENCODE_BIN") else {
        return;
    };
    let (issuer, model) = (Listener::start("{}"), Listener::start("{}"));
    let planted = plant_all(&issuer.url);
    for round in ["nothing is planted", "all is planted"] {
        let world = World::new();
        let provider = json!({
            "npm": "@ai-sdk/openai-compatible",
            "options": { "baseURL": model.url, "apiKey": "none" },
            "models": { "model": { "name": "model" } },
        });
        let config = json!({ "provider": { "test": provider }, "model": "test/model" });
        std::fs::write(&world.source, config.to_string()).expect("write");
        world.apply().success();
        let is_planted = round == "all is planted";
        if is_planted {
            for planted in &planted {
                planted.plant(&world.home);
            }
        }
        let server = Server::start(opencode.as_ref(), &world.home);
        // The first request of a project takes long where there is no network.
        server.get("/config");
        let session = server.post("/session", &json!({})).expect("a session");
        let session: serde_json::Value = serde_json::from_str(&session).expect("JSON");
        let path = format!(
            "/session/{}/message",
            session["id"].as_str().expect("an id")
        );
        // What comes of it does not matter: the model has been asked.
        let question = json!({ "parts": [{ "type": "text", "text": "asked" }] });
        server.post(&path, &question);
        assert!(comes(|| model.heard("asked")), "the model was never asked");
        for planted in &planted {
            let (file, mark) = (&planted.file, &planted.mark);
            // CLAUDE.md counts where there is no AGENTS.md.
            let is_expected = is_planted && !file.ends_with("CLAUDE.md");
            let is_shown = match planted.shown {
                Shown::Answer(path) => server
                    .get(path)
                    .to_string()
                    .contains(&format!("\"{mark}\"")),
                Shown::FileInHome => world.at(mark).exists(),
                // The first request to the model may be the one for a title.
                Shown::Prompt if is_expected => comes(|| model.heard(mark)),
                Shown::Prompt => model.heard(mark),
                Shown::Fetched => issuer.heard(".well-known/opencode"),
            };
            assert_eq!(is_shown, is_expected, "{file}, {round}");
        }
    }
}
