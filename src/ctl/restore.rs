//! `opencodectl restore`: from an archive to a HOME.
//!
//! A signal that asks this run to end does so while it waits or reads. What takes the
//! place of a HOME takes it as a whole: no signal comes between two renames.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};

use crate::backup::extract::{Occupied, Where, extract};
use crate::cli::target::Target;
use crate::converge::signals::Signals;
use crate::ctl::archive_report::{ArchiveReport, Deed};
use crate::ctl::arguments::RestoreArguments;
use crate::ctl::units::check_stopped;
use crate::home::open::{Home, Lock, lock};
use crate::manifest::bounded_read::open_file;
use crate::report::error::{Error, ExitStatus};
use crate::report::shown::Shown;

/// How long to wait for a setup that is at work in this HOME.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait for bytes of a pipe between two looks at what may end this run, in milliseconds.
const LOOK: u16 = 200;

/// How many bytes are read at once.
const PIECE: usize = 256 << 10;

/// Puts the state in an archive into a HOME.
#[must_use]
pub fn restore(arguments: RestoreArguments) -> ExitStatus {
    let RestoreArguments {
        target,
        file,
        move_aside,
        from,
        manifest_dir,
        json,
    } = arguments;
    let target = Target::Word(target);
    let mut report = ArchiveReport::new(Deed::Restore, target.shown(), Shown::new(&file));
    let occupied = if move_aside {
        Occupied::MoveAside
    } else {
        Occupied::Refuse
    };
    let from = from.as_deref();
    let result = run(&target, &file, from, occupied, &manifest_dir, &mut report);
    report.finish(result, json, false)
}

fn run(
    target: &Target,
    file: &Path,
    from: Option<&str>,
    occupied: Occupied,
    manifest_directory: &Path,
    report: &mut ArchiveReport,
) -> Result<(), Error> {
    let (manifest, _) = target.load(manifest_directory)?;
    report.instance = Some(manifest.instance.as_str().into());
    // As the caller, who may read what HOME's owner may not.
    let archive = open(file)?;
    let signals = Signals::block()?;
    let named = manifest.home.as_str();
    let (home, seen_as) = Home::open_alone(&manifest, |place| {
        // A setup that starts from now on waits for this, and its server for the setup.
        let pause = |time| signals.pause(time);
        lock(place, named, Lock::Exclusive, LOCK_TIMEOUT, pause)?;
        // Not before: one that a client starts on demand could come in between.
        check_stopped(manifest.instance.as_str())
    })?;
    let there = Where {
        named,
        seen_as: &seen_as,
    };
    let mut input = Input {
        archive,
        signals,
        ended: None,
    };
    let archive = BufReader::with_capacity(PIECE, &mut input);
    let from = from.unwrap_or(manifest.instance.as_str());
    let result = extract(archive, from, home.place(), there, occupied);
    // A signal that ended the reading is why the archive seems to be incomplete.
    let (summary, aside) = result.map_err(|error| input.ended.unwrap_or(error))?;
    report.summary = summary;
    report.aside = aside.map(|aside| Shown::new(Path::new(named).join(aside)));
    Ok(())
}

/// An archive that is read until a signal asks this run to end.
struct Input {
    archive: File,
    signals: Signals,
    ended: Option<Error>,
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Err(error) = self.signals.pause(Duration::ZERO) {
                self.ended = Some(error);
                return Err(io::Error::other("ended by a signal"));
            }
            let mut streams = [PollFd::new(self.archive.as_fd(), PollFlags::POLLIN)];
            match poll(&mut streams, LOOK) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => return self.archive.read(buffer),
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

fn open(file: &Path) -> Result<File, Error> {
    let failed = |error: io::Error| Error::failed(error.to_string());
    if file.as_os_str() == "-" {
        let input = io::stdin().as_fd().try_clone_to_owned();
        return input.map(File::from).map_err(failed);
    }
    let opened = open_file(file).map_err(failed)?;
    let is_file = opened.metadata().is_ok_and(|there| there.is_file());
    if !is_file {
        return Err(Error::failed(format!(
            "{}: is not a regular file; use - to read an archive from a pipe",
            Shown::new(file)
        )));
    }
    Ok(opened)
}
