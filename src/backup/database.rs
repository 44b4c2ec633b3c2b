//! A database of a running server, as it is at one moment.
//!
//! The pages are read in one transaction (sqlite.org/dbpage.html), which sees what
//! was committed before it began and keeps no writer waiting
//! (sqlite.org/wal.html). No copy is made on the disk. The pages that come out are the
//! database with what its log holds.

use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Rows};

/// How long to wait for a process that has locked the database exclusively.
const BUSY: Duration = Duration::from_secs(10);

/// By how many bytes a database may be larger than twice its files: pages that were
/// never written are in no file.
const SLACK: u64 = 64 << 20;

/// Opens the database at `path` and hands its size in bytes and its content to `take`.
/// `on_disk` is the size of its files in bytes.
///
/// # Errors
/// When it is no database, cannot be read, or declares a size that its files cannot
/// have; and what `take` says.
pub fn with_content<T>(
    path: &Path,
    on_disk: u64,
    take: impl FnOnce(u64, &mut dyn Read) -> io::Result<T>,
) -> Result<T, String> {
    let failed = |error: rusqlite::Error| error.to_string();
    // NOFOLLOW: no link, neither at the end of the path nor on the way.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags).map_err(failed)?;
    database.busy_timeout(BUSY).map_err(failed)?;
    // Agents can write the schema, so no function that it names may run.
    for (setting, value) in [
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
    ] {
        database.set_db_config(setting, value).map_err(failed)?;
    }
    database.execute_batch("BEGIN").map_err(failed)?;
    let number = |pragma: &str| -> Result<u64, String> {
        let value = database.query_row(pragma, [], |row| row.get::<_, i64>(0));
        u64::try_from(value.map_err(failed)?).map_err(|error| error.to_string())
    };
    let size = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
    if size > on_disk.saturating_mul(2).saturating_add(SLACK) {
        return Err(format!(
            "declares a size of {size} bytes, and has {on_disk} on the disk"
        ));
    }
    let mut statement = database
        .prepare("SELECT data FROM sqlite_dbpage ORDER BY pgno")
        .map_err(failed)?;
    let rows = statement.query([]).map_err(failed)?;
    let mut pages = Pages {
        rows,
        page: Vec::new(),
        given: 0,
    };
    take(size, &mut pages).map_err(|error| error.to_string())
}

/// The pages of a database, one after the other.
struct Pages<'a> {
    rows: Rows<'a>,
    page: Vec<u8>,
    given: usize,
}

impl Read for Pages<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.page.len() {
            let Some(row) = self.rows.next().map_err(io::Error::other)? else {
                return Ok(0);
            };
            let page = row.get_ref(0).map_err(io::Error::other)?;
            let page = page.as_blob().map_err(io::Error::other)?;
            self.page.clear();
            self.page.extend_from_slice(page);
            self.given = 0;
        }
        let count = (&self.page[self.given..]).read(buffer)?;
        self.given += count;
        Ok(count)
    }
}
