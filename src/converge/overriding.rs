//! Everything in a HOME that adds to the managed configuration of opencode, or
//! overrides it.
//!
//! Measured with opencode 1.18.33: each was put into a HOME beside a managed
//! `.config/opencode/opencode.json`, and then showed in what the server answered
//! (`/config`, `/agent`, `/command`, `/skill`) or sent to a model. `tests/overriding.rs`
//! does this again. opencode reads hidden files and linked directories as well. What it
//! writes itself (the database, caches) is not in this list.

use crate::converge::overriding::Effect::{Adds, Overrides, Runs};
use crate::converge::overriding::What::{File, Files, Logins};

/// What opencode does with something that it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It wins over the managed configuration.
    Overrides,
    /// It adds what the managed configuration does not say.
    Adds,
    /// It is code that runs inside the server.
    Runs,
}

/// What opencode reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The file itself.
    File,
    /// The files in the directory whose names end like this.
    Files {
        /// How they end.
        endings: &'static [&'static str],
        /// Whether those further below count as well.
        deep: bool,
    },
    /// The file with the logins, if one of them (`"type": "wellknown"`) makes
    /// opencode fetch configuration from elsewhere.
    Logins,
}

/// Something that opencode reads of its own accord.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Where it is, below HOME.
    pub path: &'static str,
    /// What of it is read.
    pub what: What,
    /// What it does.
    pub effect: Effect,
}

const MARKDOWN: What = Files {
    endings: &[".md"],
    deep: true,
};
const MODES: What = Files {
    endings: &[".md"],
    deep: false,
};
const SKILLS: What = Files {
    endings: &["SKILL.md"],
    deep: true,
};
const SCRIPTS: What = Files {
    endings: &[".js", ".ts"],
    deep: false,
};

/// Everything that opencode reads of its own accord.
pub const SOURCES: [Source; 34] = [
    source(".config/opencode/opencode.jsonc", File, Overrides),
    // Read first; but rules that it has keep their place before the managed ones.
    source(".config/opencode/config.json", File, Overrides),
    // The TOML of early versions: written into config.json at the next start.
    source(".config/opencode/config", File, Overrides),
    source(".config/opencode/AGENTS.md", File, Adds),
    source(".config/opencode/agent", MARKDOWN, Overrides),
    source(".config/opencode/agents", MARKDOWN, Overrides),
    source(".config/opencode/mode", MODES, Overrides),
    source(".config/opencode/modes", MODES, Overrides),
    source(".config/opencode/command", MARKDOWN, Overrides),
    source(".config/opencode/commands", MARKDOWN, Overrides),
    source(".config/opencode/skill", SKILLS, Adds),
    source(".config/opencode/skills", SKILLS, Adds),
    source(".config/opencode/plugin", SCRIPTS, Runs),
    source(".config/opencode/plugins", SCRIPTS, Runs),
    source(".config/opencode/tool", SCRIPTS, Runs),
    source(".config/opencode/tools", SCRIPTS, Runs),
    source(".opencode/opencode.json", File, Overrides),
    source(".opencode/opencode.jsonc", File, Overrides),
    source(".opencode/agent", MARKDOWN, Overrides),
    source(".opencode/agents", MARKDOWN, Overrides),
    source(".opencode/mode", MODES, Overrides),
    source(".opencode/modes", MODES, Overrides),
    source(".opencode/command", MARKDOWN, Overrides),
    source(".opencode/commands", MARKDOWN, Overrides),
    source(".opencode/skill", SKILLS, Adds),
    source(".opencode/skills", SKILLS, Adds),
    source(".opencode/plugin", SCRIPTS, Runs),
    source(".opencode/plugins", SCRIPTS, Runs),
    source(".opencode/tool", SCRIPTS, Runs),
    source(".opencode/tools", SCRIPTS, Runs),
    source(".claude/skills", SKILLS, Adds),
    source(".claude/CLAUDE.md", File, Adds),
    source(".agents/skills", SKILLS, Adds),
    source(".local/share/opencode/auth.json", Logins, Overrides),
];

const fn source(path: &'static str, what: What, effect: Effect) -> Source {
    Source { path, what, effect }
}

impl Effect {
    /// The effect as a predicate: "`<file>` overrides the managed configuration".
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Overrides => "overrides the managed configuration",
            Adds => "adds to the managed configuration",
            Runs => "runs inside the server, and can override the managed configuration",
        }
    }
}
