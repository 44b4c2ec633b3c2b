//! The report of `opencodectl` about one target: the document that `--json`
//! prints, and the same as lines.

use std::io;

use serde::{Deserialize, Serialize};

use crate::report::error::{Error, ExitStatus};
use crate::report::log::subject;
use crate::report::output::{self, Level};
use crate::report::shown::Shown;
use crate::server::difference::{Difference, Kind, Origin, key_text};

/// The version of the document's shape. It rises when a field changes its
/// meaning or goes; new fields may come without.
const REPORT_VERSION: u64 = 1;

/// The state of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The server runs with what was declared.
    InEffect,
    /// It does not.
    Overridden,
    /// Nobody listens at its address.
    Down,
    /// It could not be asked.
    Failed,
}

impl Status {
    /// The status as a table shows it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::InEffect => "in effect",
            Self::Overridden => "overridden",
            Self::Down => "down",
            Self::Failed => "failed",
        }
    }
}

/// A difference, as it is reported.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Where in the configuration.
    pub key: Shown,
    /// Its kind.
    pub kind: Kind,
    /// The agents of a rule.
    pub agents: Vec<Shown>,
    /// The rule that was declared.
    pub declared: Option<Shown>,
    /// The rule that is in effect.
    pub found: Option<Shown>,
    /// Where the file is that brings it.
    pub origin: Option<Origin>,
    /// The file that brings it.
    pub file: Option<Shown>,
    /// Whether the manifest lets the project bring it.
    pub allowed: bool,
    /// The difference as a line for people.
    pub text: Shown,
}

/// How many differences are told as lines. The journal of a unit, or a terminal, gets no more.
const MOST_LINES: usize = 100;

/// The report about one target.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this document, `REPORT_VERSION`.
    pub version: u64,
    /// The target as it was named.
    pub target: Shown,
    /// The instance; `None` if its manifest could not be read.
    pub instance: Option<Shown>,
    /// Where its server is.
    pub url: Option<Shown>,
    /// The state of the server.
    pub status: Status,
    /// What is not as declared.
    pub differences: Vec<Line>,
    /// The keys whose values hold a substitution, and were not compared.
    pub not_compared: Vec<Shown>,
    /// Whether the server gives its rules only, and no configuration.
    pub rules_only: bool,
    /// What went wrong.
    pub error: Option<Error>,
    /// The exit code of a run over this target alone.
    pub exit_code: i32,
}

impl Report {
    /// A report without differences and errors.
    #[must_use]
    pub fn new(target: Shown) -> Self {
        Self {
            version: REPORT_VERSION,
            target,
            instance: None,
            url: None,
            status: Status::InEffect,
            differences: Vec::new(),
            not_compared: Vec::new(),
            rules_only: false,
            error: None,
            exit_code: 0,
        }
    }

    /// Notes what a comparison has found.
    pub fn note(
        &mut self,
        differences: &[Difference],
        not_compared: &[Vec<String>],
        project_config: bool,
    ) {
        let lines = differences.iter().map(|one| line(one, project_config));
        self.differences.extend(lines);
        let keys = not_compared.iter().map(|key| key_text(key).into());
        self.not_compared.extend(keys);
        if !self.differences.is_empty() {
            self.status = Status::Overridden;
        }
    }

    /// Notes the result of the request, and returns the status to end with. With `strict`,
    /// differences count that the project may bring.
    pub fn finish(&mut self, result: Result<(), Error>, strict: bool) -> ExitStatus {
        if let Err(error) = result {
            self.status = Status::Failed;
            self.error = Some(error);
        }
        let counts = |line: &Line| strict || !line.allowed;
        let status = match (&self.error, self.status) {
            (Some(error), _) => error.exit_status(),
            (None, Status::Down | Status::Failed) => ExitStatus::Failed,
            (None, _) if self.differences.iter().any(counts) => ExitStatus::Drift,
            (None, _) => ExitStatus::Done,
        };
        self.exit_code = status.code().into();
        status
    }

    /// What a line about this target begins with.
    #[must_use]
    pub fn subject(&self) -> String {
        subject(self.instance.as_ref())
    }

    /// Prints the state of a server, and a line for each difference. Differences that the
    /// project may bring are printed at the level `allowed_as`.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub fn print(&self, allowed_as: Level) -> io::Result<()> {
        let subject = self.subject();
        // An agent can make any number of those that the project may bring.
        let (allowed, not_allowed): (Vec<_>, Vec<_>) =
            self.differences.iter().partition(|line| line.allowed);
        for line in not_allowed.into_iter().chain(allowed).take(MOST_LINES) {
            let level = if line.allowed {
                allowed_as
            } else {
                Level::Error
            };
            output::complain(level, format!("{subject}{}", line.text));
        }
        if let Some(more @ 1..) = self.differences.len().checked_sub(MOST_LINES) {
            let line =
                format!("{subject}{more} more differences: opencodectl verify --json has all");
            output::complain(Level::Warning, line);
        }
        if let Some(error) = &self.error {
            output::complain(Level::Error, format!("{subject}{error}"));
            return Ok(());
        }
        let summary = match (self.status, self.differences.len()) {
            (Status::Down, _) => "down, no process listens at its address".to_owned(),
            (Status::Overridden, 1) => {
                "answers, with 1 difference from what was declared".to_owned()
            }
            (Status::Overridden, count) => {
                format!("answers, with {count} differences from what was declared")
            }
            _ if self.rules_only => "ready, its rules and agents are as declared".to_owned(),
            _ => "ready, as declared".to_owned(),
        };
        output::info(format!("{subject}{summary}{}", self.not_compared_note()))
    }

    /// What was not compared, for the end of a line.
    fn not_compared_note(&self) -> String {
        match self.not_compared.len() {
            0 => String::new(),
            1 => "; 1 value with a substitution was not compared".to_owned(),
            count => format!("; {count} values with a substitution were not compared"),
        }
    }

    /// Prints the document.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub fn print_json(&self) -> io::Result<()> {
        let text = serde_json::to_string(self)?;
        output::raw(&format!("{text}\n"))
    }
}

fn line(difference: &Difference, project_config: bool) -> Line {
    let brought_by = difference.brought_by.as_ref();
    Line {
        key: key_text(&difference.key).into(),
        kind: difference.kind,
        agents: difference.agents.iter().map(Shown::new).collect(),
        declared: difference.declared.as_ref().map(Shown::new),
        found: difference
            .found
            .as_ref()
            .map(|found| Shown::new(&found.text)),
        origin: brought_by.map(|there| there.origin),
        file: brought_by.map(|there| Shown::new(&there.file)),
        allowed: project_config && difference.is_of_project(),
        text: difference.to_string().into(),
    }
}
