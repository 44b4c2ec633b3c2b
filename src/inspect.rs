//! What is not drift and still worth a warning: things that make a managed
//! configuration not be what opencode uses, and doors left open to others.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Stat, fstat};
use rustix::io::Errno;

use crate::beneath;
use crate::error::Error;
use crate::home::Home;
use crate::manifest::Manifest;
use crate::paths::RelativePath;

/// Where opencode looks for configuration of its own accord and gives it
/// precedence over `.config/opencode/opencode.json`.
const OVERRIDING_IN_HOME: [&str; 2] = [".opencode/opencode.json", ".opencode/opencode.jsonc"];

/// The warnings that `check` gives about `home`.
///
/// # Errors
/// When something cannot be looked at.
pub fn inspect(home: &Home, manifest: &Manifest) -> Result<Vec<String>, Error> {
    let mut warnings = Vec::new();
    let directory = home.directory();
    let root = manifest.home.as_path();
    if home.mode() & OTHERS != 0 {
        warnings.push(open_to_others(root, home.mode()));
    }
    for path in &manifest.directories {
        if let Some(mode) = mode_of_directory(directory, path)?
            && mode & OTHERS != 0
        {
            warnings.push(open_to_others(&root.join(path.as_str()), mode));
        }
    }
    let siblings = manifest
        .links
        .iter()
        .filter(|link| link.path.name() == "opencode.json")
        .map(|link| link.path.with_name("opencode.jsonc"));
    let elsewhere = OVERRIDING_IN_HOME.map(RelativePath::of_literal);
    for path in siblings.chain(elsewhere) {
        if exists(directory, &path)? {
            warnings.push(format!(
                "{path}: overrides the managed configuration key by key; \
                 remove it, or move what it says into the manifest's source"
            ));
        }
    }
    Ok(warnings)
}

/// The permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

fn open_to_others(path: &Path, mode: u32) -> String {
    let path = path.display();
    format!("{path}: is open to others, mode {mode:04o}; close it: chmod go= {path}")
}

/// The permission bits of a directory, links on the way followed; none where
/// there is none.
fn mode_of_directory(home: &OwnedFd, path: &RelativePath) -> Result<Option<u32>, Error> {
    let stat = beneath::open_place(home, Some(path)).and_then(fstat);
    Ok(unless_absent(path, stat)?.map(|stat| stat.st_mode & 0o7777))
}

fn exists(home: &OwnedFd, path: &RelativePath) -> Result<bool, Error> {
    let stat = beneath::open_place(home, path.parent().as_ref())
        .and_then(|place| beneath::stat(place, path.name()));
    Ok(unless_absent(path, stat)?.is_some())
}

fn unless_absent(path: &RelativePath, stat: Result<Stat, Errno>) -> Result<Option<Stat>, Error> {
    match stat {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::XDEV | Errno::LOOP) => Ok(None),
        Err(error) => Err(Error::failed(format!(
            "{path}: cannot be looked at: {error}"
        ))),
    }
}
