//! Reading a file whose size and kind nobody vouches for.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::fs::{FileType, OFlags, fstat};

/// Keeps an open from waiting for a fifo's writer, or from taking a terminal.
pub const OPEN_WITHOUT_WAITING: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

/// Reads the regular file at `path`, links followed, of at most `limit` bytes.
///
/// # Errors
/// As [`read_regular_file`]; the text names the path.
pub fn read_file(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut options = fs_err::OpenOptions::new();
    options.read(true);
    options.custom_flags(OPEN_WITHOUT_WAITING.bits().cast_signed());
    let (mut file, _) = options.open(path)?.into_parts();
    read_regular_file(&mut file, limit)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
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
pub fn read_regular_file(file: &mut File, limit: usize) -> io::Result<Vec<u8>> {
    let stat = fstat(&*file)?;
    let kind = FileType::from_raw_mode(stat.st_mode);
    if kind != FileType::RegularFile {
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
    Ok(content)
}

fn too_large(limit: usize) -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("is larger than {limit} bytes"),
    )
}

/// What a file type is called in a message.
#[must_use]
pub fn kind_of(file_type: FileType) -> &'static str {
    match file_type {
        FileType::RegularFile => "a regular file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a fifo",
        FileType::Socket => "a socket",
        _ => "a device",
    }
}
