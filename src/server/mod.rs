//! Asks a running server what it runs with, and compares that with what was declared.
//!
//! 1. [`declared`] reads the configuration that the manifest links into HOME;
//! 2. [`namespace`] enters the network namespace of an isolated server, [`listener`]
//!    finds out whose process listens, and [`http`] asks it if that is HOME's owner;
//! 3. [`api1`] and [`api2`] have the routes of each major version of opencode, and turn
//!    its answers into an [`Answer`];
//! 4. [`compare`] compares the answer with what was declared, and is pure: [`rules`],
//!    with [`pattern`], compares permissions, and [`values`] everything else;
//! 5. [`sources`] looks for the file that brings each [`difference`].

pub mod api1;
pub mod api2;
pub mod compare;
pub mod declared;
pub mod difference;
pub mod http;
pub mod listener;
pub mod namespace;
pub mod pattern;
pub mod rules;
pub mod sources;
pub mod values;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::manifest::server::Api;
use crate::server::http::{Client, NoAnswer};
use crate::server::rules::Rule;

/// What a server runs with.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its agents.
    pub agents: Vec<Agent>,
    /// Its configuration; `None` if no route gives it.
    pub config: Option<Map<String, Value>>,
}

/// An agent, and the rules that it has in effect, in their order.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// What a server says of its health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it says that it is healthy.
    pub healthy: bool,
    /// Its version, if it gives one that looks like a version.
    pub version: Option<String>,
}

/// The sessions of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// Those in which the server is at work.
    pub busy: u64,
    /// All sessions, [`MOST_SESSIONS`] at most.
    pub total: u64,
}

/// The most sessions that a server is asked for.
pub const MOST_SESSIONS: u64 = 10_000;

/// Asks whether the server answers at all. An answer does not prove that it is usable.
///
/// # Errors
/// Why there is no answer.
pub fn ask_health(api: Api, client: &Client) -> Result<Health, NoAnswer> {
    let answer = match api {
        Api::One => api1::ask_health(client),
        Api::Two => api2::ask_health(client),
    }?;
    let version = answer.get("version").and_then(Value::as_str);
    Ok(Health {
        healthy: answer.get("healthy").and_then(Value::as_bool) == Some(true),
        version: version.filter(|text| is_version(text)).map(str::to_owned),
    })
}

/// Whether a text looks like a version. It is printed in tables and metrics, and an
/// agent may be able to choose it.
fn is_version(text: &str) -> bool {
    const LONGEST: usize = 64;
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "-+._".contains(letter);
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_allowed)
}

/// Asks how many sessions the project `directory` has.
///
/// # Errors
/// Why there is no answer.
pub fn ask_sessions(api: Api, client: &Client, directory: &str) -> Result<Sessions, NoAnswer> {
    match api {
        Api::One => api1::ask_sessions(client, directory),
        Api::Two => api2::ask_sessions(client, directory),
    }
}

/// Asks what the server runs with in the project `directory`.
///
/// # Errors
/// Why there is no answer.
pub fn ask(api: Api, client: &Client, directory: &str) -> Result<Answer, NoAnswer> {
    match api {
        Api::One => api1::ask(client, directory),
        Api::Two => api2::ask(client, directory),
    }
}

/// Asks whether a session is at work or a terminal is open, in `directory` or in a
/// directory with a session that has changed since `since`, a time after the epoch.
///
/// # Errors
/// Why there is no answer.
pub fn is_at_work(
    api: Api,
    client: &Client,
    directory: &str,
    since: Duration,
) -> Result<bool, NoAnswer> {
    match api {
        Api::One => api1::is_at_work(client, directory, since),
        Api::Two => api2::is_at_work(client, directory, since),
    }
}
