//! What systemd knows of units (systemctl(1), org.freedesktop.systemd1(5)).

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroU32;
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use crate::ctl::child;

/// How long systemd may take.
pub const PATIENCE: Duration = Duration::from_secs(20);

const PROPERTIES: &str =
    "--property=Id,LoadState,ActiveState,SubState,MainPID,NRestarts,MemoryCurrent";

/// A unit, as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// `loaded`, `not-found`, ...
    pub load: String,
    /// `active`, `inactive`, `failed`, ...
    pub active: String,
    /// `running`, `exited`, `auto-restart`, ...
    pub sub: String,
    /// The main process, if there is one.
    pub main_process: Option<NonZeroU32>,
    /// How often systemd has restarted it by itself since it was last started.
    pub restarts: Option<u64>,
    /// The memory of its control group in bytes, caches of files among it.
    pub memory: Option<u64>,
}

/// Units by their names.
pub type Units = BTreeMap<String, Unit>;

/// The main process of a unit, if it has one.
///
/// # Errors
/// When systemd cannot be asked.
pub fn main_process(unit: &str) -> Result<Option<NonZeroU32>, String> {
    let units = show(&[unit.to_owned()])?;
    Ok(units.get(unit).and_then(|unit| unit.main_process))
}

/// Asks for all of `units` at once. One that does not exist is there as well.
///
/// # Errors
/// When systemd cannot be asked.
pub fn show(units: &[String]) -> Result<Units, String> {
    if units.is_empty() {
        // Without a name, systemctl shows the manager.
        return Ok(Units::new());
    }
    let mut command = Command::new("systemctl");
    command.args(["show", PROPERTIES, "--"]).args(units);
    child::ask(&mut command, PATIENCE, io::read_to_string).map(|text| parse(&text))
}

/// Reads blocks of `NAME=VALUE` with an empty line between two units.
fn parse(text: &str) -> Units {
    let units = text.split("\n\n").filter_map(|block| {
        let value = |name: &str| {
            let mut lines = block.lines().filter_map(|line| line.split_once('='));
            lines
                .find(|(there, _)| *there == name)
                .map(|(_, value)| value)
        };
        let word = |name| value(name).unwrap_or_default().to_owned();
        let unit = Unit {
            load: word("LoadState"),
            active: word("ActiveState"),
            sub: word("SubState"),
            main_process: value("MainPID").and_then(parsed),
            restarts: value("NRestarts").and_then(parsed),
            // Without accounting: "[not set]", or all ones from older versions.
            memory: value("MemoryCurrent")
                .and_then(parsed)
                .filter(|bytes| *bytes != u64::MAX),
        };
        Some((value("Id")?.to_owned(), unit))
    });
    units.collect()
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemctl_prints_is_read() {
        let units = parse(
            "MainPID=812\nNRestarts=2\nMemoryCurrent=370000000\nId=a.service\nLoadState=loaded\n\
             ActiveState=active\nSubState=running\n\n\
             Id=b.socket\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n\n\
             MainPID=0\nNRestarts=0\nMemoryCurrent=[not set]\nId=c.service\nLoadState=loaded\n\
             ActiveState=failed\nSubState=failed\n",
        );
        let a = &units["a.service"];
        assert_eq!((a.active.as_str(), a.sub.as_str()), ("active", "running"));
        assert_eq!(a.main_process.map(NonZeroU32::get), Some(812));
        assert_eq!((a.restarts, a.memory), (Some(2), Some(370_000_000)));
        assert_eq!(units["b.socket"].load, "not-found");
        let c = &units["c.service"];
        assert_eq!(
            (c.main_process, c.restarts, c.memory),
            (None, Some(0), None)
        );
    }
}
