//! Command lines that are not understood.

use std::ffi::OsString;

use clap::Parser;

use crate::report::error::ExitStatus;
use crate::report::log::printed_or_failed;
use crate::report::output;
use crate::report::shown::Shown;

/// Parses a command line.
///
/// # Errors
/// The status to end with, when help, the version or a usage error was printed.
pub fn parse<C: Parser>(arguments: &[OsString]) -> Result<C, ExitStatus> {
    C::try_parse_from(arguments).map_err(|error| {
        // A usage error quotes arguments, which may hold line ends. So the error of the
        // escaped arguments is printed.
        let escaped = arguments.iter().map(|word| Shown::new(word).to_string());
        print(&C::try_parse_from(escaped).err().unwrap_or(error))
    })
}

/// Prints what clap has to say. Help and version are "errors" that go to
/// standard output.
fn print(error: &clap::Error) -> ExitStatus {
    let text = error.render().to_string();
    if !error.use_stderr() {
        return printed_or_failed(output::raw(&text));
    }
    for line in text.lines() {
        output::usage_error(line);
    }
    ExitStatus::Usage
}
