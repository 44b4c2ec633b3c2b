//! opencode 1: its routes, and how its answers are read. Measured with 1.18.33.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::server::http::{Client, NoAnswer};
use crate::server::rules::{Action, Rule};
use crate::server::{Agent, Answer, MOST_SESSIONS, Sessions};

const HEALTH: &str = "/global/health";
const CONFIG: &str = "/config";
const AGENTS: &str = "/agent";
const DIRECTORY: &str = "directory";
/// The sessions of one directory, a hundred of them without a limit.
const SESSIONS: &str = "/session";
const LIMIT: &str = "limit";
/// The sessions of all directories.
const ALL_SESSIONS: &str = "/experimental/session";
const SINCE: &str = "start";
/// What the sessions of one directory do.
const STATUS: &str = "/session/status";
/// The terminals of one directory.
const TERMINALS: &str = "/pty";

/// The fields of an agent, and of each of its rules: tool, pattern and action.
const NAME: &str = "name";
const RULES: &str = "permission";
const FIELDS: [&str; 3] = ["permission", "pattern", "action"];

/// How the pattern of the last rule ends, which opencode itself adds to every agent:
/// it is about the folder for tool output that is too long to show.
const OWN_FOLDER: &str = "/opencode/tool-output/*";

/// See [`crate::server::ask_health`].
///
/// # Errors
/// Why there is no answer.
pub fn ask_health(client: &Client) -> Result<Value, NoAnswer> {
    client.try_get(HEALTH)
}

/// See [`crate::server::ask`].
///
/// # Errors
/// Why there is no answer.
pub fn ask(client: &Client, directory: &str) -> Result<Answer, NoAnswer> {
    let Value::Object(config) = client.get(CONFIG, &[(DIRECTORY, directory)])? else {
        return Err(unexpected(CONFIG));
    };
    let answer = client.get(AGENTS, &[(DIRECTORY, directory)])?;
    let agents = answer.as_array().ok_or_else(|| unexpected(AGENTS))?;
    let agents = agents.iter().map(|agent| {
        let mut agent = agent_of(agent, NAME, RULES, FIELDS)?;
        agent.rules.pop_if(|rule| is_own(rule));
        Some(agent)
    });
    let agents: Option<Vec<_>> = agents.collect();
    Ok(Answer {
        agents: agents.ok_or_else(|| unexpected(AGENTS))?,
        config: Some(config),
    })
}

/// See [`crate::server::is_at_work`]. The server lists the 100 sessions that changed
/// last.
///
/// # Errors
/// Why there is no answer.
pub fn is_at_work(client: &Client, directory: &str, since: Duration) -> Result<bool, NoAnswer> {
    let since = since.as_millis().to_string();
    let answer = client.get(ALL_SESSIONS, &[(SINCE, &since)])?;
    let sessions = answer.as_array().ok_or_else(|| unexpected(ALL_SESSIONS))?;
    let used = sessions
        .iter()
        .map(|session| session.get("directory")?.as_str());
    let used: Option<BTreeSet<&str>> = used.collect();
    let mut directories = used.ok_or_else(|| unexpected(ALL_SESSIONS))?;
    directories.insert(directory);
    for directory in directories {
        let answer = client.get(STATUS, &[(DIRECTORY, directory)])?;
        let sessions = answer.as_object().ok_or_else(|| unexpected(STATUS))?;
        if sessions.values().any(is_busy) {
            return Ok(true);
        }
        let answer = client.get(TERMINALS, &[(DIRECTORY, directory)])?;
        if has_open_terminal(answer.as_array().ok_or_else(|| unexpected(TERMINALS))?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a session is at work: it is "busy", or tries again after an error of the
/// provider ("retry"). A session at rest is missing in the answer, or is "idle".
fn is_busy(status: &Value) -> bool {
    status["type"] != "idle"
}

/// Whether the program of a terminal still runs.
pub(super) fn has_open_terminal(terminals: &[Value]) -> bool {
    terminals.iter().any(|one| one["status"] != "exited")
}

/// See [`crate::server::ask_sessions`].
///
/// # Errors
/// Why there is no answer.
pub fn ask_sessions(client: &Client, directory: &str) -> Result<Sessions, NoAnswer> {
    let statuses = client.get(STATUS, &[(DIRECTORY, directory)])?;
    let statuses = statuses.as_object();
    let statuses = statuses.ok_or_else(|| unexpected(STATUS))?;
    let most = MOST_SESSIONS.to_string();
    let sessions = client.get(SESSIONS, &[(LIMIT, &most), (DIRECTORY, directory)])?;
    let sessions = sessions.as_array().ok_or_else(|| unexpected(SESSIONS))?;
    Ok(Sessions {
        busy: statuses.values().filter(|status| is_busy(status)).count() as u64,
        total: sessions.len() as u64,
    })
}

fn is_own(rule: &Rule) -> bool {
    let folder = rule.pattern.strip_suffix(OWN_FOLDER);
    rule.tool == "external_directory"
        && folder.is_some_and(|above| above.starts_with('/') && !above.contains(['*', '?']))
}

pub(super) fn unexpected(path: &str) -> NoAnswer {
    NoAnswer::Never(format!(
        "GET {path}: the answer does not have the shape that this major of opencode gives it; \
         compare server.api of the manifest with the version of opencode"
    ))
}

/// Reads an agent; `None` where it has another shape.
pub(super) fn agent_of(agent: &Value, name: &str, rules: &str, fields: [&str; 3]) -> Option<Agent> {
    let agent: &Map<_, _> = agent.as_object()?;
    let rules = agent.get(rules)?.as_array()?.iter().map(|rule| {
        let [tool, pattern, action] = fields.map(|field| rule.get(field)?.as_str());
        Some(Rule {
            tool: tool?.to_owned(),
            pattern: pattern?.to_owned(),
            action: Action::parse(action?)?,
        })
    });
    Some(Agent {
        name: agent.get(name)?.as_str()?.to_owned(),
        rules: rules.collect::<Option<_>>()?,
    })
}
