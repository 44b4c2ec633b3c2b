//! The table of `status`, with a row for each instance.

use std::io;

use crate::ctl::status::document::{Configuration, Status};
use crate::ctl::status::tree::Size;
use crate::report::output;
use crate::report::shown::Shown;
use crate::report::table::align;

const HEADER: [&str; 10] = [
    "INSTANCE",
    "STATE",
    "VERSION",
    "HEALTHY",
    "CONFIGURATION",
    "SESSIONS",
    "MEMORY",
    "SIZE",
    "PORT",
    "REFUSALS",
];

/// What a cell holds if its value is not known.
const UNKNOWN: &str = "-";

/// Prints a row for each instance.
///
/// # Errors
/// When standard output cannot be written to.
pub fn print(statuses: &[Status]) -> io::Result<()> {
    lines(statuses).into_iter().try_for_each(output::info)
}

fn lines(statuses: &[Status]) -> Vec<String> {
    let mut rows = vec![HEADER.map(str::to_owned)];
    rows.extend(statuses.iter().map(cells));
    align(&rows)
}

fn cells(status: &Status) -> [String; HEADER.len()] {
    let sessions = status.sessions;
    [
        status.instance.to_string(),
        state(status),
        shown(status.server_version.as_ref()),
        shown(
            status
                .healthy
                .map(|healthy| if healthy { "yes" } else { "no" }),
        ),
        configuration(status.configuration),
        shown(sessions.map(|sessions| format!("{}/{}", sessions.busy, sessions.total))),
        shown(status.memory_bytes.map(human)),
        shown(status.state.map(size)),
        shown(status.port),
        shown(status.refusals),
    ]
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| value.to_string())
}

/// The most important thing about an instance: that its setup has failed, that it is
/// asleep, or otherwise the state of its unit.
fn state(status: &Status) -> String {
    if status.setup_failed == Some(true) {
        return "setup failed".to_owned();
    }
    if status.asleep == Some(true) {
        return "asleep".to_owned();
    }
    match &status.unit {
        Some(unit) if unit.active == Shown::from("not-found") => unit.active.to_string(),
        Some(unit) => format!("{}/{}", unit.active, unit.sub),
        None => UNKNOWN.to_owned(),
    }
}

fn configuration(configuration: Configuration) -> String {
    let Configuration {
        in_effect, drift, ..
    } = configuration;
    let text = match (in_effect, drift) {
        (Some(false), Some(true)) => "overridden, drift",
        (Some(false), _) => "overridden",
        (_, Some(true)) => "drift",
        (Some(true), _) => "in effect",
        (None, _) => UNKNOWN,
    };
    text.to_owned()
}

/// A size as a cell; one that is not complete is marked as a lower bound.
fn size(size: Size) -> String {
    let least = if size.complete { "" } else { ">" };
    format!("{least}{}", human(size.bytes))
}

/// Bytes as systemctl(1) shows them, in powers of 1024.
fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "K", "M", "G", "T", "P"];
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = 0;
    while tenths >= 10 * 1024 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let (whole, part) = (tenths / 10, tenths % 10);
    if unit == 0 {
        return format!("{whole}B");
    }
    format!("{whole}.{part}{}", UNITS[unit])
}

/// Instances for the tests of all printers.
#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::ctl::status::document::{STATUS_VERSION, UnitStatus};
    use crate::server::Sessions;

    pub(in crate::ctl::status) fn running() -> Status {
        Status {
            version: STATUS_VERSION,
            instance: "web".into(),
            unit: Some(UnitStatus {
                name: "opencode-web.service".into(),
                active: "active".into(),
                sub: "running".into(),
                restarts: Some(1),
            }),
            setup_failed: Some(false),
            asleep: Some(false),
            healthy: Some(true),
            server_version: Some("1.18.33".into()),
            configuration: Configuration {
                in_effect: Some(true),
                differences: Some(0),
                allowed_differences: Some(0),
                drift: Some(false),
                home_warnings: Some(0),
            },
            sessions: Some(Sessions { busy: 1, total: 7 }),
            memory_bytes: Some(370 << 20),
            state: Some(Size {
                bytes: 5000,
                complete: true,
            }),
            port: Some(4096),
            isolated: true,
            refusals: Some(3),
            restricted: false,
            notes: Vec::new(),
            error: None,
            exit_code: 0,
        }
    }

    pub(in crate::ctl::status) fn unknown() -> Status {
        Status {
            instance: "api".into(),
            unit: None,
            setup_failed: None,
            asleep: None,
            healthy: None,
            server_version: None,
            configuration: Configuration::default(),
            sessions: None,
            memory_bytes: None,
            state: None,
            port: None,
            isolated: false,
            refusals: None,
            ..running()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{running, unknown};
    use super::*;

    #[test]
    fn each_instance_is_a_row() {
        assert_eq!(
            lines(&[running(), unknown()]),
            [
                "INSTANCE  STATE           VERSION  HEALTHY  CONFIGURATION  SESSIONS  MEMORY  SIZE  PORT  REFUSALS",
                "web       active/running  1.18.33  yes      in effect      1/7       370.0M  4.8K  4096  3",
                "api       -               -        -        -              -         -       -     -     -",
            ]
        );
    }

    #[test]
    fn the_state_is_what_matters_most() {
        let failed = Status {
            setup_failed: Some(true),
            ..running()
        };
        let asleep = Status {
            asleep: Some(true),
            ..running()
        };
        let mut missing = running();
        missing.unit.as_mut().expect("a unit").active = "not-found".into();
        assert_eq!(state(&failed), "setup failed");
        assert_eq!(state(&asleep), "asleep");
        assert_eq!(state(&missing), "not-found");
    }

    #[test]
    fn drift_and_an_override_both_show() {
        for (in_effect, drift, text) in [
            (Some(true), Some(false), "in effect"),
            (Some(true), None, "in effect"),
            (Some(true), Some(true), "drift"),
            (Some(false), Some(false), "overridden"),
            (Some(false), Some(true), "overridden, drift"),
            (None, Some(true), "drift"),
            (None, Some(false), "-"),
        ] {
            let one = Configuration {
                in_effect,
                drift,
                ..Configuration::default()
            };
            assert_eq!(configuration(one), text);
        }
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0B"),
            (1023, "1023B"),
            (1024, "1.0K"),
            (1536, "1.5K"),
            (1_048_575, "1023.9K"),
            (380 << 30, "380.0G"),
            (u64::MAX, "16383.9P"),
        ] {
            assert_eq!(human(bytes), text);
        }
        let part = Size {
            bytes: 2048,
            complete: false,
        };
        assert_eq!(size(part), ">2.0K");
    }
}
