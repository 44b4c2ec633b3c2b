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

/// Adds the declared rules that are not in effect for `agent`. What is the same
/// for several agents is one difference.
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

/// Adds the agents that are declared and missing, or declared not to be and
/// there. With a server that does not give its configuration back this is all
/// there is to know of them.
fn compare_agents(declared: &Declared, answer: &Answer, differences: &mut Vec<Difference>) {
    for agent in &declared.agents {
        let is_there = answer.agents.iter().any(|there| there.name == agent.name);
        if agent.is_disabled == is_there {
            let kind = if is_there {
                Kind::Changed
            } else {
                Kind::Missing
            };
            let disable = || disable_key(&agent.key[0]).to_owned();
            let disable = agent.is_disabled.then(disable);
            let key = agent.key.iter().cloned().chain(disable).collect();
            let difference = Difference::new(kind, key);
            if answer.config.is_none() {
                differences.push(difference);
            }
        }
    }
}
