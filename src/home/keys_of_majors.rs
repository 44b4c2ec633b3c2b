//! Which major version of opencode a configuration is written for. One key of version 1
//! makes opencode 2 read the whole file as a configuration of version 1. It then drops
//! the keys of version 2, such as the list of permissions, in silence. Measured with the
//! preview 0.0.0-next-16350, whose sources name the keys.

use serde_json::{Map, Value};

use crate::home::opencode_json;

/// The keys by which opencode 2 recognises a configuration of version 1.
pub const OF_ONE: [&str; 17] = [
    "agent",
    "attachment",
    "autoshare",
    "command",
    "disabled_providers",
    "enabled_providers",
    "layout",
    "logLevel",
    "mode",
    "permission",
    "plugin",
    "provider",
    "reference",
    "server",
    "small_model",
    "snapshot",
    "tools",
];

/// The keys that only version 2 has.
pub const OF_TWO: [&str; 9] = [
    "agents",
    "attachments",
    "commands",
    "permissions",
    "plugins",
    "providers",
    "snapshots",
    "warming",
    "websearch",
];

/// Checks that a configuration does not mix the keys of both versions. One that cannot
/// be read passes, since other checks refuse it.
///
/// # Errors
/// The keys of each version, as a text that follows the name of the file.
pub fn check(content: &[u8]) -> Result<(), String> {
    let Ok(config) = opencode_json::read::<Map<String, Value>>(content) else {
        return Ok(());
    };
    let keys_of = |names: &[&'static str]| {
        let names = names.iter().filter(|name| config.contains_key(**name));
        names.map(|name| format!("`{name}`")).collect::<Vec<_>>()
    };
    let (mut one, mut two) = (keys_of(&OF_ONE), keys_of(&OF_TWO));
    let servers = config.get("mcp").and_then(Value::as_object);
    for (name, server) in servers.into_iter().flatten() {
        if name == "servers" {
            two.push("`mcp.servers`".to_owned());
        } else if server.get("type").is_some() {
            one.push(format!("`mcp.{name}`"));
        }
    }
    // A set of places in 1, a list of them in 2.
    match config.get("skills") {
        Some(Value::Object(_)) => one.push("`skills` as an object".to_owned()),
        Some(Value::Array(_)) => two.push("`skills` as a list".to_owned()),
        _ => {}
    }
    if one.is_empty() || two.is_empty() {
        return Ok(());
    }
    Err(format!(
        "has keys of opencode 1 ({}) and of opencode 2 ({}): opencode 2 would read it as one of 1, \
         and silently drop the keys of 2; write all of it in the keys of one",
        one.join(", "),
        two.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_file_is_wholly_in_the_keys_of_one_major() {
        for good in [
            "{}",
            r#"{ "permission": {}, "model": "a/b", "mcp": { "a": { "type": "local" } } }"#,
            r#"{ "permissions": [], "model": "a/b", "mcp": { "servers": {}, "timeout": {} } }"#,
            r#"{ "permission": {}, "skills": { "paths": [] } }"#,
            r#"{ "permissions": [], "skills": ["a"] }"#,
            // Not this check's to say.
            "{",
            "[]",
        ] {
            assert_eq!(check(good.as_bytes()), Ok(()), "{good}");
        }
        for (bad, parts) in [
            (
                r#"{ "permission": {}, "permissions": [] } // both"#,
                ["`permission`", "`permissions`"],
            ),
            (
                r#"{ "mcp": { "a": { "type": "local" } }, "agents": {} }"#,
                ["`mcp.a`", "`agents`"],
            ),
            (
                r#"{ "permissions": [], "skills": { "paths": [] } }"#,
                ["`skills` as an object", "`permissions`"],
            ),
            (
                r#"{ "permission": {}, "skills": ["a"] }"#,
                ["`permission`", "`skills` as a list"],
            ),
            (
                r#"{ "mcp": { "servers": {} }, "snapshot": true }"#,
                ["`snapshot`", "`mcp.servers`"],
            ),
        ] {
            let why = check(bad.as_bytes()).expect_err(bad);
            for part in parts {
                assert!(why.contains(part), "{why}");
            }
        }
    }
}
