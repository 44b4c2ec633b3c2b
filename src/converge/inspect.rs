//! What `check` and `--dry-run` report besides drift: what keeps the server from
//! using the managed configuration, and what overrides it.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;

use nix::errno::Errno;
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::{AccessFlags, access};
use serde_json::Value;

use crate::converge::overriding::{SOURCES, Source, What};
use crate::home::open::Home;
use crate::home::place::Place;
use crate::home::system::Failure;
use crate::manifest::Manifest;
use crate::manifest::bounded_read::{file_type, read_regular_file};
use crate::manifest::path::{AbsolutePath, is_at_or_below, join, split};
use crate::report::error::Error;
use crate::report::shown::Shown;

/// The permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// Warnings: what overrides the managed configuration, and what is open to
/// others.
///
/// # Errors
/// When something cannot be looked at.
pub fn warnings(home: &Home, manifest: &Manifest) -> Result<Vec<String>, Error> {
    let mut warnings = Vec::new();
    if home.mode() & OTHERS != 0 {
        warnings.push(open_to_others(manifest.home.as_str(), home.mode()));
    }
    for path in &manifest.directories {
        if let Some(mode) = mode_of_directory(home.place(), path.as_str())?
            && mode & OTHERS != 0
        {
            let path = format!("{}/{path}", manifest.home.as_str().trim_end_matches('/'));
            warnings.push(open_to_others(&path, mode));
        }
    }
    for source in &SOURCES {
        match find_unmanaged(home.place(), manifest, source) {
            Ok(None) => {}
            Ok(Some(found)) => warnings.push(format!(
                "{}: {}; remove it, or make it a link of the manifest",
                Shown::new(found),
                source.effect.description()
            )),
            Err(failure) => warnings.push(format!(
                "{}: cannot be looked at: {failure}; what opencode finds there may override the managed \
                 configuration: remove it, or make it a link of the manifest",
                source.path
            )),
        }
    }
    Ok(warnings)
}

/// Why the hook `program` cannot be executed; `None` if it can.
#[must_use]
pub fn check_hook(program: &AbsolutePath) -> Option<String> {
    let why = match access(program.as_path(), AccessFlags::X_OK) {
        Ok(()) if program.as_path().is_dir() => "it is a directory",
        Ok(()) => return None,
        Err(errno) => errno.desc(),
    };
    Some(format!(
        "hook {program}: cannot be executed: {why}; it has to exist and to be executable for HOME's owner"
    ))
}

fn open_to_others(path: &str, mode: u32) -> String {
    format!("{path}: is open to others, mode {mode:04o}; close it: chmod go= {path}")
}

/// The permission bits of a directory, links followed; `None` if it does not exist.
fn mode_of_directory(home: &Place, path: &str) -> Result<Option<u32>, Error> {
    let stat = home.open(path).and_then(|place| {
        fstat(&place).map_err(|errno| Failure {
            call: "fstat",
            errno,
        })
    });
    match unless_absent(stat) {
        Ok(stat) => Ok(stat.map(|stat| stat.st_mode & 0o7777)),
        Err(failure) => Err(Error::failed(format!(
            "{path}: cannot be looked at: {failure}"
        ))),
    }
}

/// The path below HOME of the first thing that a source has and that is no link of the
/// manifest.
fn find_unmanaged(
    home: &Place,
    manifest: &Manifest,
    source: &Source,
) -> Result<Option<OsString>, Failure> {
    let links = manifest.links.iter().map(|link| link.path.as_str());
    if links.clone().any(|link| link == source.path) {
        return Ok(None);
    }
    match source.what {
        What::File => {
            let (directory, name) = split(source.path);
            let stat = home.open(directory).and_then(|place| place.stat(name));
            let found = unless_absent(stat)?;
            Ok(found.map(|_| source.path.into()))
        }
        What::Logins => {
            let fetches = fetches_configuration(home, source.path)?;
            Ok(fetches.then(|| source.path.into()))
        }
        What::Files { endings, deep } => {
            let place = unless_absent(home.open(source.path))?;
            let Some(place) = place else {
                return Ok(None);
            };
            let names = unless_absent(place.names())?.unwrap_or_default();
            let is_read = |name: &OsString| {
                let bytes = name.as_encoded_bytes();
                let has_ending = |ending: &&str| bytes.ends_with(ending.as_bytes());
                endings.iter().any(has_ending) || deep && may_lead_on(&place, name)
            };
            let is_linked = |name: &OsString| {
                let name = name.to_str().map(|name| join(source.path, name));
                name.is_some_and(|entry| links.clone().any(|link| is_at_or_below(link, &entry)))
            };
            let mut names = names.into_iter();
            let found = names.find(|name| is_read(name) && !is_linked(name));
            Ok(found.map(|name| [source.path.as_ref(), name.as_os_str()].join("/".as_ref())))
        }
    }
}

/// Whether a name is that of a directory, or of a link, which may lead to one.
fn may_lead_on(place: &Place, name: &OsStr) -> bool {
    let kind = place.stat(name).map(|stat| file_type(&stat));
    matches!(kind, Ok(SFlag::S_IFDIR | SFlag::S_IFLNK))
}

/// Whether one of the logins in the file at `path` makes opencode fetch
/// configuration, or may do so: a file too large to be read counts as one that does.
///
/// Reads as opencode does, which replaces bytes that are not UTF-8 and skips logins
/// that it does not understand.
fn fetches_configuration(home: &Place, path: &str) -> Result<bool, Failure> {
    const LARGEST_LOGINS: usize = 1 << 20;
    let Some(mut file) = unless_absent(home.open_file(path))? else {
        return Ok(false);
    };
    let content = match read_regular_file(&mut file, LARGEST_LOGINS) {
        Ok((content, _)) => content,
        Err(error) => {
            let is_too_large = error.kind() == ErrorKind::FileTooLarge;
            return Failure::of("read", &error).map_or(Ok(is_too_large), Err);
        }
    };
    let logins: Value =
        serde_json::from_str(&String::from_utf8_lossy(&content)).unwrap_or_default();
    let mut logins = logins.as_object().into_iter().flatten();
    Ok(logins.any(|(_, login)| login["type"] == "wellknown"))
}

/// Turns the errors that say that nothing is there into `None`. A link that leads out of
/// HOME remains an error: opencode follows it.
fn unless_absent<T>(found: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(failure) if matches!(failure.errno, Errno::ENOENT | Errno::ENOTDIR) => Ok(None),
        Err(failure) => Err(failure),
    }
}
