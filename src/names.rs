//! The names that this program gives to things in a HOME, all in one place.

use crate::paths::{LONGEST_NAME, RelativePath};

/// Where the record lives, relative to HOME.
pub const RECORD_PATH: &str = ".local/state/opencode-setup/state.json";

/// The name under which the next record is written before it takes its place.
pub const RECORD_STAGING_NAME: &str = "state.json.new";

/// The longest file name a link may have, in bytes, so that its staging name
/// and a backup name with an eleven-digit number still fit into a directory
/// entry.
pub const LONGEST_LINK_NAME: usize = LONGEST_NAME - 20;

const STAGING_SUFFIX: &str = ".opencode-setup";

/// The name beside a link at which its successor is made ready, and at which
/// the predecessor is for the instant between exchange and removal. Only the
/// holder of the HOME's lock uses it, so it needs no random part.
#[must_use]
pub fn staging_name(name: &str) -> String {
    format!(".{name}{STAGING_SUFFIX}")
}

/// Whether this name could be taken for a staging name.
#[must_use]
pub fn is_staging_name(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(STAGING_SUFFIX)
}

/// The name to which the user's `name` is moved when it has to make room.
#[must_use]
pub fn backup_name(name: &str, number: u32) -> String {
    format!("{name}.backup-{number}")
}

/// [`RECORD_PATH`] as the type the rest of the program uses.
#[must_use]
pub fn record_path() -> RelativePath {
    RelativePath::of_literal(RECORD_PATH)
}

/// Where the next record is made ready, relative to HOME.
#[must_use]
pub fn record_staging_path() -> RelativePath {
    record_path().with_name(RECORD_STAGING_NAME)
}

/// The directory that the record lives in.
#[must_use]
pub fn record_directory() -> Option<RelativePath> {
    record_path().parent()
}
