//! Programs that run for a limited time, and whose output is read.

use std::io::{self, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::report::shown::Shown;

/// How much longer than the time that it was given another run of this program may
/// take. Such a run acts as the owner of a HOME, whose other processes can stop it.
pub const GRACE: Duration = Duration::from_secs(3);

/// The most that is read of what a program says on standard error, in bytes.
const LONGEST_COMPLAINT: u64 = 4096;

/// What a program has left that has ended, in whatever way.
pub struct Ended<T> {
    /// What was made of its standard output.
    pub output: T,
    /// How it ended.
    status: ExitStatus,
    /// The beginning of what it said on standard error.
    complaint: Shown,
}

impl<T> Ended<T> {
    /// How the program has ended, and what it said on standard error.
    #[must_use]
    pub fn how(&self) -> String {
        match self.complaint.as_str() {
            "" => self.status.to_string(),
            complaint => format!("{}: {complaint}", self.status),
        }
    }
}

/// Runs a program to its end, and gives what `read` makes of its standard output.
/// After `limit` it is killed, and nobody waits for it any longer.
///
/// # Errors
/// When it cannot be started, takes longer, or fails; and what `read` says.
pub fn ask<T: Send + 'static>(
    command: &mut Command,
    limit: Duration,
    read: impl FnOnce(ChildStdout) -> io::Result<T> + Send + 'static,
) -> Result<T, String> {
    let ended = run(command, limit, read)?;
    if ended.status.success() {
        return ended
            .output
            .map_err(|error| failed(command, &error.to_string()));
    }
    Err(failed(command, &ended.how()))
}

/// The same for a program whose exit code is part of its answer: that it failed is no
/// error, nor is what `read` says.
///
/// # Errors
/// When it cannot be started or takes longer than `limit`.
pub fn run<T: Send + 'static>(
    command: &mut Command,
    limit: Duration,
    read: impl FnOnce(ChildStdout) -> T + Send + 'static,
) -> Result<Ended<T>, String> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn();
    let mut child = child.map_err(|error| failed(command, &error.to_string()))?;
    let output = child.stdout.take();
    let output = output.ok_or_else(|| failed(command, "has no standard output"))?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more when the time is over.
        let _ = sender.send(read(output));
    });
    let Ok(output) = receiver.recv_timeout(limit) else {
        // One that the kernel keeps from ending is left to itself.
        let _ = child.kill();
        let _ = child.try_wait();
        let seconds = limit.as_secs();
        return Err(failed(
            command,
            &format!("has not ended within {seconds} s"),
        ));
    };
    let (status, complaint) =
        end(&mut child).map_err(|error| failed(command, &error.to_string()))?;
    Ok(Ended {
        output,
        status,
        complaint,
    })
}

fn failed(command: &Command, why: &str) -> String {
    format!("{}: {why}", Shown::new(command.get_program()))
}

/// Waits for a program that has closed its output.
fn end(child: &mut Child) -> io::Result<(ExitStatus, Shown)> {
    let mut complaint = Vec::new();
    if let Some(stream) = child.stderr.take() {
        // What cannot be read is missing in a message, and nowhere else.
        let _ = stream.take(LONGEST_COMPLAINT).read_to_end(&mut complaint);
    }
    let status = child.wait()?;
    let complaint = String::from_utf8_lossy(&complaint);
    Ok((status, Shown::new(complaint.trim())))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<String, String> {
        let mut command = Command::new("sh");
        ask(command.args(["-c", script]), limit, io::read_to_string)
    }

    #[test]
    fn what_a_program_says_is_given_back() {
        let limit = Duration::from_secs(20);
        assert_eq!(shell("echo yes", limit), Ok("yes\n".to_owned()));
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let why = shell("echo broken >&2; exit 3", Duration::from_secs(20));
        let why = why.expect_err("it has failed");
        assert!(why.contains('3') && why.contains("broken"), "{why}");
    }

    #[test]
    fn a_program_that_hangs_is_not_waited_for() {
        let start = Instant::now();
        let why = shell("exec sleep 60", Duration::from_millis(200));
        assert!(start.elapsed() < Duration::from_secs(10));
        let why = why.expect_err("it has not ended");
        assert!(why.contains("has not ended within"), "{why}");
    }
}
