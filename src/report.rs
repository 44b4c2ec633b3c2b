//! What a run has to tell about one target: the document that `--json` prints,
//! and what the text is made from.

use serde::Serialize;

use crate::action::Action;
use crate::error::{Error, ExitStatus};
use crate::hook::HookReport;

/// The version of the document's shape. It rises when a field changes its
/// meaning or goes; new fields may come without.
pub const REPORT_VERSION: u64 = 1;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// `apply`
    Apply,
    /// `apply --dry-run`
    DryRun,
    /// `check`
    Check,
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The disk is as the manifest wants it, and was so before.
    Unchanged,
    /// The disk is as the manifest wants it, after the listed changes.
    Changed,
    /// The disk is not as the manifest wants it; the listed changes would make it so.
    Drift,
    /// An error; the listed changes were made before it.
    Failed,
}

/// A change, as data and in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// As data.
    #[serde(flatten)]
    pub action: Action,
    /// In words, as in "would …".
    pub text: String,
}

impl From<Action> for Change {
    fn from(action: Action) -> Self {
        let text = action.infinitive();
        Self { action, text }
    }
}

/// What a run has to tell about one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub version: u64,
    /// What was asked for.
    pub mode: Mode,
    /// The target as it was named.
    pub target: String,
    /// The instance; none when there was no manifest to be had.
    pub instance: Option<String>,
    /// The HOME; none likewise.
    pub home: Option<String>,
    /// How it stands.
    pub status: Status,
    /// Whether no apply had fully succeeded before; none when HOME was never opened.
    pub first_run: Option<bool>,
    /// What was changed or, for `dry-run` and `check`, what would be, in order.
    pub changes: Vec<Change>,
    /// What an operator should know, although nothing went wrong.
    pub warnings: Vec<String>,
    /// The hooks that ran or, for `dry-run`, would run.
    pub hooks: Vec<HookReport>,
    /// What went wrong.
    pub error: Option<Error>,
    /// What this target alone makes the process exit with.
    pub exit_code: u8,
}

impl Report {
    /// A report with nothing in it yet.
    #[must_use]
    pub fn new(mode: Mode, target: String) -> Self {
        Self {
            version: REPORT_VERSION,
            mode,
            target,
            instance: None,
            home: None,
            status: Status::Unchanged,
            first_run: None,
            changes: Vec::new(),
            warnings: Vec::new(),
            hooks: Vec::new(),
            error: None,
            exit_code: ExitStatus::Done.code(),
        }
    }

    /// Draws the conclusion from everything that was noted, and from how the
    /// run ended.
    pub fn conclude(&mut self, result: Result<(), Error>) -> ExitStatus {
        self.error = result.err();
        self.status = match (&self.error, self.mode) {
            (Some(_), _) => Status::Failed,
            (None, _) if self.changes.is_empty() => Status::Unchanged,
            (None, Mode::Apply) => Status::Changed,
            (None, Mode::DryRun | Mode::Check) => Status::Drift,
        };
        let exit_status = match (&self.error, self.mode, self.status) {
            (Some(error), _, _) => error.exit_status(),
            (None, Mode::Check, Status::Drift) => ExitStatus::Drift,
            _ => ExitStatus::Done,
        };
        self.exit_code = exit_status.code();
        exit_status
    }

    /// Whom the report is about, in a line of text.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.instance.as_deref().unwrap_or(&self.target)
    }
}
