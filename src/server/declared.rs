//! What was declared: the configuration that the manifest links into HOME, and
//! the rules that opencode makes of it.
//!
//! Measured with opencode 1.18.33 and the preview 0.0.0-next-16350 of 2:
//! - an agent has the rules of the top-level `permission`, then its own;
//! - rules of `tools` come before those of the `permission` beside it. If both name a
//!   tool, it has the rules of `permission` at the place of `tools`;
//! - `mode` makes agents as `agent` does;
//! - a string as `permission` is about all tools, and a string for a tool about all
//!   patterns;
//! - `~/` and `$HOME` at the beginning of a pattern stand for HOME;
//! - `{env:NAME}` and `{file:PATH}` are replaced in the text of the file, with values
//!   that this program does not know. A rule or a value with one is not compared.

use std::path::Path;

use serde_json::{Map, Value};

use crate::home::opencode_json;
use crate::manifest::Manifest;
use crate::manifest::bounded_read::{open_file, read_regular_file};
use crate::manifest::load::LARGEST_MANIFEST;
use crate::manifest::names::CONFIG_LINK;
use crate::manifest::server::Api;
use crate::report::error::Error;
use crate::report::shown::Shown;
use crate::server::api2;
use crate::server::rules::{Action, DeclaredRule, Rule};

/// What was declared.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The whole configuration.
    pub config: Map<String, Value>,
    /// The rules of every agent.
    pub rules: Vec<DeclaredRule>,
    /// The agents that are named, with further rules.
    pub agents: Vec<DeclaredAgent>,
    /// The rules that are not compared, since they hold a substitution.
    pub not_compared: Vec<Vec<String>>,
}

/// An agent of the configuration.
#[derive(Clone, Debug)]
pub struct DeclaredAgent {
    /// Its name.
    pub name: String,
    /// Its place in the configuration.
    pub key: Vec<String>,
    /// Whether it shall not exist.
    pub is_disabled: bool,
    /// Its own rules, which come after those of every agent.
    pub rules: Vec<DeclaredRule>,
}

/// Reads what `manifest` declares.
///
/// # Errors
/// When the file cannot be read, or is none that opencode can read.
pub fn read(manifest: &Manifest, api: Api) -> Result<Declared, Error> {
    let is_config = |link: &&crate::manifest::Link| link.path.as_str() == CONFIG_LINK;
    let Some(link) = manifest.links.iter().find(is_config) else {
        return Ok(Declared::default());
    };
    let config = read_config(link.source.as_path()).map_err(|why| {
        Error::failed(format!(
            "{why}; this is what the link {CONFIG_LINK} of the manifest leads to, and opencode could not read it either"
        ))
    })?;
    Ok(Declared::of(config, manifest.home.as_str(), api))
}

/// Reads a file as opencode reads its configuration.
///
/// # Errors
/// Why it is no configuration.
pub fn read_config(path: &Path) -> Result<Map<String, Value>, String> {
    let mut file = open_file(path).map_err(|error| error.to_string())?;
    let shown = Shown::new(path);
    let (content, _) = read_regular_file(&mut file, LARGEST_MANIFEST)
        .map_err(|error| format!("{shown}: {error}"))?;
    opencode_json::read(&content).map_err(|why| format!("{shown}: {why}"))
}

/// Whether a text holds something that opencode replaces.
#[must_use]
pub fn is_substituted(text: &str) -> bool {
    text.contains("{env:") || text.contains("{file:")
}

impl Declared {
    /// What `config` declares for a server of the major `api` with this HOME.
    #[must_use]
    pub fn of(config: Map<String, Value>, home: &str, api: Api) -> Self {
        let mut reader = RuleReader {
            home,
            api,
            not_compared: Vec::new(),
        };
        let rules = reader.rules_of(&config, &[]);
        let mut agents = Vec::new();
        for field in ["agent", "agents", "mode"] {
            let named = config.get(field).and_then(Value::as_object);
            for (name, agent) in named.into_iter().flatten() {
                let key = vec![field.to_owned(), name.clone()];
                let Some(agent) = agent.as_object() else {
                    continue;
                };
                agents.push(DeclaredAgent {
                    name: name.clone(),
                    is_disabled: agent.get(disable_key(field)) == Some(&Value::Bool(true)),
                    rules: reader.rules_of(agent, &key),
                    key,
                });
            }
        }
        let not_compared = reader.not_compared;
        Self {
            config,
            rules,
            agents,
            not_compared,
        }
    }

    /// The declared rules of the agent `name`, in the order in which they come.
    #[must_use]
    pub fn rules_for(&self, name: &str) -> Vec<DeclaredRule> {
        let own = self.agents.iter().filter(|agent| agent.name == name);
        let own = own.flat_map(|agent| &agent.rules);
        self.rules.iter().chain(own).cloned().collect()
    }
}

/// The key that disables an agent of the section `field`; opencode 2 has the section
/// `agents`.
#[must_use]
pub fn disable_key(field: &str) -> &'static str {
    if field == "agents" {
        "disabled"
    } else {
        "disable"
    }
}

struct RuleReader<'a> {
    home: &'a str,
    api: Api,
    not_compared: Vec<Vec<String>>,
}

impl RuleReader<'_> {
    /// The rules that `tools`, `permission` and `permissions` of an object make. The
    /// object is at `key` in the configuration.
    fn rules_of(&mut self, object: &Map<String, Value>, key: &[String]) -> Vec<DeclaredRule> {
        let mut rules = Vec::new();
        for (tool, value, key) in by_tool(object, key) {
            match value {
                Value::String(action) => self.add(&mut rules, (&tool, "*", &action), key),
                Value::Object(patterns) => {
                    for (pattern, action) in in_javascript_order(&patterns) {
                        let key = [&key[..], std::slice::from_ref(pattern)].concat();
                        let action = action.as_str().unwrap_or_default();
                        self.add(&mut rules, (&tool, pattern, action), key);
                    }
                }
                _ => {}
            }
        }
        if self.api == Api::Two {
            self.add_list(&mut rules, object, key);
        }
        rules
    }

    /// Adds the rules of `permissions`, the list of opencode 2.
    fn add_list(
        &mut self,
        rules: &mut Vec<DeclaredRule>,
        object: &Map<String, Value>,
        key: &[String],
    ) {
        let list = object.get("permissions").and_then(Value::as_array);
        for (index, rule) in list.into_iter().flatten().enumerate() {
            let [tool, pattern, action] = ["action", "resource", "effect"]
                .map(|field| rule.get(field).and_then(Value::as_str).unwrap_or("*"));
            let key = [key, &["permissions".to_owned(), index.to_string()]].concat();
            self.add(rules, (tool, pattern, action), key);
        }
    }

    fn add(
        &mut self,
        rules: &mut Vec<DeclaredRule>,
        (tool, pattern, action): (&str, &str, &str),
        key: Vec<String>,
    ) {
        if [tool, pattern, action].into_iter().any(is_substituted) {
            self.not_compared.push(key);
            return;
        }
        let tool = match self.api {
            Api::One => tool,
            Api::Two => api2::tool_name(tool),
        };
        // opencode refuses a file with any other action.
        if let Some(action) = Action::parse(action) {
            let rule = Rule {
                tool: tool.to_owned(),
                pattern: in_home(pattern, self.home),
                action,
            };
            rules.push(DeclaredRule { rule, key });
        }
    }
}

/// Each tool that `tools` and `permission` name, in the order of its rules, with its
/// value and the key of that value in the configuration.
fn by_tool(object: &Map<String, Value>, key: &[String]) -> Vec<(String, Value, Vec<String>)> {
    let mut entries: Vec<(String, Value, Vec<String>)> = Vec::new();
    let mut set = |tool: &str, value: Value, key: Vec<String>| {
        let known = entries.iter_mut().find(|(known, ..)| known == tool);
        match known {
            Some(entry) => (entry.1, entry.2) = (value, key),
            None => entries.push((tool.to_owned(), value, key)),
        }
    };
    let at = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned());
        key.iter().cloned().chain(names).collect::<Vec<_>>()
    };
    let tools = object.get("tools").and_then(Value::as_object);
    for (tool, may) in tools.into_iter().flatten() {
        let action = if *may == Value::Bool(true) {
            "allow"
        } else {
            "deny"
        };
        let name = match tool.as_str() {
            "write" | "patch" => "edit",
            other => other,
        };
        set(name, action.into(), at(&["tools", tool]));
    }
    match object.get("permission") {
        Some(Value::Object(permission)) => {
            for (tool, value) in in_javascript_order(permission) {
                set(tool, value.clone(), at(&["permission", tool]));
            }
        }
        Some(action @ Value::String(_)) => set("*", action.clone(), at(&["permission"])),
        _ => {}
    }
    entries
}

/// The entries of an object as JavaScript orders them: names that look like an
/// integer come first, by their value.
fn in_javascript_order(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let index = |name: &str| {
        let number = name.parse::<u32>().ok()?;
        (number != u32::MAX && number.to_string() == name).then_some(number)
    };
    let mut entries: Vec<_> = object.iter().collect();
    entries.sort_by_key(|(name, _)| index(name).map_or((1, 0), |index| (0, index)));
    entries
}

/// A pattern in which HOME replaces a `~` or `$HOME` at the beginning.
#[must_use]
pub fn in_home(pattern: &str, home: &str) -> String {
    let below = match (pattern.strip_prefix('~'), pattern.strip_prefix("$HOME")) {
        (Some(rest), _) if rest.is_empty() || rest.starts_with('/') => Some(rest),
        (_, Some(rest)) => Some(rest),
        _ => None,
    };
    below.map_or_else(|| pattern.to_owned(), |rest| format!("{home}{rest}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules(config: Value, api: Api, agent: &str) -> Vec<String> {
        let Value::Object(config) = config else {
            panic!("no object");
        };
        let declared = Declared::of(config, "/home/x", api);
        let rules = declared.rules_for(agent);
        rules.iter().map(|rule| rule.rule.to_string()).collect()
    }

    /// The order and the values of these are what 1.18.33 answered.
    #[test]
    fn rules_come_in_the_order_in_which_opencode_makes_them() {
        let config = json!({
            "permission": {
                "bash": { "*": "ask", "npm *": "allow", "1": "deny" },
                "edit": "deny", "webfetch": "ask",
                "read": { "~/x/*": "deny", "$HOME/y": "deny", "~x": "ask" },
            },
            "tools": { "webfetch": false, "write": true, "grep": true },
            "agent": { "mine": { "tools": { "bash": false }, "permission": { "edit": "ask" } } },
        });
        assert_eq!(
            rules(config, Api::One, "mine"),
            [
                "webfetch \"*\" = ask",
                "edit \"*\" = deny",
                "grep \"*\" = allow",
                "bash \"1\" = deny",
                "bash \"*\" = ask",
                "bash \"npm *\" = allow",
                "read \"/home/x/x/*\" = deny",
                "read \"/home/x/y\" = deny",
                "read \"~x\" = ask",
                "bash \"*\" = deny",
                "edit \"*\" = ask",
            ]
        );
        assert_eq!(
            rules(json!({ "permission": "ask" }), Api::One, "any"),
            ["* \"*\" = ask"]
        );
    }

    #[test]
    fn both_kinds_of_keys_are_read_for_2() {
        let config = json!({ "permission": { "bash": "ask", "task": { "x": "deny" } } });
        assert_eq!(
            rules(config, Api::Two, "any"),
            ["shell \"*\" = ask", "subagent \"x\" = deny"]
        );
        let config = json!({
            "permissions": [{ "action": "shell", "resource": "*", "effect": "ask" }],
            "agents": { "z": { "permissions": [{ "action": "edit", "resource": "*.md", "effect": "deny" }] } },
        });
        assert_eq!(
            rules(config, Api::Two, "z"),
            ["shell \"*\" = ask", "edit \"*.md\" = deny"]
        );
    }

    #[test]
    fn a_rule_with_a_substitution_is_not_compared() {
        let config = json!({ "permission": { "bash": { "{env:X} *": "deny", "*": "ask" } } });
        let Value::Object(config) = config else {
            panic!("no object");
        };
        let declared = Declared::of(config, "/home/x", Api::One);
        assert_eq!(declared.rules.len(), 1);
        assert_eq!(declared.not_compared, [["permission", "bash", "{env:X} *"]]);
    }
}
