//! A table with a row for each of several checks. Each was made by a process of its own,
//! whose JSON report is read.

use std::io;

use serde::Deserialize;

use crate::report::error::{Error, ExitStatus};
use crate::report::log::subject;
use crate::report::output::{self, Level};
use crate::report::shown::Shown;

/// What the table needs of one report ([`crate::report::document::Report`]).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    target: Shown,
    instance: Option<Shown>,
    home: Option<Shown>,
    status: Shown,
    changes: Vec<Line>,
    warnings: Vec<Shown>,
    error: Option<Error>,
    exit_code: i32,
}

#[derive(Deserialize)]
struct Line {
    text: Shown,
}

impl Row {
    /// Takes the JSON report of one check.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(report: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(report).map_err(|error| error.to_string())
    }

    /// The row of a check that left no report.
    #[must_use]
    pub fn failed(target: Shown, error: Error) -> Self {
        Self {
            target,
            instance: None,
            home: None,
            status: "failed".into(),
            changes: Vec::new(),
            warnings: Vec::new(),
            exit_code: error.exit_status().code().into(),
            error: Some(error),
        }
    }

    /// The status of a run over this target alone.
    #[must_use]
    pub fn exit_status(&self) -> ExitStatus {
        ExitStatus::from_code(self.exit_code)
    }

    fn cells(&self) -> [String; COLUMNS] {
        let home = self.home.as_ref().map_or("-", Shown::as_str);
        [
            self.instance.as_ref().unwrap_or(&self.target).to_string(),
            self.status.to_string(),
            self.changes.len().to_string(),
            self.warnings.len().to_string(),
            home.to_owned(),
        ]
    }
}

const COLUMNS: usize = 5;

/// Prints the table, and below it the errors and warnings of each row.
///
/// # Errors
/// When standard output cannot be written to.
pub fn print(rows: &[Row]) -> io::Result<()> {
    let header = ["INSTANCE", "STATUS", "CHANGES", "WARNINGS", "HOME"].map(str::to_owned);
    let mut table = vec![header];
    table.extend(rows.iter().map(Row::cells));
    for line in align(&table) {
        output::info(line)?;
    }
    for row in rows {
        let subject = subject(row.instance.as_ref());
        for change in &row.changes {
            output::info(format!("{subject}would {}", change.text))?;
        }
        for warning in &row.warnings {
            output::complain(Level::Warning, format!("{subject}{warning}"));
        }
        if let Some(error) = &row.error {
            output::complain(Level::Error, format!("{subject}{error}"));
        }
    }
    Ok(())
}

/// The lines of a table, with columns as wide as they have to be.
#[must_use]
pub fn align<const COLUMNS: usize>(table: &[[String; COLUMNS]]) -> Vec<String> {
    let mut widths = [0; COLUMNS];
    for row in table {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    table.iter().map(|row| pad(row, widths)).collect()
}

fn pad<const COLUMNS: usize>(row: &[String; COLUMNS], widths: [usize; COLUMNS]) -> String {
    let cells = row.iter().zip(widths);
    let padded = cells.map(|(cell, width)| format!("{cell:width$}"));
    let line = padded.collect::<Vec<_>>().join("  ");
    line.trim_end().to_owned()
}
