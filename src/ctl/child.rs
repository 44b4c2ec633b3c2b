//! Programs that run for a limited time, and whose output is read.

use std::io::{self, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::report::shown::Shown;

/// The most that is read of what a program says on standard error, in bytes.
const LONGEST_COMPLAINT: u64 = 4096;

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
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let program = Shown::new(command.get_program());
    let failed = |why: &dyn std::fmt::Display| format!("{program}: {why}");
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    let output = child.stdout.take();
    let output = output.ok_or_else(|| failed(&"has no standard output"))?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more when the time is over.
        let _ = sender.send(read(output));
    });
    let Ok(answer) = receiver.recv_timeout(limit) else {
        // One that the kernel keeps from ending is left to itself.
        let _ = child.kill();
        let _ = child.try_wait();
        let seconds = limit.as_secs();
        return Err(failed(&format!("has not ended within {seconds} s")));
    };
    end(&mut child).map_err(|why| failed(&why))?;
    answer.map_err(|error| failed(&error))
}

/// Waits for a program that has closed its output.
fn end(child: &mut Child) -> Result<(), String> {
    let mut complaint = Vec::new();
    if let Some(stream) = child.stderr.take() {
        // What cannot be read is missing in a message, and nowhere else.
        let _ = stream.take(LONGEST_COMPLAINT).read_to_end(&mut complaint);
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&complaint);
    let complaint = Shown::new(complaint.trim());
    Err(format!("{status}: {complaint}"))
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
