//! The report of a run over one target: the document that `--json` prints.

use serde::{Serialize, Serializer};

use crate::report::change::Change;
use crate::report::error::Error;
use crate::report::shown::Shown;

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

/// The result of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The disk is as the manifest wants it, and was so before.
    Unchanged,
    /// The disk is as the manifest wants it, after the listed changes.
    Changed,
    /// The disk is not as the manifest wants it; the listed changes would make it so.
    Drift,
    /// An error; what is listed was changed, or would be, before it.
    Failed,
}

/// When a hook runs. The names are what `OPENCODE_SETUP_PHASE` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before anything in HOME is looked at.
    PreInit,
    /// When everything in HOME is in place.
    PostInit,
}

impl Phase {
    /// The name in the hook's environment and in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PreInit => "pre-init",
            Self::PostInit => "post-init",
        }
    }
}

/// What became of a hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HookReport {
    /// Which hook.
    pub phase: Phase,
    /// The program.
    pub program: Shown,
    /// Whether it was started; a dry run only says that it would be.
    pub ran: bool,
    /// What it exited with, if it exited.
    pub exit_code: Option<i32>,
    /// What killed it, if something did (signal(7)).
    pub signal: Option<i32>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
}

impl HookReport {
    /// The report of a hook that has not been started.
    #[must_use]
    pub fn not_run(phase: Phase, program: Shown) -> Self {
        Self {
            phase,
            program,
            ran: false,
            exit_code: None,
            signal: None,
            duration_ms: None,
        }
    }
}

/// The report of a run over one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub version: u64,
    /// What was asked for.
    pub mode: Mode,
    /// The target as it was named.
    pub target: Shown,
    /// The instance; `None` if its manifest could not be read.
    pub instance: Option<Shown>,
    /// The HOME; `None` if the manifest could not be read.
    pub home: Option<Shown>,
    /// The result of the run.
    pub status: Status,
    /// Whether no apply had fully succeeded before; `None` if HOME was not opened.
    pub first_run: Option<bool>,
    /// What was changed or, for `dry-run` and `check`, what would be, in order.
    #[serde(serialize_with = "with_texts")]
    pub changes: Vec<Change>,
    /// What an operator should know, although nothing went wrong.
    pub warnings: Vec<Shown>,
    /// The hooks that ran or, for `dry-run`, would run.
    pub hooks: Vec<HookReport>,
    /// What went wrong.
    pub error: Option<Error>,
    /// The exit code of a run over this target alone.
    pub exit_code: u8,
}

impl Report {
    /// A report with nothing in it yet.
    #[must_use]
    pub fn new(mode: Mode, target: Shown) -> Self {
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
            exit_code: 0,
        }
    }
}

/// Writes each change with a field `text`, a line for people. The texts are made while
/// writing, so that a long report does not hold them all.
fn with_texts<S: Serializer>(changes: &[Change], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct WithText<'a> {
        #[serde(flatten)]
        change: &'a Change,
        text: String,
    }
    serializer.collect_seq(changes.iter().map(|change| WithText {
        change,
        text: change.infinitive(),
    }))
}
