//! The table of `verify`, with a row for each server.

use std::io;

use crate::ctl::report::Report;
use crate::report::output::{self, Level};
use crate::report::shown::Shown;
use crate::report::table::align;

const COLUMNS: usize = 4;

/// Prints a row for each report, and below the table the differences and errors of
/// each server.
///
/// # Errors
/// When standard output cannot be written to.
pub fn print(reports: &[Report]) -> io::Result<()> {
    let mut rows = vec![["INSTANCE", "STATUS", "DIFFERENCES", "URL"].map(str::to_owned)];
    rows.extend(reports.iter().map(cells));
    for line in align(&rows) {
        output::info(line)?;
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
        report.status.label().to_owned(),
        report.differences.len().to_string(),
        report.url.as_ref().map_or("-", Shown::as_str).to_owned(),
    ]
}
