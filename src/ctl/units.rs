//! Whether the units of an instance run, as systemd says.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::report::error::Error;
use crate::report::shown::Shown;

/// The folder that is there where systemd runs the machine (`sd_booted(3)`).
const SYSTEMD: &str = "/run/systemd/system";

/// The states of a unit in which nothing of it runs (systemd(1)).
const AT_REST: [&str; 2] = ["inactive", "failed"];

/// Checks that neither the server of an instance nor its setup runs, or will run
/// for a unit that is up.
///
/// # Errors
/// When one does, or systemd cannot be asked.
pub fn check_stopped(instance: &str) -> Result<(), Error> {
    if !Path::new(SYSTEMD).exists() {
        return Ok(());
    }
    for unit in [
        format!("opencode-{instance}.service"),
        format!("opencode-{instance}-setup.service"),
    ] {
        let state = state_of(&unit).map_err(|why| Error::failed(format!("{unit}: {why}")))?;
        if !AT_REST.contains(&state.as_str()) {
            // What a client could start it with again.
            let socket = format!("opencode-{instance}-in.socket");
            let listens = state_of(&socket).is_ok_and(|state| state == "active");
            let socket = if listens { socket + " " } else { String::new() };
            return Err(Error::failed(format!(
                "{unit} is {}; stop both with: systemctl stop {socket}opencode-{instance}-setup.service",
                Shown::new(&state)
            )));
        }
    }
    Ok(())
}

fn state_of(unit: &str) -> Result<String, String> {
    let output = Command::new("systemctl")
        .args(["show", "--value", "--property=ActiveState", "--", unit])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("systemctl cannot be run: {error}"))?;
    let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !state.is_empty() {
        return Ok(state);
    }
    let message = Shown::new(String::from_utf8_lossy(&output.stderr).trim());
    Err(format!("systemctl did not show its state: {message}"))
}
