//! Enters the network namespace of an isolated server, which is reached through a process
//! in it.

use std::num::NonZeroU32;

use nix::sched::{CloneFlags, setns};
use procfs::ProcResult;
use procfs::process::Process;

use crate::manifest::unit::UnitName;

/// Moves this thread, and all that it starts from now on, into the network namespace of
/// `process`, the main process of `unit`. Root only.
///
/// Everything is read through one open `/proc/PID` (proc(5)), so that it is about one
/// process, even if another gets the same number.
///
/// # Errors
/// When that process has gone, is not in the control group of `unit`, or when the
/// system refuses.
pub fn enter(process: NonZeroU32, unit: &UnitName) -> Result<(), String> {
    let failed = |why: &dyn std::fmt::Display| {
        format!("cannot enter the network namespace of process {process}: {why}")
    };
    let number = i32::try_from(process.get()).map_err(|error| failed(&error))?;
    let open = || -> ProcResult<_> {
        let there = Process::new(number)?;
        Ok((there.open_relative("ns/net")?, there.cgroups()?))
    };
    let (network, groups) = open().map_err(|error| failed(&error))?;
    let mut paths = groups.into_iter().map(|group| group.pathname);
    if !paths.any(|path| is_of(&path, unit.as_str())) {
        return Err(failed(&format!(
            "it is no longer a process of {}",
            unit.as_str()
        )));
    }
    setns(network, CloneFlags::CLONE_NEWNET).map_err(|errno| failed(&errno.desc()))
}

/// Whether a control group is that of a unit, which is the last part of its path.
fn is_of(group: &str, unit: &str) -> bool {
    group.rsplit('/').next() == Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_group_is_named_after_its_unit() {
        let unit = "opencode-web.service";
        assert!(is_of("/opencode.slice/opencode-web.service", unit));
        assert!(is_of("/machine/x/system.slice/opencode-web.service", unit));
        for other in [
            "/",
            "/opencode.slice/opencode-web2.service",
            "/opencode.slice/other-opencode-web.service",
            "/opencode-web.service/below",
        ] {
            assert!(!is_of(other, unit), "{other}");
        }
    }

    #[test]
    fn a_process_of_another_unit_leads_nowhere() {
        let this = NonZeroU32::new(std::process::id()).expect("not zero");
        let unit = UnitName::new("opencode-none.service".to_owned()).expect("a name");
        let why = enter(this, &unit).expect_err("it is no process of that unit");
        assert!(
            why.contains("no longer a process of opencode-none.service"),
            "{why}"
        );
    }
}
