//! The descriptors that this process has inherited, which no hook may have.

use std::io::{self, IsTerminal};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use nix::dir::Dir;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::{close, dup2_stderr, dup2_stdout};

/// Closes every descriptor above standard error. If standard output or standard error is
/// a terminal, it is opened again, for writing only.
///
/// To be called before this process becomes HOME's owner. That owner's other processes
/// could otherwise take what is open (`pidfd_getfd(2)`), and a hook could read what is
/// typed on root's terminal.
///
/// # Errors
/// When the descriptors cannot be listed.
pub fn keep_standard_streams() -> io::Result<()> {
    for descriptor in open_descriptors()? {
        if descriptor > 2 {
            // It fails for the one by which the list was read, which is closed already.
            let _ = close(descriptor);
        }
    }
    // A terminal that the caller cannot open is not the caller's own.
    if io::stdout().is_terminal()
        && let Ok(terminal) = open_for_writing("/proc/self/fd/1")
    {
        dup2_stdout(&terminal)?;
    }
    if io::stderr().is_terminal()
        && let Ok(terminal) = open_for_writing("/proc/self/fd/2")
    {
        dup2_stderr(&terminal)?;
    }
    Ok(())
}

fn open_for_writing(path: &str) -> io::Result<fs_err::File> {
    let mut options = fs_err::OpenOptions::new();
    options.write(true).custom_flags(OFlag::O_NOCTTY.bits());
    options.open(path)
}

/// The numbers of this process's open descriptors (proc(5)).
///
/// # Errors
/// When the list cannot be read to its end: what is missing in it would stay open.
fn open_descriptors() -> nix::Result<Vec<i32>> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut directory = Dir::open("/proc/self/fd", flags, Mode::empty())?;
    let mut numbers = Vec::new();
    for entry in directory.iter() {
        let name = entry?.file_name().to_str().ok().map(str::parse::<i32>);
        numbers.extend(name.and_then(Result::ok));
    }
    Ok(numbers)
}
