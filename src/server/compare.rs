//! Comparing what was declared with what the server runs with. Pure.

use crate::server::declared::{Declared, disable_key};
use crate::server::difference::{Difference, Found, Kind};
use crate::server::rules::lifted;
use crate::server::values::{self, Compared};
use crate::server::{Agent, Answer};

/// Compares what was `declared` with what a server with `home` as its HOME has
/// answered.
#[must_use]
pub fn compare(declared: &Declared, answer: &Answer, home: &str) -> Compared {
    let mut compared = match &answer.config {
        Some(config) => values::compare(&declared.config, config, home),
        None => Compared::default(),
    };
    let mut differences = Vec::new();
    for agent in &answer.agents {
        compare_rules(declared, agent, &mut differences);
    }
    compare_agents(declared, answer, &mut differences);
    differences.append(&mut compared.differences);
    compared.differences = differences;
    compared
        .not_compared
        .extend(declared.not_compared.iter().cloned());
    compared
}

/// Adds the declared rules that are not in effect for `agent`. A difference that another
/// agent has as well is added once, with both agents.
fn compare_rules(declared: &Declared, agent: &Agent, differences: &mut Vec<Difference>) {
    let rules = declared.rules_for(&agent.name);
    for lifted in lifted(&rules, &agent.rules) {
        let found = lifted.by.map(|rule| Found {
            tool: rule.tool.clone(),
            pattern: rule.pattern.clone(),
            text: rule.to_string(),
        });
        let key = &lifted.declared.key;
        let known = differences
            .iter_mut()
            .find(|known| known.key == *key && known.found == found);
        match known {
            Some(known) => known.agents.push(agent.name.clone()),
            None => differences.push(Difference {
                agents: vec![agent.name.clone()],
                declared: Some(lifted.declared.rule.to_string()),
                found,
                ..Difference::new(Kind::Lifted, key.clone())
            }),
        }
    }
}

/// Adds the agents that are declared and missing, and those that are disabled and there,
/// if the server gives no configuration. If it does, the comparison of values finds them.
fn compare_agents(declared: &Declared, answer: &Answer, differences: &mut Vec<Difference>) {
    if answer.config.is_some() {
        return;
    }
    for agent in &declared.agents {
        let is_there = answer.agents.iter().any(|there| there.name == agent.name);
        match (agent.is_disabled, is_there) {
            (true, true) => {
                let mut key = agent.key.clone();
                key.push(disable_key(&agent.key[0]).to_owned());
                differences.push(Difference::new(Kind::Changed, key));
            }
            (false, false) => differences.push(Difference::new(Kind::Missing, agent.key.clone())),
            _ => {}
        }
    }
}
