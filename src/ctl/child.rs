//! Programs that run for a limited time, and whose output is read.

use std::io::{self, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::report::shown::Shown;

/// How much longer than the time that it was given another run of this program may
/// take. Such a run acts as the owner of a HOME, whose other processes can stop it.
pub const GRACE: Duration = Duration::from_secs(3);

/// How long to wait before looking again whether a program has ended that has closed its
/// output.
const PAUSE: Duration = Duration::from_millis(5);

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
    // `None` if the clock cannot tell the end: then there is always time left.
    let deadline = Instant::now().checked_add(limit);
    let left = || deadline.map_or(limit, |end| end.saturating_duration_since(Instant::now()));
    let output = child.stdout.take().map(|stream| in_thread(stream, read));
    let complaint = child.stderr.take().map(|stream| {
        // What cannot be read is missing in a message, and nowhere else.
        in_thread(stream.take(LONGEST_COMPLAINT), |mut stream| {
            let mut complaint = Vec::new();
            let _ = stream.read_to_end(&mut complaint);
            complaint
        })
    });
    let output = output.and_then(|output| output.recv_timeout(left()).ok());
    let status = wait_for(&mut child, left).map_err(|error| failed(command, &error.to_string()))?;
    let (Some(output), Some(status)) = (output, status) else {
        // One that the kernel keeps from ending is left to itself.
        let _ = child.kill();
        let _ = child.try_wait();
        let seconds = limit.as_secs();
        return Err(failed(
            command,
            &format!("has not ended within {seconds} s"),
        ));
    };
    // Another process may still have the stream, and write to it.
    let complaint = complaint.and_then(|complaint| complaint.recv_timeout(left()).ok());
    let complaint = complaint.unwrap_or_default();
    let complaint = Shown::new(String::from_utf8_lossy(&complaint).trim());
    Ok(Ended {
        output,
        status,
        complaint,
    })
}

/// Reads a stream in a thread, which sends what `read` makes of it.
fn in_thread<S: Send + 'static, T: Send + 'static>(
    stream: S,
    read: impl FnOnce(S) -> T + Send + 'static,
) -> mpsc::Receiver<T> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more when the time is over.
        let _ = sender.send(read(stream));
    });
    receiver
}

/// Waits for a program to end as long as there is time `left`; `None` if it has not ended
/// then.
fn wait_for(child: &mut Child, left: impl Fn() -> Duration) -> io::Result<Option<ExitStatus>> {
    loop {
        let ended = child.try_wait()?;
        let left = left();
        if ended.is_some() || left.is_zero() {
            return Ok(ended);
        }
        std::thread::sleep(PAUSE.min(left));
    }
}

fn failed(command: &Command, why: &str) -> String {
    format!("{}: {why}", Shown::new(command.get_program()))
}

#[cfg(test)]
mod tests {
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

    /// Whether it has closed its output, or has left another process behind that may
    /// still write.
    #[test]
    fn a_program_that_hangs_is_not_waited_for() {
        for (script, part) in [
            ("exec sleep 20", "has not ended within"),
            ("exec sleep 20 >&-", "has not ended within"),
            ("exec sleep 20 >&- 2>&-", "has not ended within"),
            ("sleep 20 & exit 1", "has not ended within"),
            ("sleep 20 >&- & exit 1", "exit status: 1"),
        ] {
            let start = Instant::now();
            let why = shell(script, Duration::from_millis(500));
            assert!(start.elapsed() < Duration::from_secs(10), "{script}");
            let why = why.expect_err("it has not ended");
            assert!(why.contains(part), "{script}: {why}");
        }
    }
}
