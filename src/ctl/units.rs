//! Whether the units of an instance are stopped, as systemd says.

use std::path::Path;

use crate::ctl::systemd;
use crate::manifest::path::InstanceName;
use crate::manifest::unit::UnitName;
use crate::report::error::Error;
use crate::report::shown::Shown;

/// The folder that exists where systemd is the init system (`sd_booted(3)`).
const SYSTEMD: &str = "/run/systemd/system";

/// The states of a unit in which nothing of it runs (systemd(1)).
const AT_REST: [&str; 2] = ["inactive", "failed"];

/// Checks that neither the server of an instance nor its setup runs or is starting.
/// Without systemd there is nothing to check.
///
/// # Errors
/// When one of them does, or systemd cannot be asked.
pub fn check_stopped(instance: &InstanceName) -> Result<(), Error> {
    if !Path::new(SYSTEMD).exists() {
        return Ok(());
    }
    let server = UnitName::of_instance(instance);
    let (setup, socket) = (server.setup(), server.socket());
    let server = server.as_str().to_owned();
    let units = [server.clone(), setup.clone(), socket.clone()];
    let states = systemd::show(&units).map_err(Error::failed)?;
    let state_of = |unit: &str| {
        let state = states.get(unit).map(|unit| unit.active.as_str());
        state.filter(|state| !state.is_empty())
    };
    // A client could start the server again with it.
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
