//! Decides the status of an instance from what was observed. Pure.

use crate::ctl::status::document::{Configuration, STATUS_VERSION, Status, UnitStatus};
use crate::ctl::status::observe::{Declared, Seen, UnitsOfInstance};
use crate::ctl::status::probe::Probe;
use crate::ctl::systemd::Unit;
use crate::report::error::{Error, ExitStatus};
use crate::report::shown::Shown;

const ACTIVE: &str = "active";
const INACTIVE: &str = "inactive";
const NOT_FOUND: &str = "not-found";

/// Decides the status of an instance.
#[must_use]
pub fn decide(seen: Seen) -> Status {
    let Seen {
        name,
        declared,
        units,
        probe,
        refusals,
    } = seen;
    let (declared, mut error) = match declared {
        Ok(declared) => (Some(declared), None),
        Err(why) => (None, Some(why)),
    };
    let probe = probe.unwrap_or_else(|why| {
        error.get_or_insert_with(|| Error::failed(format!("cannot be examined: {why}")));
        Probe::default()
    });
    let server = units.server.as_ref();
    let setup_failed = server.is_some().then(|| has_setup_failed(&units));
    let asleep = setup_failed.map(|failed| !failed && sleeps(&units));
    let mut notes = probe.notes;
    if asleep != Some(true) {
        notes.extend(probe.no_home);
    }
    let has_unit = declared.as_ref().map(|declared| declared.unit.is_some());
    if has_unit == Some(false) {
        notes.push("its manifest names no unit (server.unit), so its server is not asked".into());
    }
    let answers = probe.server;
    let differences = answers.as_ref().and_then(|answers| answers.differences);
    let exit_status = error.as_ref().map_or(ExitStatus::Done, Error::exit_status);
    Status {
        version: STATUS_VERSION,
        unit: declared
            .as_ref()
            .and_then(|declared| unit_status(declared, server?)),
        setup_failed,
        asleep,
        healthy: answers.as_ref().map(|answers| answers.healthy),
        server_version: answers.as_ref().and_then(|answers| answers.version.clone()),
        configuration: Configuration {
            in_effect: differences.map(|differences| differences.all == 0),
            differences: differences.map(|differences| differences.all),
            allowed_differences: differences.map(|differences| differences.allowed),
            drift: probe.home.map(|home| home.drift),
            home_warnings: probe.home.map(|home| home.warnings),
        },
        sessions: answers.and_then(|answers| answers.sessions),
        memory_bytes: server.and_then(|server| server.memory),
        state: probe.size,
        port: declared.as_ref().and_then(|declared| declared.port),
        isolated: declared.as_ref().is_some_and(|declared| declared.isolated),
        refusals: refusals.unwrap_or_default(),
        restricted: probe.restricted,
        // That this user may not see everything is printed once, for all instances.
        notes: if probe.restricted { Vec::new() } else { notes },
        instance: declared.map_or(name, |declared| declared.instance),
        error,
        exit_code: exit_status.code(),
    }
}

fn unit_status(declared: &Declared, unit: &Unit) -> Option<UnitStatus> {
    let active = if unit.load == NOT_FOUND {
        NOT_FOUND
    } else {
        &unit.active
    };
    Some(UnitStatus {
        name: declared.unit.as_ref()?.as_str().into(),
        active: active.into(),
        sub: Shown::new(&unit.sub),
        restarts: unit.restarts,
    })
}

/// Whether the setup has failed, and no later attempt has succeeded. The next attempt may
/// be running.
fn has_setup_failed(units: &UnitsOfInstance) -> bool {
    units.setup.as_ref().is_some_and(|setup| {
        let is_another_attempt =
            setup.active == "activating" && setup.restarts.is_some_and(|count| count > 0);
        setup.active == "failed" || setup.sub.starts_with("auto-restart") || is_another_attempt
    })
}

/// Whether the next connection starts the server.
fn sleeps(units: &UnitsOfInstance) -> bool {
    let state = |unit: &Option<Unit>| unit.as_ref().map(|unit| unit.active.clone());
    state(&units.server).as_deref() == Some(INACTIVE)
        && state(&units.socket).as_deref() == Some(ACTIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::status::probe::{Answers, Differences, HomeState};
    use crate::manifest::unit::UnitName;
    use crate::report::error::ErrorKind;

    fn unit(active: &str, sub: &str) -> Unit {
        Unit {
            load: "loaded".to_owned(),
            active: active.to_owned(),
            sub: sub.to_owned(),
            restarts: Some(0),
            ..Unit::default()
        }
    }

    fn seen(
        server: impl Into<Option<Unit>>,
        setup: impl Into<Option<Unit>>,
        socket: impl Into<Option<Unit>>,
    ) -> Seen {
        let name = UnitName::new("opencode-web.service".to_owned()).expect("a name");
        Seen {
            name: "web".into(),
            declared: Ok(Declared {
                instance: "web".into(),
                port: Some(4096),
                unit: Some(name),
                isolated: false,
            }),
            units: UnitsOfInstance {
                server: server.into(),
                setup: setup.into(),
                socket: socket.into(),
            },
            probe: Ok(Probe::default()),
            refusals: Ok(None),
        }
    }

    fn state_of_units(status: &Status) -> (String, Option<bool>, Option<bool>) {
        let unit = status.unit.as_ref().expect("a unit");
        let state = format!("{}/{}", unit.active, unit.sub);
        (state, status.setup_failed, status.asleep)
    }

    #[test]
    fn the_state_of_a_server_is_that_of_its_units() {
        let mut missing = unit("inactive", "dead");
        missing.load = "not-found".to_owned();
        let mut again = unit("activating", "start");
        again.restarts = Some(2);
        let done = || Some(unit("active", "exited"));
        let dead = || Some(unit("inactive", "dead"));
        let listens = || Some(unit("active", "listening"));
        for (server, setup, socket, state, failed, asleep) in [
            (
                Some(unit("active", "running")),
                done(),
                None,
                "active/running",
                false,
                false,
            ),
            (
                Some(unit("active", "running")),
                done(),
                listens(),
                "active/running",
                false,
                false,
            ),
            (dead(), dead(), dead(), "inactive/dead", false, false),
            (dead(), dead(), listens(), "inactive/dead", false, true),
            (
                dead(),
                Some(unit("failed", "failed")),
                listens(),
                "inactive/dead",
                true,
                false,
            ),
            (
                dead(),
                Some(unit("activating", "auto-restart")),
                None,
                "inactive/dead",
                true,
                false,
            ),
            (
                dead(),
                Some(unit("activating", "auto-restart-queued")),
                None,
                "inactive/dead",
                true,
                false,
            ),
            (dead(), Some(again), None, "inactive/dead", true, false),
            (
                Some(unit("failed", "failed")),
                done(),
                listens(),
                "failed/failed",
                false,
                false,
            ),
            (Some(missing), None, None, "not-found/dead", false, false),
        ] {
            let status = decide(seen(server, setup, socket));
            assert_eq!(
                state_of_units(&status),
                (state.to_owned(), Some(failed), Some(asleep))
            );
            assert_eq!((status.healthy, status.exit_code), (None, 0));
        }
    }

    #[test]
    fn the_configuration_is_what_verify_and_check_say() {
        for (all, drift, in_effect) in [
            (Some(0), Some(false), Some(true)),
            (Some(3), Some(false), Some(false)),
            (Some(0), Some(true), Some(true)),
            (None, Some(true), None),
            (None, None, None),
        ] {
            let mut seen = seen(unit("active", "running"), None, None);
            seen.probe = Ok(Probe {
                server: Some(Answers {
                    healthy: true,
                    differences: all.map(|all| Differences { all, allowed: 0 }),
                    ..Answers::default()
                }),
                home: drift.map(|drift| HomeState { drift, warnings: 0 }),
                ..Probe::default()
            });
            let configuration = decide(seen).configuration;
            assert_eq!(configuration.in_effect, in_effect);
            assert_eq!(configuration.drift, drift);
        }
    }

    #[test]
    fn what_cannot_be_looked_at_is_an_error_and_all_else_is_told() {
        let mut broken = seen(None, None, None);
        broken.declared = Err(Error::new(ErrorKind::BadManifest, "broken"));
        let status = decide(broken);
        assert_eq!((status.instance.as_str(), status.exit_code), ("web", 6));
        assert_eq!(status.unit, None);

        let mut hangs = seen(unit("active", "running"), None, None);
        hangs.probe = Err("has not ended within 8 s".to_owned());
        let status = decide(hangs);
        assert_eq!(status.exit_code, 1);
        assert!(
            status
                .error
                .expect("an error")
                .message
                .as_str()
                .contains("within 8 s")
        );
        assert_eq!(status.unit.expect("a unit").active.as_str(), "active");
    }

    /// That only root may see something is not explained for each instance.
    #[test]
    fn a_user_who_may_not_look_gets_no_notes() {
        let mut seen = seen(unit("active", "running"), None, None);
        seen.probe = Ok(Probe {
            restricted: true,
            notes: vec!["belongs to somebody else".into()],
            ..Probe::default()
        });
        let status = decide(seen);
        assert!(status.restricted && status.notes.is_empty());
        assert_eq!(status.exit_code, 0);
    }
}
