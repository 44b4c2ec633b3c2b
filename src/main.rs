//! The program: everything is in the library, so that tests can reach it.

use std::process::ExitCode;

use opencode_setup::output::{self, Level, PROGRAM};

fn main() -> ExitCode {
    let status = opencode_setup::run::run().unwrap_or_else(|error| {
        output::complain(Level::Error, format!("{PROGRAM}: {error}"));
        error.exit_status()
    });
    ExitCode::from(status.code())
}
