//! Whether the units of an instance run, as systemd says.

use std::path::Path;

use crate::ctl::systemd;
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
    let server = format!("opencode-{instance}.service");
    let setup = format!("opencode-{instance}-setup.service");
    // What a client could start the server with again.
    let socket = format!("opencode-{instance}-in.socket");
    let units = [server, setup, socket];
    let states = systemd::show(&units).map_err(Error::failed)?;
    let [server, setup, socket] = units;
    let state_of = |unit: &str| {
        let state = states.get(unit).map(|unit| unit.active.as_str());
        state.filter(|state| !state.is_empty())
    };
    let listening = if state_of(&socket) == Some("active") {
        socket + " "
    } else {
        String::new()
    };
    for unit in [&server, &setup] {
        let Some(state) = state_of(unit) else {
            return Err(Error::failed(format!(
                "{unit}: systemctl did not show its state"
            )));
        };
        if !AT_REST.contains(&state) {
            return Err(Error::failed(format!(
                "{unit} is {}; stop both with: systemctl stop {listening}{setup}",
                Shown::new(state)
            )));
        }
    }
    Ok(())
}
