//! What a link may point to: something that opencode will not ignore in silence.

use std::fs::File;
use std::os::fd::AsRawFd as _;

use nix::sys::stat::{FileStat, Mode, SFlag, fstat};
use nix::unistd::{AccessFlags, access};

use crate::home::opencode_json;
use crate::manifest::bounded_read::{file_type, kind_of, open_file, read_regular_file};
use crate::manifest::{Link, LinkKind};

/// The largest source that is read, in bytes.
pub const LARGEST_SOURCE: usize = 4 << 20;

/// A link's source, as it was when it was read.
pub struct Source {
    file: File,
    stat: FileStat,
    /// The bytes of a file.
    pub content: Option<Vec<u8>>,
}

impl Source {
    /// Reads a link's source as whoever this process is, and checks that the
    /// server can use it.
    ///
    /// opencode starts on its defaults, without a word and without the operator's
    /// permission rules, when its configuration is dangling, unreadable or empty;
    /// so that has to be an error here.
    ///
    /// # Errors
    /// A sentence that names the source, what is wrong, and what to do.
    pub fn read(link: &Link) -> Result<Self, String> {
        let unusable = |why: String| {
            format!(
                "its source is not usable: {why}; opencode would ignore such a link in silence: \
                 make the {} exist and readable for the instance's user",
                match link.kind {
                    LinkKind::File => "file",
                    LinkKind::Directory => "directory",
                }
            )
        };
        let path = &link.source;
        let mut file = open_file(path.as_path()).map_err(|error| unusable(error.to_string()))?;
        let (content, stat) = match link.kind {
            LinkKind::File => read_regular_file(&mut file, LARGEST_SOURCE)
                .map(|(content, stat)| (Some(content), stat))
                .map_err(|error| error.to_string()),
            LinkKind::Directory => stat_directory(&file, path.as_str()).map(|stat| (None, stat)),
        }
        .map_err(|why| unusable(format!("{path}: {why}")))?;
        if let Some(content) = &content
            && link.is_json()
        {
            opencode_json::check(content).map_err(|why| {
                format!("its source {path} {why}; mend the file, opencode takes JSON with comments")
            })?;
        }
        Ok(Self {
            file,
            stat,
            content,
        })
    }

    /// Whether it is the very thing that `stat` describes.
    #[must_use]
    pub fn is(&self, stat: &FileStat) -> bool {
        (self.stat.st_dev, self.stat.st_ino) == (stat.st_dev, stat.st_ino)
    }

    /// Whether everybody may write to it, and so decide what opencode does.
    #[must_use]
    pub fn is_writable_for_others(&self) -> bool {
        Mode::from_bits_truncate(self.stat.st_mode).contains(Mode::S_IWOTH)
    }

    /// Whether its real path, all links followed, ends in `name`: two devices
    /// and two inode numbers can stand for one file where a file system lies on
    /// another (overlayfs).
    #[must_use]
    pub fn is_really_called(&self, name: &str) -> bool {
        let descriptor = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let real_path = fs_err::read_link(descriptor);
        real_path.is_ok_and(|path| path.file_name().is_some_and(|last| last == name))
    }
}

/// A directory is used by listing and entering it.
fn stat_directory(file: &File, path: &str) -> Result<FileStat, String> {
    let stat = fstat(file).map_err(|errno| errno.desc().to_owned())?;
    let kind = file_type(&stat);
    if kind != SFlag::S_IFDIR {
        return Err(format!("is {}, not a directory", kind_of(kind)));
    }
    let mode = AccessFlags::R_OK | AccessFlags::X_OK;
    access(path, mode).map_err(|errno| errno.desc().to_owned())?;
    Ok(stat)
}
