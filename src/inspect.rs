//! What is not drift and still worth a warning: things that make a managed
//! configuration not be what opencode uses, and doors left open to others.

use std::os::fd::OwnedFd;

use rustix::fs::fstat;

use crate::beneath;
use crate::home::Home;
use crate::manifest::Manifest;
use crate::paths::RelativePath;

/// Where opencode looks for configuration of its own accord and gives it
/// precedence over `.config/opencode/opencode.json`.
const OVERRIDING_IN_HOME: [&str; 2] = [".opencode/opencode.json", ".opencode/opencode.jsonc"];

/// The warnings that `check` gives about the HOME at `home`.
#[must_use]
pub fn inspect(home: &Home, manifest: &Manifest) -> Vec<String> {
    let mut warnings = Vec::new();
    if home.mode() & 0o077 != 0 {
        warnings.push(open_to_others(manifest.home.as_str(), home.mode()));
    }
    let directory = home.directory();
    for path in &manifest.directories {
        if let Some(mode) = mode_of(directory, path)
            && mode & 0o077 != 0
        {
            warnings.push(open_to_others(path.as_str(), mode));
        }
    }
    let siblings = manifest
        .links
        .iter()
        .filter(|link| link.path.name() == "opencode.json")
        .map(|link| link.path.with_name("opencode.jsonc"));
    let elsewhere = OVERRIDING_IN_HOME.map(RelativePath::of_literal);
    for path in siblings.chain(elsewhere) {
        if exists(directory, &path) {
            warnings.push(format!(
                "{path}: overrides the managed configuration key by key; remove it, or move what it says into the manifest's source"
            ));
        }
    }
    warnings
}

fn open_to_others(path: &str, mode: u32) -> String {
    format!("{path}: is open to others, mode {mode:04o}; close it: chmod go= {path}")
}

fn mode_of(home: &OwnedFd, path: &RelativePath) -> Option<u32> {
    let place = beneath::open_place(home, Some(path)).ok()?;
    Some(fstat(place).ok()?.st_mode & 0o7777)
}

fn exists(home: &OwnedFd, path: &RelativePath) -> bool {
    beneath::open_place(home, path.parent().as_ref())
        .is_ok_and(|place| beneath::stat(place, path.name()).is_ok())
}
