//! The source of a link, and whether opencode can use it.

use std::fs::File;
use std::os::fd::AsRawFd as _;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};
use nix::unistd::{AccessFlags, access};

use crate::home::opencode_json;
use crate::home::system::retry;
use crate::manifest::bounded_read::{OPEN_WITHOUT_WAITING, file_type, kind_of, read_regular_file};
use crate::manifest::names::{CONFIGURATION_DIRECTORY, CONFIGURATION_NAMES};
use crate::manifest::path::{AbsolutePath, is_at_or_below};
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
    /// Reads a link's source as the user of this process, and checks that the server can
    /// use it.
    ///
    /// opencode ignores a configuration that is missing, unreadable or empty in silence,
    /// and then runs without the operator's permission rules. So that is an error here.
    ///
    /// # Errors
    /// A sentence that names the source, what is wrong, and what to do.
    pub fn read(link: &Link) -> Result<Self, String> {
        let path = &link.source;
        let failed = |why: String| unusable(link, &format!("{path}: {why}"));
        let mut file = open(path).map_err(failed)?;
        let (content, stat) = match link.kind {
            LinkKind::File => read_regular_file(&mut file, LARGEST_SOURCE)
                .map(|(content, stat)| (Some(content), stat))
                .map_err(|error| error.to_string()),
            LinkKind::Directory => stat_directory(&file, path.as_str()).map(|stat| (None, stat)),
        }
        .map_err(failed)?;
        if let Some(content) = &content
            && link.is_json()
        {
            check_json(path.as_str(), content)?;
        }
        if link.kind == LinkKind::Directory {
            check_configuration_below(link)?;
        }
        Ok(Self {
            file,
            stat,
            content,
        })
    }

    /// Whether it is the file or directory that `stat` describes.
    #[must_use]
    pub fn is(&self, stat: &FileStat) -> bool {
        (self.stat.st_dev, self.stat.st_ino) == (stat.st_dev, stat.st_ino)
    }

    /// Whether everybody may write to it, and so choose the configuration of opencode.
    #[must_use]
    pub fn is_writable_for_others(&self) -> bool {
        Mode::from_bits_truncate(self.stat.st_mode).contains(Mode::S_IWOTH)
    }

    /// Whether it is the same as `earlier` and was neither changed nor moved since: both
    /// set its status change time.
    #[must_use]
    pub fn is_unchanged_since(&self, earlier: &Self) -> bool {
        let identity =
            |stat: &FileStat| (stat.st_dev, stat.st_ino, stat.st_ctime, stat.st_ctime_nsec);
        identity(&self.stat) == identity(&earlier.stat)
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

/// Opens a source as the server will find it. Links such as those in /proc/self/fd are
/// refused, since they lead each process elsewhere (`RESOLVE_NO_MAGICLINKS`, openat2(2)).
fn open(path: &AbsolutePath) -> Result<File, String> {
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OPEN_WITHOUT_WAITING;
    let how = OpenHow::new()
        .flags(flags)
        .resolve(ResolveFlag::RESOLVE_NO_MAGICLINKS);
    match retry("openat2", || openat2(AT_FDCWD, path.as_path(), how)) {
        Ok(file) => Ok(file.into()),
        Err(failure) if failure.errno == Errno::ELOOP => Err(
            "its links lead in a circle, or through /proc, where every process finds something else"
                .to_owned(),
        ),
        Err(failure) => Err(std::io::Error::from(failure.errno).to_string()),
    }
}

fn check_json(path: &str, content: &[u8]) -> Result<(), String> {
    opencode_json::check(content).map_err(|why| {
        format!("its source {path} {why}; mend the file, opencode takes JSON with comments")
    })
}

/// Checks the configuration that the link brings as a part of its directory, if it
/// stands for opencode's own directory or one above it: each of those files like a
/// link's source.
fn check_configuration_below(link: &Link) -> Result<(), String> {
    if !is_at_or_below(CONFIGURATION_DIRECTORY, link.path.as_str()) {
        return Ok(());
    }
    let below = &CONFIGURATION_DIRECTORY[link.path.as_str().len()..];
    for name in CONFIGURATION_NAMES {
        let path = format!("{}{below}/{name}", link.source);
        if fs_err::symlink_metadata(&path).is_err() {
            continue;
        }
        let failed = |why: String| unusable(link, &format!("{path}: {why}"));
        let absolute = AbsolutePath::new(&path).map_err(failed)?;
        let mut file = open(&absolute).map_err(failed)?;
        let (content, _) = read_regular_file(&mut file, LARGEST_SOURCE)
            .map_err(|error| failed(error.to_string()))?;
        check_json(&path, &content)?;
    }
    Ok(())
}

fn unusable(link: &Link, why: &str) -> String {
    let kind = match link.kind {
        LinkKind::File => "file",
        LinkKind::Directory => "directory",
    };
    format!(
        "its source is not usable: {why}; opencode would ignore such a link in silence: \
         make the {kind} exist and readable for the instance's user"
    )
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
