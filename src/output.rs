//! Lines for people: with levels for the journal, colours for a terminal.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// How much a line matters; the numbers are the journal's (sd-daemon(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something went wrong.
    Error,
    /// Something an operator should know.
    Warning,
    /// What happened.
    Info,
}

/// How lines are dressed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dress {
    /// `<3>` and so on in front, which journald takes off again.
    Journal,
    /// Errors red, warnings yellow.
    Colour,
    /// Nothing.
    Plain,
}

/// The prefix of every line that is not about a change.
pub const PROGRAM: &str = "opencode-setup";

/// Prints what happened to standard output.
///
/// # Errors
/// When standard output cannot be written to.
pub fn info(line: impl Display) -> io::Result<()> {
    print(&mut io::stdout().lock(), Level::Info, line)
}

/// Prints text for programs to standard output, as it is.
///
/// # Errors
/// When standard output cannot be written to.
pub fn raw(text: &str) -> io::Result<()> {
    let mut stream = io::stdout().lock();
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// Prints an error or a warning to standard error. That it cannot be printed is
/// nothing that could be told anybody.
pub fn complain(level: Level, line: impl Display) {
    let _ = print(&mut io::stderr().lock(), level, line);
}

fn print(
    stream: &mut (impl Write + IsTerminal),
    level: Level,
    line: impl Display,
) -> io::Result<()> {
    let dressed = match (dress(stream), level) {
        (Dress::Journal, Level::Error) => format!("<3>{line}\n"),
        (Dress::Journal, Level::Warning) => format!("<4>{line}\n"),
        (Dress::Journal, Level::Info) => format!("<6>{line}\n"),
        (Dress::Colour, Level::Error) => format!("\x1b[31m{line}\x1b[0m\n"),
        (Dress::Colour, Level::Warning) => format!("\x1b[33m{line}\x1b[0m\n"),
        (Dress::Colour | Dress::Plain, _) => format!("{line}\n"),
    };
    stream.write_all(dressed.as_bytes())?;
    stream.flush()
}

/// The journal asks first: a unit's output is no terminal. `NO_COLOR` is what
/// no-color.org says: any value but the empty one.
fn dress(stream: &impl IsTerminal) -> Dress {
    if is_set("JOURNAL_STREAM") {
        Dress::Journal
    } else if !is_set("NO_COLOR") && stream.is_terminal() {
        Dress::Colour
    } else {
        Dress::Plain
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}
