//! What a link may point to: a file that opencode will not ignore in silence.

use std::path::Path;

use crate::bounded_read::read_file;
use crate::error::printable;
use crate::json::{Dialect, parse_object};
use crate::paths::AbsolutePath;

/// The largest source that is read, in bytes. Parsed, it can take thirty times
/// as much memory.
pub const LARGEST_SOURCE: usize = 4 << 20;

/// Reads a link's source as whoever this process is, and checks that the
/// server can use it.
///
/// opencode starts on its defaults, without a word and without the operator's
/// permission rules, when its configuration is dangling or unreadable; so that
/// has to be an error here.
///
/// # Errors
/// A sentence that names the source, what is wrong, and what to do.
pub fn read_source(source: &AbsolutePath) -> Result<Vec<u8>, String> {
    let content = read_file(source.as_path(), LARGEST_SOURCE).map_err(|error| {
        format!(
            "its source is not usable: {}; opencode would ignore such a link in silence: \
             make the file exist and readable for the instance's user",
            printable(error.to_string())
        )
    })?;
    if is_json_by_name(source.as_path()) {
        parse_object(&content, Dialect::WithComments).map_err(|why| {
            let why = printable(why);
            format!("its source {source} {why}; mend the file, opencode takes JSON with comments")
        })?;
    }
    Ok(content)
}

fn is_json_by_name(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "json" || extension == "jsonc")
}
