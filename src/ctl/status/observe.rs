//! Observes instances. systemd is asked once; each instance is observed by a child, several
//! at a time.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use nix::unistd::geteuid;

use crate::cli::target::Target;
use crate::ctl::status::probe::{Probe, probe};
use crate::ctl::status::refusals;
use crate::ctl::systemd::{self, Unit, Units};
use crate::manifest::unit::UnitName;
use crate::report::error::Error;
use crate::report::shown::Shown;

/// How many instances are observed at the same time.
const AT_ONCE: usize = 8;

/// How long the journal may take for an instance.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the manifest of an instance says that matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The instance.
    pub instance: Shown,
    /// The port of its server.
    pub port: Option<u16>,
    /// The unit of its server.
    pub unit: Option<UnitName>,
    /// Whether it has a network of its own.
    pub isolated: bool,
}

/// The units of an instance; those that systemd was not asked for are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitsOfInstance {
    /// Of its server.
    pub server: Option<Unit>,
    /// Of its setup.
    pub setup: Option<Unit>,
    /// The socket that starts its server.
    pub socket: Option<Unit>,
}

/// What was observed of one target.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its name in messages if its manifest cannot be read.
    pub name: Shown,
    /// What its manifest says.
    pub declared: Result<Declared, Error>,
    /// Its units.
    pub units: UnitsOfInstance,
    /// What only its user may look at.
    pub probe: Result<Probe, String>,
    /// How many requests its proxy has refused since the host was started; none without
    /// a proxy, and where this user may not read the journal of others.
    pub refusals: Result<Option<u64>, String>,
}

/// What was observed of all targets.
pub struct Observation {
    /// The targets, in their order.
    pub targets: Vec<Seen>,
    /// Why systemd or the journal could not be asked.
    pub problems: Vec<String>,
    /// Whether something is not known since this user may not see it.
    pub restricted: bool,
}

/// Observes `targets`. `limit` is how long each may take.
#[must_use]
pub fn observe(targets: &[Target], manifest_directory: &Path, limit: Duration) -> Observation {
    let manifests: Vec<_> = targets
        .iter()
        .map(|target| declared(target, manifest_directory))
        .collect();
    let mut problems = Vec::new();
    let units = systemd::show(&names_of_units(&manifests)).unwrap_or_else(|why| {
        problems.push(why);
        Units::new()
    });
    let work: Vec<_> = targets.iter().zip(manifests).collect();
    let targets = side_by_side(&work, |(target, declared)| {
        look(target, declared, &units, manifest_directory, limit)
    });
    problems.extend(targets.iter().filter_map(|seen| {
        let why = seen.refusals.as_ref().err()?;
        Some(format!("{}: {why}", seen.name))
    }));
    let is_restricted = |seen: &Seen| seen.probe.as_ref().is_ok_and(|probe| probe.restricted);
    let has_proxy = |seen: &Seen| seen.declared.as_ref().ok().and_then(proxy).is_some();
    let restricted = !geteuid().is_root()
        && targets
            .iter()
            .any(|seen| is_restricted(seen) || has_proxy(seen));
    Observation {
        targets,
        problems,
        restricted,
    }
}

fn declared(target: &Target, manifest_directory: &Path) -> Result<Declared, Error> {
    let (manifest, _) = target.load(manifest_directory)?;
    let server = manifest.server.as_ref();
    Ok(Declared {
        instance: manifest.instance.as_str().into(),
        port: server.map(|server| server.address_for_clients().port()),
        unit: server.and_then(|server| server.unit.clone()),
        isolated: server.is_some_and(|server| server.isolated),
    })
}

/// The unit whose lines in the journal are refusals.
fn proxy(declared: &Declared) -> Option<String> {
    let unit = declared.unit.as_ref().filter(|_| declared.isolated)?;
    Some(unit.proxy())
}

fn names_of_units(manifests: &[Result<Declared, Error>]) -> Vec<String> {
    let manifests = manifests.iter().flatten();
    let units = manifests.filter_map(|declared| declared.unit.as_ref());
    let names = units.flat_map(|unit| [unit.as_str().to_owned(), unit.setup(), unit.socket()]);
    names.collect()
}

/// Counts the refusals of the proxy of an instance; `None` without one, and if this user
/// may not read the journal of the system.
fn count_refusals(declared: &Declared) -> Result<Option<u64>, String> {
    let proxy = proxy(declared).filter(|_| geteuid().is_root());
    let count = proxy.map(|proxy| refusals::count(&proxy, PATIENCE));
    count.transpose()
}

fn look(
    target: &Target,
    declared: &Result<Declared, Error>,
    units: &Units,
    manifest_directory: &Path,
    limit: Duration,
) -> Seen {
    let name = target.word().map_or_else(|_| target.shown(), Shown::new);
    let unit = declared
        .as_ref()
        .ok()
        .and_then(|declared| declared.unit.as_ref());
    let find = |name: String| units.get(&name).cloned();
    let units = UnitsOfInstance {
        server: unit.and_then(|unit| find(unit.as_str().to_owned())),
        setup: unit.and_then(|unit| find(unit.setup())),
        socket: unit.and_then(|unit| find(unit.socket())),
    };
    let process = units.server.as_ref().and_then(|server| server.main_process);
    let probe = match declared {
        Ok(_) => probe(target, manifest_directory, process, limit),
        Err(_) => Ok(Probe::default()),
    };
    Seen {
        name,
        declared: declared.clone(),
        units,
        probe,
        refusals: declared.as_ref().map_or(Ok(None), count_refusals),
    }
}

/// Calls `each` for every piece of work, for [`AT_ONCE`] at a time. The results are in the
/// order of the work.
fn side_by_side<T: Sync, R: Send>(work: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = Mutex::new(work.iter().enumerate());
    let take = || next.lock().ok().and_then(|mut next| next.next());
    let done = Mutex::new(Vec::with_capacity(work.len()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(work.len()) {
            scope.spawn(|| {
                while let Some((index, one)) = take() {
                    let result = each(one);
                    if let Ok(mut done) = done.lock() {
                        done.push((index, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_side_by_side_keeps_its_order() {
        let work: Vec<u64> = (0..40).collect();
        let doubled = side_by_side(&work, |number| {
            std::thread::sleep(Duration::from_millis(number % 3));
            number * 2
        });
        assert_eq!(
            doubled,
            (0..40).map(|number| number * 2).collect::<Vec<_>>()
        );
        assert!(side_by_side(&[] as &[u64], |number| *number).is_empty());
    }
}
