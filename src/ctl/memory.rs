//! How much memory a process may take that reads what an agent has made.
//!
//! What is read is bounded in bytes, and may take a hundred times as much in memory:
//! `[[0],[0],...]` is such an answer. These processes are outside of the limits of the
//! instance, so without one of their own an agent could exhaust the host.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::report::error::Error;

/// The most, in bytes. Ten thousand sessions take a tenth of it, and a HOME of a million
/// directories half.
const MOST: u64 = 512 << 20;

/// Limits the memory of this process. One that needs more ends by a signal, and whoever
/// has started it says so.
///
/// # Errors
/// When the system refuses.
pub fn limit() -> Result<(), Error> {
    let limited = getrlimit(Resource::RLIMIT_DATA)
        .and_then(|(soft, hard)| setrlimit(Resource::RLIMIT_DATA, soft.min(MOST), hard));
    limited.map_err(|errno| Error::failed(format!("setrlimit: {}", errno.desc())))
}
