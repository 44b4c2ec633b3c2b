//! What stands between HOME and a directory below it, in words.

use std::os::fd::OwnedFd;

use rustix::fs::FileType;
use rustix::io::Errno;

use crate::beneath;
use crate::bounded_read::kind_of;
use crate::error::{Error, printable};
use crate::paths::RelativePath;

/// Which of the directories on the way to `directory`, itself included, do not
/// exist.
///
/// # Errors
/// When the first of them is a link to nowhere: making the directory would mean
/// making it wherever that link points.
pub fn missing_prefixes(
    home: &OwnedFd,
    directory: &RelativePath,
) -> Result<Vec<RelativePath>, Error> {
    let mut missing = Vec::new();
    for prefix in directory.prefixes() {
        if missing.is_empty() {
            match beneath::open_place(home, Some(&prefix)) {
                Ok(_) => continue,
                Err(Errno::NOENT) => refuse_dangling(home, &prefix)?,
                Err(error) => return Err(explain(home, &prefix, error)),
            }
        }
        missing.push(prefix);
    }
    Ok(missing)
}

fn refuse_dangling(home: &OwnedFd, path: &RelativePath) -> Result<(), Error> {
    match link_target(home, path) {
        Some(target) => Err(Error::failed(format!(
            "{path}: is a symbolic link to {target}, where nothing is; create that directory or remove the link"
        ))),
        None => Ok(()),
    }
}

/// The error that names the first component on the way to `directory` that is
/// not a directory inside HOME.
#[must_use]
pub fn explain(home: &OwnedFd, directory: &RelativePath, error: Errno) -> Error {
    for prefix in directory.prefixes() {
        if let Err(error) = beneath::open_place(home, Some(&prefix)) {
            return Error::failed(format!("{prefix}: {}", reason(home, &prefix, error)));
        }
    }
    // It went away while we looked for it.
    Error::failed(format!(
        "{directory}: cannot be opened as a directory: {error}"
    ))
}

fn reason(home: &OwnedFd, path: &RelativePath, error: Errno) -> String {
    match (error, link_target(home, path)) {
        (Errno::XDEV, Some(target)) if target.starts_with('/') => format!(
            "is a symbolic link to {target}, and absolute links are taken as leading out of HOME; \
             make it relative if it stays inside, otherwise replace it by a directory"
        ),
        (Errno::XDEV, Some(target)) => format!(
            "is a symbolic link to {target}, which leads out of HOME; replace it by a directory"
        ),
        (Errno::NOTDIR, Some(target)) => {
            format!("is a symbolic link to {target}, which is not a directory; remove it")
        }
        (Errno::NOTDIR, None) => {
            let kind = kind_at(home, path).unwrap_or("something else");
            format!("is {kind} where a directory has to be; move it away")
        }
        (Errno::LOOP, Some(target)) => {
            format!("is a symbolic link to {target}, and links lead in a circle there; remove it")
        }
        (Errno::ACCESS, _) => {
            "permission denied; HOME's owner needs search permission on the way to it (chmod u+rwx)"
                .to_owned()
        }
        (error, _) => format!("cannot be opened as a directory: {error}"),
    }
}

fn link_target(home: &OwnedFd, path: &RelativePath) -> Option<String> {
    let place = beneath::open_place(home, path.parent().as_ref()).ok()?;
    beneath::read_link(place, path.name()).ok().map(printable)
}

fn kind_at(home: &OwnedFd, path: &RelativePath) -> Option<&'static str> {
    let place = beneath::open_place(home, path.parent().as_ref()).ok()?;
    let stat = beneath::stat(place, path.name()).ok()?;
    Some(kind_of(FileType::from_raw_mode(stat.st_mode)))
}
