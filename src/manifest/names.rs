//! The names of things in a HOME, all in one place: those of opencode that matter here,
//! and those that this program gives.

use crate::manifest::path::LONGEST_NAME;

/// The link that carries an instance's configuration, relative to HOME.
pub const CONFIG_LINK: &str = ".config/opencode/opencode.json";

/// The directory that the record lives in, relative to HOME.
pub const RECORD_DIRECTORY: &str = ".local/state/opencode-setup";

/// The record's name there.
pub const RECORD_NAME: &str = "state.json";

/// Where the record is, relative to HOME.
pub const RECORD_PATH: &str = ".local/state/opencode-setup/state.json";

/// The private name under which the next record is written before it takes its
/// place.
pub const RECORD_STAGING_NAME: &str = "state.json.new";

/// Where opencode's configuration is, relative to HOME.
pub const CONFIGURATION_DIRECTORY: &str = ".config/opencode";

/// The files there that it reads as its configuration.
pub const CONFIGURATION_NAMES: [&str; 3] = ["opencode.json", "opencode.jsonc", "config.json"];

/// The longest file name a link may have, in bytes, so that its private name
/// and a backup name with an eleven-digit number still fit into a directory
/// entry.
pub const LONGEST_LINK_NAME: usize = LONGEST_NAME - 20;

const STAGING_SUFFIX: &str = ".opencode-setup";

/// The private name beside the link `name`. A new link is made there, and what the
/// new link has replaced is there until it is removed or kept. Only the holder of the
/// HOME's lock uses it, so it needs no random part.
#[must_use]
pub fn staging_name(name: &str) -> String {
    format!(".{name}{STAGING_SUFFIX}")
}

/// Whether this name could be taken for a private one.
#[must_use]
pub fn is_staging_name(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(STAGING_SUFFIX)
}

/// The name to which the user's `name` is moved when it has to make room.
#[must_use]
pub fn backup_name(name: &str, number: u32) -> String {
    format!("{name}.backup-{number}")
}

/// Takes a backup name apart into the original name and the number; `None` if it is no
/// backup name.
#[must_use]
pub fn parse_backup_name(backup: &str) -> Option<(&str, u32)> {
    let (name, number) = backup.rsplit_once(".backup-")?;
    // Refuses other spellings of a number, such as 01 and +1.
    let number = number.parse().ok()?;
    (backup == backup_name(name, number)).then_some((name, number))
}
