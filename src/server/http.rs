//! Asking a server that may mean harm: no redirect is followed, no proxy is asked,
//! and the time and the size of an answer are bounded.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nix::unistd::Uid;
use serde_json::Value;

use crate::manifest::server::ServerUrl;
use crate::server::listener::{Listener, find};

/// The longest answer that is read, in bytes.
const LARGEST_ANSWER: u64 = 8 << 20;

/// The longest header of an answer that is read, in bytes.
const LARGEST_HEADER: usize = 16 << 10;

/// How long one try to find out whether the server answers at all may take: a request
/// that arrives between bind(2) and the server's line "listening" is never answered
/// (measured with opencode 1.18.33).
const SHORT_TRY: Duration = Duration::from_secs(1);

/// The user that opencode expects beside its password.
const USER: &str = "opencode";

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// Nobody listens there.
    Down,
    /// Somebody else listens there, and was sent nothing.
    Others(String),
    /// Another try may succeed.
    Later(String),
    /// No other try will succeed.
    Never(String),
}

/// How a server is asked.
pub struct Client {
    url: ServerUrl,
    owner: Uid,
    authorization: Option<String>,
    deadline: Instant,
}

impl Client {
    /// A client for the server at `url`, which has to be a process of `owner`.
    /// No answer is waited for beyond `deadline`.
    #[must_use]
    pub fn new(url: ServerUrl, owner: Uid, password: Option<&str>, deadline: Instant) -> Self {
        let basic = |password| format!("Basic {}", STANDARD.encode(format!("{USER}:{password}")));
        Self {
            url,
            owner,
            authorization: password.map(basic),
            deadline,
        }
    }

    /// How much time is left.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Asks without parameters, and waits for an answer for a second at most.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn try_get(&self, path: &str) -> Result<Value, NoAnswer> {
        self.ask(path, &[], SHORT_TRY.min(self.time_left()))
    }

    /// Asks with these parameters, and waits for an answer as long as there is time.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value, NoAnswer> {
        self.ask(path, parameters, self.time_left())
    }

    fn ask(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<Value, NoAnswer> {
        self.check_listener()?;
        if timeout.is_zero() {
            return Err(NoAnswer::Later(format!("GET {path}: no time is left")));
        }
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_response_header_size(LARGEST_HEADER)
            .timeout_global(Some(timeout))
            .build();
        let agent = ureq::Agent::new_with_config(config);
        let mut request = agent.get(format!("http://{}{path}", self.url.address()));
        for (name, value) in parameters {
            request = request.query(name, value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let failed = |error: ureq::Error| no_answer(path, &error);
        let mut response = request.call().map_err(failed)?;
        check_status(path, response.status().as_u16())?;
        let body = response.body_mut().with_config().limit(LARGEST_ANSWER);
        let body = body.read_to_vec().map_err(failed)?;
        serde_json::from_slice(&body).map_err(|error| {
            NoAnswer::Never(format!("GET {path}: the answer is not JSON: {error}"))
        })
    }

    /// Checks which user listens, right before each request: the password is sent to
    /// that process, and while the server is down any user may listen on its port.
    ///
    /// # Errors
    /// When it is not the owner, or nobody.
    pub fn check_listener(&self) -> Result<(), NoAnswer> {
        let address = self.url.address();
        match find(address) {
            Ok(Listener::None) => Err(NoAnswer::Down),
            Ok(Listener::OfUser(user)) if user == self.owner => Ok(()),
            Ok(Listener::OfUser(user)) => Err(NoAnswer::Others(format!(
                "a process of user {user} listens there, and the server runs as user {}; \
                 nothing was sent; find the process with `ss -ltnp`",
                self.owner
            ))),
            Err(why) => Err(NoAnswer::Never(format!(
                "cannot find out which user listens there: {why}"
            ))),
        }
    }
}

fn check_status(path: &str, status: u16) -> Result<(), NoAnswer> {
    let line = |what: &str| format!("GET {path}: the answer has status {status}{what}");
    match status {
        200 => Ok(()),
        401 => Err(NoAnswer::Never(line(
            ": the password is not the server's; compare passwordFile of the manifest with what the unit gives the server",
        ))),
        300..400 => Err(NoAnswer::Never(line(", a redirect, which is not followed"))),
        400..500 => Err(NoAnswer::Never(line(
            "; a configuration file of the project may not be valid; see the log of the server",
        ))),
        _ => Err(NoAnswer::Later(line("; see the log of the server"))),
    }
}

fn no_answer(path: &str, error: &ureq::Error) -> NoAnswer {
    let line = format!("GET {path}: {error}");
    match error {
        ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed => {
            NoAnswer::Later(line)
        }
        _ => NoAnswer::Never(line),
    }
}
