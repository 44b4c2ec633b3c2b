//! The bytes of a file that may change while it is read, or consist of holes.

use std::fs::File;
use std::io::{self, Read};

use nix::unistd::{Whence, lseek};

/// Counts the bytes of the holes in the first `size` bytes of a file (`SEEK_HOLE` in
/// lseek(2)), and goes back to its beginning. `None` if there are more than `most`, or
/// the system refuses.
#[must_use]
pub fn holes_of(file: &File, size: u64, most: u64) -> Option<u64> {
    let seek = |from: u64, whence| {
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        // ENXIO: there is neither until the end.
        let found = lseek(file, from, whence).unwrap_or(i64::MAX);
        u64::try_from(found).unwrap_or(u64::MAX).min(size)
    };
    let mut holes = 0;
    let mut at = 0;
    while at < size {
        let begin = seek(at, Whence::SeekHole);
        let end = seek(begin, Whence::SeekData);
        holes += end - begin;
        if holes > most {
            return None;
        }
        at = end.max(begin + 1);
    }
    let rewound = lseek(file, 0, Whence::SeekSet);
    rewound.is_ok().then_some(holes)
}

/// A reader of exactly as many bytes as the header of a member says, which is written
/// before them. Zero bytes take the place of what cannot be read.
pub struct Exactly<R> {
    content: R,
    left: u64,
    /// Why the rest was not read, if it was not.
    pub ended_early: Option<io::Error>,
}

impl<R: Read> Exactly<R> {
    /// Takes the first `size` bytes of `content`.
    pub fn new(content: R, size: u64) -> Self {
        Self {
            content,
            left: size,
            ended_early: None,
        }
    }
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        let buffer = &mut buffer[..most];
        let mut count = 0;
        if self.ended_early.is_none() && most > 0 {
            match self.content.read(buffer) {
                Ok(0) => self.ended_early = Some(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => count = read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) => self.ended_early = Some(error),
            }
        }
        if count == 0 {
            buffer.fill(0);
            count = most;
        }
        self.left -= count as u64;
        Ok(count)
    }
}
