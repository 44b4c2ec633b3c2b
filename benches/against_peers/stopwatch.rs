//! Starts a program with as little of the parent's own as possible.
//!
//! What starting costs the parent is in the time of an empty program as well,
//! and would make all others look better next to it. So everything that can be
//! is done beforehand: the program is found, its arguments are there, its output
//! goes to a file that is open, and its environment is one variable. The
//! standard library then calls `posix_spawn(3)`, which shares the parent's memory
//! with the child until that is the program (`CLONE_VM` and `CLONE_VFORK` of
//! clone(2)), so that the size of this parent does not matter either.

use std::ffi::OsString;
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// Makes the command of a program with an absolute path.
pub fn lean_command(command_line: &[OsString]) -> Result<Command> {
    let (program, arguments) = command_line.split_first().ok_or("no command")?;
    let null = || File::options().read(true).write(true).open("/dev/null");
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    command
        .stdin(Stdio::from(null()?))
        .stdout(Stdio::from(null()?));
    Ok(command)
}

/// The wall time from starting the command to having reaped its process.
pub fn time(command: &mut Command) -> Result<Duration> {
    let start = Instant::now();
    let status = command.status()?;
    let time = start.elapsed();
    if !status.success() {
        return Err(format!("{}: {status}", command.get_program().display()).into());
    }
    Ok(time)
}

/// The time that `percent` of the runs were faster than.
pub fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    let index = times.len().saturating_sub(1) * percent / 100;
    times.get(index).copied().unwrap_or_default()
}

/// The ratio in the middle.
pub fn median(ratios: &[f64]) -> f64 {
    let mut ratios = ratios.to_vec();
    ratios.sort_unstable_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
}
