//! A difference between what was declared and what a server runs with.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::report::shown::Shown;

/// The kind of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A rule that is not in effect.
    Lifted,
    /// Something declared that the server does not have.
    Missing,
    /// Something declared that the server has with another value.
    Changed,
    /// Something that is not declared.
    Added,
}

/// Where a file that brings a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A file of the project, or of a directory above it.
    Project,
    /// A file in HOME.
    Home,
    /// A file of the host, in `/etc/opencode`.
    Host,
    /// The file that carries the declared configuration itself.
    Declared,
}

/// One difference. It quotes rules and no other value of the configuration, since that
/// could be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its kind.
    pub kind: Kind,
    /// Its path in the configuration.
    pub key: Vec<String>,
    /// The agents of a lifted rule.
    pub agents: Vec<String>,
    /// The rule that was declared.
    pub declared: Option<String>,
    /// The weaker rule that is in effect.
    pub found: Option<Found>,
    /// Where it comes from, if that was found.
    pub brought_by: Option<BroughtBy>,
}

/// The file that brings a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroughtBy {
    /// Where it is.
    pub origin: Origin,
    /// Its path.
    pub file: String,
    /// Its key in that file; empty if it is the file itself.
    pub key: Vec<String>,
}

/// A rule of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its tool, by which the file with the rule is found.
    pub tool: String,
    /// Its pattern, for the same purpose.
    pub pattern: String,
    /// The rule as text: tool, pattern and action.
    pub text: String,
}

impl Difference {
    /// A difference of which only the kind and the place are known.
    #[must_use]
    pub fn new(kind: Kind, key: Vec<String>) -> Self {
        Self {
            kind,
            key,
            agents: Vec::new(),
            declared: None,
            found: None,
            brought_by: None,
        }
    }

    /// Whether a file of the project has brought it.
    #[must_use]
    pub fn is_of_project(&self) -> bool {
        let brought_by = self.brought_by.as_ref();
        brought_by.is_some_and(|there| there.origin == Origin::Project)
    }
}

/// A key as text, with dots between its names, and quotes around a name that needs them.
#[must_use]
pub fn key_text(key: &[String]) -> String {
    let is_plain = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let names = key.iter().map(|name| {
        if is_plain(name) {
            name.clone()
        } else {
            format!("{name:?}")
        }
    });
    names.collect::<Vec<_>>().join(".")
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = Shown::from(key_text(&self.key));
        match self.kind {
            Kind::Missing => write!(
                formatter,
                "{key}: is declared, but the server does not have it"
            )?,
            Kind::Changed => write!(formatter, "{key}: is not what was declared")?,
            Kind::Added => write!(
                formatter,
                "{key}: the server has it, but it is not declared"
            )?,
            Kind::Lifted => {
                let declared = self.declared.as_deref().unwrap_or_default();
                write!(formatter, "{key}: declared is {}", Shown::new(declared))?;
                match &self.found {
                    Some(found) => write!(formatter, ", in effect is {}", Shown::new(&found.text))?,
                    None => write!(formatter, ", and no such rule is in effect")?,
                }
                let agents = Shown::from(self.agents.join(", "));
                write!(formatter, " (agents: {agents})")?;
            }
        }
        match &self.brought_by {
            Some(there) if there.key.is_empty() => {
                write!(formatter, "; see {}", Shown::new(&there.file))
            }
            Some(there) => {
                let key = Shown::from(key_text(&there.key));
                write!(formatter, "; see {key} in {}", Shown::new(&there.file))
            }
            None => write!(
                formatter,
                "; none of the known files brings it: check plugins, logins that bring a configuration \
                 (auth.json in HOME) and the variables of the unit"
            ),
        }
    }
}
