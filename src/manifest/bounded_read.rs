//! Reading a file whose size and kind cannot be trusted.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use fs_err::os::unix::fs::OpenOptionsExt as _;
use nix::fcntl::OFlag;
use nix::sys::stat::{FileStat, SFlag, fstat};

/// Keeps an open from waiting for a fifo's writer, or from taking a terminal.
pub const OPEN_WITHOUT_WAITING: OFlag = OFlag::O_NONBLOCK.union(OFlag::O_NOCTTY);

/// Opens the file at `path` for reading, links followed.
///
/// # Errors
/// What the system says; the text names the path.
pub fn open_file(path: &Path) -> io::Result<File> {
    let mut options = fs_err::OpenOptions::new();
    options.read(true);
    options.custom_flags(OPEN_WITHOUT_WAITING.bits());
    Ok(options.open(path)?.into_parts().0)
}

/// Reads a regular file of at most `limit` bytes to its end.
///
/// The caller opens it with `O_NONBLOCK`, so that a fifo in the file's place
/// gives an error here instead of a wait for a writer. One `fstat` and one
/// `read` are all that a file that holds still takes.
///
/// # Errors
/// `InvalidInput` when it is no regular file, `FileTooLarge` when it is longer
/// than `limit`, otherwise what the system says.
pub fn read_regular_file(file: &mut File, limit: usize) -> io::Result<(Vec<u8>, FileStat)> {
    let stat = fstat(&*file)?;
    let kind = file_type(&stat);
    if kind != SFlag::S_IFREG {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("is {}, not a regular file", kind_of(kind)),
        ));
    }
    let expected = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
    if expected > limit {
        return Err(too_large(limit));
    }
    // One byte more than expected: a short read is then the end of the file.
    let mut content = vec![0; expected + 1];
    let mut length = 0;
    loop {
        match file.read(&mut content[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if length == expected {
            break;
        }
        if length > limit {
            return Err(too_large(limit));
        }
        if length == content.len() {
            // It grew while it was read.
            content.resize(content.len() * 2, 0);
        }
    }
    content.truncate(length);
    Ok((content, stat))
}

fn too_large(limit: usize) -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("is larger than {limit} bytes"),
    )
}

/// The type of a file.
#[must_use]
pub fn file_type(stat: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT
}

/// What a file type is called in a message.
#[must_use]
pub fn kind_of(file_type: SFlag) -> &'static str {
    match file_type {
        SFlag::S_IFREG => "a regular file",
        SFlag::S_IFDIR => "a directory",
        SFlag::S_IFLNK => "a symbolic link",
        SFlag::S_IFIFO => "a fifo",
        SFlag::S_IFSOCK => "a socket",
        _ => "a device",
    }
}
