//! opencode 2: its routes, and how its answers are read. Measured with the
//! preview 0.0.0-next-16350. No route gives the configuration back, and a file
//! that 2 cannot read is dropped as a whole, without a message. So only the rules
//! and the names of the agents can be compared.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::server::api1::{agent_of, has_open_terminal, unexpected};
use crate::server::http::{Client, NoAnswer};
use crate::server::{Agent, Answer, MOST_SESSIONS, Sessions};

const HEALTH: &str = "/api/health";
const AGENTS: &str = "/api/agent";
const DIRECTORY: &str = "location[directory]";
/// The sessions of all directories that are at work.
const ACTIVE: &str = "/api/session/active";
/// Sessions, the one that changed last first: of all directories or of one, and fifty
/// of them without a limit.
const SESSIONS: &str = "/api/session";
const LIMIT: &str = "limit";
const DIRECTORY_OF_SESSIONS: &str = "directory";
/// Both are about one directory. The second lists the commands that run, also those that
/// agents have put into the background: their sessions are not active any more.
const TERMINALS: &str = "/api/pty";
const COMMANDS: &str = "/api/shell";

/// How many of the sessions that changed last are looked at for terminals.
const RECENT: &str = "100";

/// The fields of an agent, and of each of its rules: tool, pattern and action.
const NAME: &str = "id";
const RULES: &str = "permissions";
const FIELDS: [&str; 3] = ["action", "resource", "effect"];

/// How long to wait before asking again for a list that is still empty.
const PAUSE: Duration = Duration::from_millis(200);

/// See [`crate::server::ask_health`].
///
/// # Errors
/// Why there is no answer.
pub fn ask_health(client: &Client) -> Result<Value, NoAnswer> {
    client.try_get(HEALTH)
}

/// See [`crate::server::ask`]. The first answers for a directory are empty, so
/// it asks again.
///
/// # Errors
/// Why there is no answer.
pub fn ask(client: &Client, directory: &str) -> Result<Answer, NoAnswer> {
    loop {
        let answer = client.get(AGENTS, &[(DIRECTORY, directory)])?;
        let agents = answer.get("data").and_then(|data| data.as_array());
        let agents = agents.ok_or_else(|| unexpected(AGENTS))?;
        let agents = agents
            .iter()
            .map(|agent| agent_of(agent, NAME, RULES, FIELDS));
        let agents: Option<Vec<Agent>> = agents.collect();
        let agents = agents.ok_or_else(|| unexpected(AGENTS))?;
        if !agents.is_empty() {
            return Ok(Answer {
                agents,
                config: None,
            });
        }
        std::thread::sleep(PAUSE.min(client.time_left()));
    }
}

/// See [`crate::server::is_at_work`].
///
/// # Errors
/// Why there is no answer.
pub fn is_at_work(client: &Client, directory: &str, since: Duration) -> Result<bool, NoAnswer> {
    let answer = client.get(ACTIVE, &[])?;
    let active = answer["data"].as_object();
    if !active.ok_or_else(|| unexpected(ACTIVE))?.is_empty() {
        return Ok(true);
    }
    let answer = client.get(SESSIONS, &[(LIMIT, RECENT)])?;
    let sessions = answer["data"].as_array();
    let sessions = sessions.ok_or_else(|| unexpected(SESSIONS))?;
    let used = sessions
        .iter()
        .filter(|session| has_changed(session, since))
        .filter_map(|session| session["location"]["directory"].as_str());
    let mut directories: BTreeSet<&str> = used.collect();
    directories.insert(directory);
    for directory in directories {
        let answer = client.get(TERMINALS, &[(DIRECTORY, directory)])?;
        let terminals = answer["data"].as_array();
        if has_open_terminal(terminals.ok_or_else(|| unexpected(TERMINALS))?) {
            return Ok(true);
        }
        let answer = client.get(COMMANDS, &[(DIRECTORY, directory)])?;
        let commands = answer["data"].as_array();
        if !commands.ok_or_else(|| unexpected(COMMANDS))?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_changed(session: &Value, since: Duration) -> bool {
    let changed = session["time"]["updated"].as_u64();
    changed.is_none_or(|changed| u128::from(changed) >= since.as_millis())
}

/// See [`crate::server::ask_sessions`]. The server counts those at work in all
/// projects; an instance has one project.
///
/// # Errors
/// Why there is no answer.
pub fn ask_sessions(client: &Client, directory: &str) -> Result<Sessions, NoAnswer> {
    let answer = client.get(ACTIVE, &[(DIRECTORY, directory)])?;
    let at_work = answer["data"].as_object();
    let busy = at_work.ok_or_else(|| unexpected(ACTIVE))?.len();
    let most = MOST_SESSIONS.to_string();
    let parameters = [(LIMIT, &*most), (DIRECTORY_OF_SESSIONS, directory)];
    let answer = client.get(SESSIONS, &parameters)?;
    let sessions = answer["data"].as_array();
    let total = sessions.ok_or_else(|| unexpected(SESSIONS))?.len();
    Ok(Sessions {
        busy: busy as u64,
        total: total as u64,
    })
}

/// The name in opencode 2 of a tool that a configuration in the keys of 1 names.
#[must_use]
pub fn tool_name(name: &str) -> &str {
    match name {
        "bash" => "shell",
        "task" => "subagent",
        "write" | "patch" | "apply_patch" => "edit",
        other => other,
    }
}
