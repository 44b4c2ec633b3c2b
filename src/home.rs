//! HOME as a whole: finding it, creating it, and having it to oneself.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{
    CWD, FlockOperation, Mode, OFlags, ResolveFlags, Stat, flock, fstat, fsync, mkdirat, openat2,
};
use rustix::io::{Errno, retry_on_intr};

use crate::beneath::private_umask;
use crate::error::{Error, ErrorKind};
use crate::identity;
use crate::manifest::Manifest;

/// Where the manifest came from, which decides whether root may create HOME.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A manifest file: the HOME is some unit's, and that unit creates it.
    File,
    /// Flags on the command line: the HOME is the caller's own.
    Flags,
}

/// An open HOME, with this process acting as its owner.
pub struct Home {
    directory: OwnedFd,
    mode: u32,
}

/// How long to wait between two looks at a lock that somebody else holds.
const LOCK_POLL: Duration = Duration::from_millis(20);

impl Home {
    /// Opens the manifest's HOME and becomes its owner. `None` when there is no
    /// HOME yet and the caller may [`Home::create`] it.
    ///
    /// # Errors
    /// When HOME is there but not usable, when acting as its owner is not
    /// possible, or when it is missing and not for the caller to create.
    pub fn open(manifest: &Manifest, origin: Origin) -> Result<Option<Self>, Error> {
        let opened = open_directory(manifest.home.as_path());
        let directory = match opened {
            Ok(directory) => directory,
            Err(Errno::NOENT) => return refuse_missing(manifest, origin).map(|()| None),
            Err(error) => return Err(cannot_open(manifest, error)),
        };
        let stat = fstat(&directory).map_err(|error| cannot_open(manifest, error))?;
        identity::become_owner(manifest.home.as_str(), &stat)?;
        Ok(Some(Self::from_parts(directory, &stat)))
    }

    /// Creates the manifest's HOME, mode 0700, and opens it.
    ///
    /// # Errors
    /// When its parent does not exist or cannot be written to.
    pub fn create(manifest: &Manifest, origin: Origin) -> Result<Self, Error> {
        let path = manifest.home.as_path();
        let cannot = |error: Errno| {
            Error::failed(format!(
                "{}: cannot create HOME: {error}; its parent has to exist and to be writable",
                manifest.home
            ))
        };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(cannot(Errno::INVAL));
        };
        let parent = open_directory(parent).map_err(cannot)?;
        match private_umask(|| retry_on_intr(|| mkdirat(&parent, name, Mode::RWXU))) {
            // Another run was faster; the lock will put the two in order.
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(cannot(error)),
        }
        retry_on_intr(|| fsync(&parent)).map_err(cannot)?;
        Self::open(manifest, origin)?.ok_or_else(|| cannot(Errno::NOENT))
    }

    fn from_parts(directory: OwnedFd, stat: &Stat) -> Self {
        Self {
            directory,
            mode: stat.st_mode & 0o7777,
        }
    }

    /// The descriptor that everything below HOME is reached from.
    #[must_use]
    pub fn directory(&self) -> &OwnedFd {
        &self.directory
    }

    /// HOME's permission bits.
    #[must_use]
    pub fn mode(&self) -> u32 {
        self.mode
    }

    /// Whether `path` still leads to this very directory.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        let identity = |stat: Stat| (stat.st_dev, stat.st_ino);
        let there = open_directory(path).and_then(fstat).map(identity);
        there.is_ok() && there == fstat(&self.directory).map(identity)
    }

    /// Makes this process the only one of its kind in this HOME, or, with
    /// `shared`, one of several that only look. The lock is on the directory
    /// itself (flock(2)), leaves nothing behind, and goes with the process.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] when somebody else has it for all of `timeout`.
    pub fn lock(&self, home: &str, shared: bool, timeout: Duration) -> Result<(), Error> {
        let operation = if shared {
            FlockOperation::NonBlockingLockShared
        } else {
            FlockOperation::NonBlockingLockExclusive
        };
        let start = Instant::now();
        loop {
            match retry_on_intr(|| flock(&self.directory, operation)) {
                Ok(()) => return Ok(()),
                Err(Errno::WOULDBLOCK) if start.elapsed() < timeout => {
                    std::thread::sleep(LOCK_POLL.min(timeout));
                }
                Err(Errno::WOULDBLOCK) => {
                    return Err(Error::new(
                        ErrorKind::Locked,
                        format!(
                            "{home}: another run has held the lock of this HOME for {} s; \
                             wait for it, or find it with `fuser -v {home}`",
                            timeout.as_secs()
                        ),
                    ));
                }
                Err(error) => {
                    return Err(Error::failed(format!("{home}: cannot lock HOME: {error}")));
                }
            }
        }
    }
}

/// Whether a missing HOME is for the caller to create; where it is not, the
/// error that says whose it is.
fn refuse_missing(manifest: &Manifest, origin: Origin) -> Result<(), Error> {
    let home = &manifest.home;
    if origin == Origin::File && identity::is_root() {
        let instance = manifest.instance.as_str();
        return Err(Error::failed(format!(
            "{home}: HOME does not exist, and root cannot know whose it would be; \
             start the unit that creates it: systemctl start opencode-{instance}-setup.service"
        )));
    }
    if home.as_path().is_symlink() {
        return Err(Error::failed(format!(
            "{home}: HOME is a symbolic link to where nothing is; create that directory or remove the link"
        )));
    }
    let parent = home.as_path().parent().unwrap_or(Path::new("/"));
    if parent.is_dir() {
        return Ok(());
    }
    Err(Error::failed(format!(
        "{home}: HOME does not exist, and neither does the directory it would be in; create {} first",
        parent.display()
    )))
}

fn cannot_open(manifest: &Manifest, error: Errno) -> Error {
    let home = &manifest.home;
    let why = match error {
        Errno::LOOP if identity::is_root() => {
            "root does not follow symbolic links on the way to HOME, since their owner would \
             choose whom root acts as; name the real path (readlink -f), as the manifest's home or with --home"
                .to_owned()
        }
        Errno::NOTDIR => "it, or something on the way to it, is not a directory".to_owned(),
        Errno::ACCESS => "permission denied; its owner needs read, write and search permission \
             (chmod u+rwx), and search permission on the way to it"
            .to_owned(),
        Errno::NOSYS => "there is no openat2(2) here; it needs Linux 5.6 or later, and in a unit \
             no RestrictSUIDSGID=, which takes it away (systemd.exec(5))"
            .to_owned(),
        error => error.to_string(),
    };
    Error::failed(format!("{home}: cannot open HOME: {why}"))
}

/// Opens a directory outside any HOME.
///
/// Root acts as whoever owns what the path to a HOME leads to, so for root
/// nobody else may have a say in where it leads: no symbolic links.
fn open_directory(path: &Path) -> Result<OwnedFd, Errno> {
    let resolve = if identity::is_root() {
        ResolveFlags::NO_SYMLINKS
    } else {
        ResolveFlags::NO_MAGICLINKS
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    retry_on_intr(|| openat2(CWD, path, flags, Mode::empty(), resolve))
}
