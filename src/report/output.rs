//! Lines for people: with levels for the journal, colours for a terminal.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::OnceLock;

use nix::sys::stat::fstat;

use crate::report::shown::Shown;

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

/// The name of the program, which stands before errors and warnings.
pub const PROGRAM: &str = "opencode-setup";

/// The name of another program of this package, if it is that which runs.
static OTHER_PROGRAM: OnceLock<&str> = OnceLock::new();

/// Sets the name that stands before errors and warnings. Only the first call counts.
pub fn name_program(name: &'static str) {
    OTHER_PROGRAM.get_or_init(|| name);
}

/// Prints what happened to standard output.
///
/// # Errors
/// When standard output cannot be written to.
pub fn info(line: impl Into<Shown>) -> io::Result<()> {
    print(&mut io::stdout().lock(), Level::Info, &line.into())
}

/// Prints an error or a warning to standard error, after the program's name.
/// A failure to print it is ignored: there is nowhere left to report it.
pub fn complain(level: Level, line: impl std::fmt::Display) {
    let program = OTHER_PROGRAM.get().unwrap_or(&PROGRAM);
    let line = Shown::from(format!("{program}: {line}"));
    let _ = print(&mut io::stderr().lock(), level, &line);
}

/// Prints a line about the command line to standard error.
pub fn usage_error(line: &str) {
    let _ = print(&mut io::stderr().lock(), Level::Error, &line.into());
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

fn print(
    stream: &mut (impl Write + IsTerminal + AsFd),
    level: Level,
    line: &Shown,
) -> io::Result<()> {
    let (before, after) = match level {
        Level::Error if is_journal(stream) => ("<3>", ""),
        Level::Warning if is_journal(stream) => ("<4>", ""),
        Level::Info if is_journal(stream) => ("<6>", ""),
        Level::Error if wants_colour(stream) => ("\x1b[31m", "\x1b[0m"),
        Level::Warning if wants_colour(stream) => ("\x1b[33m", "\x1b[0m"),
        _ => ("", ""),
    };
    stream.write_all(format!("{before}{line}{after}\n").as_bytes())?;
    stream.flush()
}

/// `NO_COLOR` is what no-color.org says: any value but the empty one.
fn wants_colour(stream: &impl IsTerminal) -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()) && stream.is_terminal()
}

/// Whether a stream is the one to the journal that systemd names by device and
/// inode (`$JOURNAL_STREAM`, systemd.exec(5)). A redirected one is not.
fn is_journal(stream: &impl AsFd) -> bool {
    std::env::var("JOURNAL_STREAM").is_ok_and(|named| {
        fstat(stream).is_ok_and(|stat| named == format!("{}:{}", stat.st_dev, stat.st_ino))
    })
}
