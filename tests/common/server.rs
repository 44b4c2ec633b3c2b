//! The real opencode server, for tests.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long the server may take; it needs about three seconds on an idle machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// The password of a server that has one, and the header that it wants to see. One
/// without takes any.
pub const PASSWORD: &str = "pw";
const AUTHORIZATION: &str = "Basic b3BlbmNvZGU6cHc=";

pub struct Server {
    child: Child,
    port: u16,
    project: TempDir,
}

/// The program that a variable names; says so where a test has to be left out.
pub fn binary(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from);
    if found.is_none() {
        super::skip(&format!(
            "set {variable} to the opencode program to run this"
        ));
    }
    found
}

impl Server {
    /// Starts the server and waits until it says that it listens: requests sent
    /// before that are never answered.
    pub fn start(opencode: &Path, home: &Path) -> Self {
        // Far from the links' sources: the server takes every opencode.json from
        // here up to the root for the project's own.
        let project = TempDir::new().expect("a directory");
        let arguments = ["--print-logs"].map(OsStr::new);
        Self::start_in(project, opencode, home, &arguments, &[])
    }

    /// The same in a project directory, with further arguments and variables.
    pub fn start_in(
        project: TempDir,
        opencode: &Path,
        home: &Path,
        arguments: &[&OsStr],
        variables: &[(&str, &str)],
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let mut child = Command::new(opencode)
            .arg("serve")
            .args(arguments)
            .args(["--hostname", "127.0.0.1", "--port"])
            .arg(port.to_string())
            .env_clear()
            .envs([
                ("PATH", "/usr/bin:/bin".as_ref()),
                ("HOME", home.as_os_str()),
                // Without a network it would try for a minute to install.
                ("npm_config_offline", "true".as_ref()),
            ])
            .envs(variables.iter().copied())
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
            project,
        };
        assert!(listens, "opencode ended without listening");
        server
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The directory that it works in.
    pub fn project(&self) -> &Path {
        self.project.path()
    }

    /// The answer to a GET, tried again until it is a JSON document.
    pub fn get(&self, path: &str) -> Value {
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
        serde_json::from_str(&self.request("GET", path, "")?).ok()
    }

    /// The body of the answer to a POST of `content`, if there is one.
    pub fn post(&self, path: &str, content: &Value) -> Option<String> {
        self.request("POST", path, &content.to_string())
    }

    fn request(&self, method: &str, path: &str, content: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let length = content.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Authorization: {AUTHORIZATION}\r\nContent-Length: {length}\r\n\r\n{content}"
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        // Whatever came before a time-out may be all of it.
        let _ = stream.read_to_string(&mut answer);
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.lines()
            .next()?
            .contains(" 200 ")
            .then(|| body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It swallows SIGTERM while it is busy.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
