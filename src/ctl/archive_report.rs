//! The report of `backup` and `restore`: the document that `--json` prints,
//! and the same as lines.

use std::io;

use serde::{Deserialize, Serialize};

use crate::backup::Summary;
use crate::report::error::{Error, ExitStatus};
use crate::report::log::{printed_or_failed, subject};
use crate::report::output::{self, Level};
use crate::report::shown::Shown;

/// The version of the document's shape, as in [`crate::ctl::report`].
const REPORT_VERSION: u64 = 1;

/// The command that a report is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// `backup`
    Backup,
    /// `restore`
    Restore,
}

/// The report of one command.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveReport {
    /// The version of this document, `REPORT_VERSION`.
    pub version: u64,
    /// Which command this is of.
    pub deed: Deed,
    /// The target as it was named.
    pub target: Shown,
    /// The instance; `None` if its manifest could not be read.
    pub instance: Option<Shown>,
    /// The archive; "-" for a standard stream.
    pub file: Shown,
    /// What was archived or restored.
    #[serde(flatten)]
    pub summary: Summary,
    /// The directory in which `restore` keeps what was in HOME.
    pub aside: Option<Shown>,
    /// What went wrong.
    pub error: Option<Error>,
    /// What the process exits with.
    pub exit_code: i32,
}

impl ArchiveReport {
    /// A report without an error.
    #[must_use]
    pub fn new(deed: Deed, target: Shown, file: Shown) -> Self {
        Self {
            version: REPORT_VERSION,
            deed,
            target,
            instance: None,
            file,
            summary: Summary::default(),
            aside: None,
            error: None,
            exit_code: 0,
        }
    }

    /// Notes the result of the command, and prints the report. With `to_stderr` it goes to
    /// standard error, since the archive goes to standard output.
    pub fn finish(mut self, result: Result<(), Error>, json: bool, to_stderr: bool) -> ExitStatus {
        self.error = result.err();
        let status = self.error.as_ref().map(Error::exit_status);
        let status = status.unwrap_or(ExitStatus::Done);
        self.exit_code = status.code().into();
        let printed = if json {
            self.print_json(to_stderr)
        } else {
            self.print(to_stderr)
        };
        status.worse(printed_or_failed(printed))
    }

    fn print_json(&self, to_stderr: bool) -> io::Result<()> {
        let text = format!("{}\n", serde_json::to_string(self)?);
        if to_stderr {
            io::Write::write_all(&mut io::stderr().lock(), text.as_bytes())
        } else {
            output::raw(&text)
        }
    }

    fn print(&self, to_stderr: bool) -> io::Result<()> {
        let subject = subject(self.instance.as_ref());
        for omission in &self.summary.left_out {
            let line = format!("{subject}{}: {}", omission.path, omission.why);
            output::complain(Level::Warning, line);
        }
        let told = self.summary.left_out.len() as u64;
        if let Some(more @ 1..) = self.summary.left_out_count.checked_sub(told) {
            let line = format!("{subject}{more} more paths are left out");
            output::complain(Level::Warning, line);
        }
        if let Some(error) = &self.error {
            output::complain(Level::Error, format!("{subject}{error}"));
            return Ok(());
        }
        let Summary { members, bytes, .. } = self.summary;
        let aside = self.aside.as_ref();
        let aside = aside.map(|aside| format!("; what was there is in {aside}"));
        let line = match self.deed {
            Deed::Backup => format!(
                "{subject}{}: {members} members, {bytes} bytes in files, databases: {}",
                self.file, self.summary.databases
            ),
            Deed::Restore => format!(
                "{subject}restored {members} members, {bytes} bytes in files{}",
                aside.unwrap_or_default()
            ),
        };
        if to_stderr {
            output::complain(Level::Info, line);
            return Ok(());
        }
        output::info(line)
    }
}
