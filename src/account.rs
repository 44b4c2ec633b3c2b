//! The account that a run keeps of itself while it goes: into its report, and
//! to whoever wants to hear of every change at once.

use crate::action::Action;
use crate::error::printable;
use crate::hook::HookReport;
use crate::manifest::Manifest;
use crate::names::{RECORD_PATH, record_path};
use crate::observe::State;
use crate::record::RecordState;
use crate::report::Report;

/// What one run has found and done so far.
pub struct Account<'a> {
    report: &'a mut Report,
    on_change: &'a mut dyn FnMut(&Action),
    owes_word_of_record: bool,
    has_told_of_broken_record: bool,
}

impl<'a> Account<'a> {
    /// Of a run for `manifest` that has not begun. `on_change` is told of every
    /// change as soon as it is made.
    pub fn new(
        manifest: &Manifest,
        report: &'a mut Report,
        on_change: &'a mut dyn FnMut(&Action),
    ) -> Self {
        report.instance = Some(manifest.instance.as_str().to_owned());
        report.home = Some(manifest.home.as_str().to_owned());
        Self {
            report,
            on_change,
            owes_word_of_record: false,
            has_told_of_broken_record: false,
        }
    }

    /// Whether no apply had fully succeeded before, as far as the record that
    /// was found tells.
    #[must_use]
    pub fn is_first_run(&self) -> bool {
        self.report.first_run == Some(true)
    }

    /// Whether anything was done that could have undone the rest.
    #[must_use]
    pub fn has_done_something(&self) -> bool {
        !self.report.changes.is_empty() || !self.report.hooks.is_empty()
    }

    /// Notes what the record tells, or why it tells nothing. Whether this is the
    /// first run is settled by the first one that is read, before any hook.
    pub fn record_found(&mut self, record: &RecordState) {
        self.report.first_run.get_or_insert(record.is_first_run());
        if let RecordState::Broken(why) = record
            && !self.has_told_of_broken_record
        {
            self.has_told_of_broken_record = true;
            self.warn([format!(
                "{RECORD_PATH}: {}; taken as absent, so this counts as the first run",
                printable(why)
            )]);
        }
    }

    /// Notes what was odd about a HOME before anything was done to it.
    pub fn home_found(&mut self, manifest: &Manifest, state: &State) {
        if state.record == RecordState::Absent && state.has_earlier_work(manifest) {
            self.warn([format!(
                "{RECORD_PATH}: is missing although HOME is set up; a new one is due, and this counts as the first run"
            )]);
        }
    }

    /// Notes what an operator should know, although nothing went wrong.
    pub fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        self.report.warnings.extend(warnings);
    }

    /// Notes a hook that ran or, in a dry run, would run.
    pub fn hook(&mut self, hook: HookReport) {
        self.report.hooks.push(hook);
    }

    /// Notes changes that are due, and that nobody is making.
    pub fn due(&mut self, changes: impl IntoIterator<Item = Action>) {
        let changes = changes.into_iter().map(Into::into);
        self.report.changes.extend(changes);
    }

    /// Notes a change that was made.
    pub fn changed(&mut self, change: Action) {
        (self.on_change)(&change);
        self.report.changes.push(change.into());
    }

    /// Notes that the record was written before the links. Nobody hears of it
    /// unless it remains the last one.
    pub fn record_written_ahead(&mut self) {
        self.owes_word_of_record = true;
    }

    /// Notes that the last record was written.
    pub fn record_written(&mut self) {
        self.owes_word_of_record = false;
        let path = record_path();
        self.changed(Action::WriteRecord { path });
    }

    /// Ends the account.
    pub fn close(mut self) {
        if self.owes_word_of_record {
            self.record_written();
        }
    }
}
