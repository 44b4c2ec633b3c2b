//! A file that is replaced as a whole, or not at all.

use std::ffi::OsString;
use std::fs::Permissions;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::report::error::Error;
use crate::report::shown::Shown;

/// Everybody may read it: the node exporter is a user of its own.
const MODE: u32 = 0o644;

/// Replaces `file` by one that holds `text`. Whoever reads it meanwhile gets the whole
/// old text or the whole new one.
///
/// # Errors
/// What the system says; the old file is then still there.
pub fn replace(file: &Path, text: &str) -> Result<(), Error> {
    let shown = Shown::new(file);
    let new = new_name_of(file).ok_or_else(|| {
        Error::failed(format!(
            "{shown}: cannot be written: it is not the name of a file; name a file"
        ))
    })?;
    let result = write_new(&new, text).and_then(|()| fs_err::rename(&new, file));
    result.map_err(|error| {
        // If it stays, the next run removes it.
        let _ = fs_err::remove_file(&new);
        Error::failed(format!(
            "{shown}: cannot be written: {error}; its directory has to exist and to be writable"
        ))
    })
}

/// The name of the new file, in the same directory. It does not end in `.prom`, so
/// that no exporter reads it.
fn new_name_of(file: &Path) -> Option<PathBuf> {
    let mut name = OsString::from(".");
    name.push(file.file_name()?);
    name.push(".new");
    Some(file.with_file_name(name))
}

fn write_new(new: &Path, text: &str) -> io::Result<()> {
    match fs_err::remove_file(new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // `create_new` follows no link that somebody puts there meanwhile.
    let mut file = fs_err::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(new)?;
    // The umask of the caller does not count here.
    file.set_permissions(Permissions::from_mode(MODE))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_else_stays() {
        let scratch = tempfile::tempdir().expect("a directory");
        let file = scratch.path().join("opencode.prom");
        let victim = scratch.path().join("victim");
        std::fs::write(&victim, "mine").expect("write");
        symlink(&victim, scratch.path().join(".opencode.prom.new")).expect("link");
        for text in ["one\n", "two\n"] {
            replace(&file, text).expect("written");
            assert_eq!(std::fs::read_to_string(&file).expect("read"), text);
        }
        assert_eq!(std::fs::read_to_string(&victim).expect("read"), "mine");
        assert_eq!(std::fs::read_dir(scratch.path()).expect("read").count(), 2);
    }

    #[test]
    fn a_directory_that_is_not_there_is_told() {
        let why = replace(Path::new("/nonexistent/opencode.prom"), "");
        let why = why.expect_err("it cannot be written").to_string();
        assert!(why.contains("its directory has to exist"), "{why}");
    }
}
