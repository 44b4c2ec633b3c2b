//! The rules of opencode's permissions, and which of the declared ones are not in effect.
//! In both major versions, the last rule that matches decides; without one, a person is
//! asked.

use std::fmt;

use crate::server::pattern::{covers, overlap};

/// What a rule says, from the weakest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Do it.
    Allow,
    /// Ask a person first.
    Ask,
    /// Refuse.
    Deny,
}

impl Action {
    /// The action of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "allow" => Some(Self::Allow),
            "ask" => Some(Self::Ask),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// One rule of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// A wildcard pattern for what is to be done, such as `bash`.
    pub tool: String,
    /// A wildcard pattern for what it is done to, such as a command.
    pub pattern: String,
    /// What the rule says.
    pub action: Action,
}

impl Rule {
    /// Whether there is something that both rules match.
    fn overlaps(&self, other: &Self) -> bool {
        overlap(&self.tool, &other.tool) && overlap(&self.pattern, &other.pattern)
    }

    /// Whether this is as strict as `other`, or stricter, for all that `other` matches.
    fn upholds(&self, other: &Self) -> bool {
        self.action >= other.action
            && covers(&self.tool, &other.tool)
            && covers(&self.pattern, &other.pattern)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = self.action.name();
        write!(formatter, "{} {:?} = {action}", self.tool, self.pattern)
    }
}

/// A rule of the declared configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredRule {
    /// The rule.
    pub rule: Rule,
    /// The way to it in the configuration.
    pub key: Vec<String>,
}

/// A declared rule that is not in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted<'a> {
    /// The rule.
    pub declared: &'a DeclaredRule,
    /// The weaker rule that is in effect instead; `None` if there is none.
    pub by: Option<&'a Rule>,
}

/// The `declared` rules that are not in effect, given the rules that an agent has; both
/// in their order.
///
/// A declared `deny` or `ask` is in effect if there is a rule that upholds it, and after
/// that no weaker rule that overlaps with it. A weaker rule that was itself declared
/// after it does not count. A declared `allow` promises nothing, so a stricter rule in
/// its place is no difference.
#[must_use]
pub fn lifted<'a>(declared: &'a [DeclaredRule], effective: &'a [Rule]) -> Vec<Lifted<'a>> {
    let mut found = Vec::new();
    for (index, promise) in declared.iter().enumerate() {
        let rule = &promise.rule;
        if rule.action == Action::Allow {
            continue;
        }
        let Some(place) = effective.iter().rposition(|there| there.upholds(rule)) else {
            let by = effective.iter().rfind(|there| there.overlaps(rule));
            let by = by.filter(|there| there.action < rule.action);
            found.push(Lifted {
                declared: promise,
                by,
            });
            continue;
        };
        let later = &declared[index + 1..];
        let may_follow = |there: &Rule| later.iter().any(|declared| declared.rule == *there);
        // The last one that matches decides, so the last is reported.
        let weaker = effective[place + 1..].iter().rfind(|there| {
            there.action < rule.action && !may_follow(there) && there.overlaps(rule)
        });
        if weaker.is_some() {
            found.push(Lifted {
                declared: promise,
                by: weaker,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        let parts: Vec<_> = text.split('|').collect();
        Rule {
            tool: parts[0].to_owned(),
            pattern: parts[1].to_owned(),
            action: Action::parse(parts[2]).expect("an action"),
        }
    }

    fn lifts(declared: &[&str], effective: &[&str]) -> Vec<(String, Option<String>)> {
        let declared: Vec<_> = declared
            .iter()
            .map(|text| DeclaredRule {
                rule: rule(text),
                key: Vec::new(),
            })
            .collect();
        let effective: Vec<_> = effective.iter().map(|text| rule(text)).collect();
        lifted(&declared, &effective)
            .iter()
            .map(|lifted| {
                (
                    lifted.declared.rule.to_string(),
                    lifted.by.map(ToString::to_string),
                )
            })
            .collect()
    }

    const DEFAULTS: [&str; 2] = ["*|*|allow", "read|*.env|ask"];

    #[test]
    fn what_is_in_effect_is_not_lifted() {
        let declared = ["bash|*|ask", "bash|npm *|allow", "bash|*--force*|deny"];
        for after in [
            // As declared, with more of the same or stricter around it.
            &declared[..],
            &[
                "bash|*|ask",
                "bash|npm *|allow",
                "bash|*--force*|deny",
                "bash|*|deny",
            ],
            &["bash|*|deny"],
            &["*|*|deny"],
            &["bash|*|ask", "bash|npm *|ask", "bash|*--force*|deny"],
            &[
                "bash|*|ask",
                "bash|npm *|allow",
                "bash|*--force*|deny",
                "edit|*|allow",
            ],
        ] {
            let effective = [&DEFAULTS[..], after].concat();
            assert_eq!(lifts(&declared, &effective), [], "{after:?}");
        }
    }

    #[test]
    fn a_later_and_weaker_rule_lifts() {
        let declared = ["bash|*|ask", "bash|npm *|allow", "bash|*--force*|deny"];
        for (after, lifted) in [
            // The same pattern with another action.
            (
                &["bash|*|allow", "bash|npm *|allow", "bash|*--force*|deny"][..],
                "bash|*|ask",
            ),
            // A wider tool, a wider pattern, a pattern that only overlaps.
            (
                &[
                    "bash|*|ask",
                    "bash|npm *|allow",
                    "bash|*--force*|deny",
                    "*|*|ask",
                ],
                "bash|*--force*|deny",
            ),
            (
                &[
                    "bash|*|ask",
                    "bash|npm *|allow",
                    "bash|*--force*|deny",
                    "b?sh|git *|ask",
                ],
                "bash|*--force*|deny",
            ),
            // Declared rules, but in another order.
            (
                &["bash|*--force*|deny", "bash|npm *|allow", "bash|*|ask"],
                "bash|*--force*|deny",
            ),
            // Nothing at all.
            (&["bash|*|ask", "bash|npm *|allow"], "bash|*--force*|deny"),
        ] {
            let effective = [&DEFAULTS[..], after].concat();
            let found = lifts(&declared, &effective);
            let names: Vec<_> = found.iter().map(|(rule, _)| rule.as_str()).collect();
            assert!(
                names.contains(&rule(lifted).to_string().as_str()),
                "{after:?}: {found:?}"
            );
        }
    }
}
