//! The password of a server: from a file that the manifest names, or from the environment.

use nix::sys::stat::FileStat;
use nix::unistd::Uid;

use crate::manifest::bounded_read::{open_file, read_regular_file};
use crate::manifest::path::AbsolutePath;
use crate::manifest::server::Server;
use crate::report::shown::Shown;

/// The longest password that is read, in bytes.
const LONGEST: usize = 4096;

/// The variable by which opencode gets its password.
pub const VARIABLE: &str = "OPENCODE_SERVER_PASSWORD";

/// The password in the environment of this process, if there is one.
#[must_use]
pub fn from_environment() -> Option<String> {
    let password = std::env::var(VARIABLE).ok()?;
    (!password.is_empty()).then_some(password)
}

/// The password of `server`, read as [`read`] does; `None` if its manifest names no file.
#[must_use]
pub fn of_server(
    server: &Server,
    manifest: &FileStat,
    caller: Uid,
) -> Option<Result<String, String>> {
    let path = server.password_file.as_ref()?;
    Some(read(path, manifest, caller))
}

/// Checks that only root can have written the manifest. What it names is read or started
/// by root.
///
/// # Errors
/// A sentence that says what to do.
pub fn check_manifest(manifest: &FileStat) -> Result<(), String> {
    if manifest.st_uid == 0 && manifest.st_mode & 0o022 == 0 {
        return Ok(());
    }
    Err(
        "its manifest does not belong to root, or others can write to it, and root reads no file for others; \
         make it root's own (chown root, chmod go-w)"
            .to_owned(),
    )
}

/// Reads a password. Line ends at its end are removed, as by a shell that passes it to
/// the server.
///
/// `manifest` is the stat of the manifest that names the file. If `caller` is root, only
/// root may have written that manifest: otherwise another user could have root send the
/// content of any short file to a server.
///
/// # Errors
/// Why there is none. The message quotes nothing from the file.
pub fn read(path: &AbsolutePath, manifest: &FileStat, caller: Uid) -> Result<String, String> {
    if caller.is_root() {
        check_manifest(manifest)?;
    }
    read_own(path)
}

/// Reads a password from a file that the user of this process may read anyway, whoever
/// has named it.
///
/// # Errors
/// As [`read`].
pub fn read_own(path: &AbsolutePath) -> Result<String, String> {
    let shown = Shown::new(path.as_path());
    let mut file = open_file(path.as_path()).map_err(|error| error.to_string())?;
    let (content, _) =
        read_regular_file(&mut file, LONGEST).map_err(|error| format!("{shown}: {error}"))?;
    let text = std::str::from_utf8(&content).map_err(|_| format!("{shown}: is not UTF-8"))?;
    let password = text.trim_end_matches(['\n', '\r']);
    if password.is_empty() {
        return Err(format!("{shown}: is empty"));
    }
    if password.contains(char::is_control) {
        return Err(format!("{shown}: has a control character or a second line"));
    }
    Ok(password.to_owned())
}
