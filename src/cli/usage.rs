//! Command lines that are not understood.

use std::ffi::OsString;

use clap::Parser;

use crate::report::error::ExitStatus;
use crate::report::log::printed_or_failed;
use crate::report::output;
use crate::report::shown::Shown;

/// Takes a command line apart.
///
/// # Errors
/// When there is nothing more to do: help, the version or a usage error has been
/// printed.
pub fn parse<C: Parser>(arguments: &[OsString]) -> Result<C, ExitStatus> {
    C::try_parse_from(arguments).map_err(|error| {
        // A usage error quotes the command line, and a line end in an argument
        // would begin a line of its own: the same error over escaped arguments.
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
