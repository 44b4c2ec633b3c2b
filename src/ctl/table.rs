//! Many servers at one glance.

use std::io;

use crate::ctl::report::Report;
use crate::report::output::{self, Level};
use crate::report::shown::Shown;

const COLUMNS: usize = 4;

/// Prints a row for each report, and below the table what there is to say about
/// each server.
///
/// # Errors
/// When standard output cannot be written to.
pub fn print(reports: &[Report]) -> io::Result<()> {
    let mut rows = vec![["INSTANCE", "STATUS", "DIFFERENCES", "URL"].map(str::to_owned)];
    rows.extend(reports.iter().map(cells));
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in &rows {
        let cells = row.iter().zip(widths);
        let padded = cells.map(|(cell, width)| format!("{cell:width$}"));
        let line = padded.collect::<Vec<_>>().join("  ");
        output::info(line.trim_end())?;
    }
    for report in reports {
        let subject = report.subject();
        for line in &report.differences {
            let level = if line.allowed {
                Level::Warning
            } else {
                Level::Error
            };
            output::complain(level, format!("{subject}{}", line.text));
        }
        if let Some(error) = &report.error {
            output::complain(Level::Error, format!("{subject}{error}"));
        }
    }
    Ok(())
}

fn cells(report: &Report) -> [String; COLUMNS] {
    [
        report
            .instance
            .as_ref()
            .unwrap_or(&report.target)
            .to_string(),
        report.status.words().to_owned(),
        report.differences.len().to_string(),
        report.url.as_ref().map_or("-", Shown::as_str).to_owned(),
    ]
}
