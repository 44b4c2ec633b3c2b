//! Makes an archive of a HOME that its owner and agents may change in any way at the
//! same time.
//!
//! No link is followed, no other file system is entered, and no file is opened that
//! could keep this process waiting. A file is archived with the size that it had when
//! it was opened: what is added later is left out, and what is cut off is replaced by
//! zero bytes, which is reported. What is removed before it is read is left out.

mod databases;
mod tree;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::sys::stat::FileStat;
use serde::Serialize;
use tar::{Builder, EntryType, Header};

use crate::backup::content::holes_of;
use crate::backup::{END, End, HEAD, Head, Summary, TREE, VERSION};
use crate::home::place::Place;
use crate::home::system::Failure;
use crate::manifest::Manifest;
use crate::report::error::Error;

/// How many bytes of holes, over all files, may become zero bytes of an archive. A
/// file that consists of a hole of a terabyte costs its owner nothing.
const MOST_HOLES: u64 = 256 << 20;

/// Writes the archive of a HOME to `out`.
///
/// `seen_as` is the path of HOME for this process, without links.
///
/// # Errors
/// When a database cannot be read, since a backup without the sessions is of no use;
/// and when `out` cannot be written to.
pub fn write(
    place: &Place,
    seen_as: &Path,
    manifest: &Manifest,
    out: impl Write,
) -> Result<Summary, Error> {
    let mut writer = Writer {
        archive: Builder::new(out),
        place,
        manifest,
        summary: Summary::default(),
        holes_left: MOST_HOLES,
        first_names: HashMap::new(),
    };
    let head = Head {
        version: VERSION,
        instance: manifest.instance.as_str().into(),
        made_by: format!("opencodectl {}", env!("CARGO_PKG_VERSION")).into(),
    };
    writer.document(HEAD, &head)?;
    let on_the_way = writer.databases(seen_as)?;
    writer.tree(&on_the_way)?;
    let end = End {
        members: writer.summary.members,
    };
    writer.document(END, &end)?;
    let flushed = writer.archive.into_inner().and_then(|mut out| out.flush());
    flushed.map_err(cannot_write)?;
    Ok(writer.summary)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err calls")]
fn cannot_write(error: io::Error) -> Error {
    Error::failed(format!("the archive: {error}"))
}

struct Writer<'a, W: Write> {
    archive: Builder<W>,
    place: &'a Place,
    manifest: &'a Manifest,
    summary: Summary,
    holes_left: u64,
    /// The name in the archive of each file with several names, by device and inode.
    first_names: HashMap<(u64, u64), PathBuf>,
}

impl<W: Write> Writer<'_, W> {
    fn document(&mut self, name: &str, document: &impl Serialize) -> Result<(), Error> {
        let failed = |error: serde_json::Error| Error::failed(format!("{name}: {error}"));
        let mut text = serde_json::to_vec(document).map_err(failed)?;
        text.push(b'\n');
        let mut header = header_of(EntryType::Regular, 0o600, now());
        header.set_size(text.len() as u64);
        let added = self.archive.append_data(&mut header, name, &text[..]);
        added.map_err(cannot_write)
    }

    fn add(&mut self, header: &mut Header, path: &Path, content: impl Read) -> Result<(), Error> {
        self.summary.members += 1;
        let name = Path::new(TREE).join(path);
        let added = self.archive.append_data(header, name, content);
        added.map_err(cannot_write)
    }

    fn directory(&mut self, path: &Path, stat: &FileStat) -> Result<(), Error> {
        let mut header = header_of(EntryType::Directory, stat.st_mode & 0o777, mtime(stat));
        self.add(&mut header, path, io::empty())
    }

    /// Whether the archive may take the holes of a file; if so, they are counted.
    fn takes_holes_of(&mut self, file: &File, size: u64) -> bool {
        match holes_of(file, size, self.holes_left) {
            Some(holes) => {
                self.holes_left -= holes;
                true
            }
            None => false,
        }
    }
}

fn why(failure: Failure) -> String {
    match failure.errno {
        Errno::EXDEV => "is on another file system".to_owned(),
        Errno::ELOOP => "a symbolic link is on the way to it".to_owned(),
        Errno::ENAMETOOLONG => "is too deep below HOME".to_owned(),
        _ => failure.to_string(),
    }
}

fn header_of(kind: EntryType, mode: u32, mtime: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(mtime);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

fn mtime(stat: &FileStat) -> u64 {
    u64::try_from(stat.st_mtime).unwrap_or(0)
}

fn size_of(stat: &FileStat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}
