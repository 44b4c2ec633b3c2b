//! The descriptors that this process has inherited, and that no hook may have.

use std::io::{self, IsTerminal};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use nix::dir::Dir;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::{close, dup2_stderr, dup2_stdout};

/// Closes every descriptor above standard error, and opens a terminal on standard
/// output or error again, for writing only.
///
/// This is for a process that is still its caller. Later there is one that is
/// HOME's owner and about to become a hook, and that owner can take what it has
/// open (`pidfd_getfd(2)`), or read what is typed on root's terminal.
///
/// # Errors
/// When the descriptors cannot be listed.
pub fn keep_standard_streams() -> io::Result<()> {
    for descriptor in open_descriptors()? {
        if descriptor > 2 {
            // Already closed: the one by which the list was read.
            let _ = close(descriptor);
        }
    }
    // Where it cannot be opened it is not the caller's own: nothing is lost.
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

/// The numbers of this process's open descriptors (proc(5)). A list that breaks
/// off is an error: what is missing in it would stay open.
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
