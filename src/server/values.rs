//! Compares the declared values with the configuration of the server, in both directions.
//! For opencode 1, whose route `/config` gives the whole configuration.
//!
//! Where a server that runs as declared answers something else, measured with 1.18.33:
//!
//! | key | what the server makes of it | what this module does |
//! | --- | --- | --- |
//! | `$schema`, `username` | added | undeclared, they are no addition |
//! | empty objects and lists | added (`agent`, `command`, `mode`, `plugin`, `skills.urls`) | no addition |
//! | `permission`, on top and of agents | defaults, `tools` and `OPENCODE_PERMISSION` come in | left to the rules |
//! | `share` | `auto` with `autoshare` | no addition then |
//! | `compaction.auto`, `.prune` | by variables of the unit | no addition |
//! | `plugin`, `instructions` | lists of all files, one after the other | what is declared has to be among it, the rest is an addition |
//! | `plugin` | a relative path becomes a `file:` URL | compared as that |
//! | any other list | the last file's | compared as a whole |
//! | `mode.NAME` | also becomes `agent.NAME` | no addition |
//! | `agent.NAME`, `mode.NAME` | `options` with every unknown key, `steps` from `maxSteps`, `name`, `mode` | no addition then |
//! | unknown keys on top, such as `theme` | dropped | missing |
//! | keys of 2 (`agents`, `commands`, `snapshots`) | become keys of 1 | missing, since 1 drops half of what is in them |
//! | `{env:}`, `{file:}` in a text | replaced | only looked whether it is there |

use serde_json::{Map, Value};

use crate::manifest::names::CONFIG_LINK;
use crate::server::declared::is_substituted;
use crate::server::difference::{Difference, Kind};

/// The maps in which each entry is a thing by itself, such as an agent.
const NAMED: [&str; 10] = [
    "agent",
    "command",
    "formatter",
    "lsp",
    "mcp",
    "mode",
    "provider",
    "reference",
    "references",
    "tools",
];

/// What the comparison of values has found.
#[derive(Debug, Default)]
pub struct Compared {
    /// The differences.
    pub differences: Vec<Difference>,
    /// What was not compared, since it holds a substitution.
    pub not_compared: Vec<Vec<String>>,
}

/// Compares the `declared` configuration with what the server has `found`, with
/// `home` as its HOME.
#[must_use]
pub fn compare(declared: &Map<String, Value>, found: &Map<String, Value>, home: &str) -> Compared {
    let mut comparison = Comparison {
        declared,
        home,
        key: Vec::new(),
        compared: Compared::default(),
    };
    comparison.objects(declared, found);
    comparison.compared
}

struct Comparison<'a> {
    declared: &'a Map<String, Value>,
    home: &'a str,
    key: Vec<String>,
    compared: Compared,
}

impl Comparison<'_> {
    fn objects(&mut self, declared: &Map<String, Value>, found: &Map<String, Value>) {
        for (name, value) in declared {
            self.below(name, |this| this.declared(name, value, found));
        }
        // The name that the server has for a name with a substitution is not known.
        if declared.keys().any(|name| is_substituted(name)) {
            return;
        }
        for (name, value) in found {
            if !declared.contains_key(name) {
                self.below(name, |this| this.undeclared(value));
            }
        }
    }

    /// Reports something that the server has and that is not declared: each entry of a
    /// map of named things, anything else as a whole.
    fn undeclared(&mut self, value: &Value) {
        let is_named = self.key.len() == 1 && NAMED.contains(&self.key[0].as_str());
        if self.is_of_no_weight(value) && !(is_named && value.is_object()) {
            return;
        }
        match value {
            Value::Object(object) if is_named => {
                for (name, value) in object {
                    self.below(name, |this| this.undeclared(value));
                }
            }
            Value::Object(object) => {
                let mut has_weight = false;
                for (name, value) in object {
                    self.below(name, |this| has_weight |= !this.is_of_no_weight(value));
                }
                if has_weight || self.is_named_thing() {
                    self.report(Kind::Added);
                }
            }
            Value::Array(found) if self.is_added_up() => self.added_up(&[], found),
            _ => self.report(Kind::Added),
        }
    }

    fn is_of_no_weight(&self, value: &Value) -> bool {
        (is_empty(value) && !self.is_named_thing()) || self.is_the_servers_own(value)
    }

    /// Whether the key is that of an entry of [`NAMED`], which exists even if it is empty.
    fn is_named_thing(&self) -> bool {
        matches!(&self.key[..], [map, _] if NAMED.contains(&map.as_str()))
    }

    fn declared(&mut self, name: &str, value: &Value, found: &Map<String, Value>) {
        if is_substituted(name) {
            self.compared.not_compared.push(self.key.clone());
        } else if self.is_left_to_the_rules() || self.names(&["$schema"]) {
            // The rules are compared elsewhere, and the schema has no effect.
        } else if let Some(there) = found.get(name) {
            self.values(value, there);
        } else if !is_empty(value) {
            self.report(Kind::Missing);
        }
    }

    fn values(&mut self, declared: &Value, found: &Value) {
        match (declared, found) {
            (Value::Object(declared), Value::Object(found)) => self.objects(declared, found),
            (Value::Array(declared), Value::Array(found)) => {
                if self.is_added_up() {
                    self.added_up(declared, found);
                } else if declared.len() == found.len() {
                    for (index, (declared, found)) in declared.iter().zip(found).enumerate() {
                        self.below(&index.to_string(), |this| this.values(declared, found));
                    }
                } else {
                    self.report(Kind::Changed);
                }
            }
            (Value::String(text), Value::String(_)) if is_substituted(text) => {
                self.compared.not_compared.push(self.key.clone());
            }
            _ if is_equal(declared, found) => {}
            _ => self.report(Kind::Changed),
        }
    }

    /// Compares a list to which every file adds entries.
    fn added_up(&mut self, declared: &[Value], found: &[Value]) {
        let declared: Vec<_> = declared
            .iter()
            .map(|value| self.as_the_server_names_it(value))
            .collect();
        for (index, value) in declared.iter().enumerate() {
            self.below(&index.to_string(), |this| {
                if holds_substitution(value) {
                    this.compared.not_compared.push(this.key.clone());
                } else if !found.contains(value) {
                    this.report(Kind::Missing);
                }
            });
        }
        let unknown = declared
            .iter()
            .filter(|value| holds_substitution(value))
            .count();
        let others = found.iter().filter(|value| !declared.contains(value));
        // That many entries are the declared ones with their substitutions replaced. Which
        // ones is not known.
        for value in others.skip(unknown) {
            let name = plugin_path(value).unwrap_or_else(|| {
                let index = found.iter().position(|one| one == value);
                index.unwrap_or_default().to_string()
            });
            self.below(&name, |this| this.report(Kind::Added));
        }
    }

    fn as_the_server_names_it(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if self.names(&["plugin"]) && text.starts_with('.') => {
                let folder = CONFIG_LINK
                    .rsplit_once('/')
                    .map_or("", |(folder, _)| folder);
                let path = format!("{}/{folder}/{text}", self.home);
                format!("file://{}", without_dots(&path)).into()
            }
            Value::String(text) if self.names(&["plugin"]) && text.starts_with('/') => {
                format!("file://{text}").into()
            }
            Value::Array(parts) if self.names(&["plugin"]) => {
                let parts = parts.iter().map(|part| self.as_the_server_names_it(part));
                Value::Array(parts.collect())
            }
            other => other.clone(),
        }
    }

    fn is_left_to_the_rules(&self) -> bool {
        let names: Vec<_> = self.key.iter().map(String::as_str).collect();
        matches!(
            names[..],
            ["permission"] | ["agent" | "mode", _, "permission"]
        )
    }

    /// Whether the server itself has added what is at the key.
    fn is_the_servers_own(&self, value: &Value) -> bool {
        let names: Vec<_> = self.key.iter().map(String::as_str).collect();
        let declared = |way: &[&str]| {
            let mut way = way.iter();
            let first = way.next().and_then(|name| self.declared.get(*name));
            way.try_fold(first?, |value, name| value.get(name))
        };
        match names[..] {
            ["$schema" | "username" | "permission"]
            | ["agent" | "mode", _, "permission" | "name"]
            | ["compaction", "auto" | "prune"] => true,
            ["share"] => declared(&["autoshare"]) == Some(&Value::Bool(true)),
            ["agent", name] | ["agent", name, "mode"] => declared(&["mode", name]).is_some(),
            [kind @ ("agent" | "mode"), name, "steps"] => {
                declared(&[kind, name, "maxSteps"]).is_some()
            }
            [kind @ ("agent" | "mode"), name, "options"] => {
                let has = |option: &String| declared(&[kind, name, option]).is_some();
                value
                    .as_object()
                    .is_some_and(|options| options.keys().all(has))
            }
            [kind @ ("agent" | "mode"), name, "options", option] => {
                declared(&[kind, name, option]).is_some()
            }
            _ => false,
        }
    }

    /// Whether every file adds to the list at the key.
    fn is_added_up(&self) -> bool {
        self.names(&["plugin"]) || self.names(&["instructions"])
    }

    fn names(&self, names: &[&str]) -> bool {
        self.key == names
    }

    fn below(&mut self, name: &str, compare: impl FnOnce(&mut Self)) {
        self.key.push(name.to_owned());
        compare(self);
        self.key.pop();
    }

    fn report(&mut self, kind: Kind) {
        let difference = Difference::new(kind, self.key.clone());
        self.compared.differences.push(difference);
    }
}

/// The path of a plugin that is a file.
#[must_use]
pub fn plugin_path(value: &Value) -> Option<String> {
    let name = match value {
        Value::Array(parts) => parts.first()?,
        name => name,
    };
    Some(name.as_str()?.strip_prefix("file://")?.to_owned())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.values().all(is_empty),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

fn holds_substitution(value: &Value) -> bool {
    match value {
        Value::String(text) => is_substituted(text),
        Value::Array(list) => list.iter().any(holds_substitution),
        Value::Object(object) => {
            object.keys().any(|name| is_substituted(name))
                || object.values().any(holds_substitution)
        }
        _ => false,
    }
}

/// Whether two values are equal in JavaScript, which has one kind of number.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}

/// A path without `.` and `..`, as `path.resolve` of JavaScript makes it.
fn without_dots(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::server::difference::key_text;

    fn differences(declared: Value, found: Value) -> Vec<String> {
        let (Value::Object(declared), Value::Object(found)) = (declared, found) else {
            panic!("no objects");
        };
        let compared = compare(&declared, &found, "/home/x");
        let texts = compared.differences.iter();
        texts
            .map(|one| format!("{:?} {}", one.kind, key_text(&one.key)))
            .collect()
    }

    /// What 1.18.33 answered where nothing was changed.
    #[test]
    fn what_the_server_makes_of_a_configuration_is_no_difference() {
        let declared = json!({
            "autoshare": true, "instructions": ["/etc/a.md"], "plugin": ["./x.js", ["./y.js", {}], "npm@1"],
            "agent": { "build": { "foo": "bar", "permission": { "webfetch": "deny" } }, "k": { "maxSteps": 4 } },
            "mode": { "zzz": { "prompt": "x" } }, "permission": "ask", "lsp": {}, "compaction": { "reserved": 1 },
            "provider": { "p": { "options": { "apiKey": "{env:KEY}", "timeout": 300.0 } } },
        });
        let found = json!({
            "$schema": "x", "username": "u", "autoshare": true, "share": "auto", "command": {},
            "instructions": ["/etc/a.md"], "skills": { "urls": [] },
            "plugin": [
                "file:///home/x/.config/opencode/x.js", ["file:///home/x/.config/opencode/y.js", {}], "npm@1"
            ],
            "agent": {
                "build": { "foo": "bar", "options": { "foo": "bar" }, "permission": { "webfetch": "deny" } },
                "k": { "maxSteps": 4, "steps": 4, "options": {}, "permission": {} },
                "zzz": { "prompt": "x", "mode": "primary", "options": {}, "permission": {} },
            },
            "mode": { "zzz": { "prompt": "x", "options": {}, "permission": {} } },
            "permission": { "*": "ask" }, "compaction": { "reserved": 1, "auto": false },
            "provider": { "p": { "options": { "apiKey": "secret", "timeout": 300 } } },
        });
        assert_eq!(differences(declared, found), [] as [&str; 0]);
    }

    #[test]
    fn what_is_missing_changed_or_added_is_named() {
        let declared = json!({
            "theme": "x", "model": "a/b", "share": "disabled", "instructions": ["/etc/a.md"], "plugin": ["./x.js"],
            "skills": { "paths": ["/a"] }, "provider": { "p": { "options": { "timeout": 300 } } },
            "agent": { "plan": { "disable": true } }, "disabled_providers": ["x"],
        });
        let found = json!({
            "model": "c/d", "share": "auto", "instructions": ["/etc/a.md", "p.md"],
            "plugin": ["file:///p/.opencode/plugin/x.js"],
            "skills": { "paths": ["/b"] }, "provider": { "p": { "options": { "timeout": 300, "baseURL": "x" } }, "q": { "npm": "y" } },
            "agent": { "plan": { "disable": false }, "evil": { "prompt": "x" } }, "disabled_providers": ["x", "y"],
            "mcp": { "m": { "type": "local" } }, "shell": "/bin/x",
        });
        let mut differences = differences(declared, found);
        differences.sort();
        assert_eq!(
            differences,
            [
                "Added agent.evil",
                "Added instructions.1",
                "Added mcp.m",
                "Added plugin.\"/p/.opencode/plugin/x.js\"",
                "Added provider.p.options.baseURL",
                "Added provider.q",
                "Added shell",
                "Changed agent.plan.disable",
                "Changed disabled_providers",
                "Changed model",
                "Changed share",
                "Changed skills.paths.0",
                "Missing plugin.0",
                "Missing theme",
            ]
        );
    }
}
