//! The program: everything is in the library, so that tests can reach it.

use std::process::ExitCode;

use opencode_setup::report::output::{self, Level};

fn main() -> ExitCode {
    let code = opencode_setup::cli::run::run().unwrap_or_else(|error| {
        output::complain(Level::Error, &error);
        error.exit_status().code()
    });
    ExitCode::from(code)
}
