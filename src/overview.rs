//! Many checks at one glance: a table with a row for each, read from the JSON
//! reports of the processes that made them.

use std::fmt::Write as _;
use std::io;

use crate::error::ExitStatus;
use crate::json::{Dialect, Field, Fields, parse_object};
use crate::output::{self, Level, PROGRAM};
use crate::text::subject;

/// What the table needs of one report; the fields are those of
/// [`crate::report::Report`].
pub struct Row {
    target: String,
    instance: Option<String>,
    home: String,
    status: String,
    changes: Vec<String>,
    warnings: Vec<String>,
    error: Option<String>,
    exit_status: ExitStatus,
}

impl Row {
    /// Takes the JSON report of one check.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(report: &[u8]) -> Result<Self, String> {
        let mut fields = Fields::of(String::new(), parse_object(report, Dialect::Strict)?)?;
        let target = fields.required("target", "a string")?.text()?;
        let mut nullable = |name| {
            let field = fields.required(name, "a string or null")?.nullable();
            field.map(Field::text).transpose()
        };
        let instance = nullable("instance")?;
        let home = nullable("home")?;
        let error = match fields.required("error", "an object or null")?.nullable() {
            Some(error) => Some(error.fields()?.required("message", "a string")?.text()?),
            None => None,
        };
        let exit_code = fields.required("exitCode", "a number")?.number()?;
        let changes = fields.required("changes", "a list")?.list()?.into_iter();
        let warnings = fields.required("warnings", "a list")?.list()?.into_iter();
        Ok(Self {
            target,
            instance,
            home: home.unwrap_or_else(|| "-".to_owned()),
            status: fields.required("status", "a string")?.text()?,
            changes: changes
                .map(|change| change.fields()?.required("text", "a string")?.text())
                .collect::<Result<_, _>>()?,
            warnings: warnings.map(Field::text).collect::<Result<_, _>>()?,
            error,
            exit_status: i32::try_from(exit_code).map_or(ExitStatus::Failed, ExitStatus::from_code),
        })
    }

    /// The row of a check that left no report.
    #[must_use]
    pub fn failed(target: &str, why: String) -> Self {
        Self {
            target: target.to_owned(),
            instance: None,
            home: "-".to_owned(),
            status: "failed".to_owned(),
            changes: Vec::new(),
            warnings: Vec::new(),
            error: Some(why),
            exit_status: ExitStatus::Failed,
        }
    }

    /// What this check alone makes the process exit with.
    #[must_use]
    pub fn exit_status(&self) -> ExitStatus {
        self.exit_status
    }

    fn cells(&self) -> [String; COLUMNS] {
        [
            self.instance.as_ref().unwrap_or(&self.target).clone(),
            self.status.clone(),
            self.changes.len().to_string(),
            self.warnings.len().to_string(),
            self.home.clone(),
        ]
    }
}

const COLUMNS: usize = 5;

/// Prints the table, and below it what there is to say about each row.
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
        let subject = subject(row.instance.as_deref());
        for change in &row.changes {
            output::info(format!("{subject}would {change}"))?;
        }
        for warning in &row.warnings {
            output::complain(Level::Warning, format!("{PROGRAM}: {subject}{warning}"));
        }
        if let Some(error) = &row.error {
            output::complain(Level::Error, format!("{PROGRAM}: {subject}{error}"));
        }
    }
    Ok(())
}

fn align(table: &[[String; COLUMNS]]) -> Vec<String> {
    let mut widths = [0; COLUMNS];
    for row in table {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    table.iter().map(|row| pad(row, widths)).collect()
}

fn pad(row: &[String; COLUMNS], widths: [usize; COLUMNS]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        let _ = write!(line, "{cell:width$}  ");
    }
    line.truncate(line.trim_end().len());
    line
}
