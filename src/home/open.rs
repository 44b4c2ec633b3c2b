//! HOME as a whole: finding, creating and locking it.

use std::fs::TryLockError;
use std::io::{self, ErrorKind as ErrorKindIo};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::{Mode, fstat, mkdirat, stat};
use nix::unistd::{chroot, fchdir, fsync, geteuid};

use crate::home::change::private_umask;
use crate::home::identity::become_owner;
use crate::home::place::{DirectoryId, Place};
use crate::home::system::{Failure, retry};
use crate::manifest::Manifest;
use crate::manifest::unit::UnitName;
use crate::report::error::{Error, ErrorKind};

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
    place: Place,
    mode: u32,
    dropped_privileges: bool,
}

/// How a HOME is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// For this process alone.
    Exclusive,
    /// For all that only read.
    Shared,
}

/// The variable by which a hook knows in which HOME the run that has started it is at
/// work.
pub const RUNNING: &str = "OPENCODE_SETUP_RUNNING";

/// How long to wait between two tries to take a lock that another run holds.
const LOCK_POLL: Duration = Duration::from_millis(20);

impl Home {
    /// Opens the manifest's HOME and becomes its owner. `None` when there is no
    /// HOME yet and the caller may [`Home::create`] it.
    ///
    /// # Errors
    /// When HOME is there but not usable, when acting as its owner is not
    /// possible, or when it is missing and not for the caller to create.
    pub fn open(manifest: &Manifest, origin: Origin) -> Result<Option<Self>, Error> {
        let is_root = geteuid().is_root();
        match open_directory(manifest.home.as_path(), is_root) {
            Ok(directory) => {
                let place = Place::of(directory);
                let place = place.map_err(|failure| cannot_open(manifest, failure, is_root))?;
                Self::acting_as_owner(manifest, place, is_root).map(Some)
            }
            Err(failure) if failure.errno == Errno::ENOENT => {
                refuse_missing(manifest, origin, is_root).map(|()| None)
            }
            Err(failure) => Err(cannot_open(manifest, failure, is_root)),
        }
    }

    /// Opens the manifest's HOME and becomes its owner. If root starts this process, it
    /// can then reach no other directory, since HOME is its root directory (chroot(2)).
    /// Returns the path of HOME for this process, without links.
    ///
    /// `before` runs before that, as the caller, and gets HOME: for what needs the rest
    /// of the machine, and for locking.
    ///
    /// # Errors
    /// As [`Home::open`]; when there is no HOME; when root may not do this; and what
    /// `before` says.
    pub fn open_alone(
        manifest: &Manifest,
        before: impl FnOnce(&Place) -> Result<(), Error>,
    ) -> Result<(Self, PathBuf), Error> {
        let home = &manifest.home;
        let is_root = geteuid().is_root();
        let directory = open_directory(home.as_path(), is_root);
        let directory = directory.map_err(|failure| match failure.errno {
            Errno::ENOENT => match refuse_missing(manifest, Origin::File, is_root) {
                Err(error) => error,
                Ok(()) => Error::failed(format!("{home}: HOME does not exist")),
            },
            _ => cannot_open(manifest, failure, is_root),
        })?;
        let place = Place::of(directory);
        let place = place.map_err(|failure| cannot_open(manifest, failure, is_root))?;
        before(&place)?;
        let directory = place.as_file();
        let seen_as = if is_root {
            let alone = retry("fchdir", || fchdir(directory))
                .and_then(|()| retry("chroot", || chroot(".")));
            alone.map_err(|failure| {
                Error::failed(format!(
                    "{home}: cannot change the root directory to HOME: {failure}; run as full root, or as its owner"
                ))
            })?;
            PathBuf::from("/")
        } else {
            fs_err::read_link(format!("/proc/self/fd/{}", directory.as_raw_fd()))
                .map_err(|error| Error::failed(error.to_string()))?
        };
        Ok((Self::acting_as_owner(manifest, place, is_root)?, seen_as))
    }

    fn acting_as_owner(manifest: &Manifest, place: Place, is_root: bool) -> Result<Self, Error> {
        let stat = retry("fstat", || fstat(&place));
        let stat = stat.map_err(|failure| cannot_open(manifest, failure, is_root))?;
        let dropped_privileges = become_owner(manifest.home.as_str(), &stat, geteuid())?;
        Ok(Self {
            place,
            mode: stat.st_mode & 0o7777,
            dropped_privileges,
        })
    }

    /// Creates the manifest's HOME, mode 0700, and opens it.
    ///
    /// # Errors
    /// When its parent does not exist or cannot be written to.
    pub fn create(manifest: &Manifest, origin: Origin) -> Result<Self, Error> {
        let path = manifest.home.as_path();
        let cannot = |why: String| {
            Error::failed(format!(
                "{}: cannot create HOME: {why}; its parent has to exist and to be writable",
                manifest.home
            ))
        };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(cannot("it has no parent".to_owned()));
        };
        let make = || -> Result<(), Failure> {
            let parent = open_directory(parent, geteuid().is_root())?;
            let make = || mkdirat(&parent, name, Mode::S_IRWXU);
            match private_umask(|| retry("mkdirat", make)) {
                // Another run was faster; the lock will put the two in order.
                Err(failure) if failure.errno == Errno::EEXIST => {}
                result => result?,
            }
            retry("fsync", || fsync(&parent))
        };
        make().map_err(|failure| cannot(failure.to_string()))?;
        Self::open(manifest, origin)?.ok_or_else(|| cannot("it was removed again".to_owned()))
    }

    /// The directory that everything below HOME is reached from.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// HOME's permission bits.
    #[must_use]
    pub fn mode(&self) -> u32 {
        self.mode
    }

    /// Whether this process was root and is HOME's owner now.
    #[must_use]
    pub fn dropped_privileges(&self) -> bool {
        self.dropped_privileges
    }

    /// Looks whether the owner still reaches this very directory by its path,
    /// as the server has to.
    ///
    /// # Errors
    /// When HOME was moved, or is hidden from its owner.
    pub fn check_path(&self, path: &str) -> Result<(), Error> {
        let why = match identify(Path::new(path)) {
            Ok(id) if id == self.place.id() => return Ok(()),
            Ok(_) => "another directory is there now".to_owned(),
            Err(failure) => failure.to_string(),
        };
        Err(Error::failed(format!(
            "{path}: its owner does not reach the HOME that this run has worked in by this path: {why}; \
             keep hooks and others from moving HOME, give its owner search permission on the way to it, \
             and run apply again"
        )))
    }

    /// Locks this HOME: see [`lock`].
    ///
    /// # Errors
    /// As [`lock`].
    pub fn lock(
        &self,
        home: &str,
        kind: Lock,
        timeout: Duration,
        pause: impl FnMut(Duration) -> Result<(), Error>,
    ) -> Result<(), Error> {
        lock(&self.place, home, kind, timeout, pause)
    }
}

/// Locks a HOME: exclusively, or shared with others that only read. The lock is on the
/// directory itself (flock(2)). It ends with the process, and leaves no file behind.
/// `pause` waits between two tries; its error ends the waiting.
///
/// # Errors
/// [`ErrorKind::Locked`] when another process has the lock for all of `timeout`, or
/// when the run has it that has started this process as its hook; and what `pause` says.
pub fn lock(
    place: &Place,
    home: &str,
    kind: Lock,
    timeout: Duration,
    mut pause: impl FnMut(Duration) -> Result<(), Error>,
) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        let directory = place.as_file();
        let locked = match kind {
            Lock::Exclusive => directory.try_lock(),
            Lock::Shared => directory.try_lock_shared(),
        };
        match locked {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if error.kind() == ErrorKindIo::Interrupted => {
                continue;
            }
            Err(TryLockError::Error(error)) => {
                return Err(Error::failed(format!("{home}: cannot lock HOME: {error}")));
            }
        }
        if is_being_set_up_by_our_parent(place) {
            return Err(locked_for(format!(
                "{home}: the run that has started this hook holds the lock of this HOME; \
                 do not call opencode-setup on a HOME from its own hooks"
            )));
        }
        if start.elapsed() >= timeout {
            return Err(locked_for(format!(
                "{home}: another run has held the lock of this HOME for {} s; \
                 wait for it, or find it with `fuser -v {home}`",
                timeout.as_secs()
            )));
        }
        pause(LOCK_POLL.min(timeout))?;
    }
}

fn is_being_set_up_by_our_parent(place: &Place) -> bool {
    std::env::var_os(RUNNING).is_some_and(|home| identify(Path::new(&home)) == Ok(place.id()))
}

fn locked_for(message: String) -> Error {
    Error::new(ErrorKind::Locked, message)
}

/// Checks that the caller may create the missing HOME.
///
/// # Errors
/// Who has to create it, or what.
fn refuse_missing(manifest: &Manifest, origin: Origin, is_root: bool) -> Result<(), Error> {
    let home = &manifest.home;
    if origin == Origin::File && is_root {
        let setup = UnitName::of_instance(&manifest.instance).setup();
        return Err(Error::failed(format!(
            "{home}: HOME does not exist, and root cannot know whose it would be; \
             start the unit that creates it: systemctl start {setup}"
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

fn cannot_open(manifest: &Manifest, failure: Failure, is_root: bool) -> Error {
    let home = &manifest.home;
    let why = match failure.errno {
        Errno::ELOOP if is_root => {
            "root does not follow symbolic links on the way to HOME, since their owner would \
             choose whom root acts as; name the real path (readlink -f), as the manifest's home or with --home"
                .to_owned()
        }
        Errno::ENOTDIR => "it, or something on the way to it, is not a directory".to_owned(),
        Errno::EACCES => "permission denied; its owner needs read, write and search permission \
             (chmod u+rwx), and search permission on the way to it"
            .to_owned(),
        _ => failure.to_string(),
    };
    Error::failed(format!("{home}: cannot open HOME: {why}"))
}

/// Which directory a path leads to, links followed: the directory is only compared, and
/// not opened.
fn identify(path: &Path) -> Result<DirectoryId, Failure> {
    let stat = retry("stat", || stat(path))?;
    Ok(DirectoryId::of(&stat))
}

/// The path of a directory outside any HOME, without links and `..`.
///
/// # Errors
/// What the system says; for root, also that a link is on the way.
pub fn real_directory(path: &Path) -> io::Result<PathBuf> {
    let directory = open_directory(path, geteuid().is_root())?;
    fs_err::read_link(format!("/proc/self/fd/{}", directory.as_raw_fd()))
}

/// Opens a directory outside any HOME.
///
/// Root becomes the owner of the directory that the path of a HOME leads to. So root
/// follows no symbolic link, whose owner would choose that directory.
fn open_directory(path: &Path, is_root: bool) -> Result<OwnedFd, Failure> {
    let resolve = if is_root {
        ResolveFlag::RESOLVE_NO_SYMLINKS
    } else {
        ResolveFlag::RESOLVE_NO_MAGICLINKS
    };
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let how = OpenHow::new().flags(flags).resolve(resolve);
    retry("openat2", || openat2(AT_FDCWD, path, how))
}
