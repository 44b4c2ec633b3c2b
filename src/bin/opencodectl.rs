//! The program that asks servers: everything is in the library.

use std::process::ExitCode;

use opencode_setup::report::output::{self, Level};

fn main() -> ExitCode {
    output::name_program("opencodectl");
    let code = opencode_setup::ctl::run::run().unwrap_or_else(|error| {
        output::complain(Level::Error, &error);
        error.exit_status().code()
    });
    ExitCode::from(code)
}
