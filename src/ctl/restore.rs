//! `opencodectl restore`: from an archive to a HOME.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::time::Duration;

use crate::backup::extract::{Occupied, Where, extract};
use crate::cli::target::Target;
use crate::converge::signals::Signals;
use crate::ctl::archive_report::{ArchiveReport, Deed};
use crate::ctl::arguments::archive::RestoreArguments;
use crate::ctl::stream::wait_for;
use crate::ctl::units::check_stopped;
use crate::home::open::{Home, Lock, lock};
use crate::manifest::bounded_read::open_file;
use crate::report::error::{Error, ExitStatus};
use crate::report::shown::Shown;

/// How long to wait for a setup that is at work in this HOME.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// How many bytes are read at once.
const PIECE: usize = 256 << 10;

/// Restores the state of an instance from an archive, and prints the report.
#[must_use]
pub fn restore(arguments: RestoreArguments) -> ExitStatus {
    let RestoreArguments {
        instance,
        file,
        move_aside,
        from,
        json,
    } = arguments;
    let target = Target::Word(instance.target);
    let manifest_dir = instance.manifest_dir;
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
    // Opened as the caller, since HOME's owner may not be able to read it.
    let file = open(file)?;
    // So that a signal ends this run while it reads the archive, and never between two
    // renames.
    let signals = Signals::block()?;
    let named = manifest.home.as_str();
    let (home, seen_as) = Home::open_alone(&manifest, |place| {
        // From now on, a setup that starts waits for this lock, and the server for its setup.
        let pause = |time| signals.pause(time);
        lock(place, named, Lock::Exclusive, LOCK_TIMEOUT, pause)?;
        // Only now: before, a client could have started the server after this check.
        check_stopped(&manifest.instance)
    })?;
    let there = Where {
        named,
        seen_as: &seen_as,
    };
    let mut archive = Interruptible {
        file,
        signals: &signals,
        ended_by: None,
    };
    let reader = BufReader::with_capacity(PIECE, &mut archive);
    let from = from.unwrap_or(manifest.instance.as_str());
    let result = extract(reader, from, home.place(), there, occupied);
    // The signal is the reason, and not that the archive ended early.
    let (summary, aside) = result.map_err(|error| archive.ended_by.unwrap_or(error))?;
    report.summary = summary;
    report.aside = aside.map(|aside| Shown::new(Path::new(named).join(aside)));
    Ok(())
}

/// An archive, the reading of which ends when a signal asks this run to end.
struct Interruptible<'a> {
    file: File,
    signals: &'a Signals,
    /// The error of the signal, if one has come.
    ended_by: Option<Error>,
}

impl Read for Interruptible<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Err(error) = wait_for(&self.file, None, Some(self.signals)) {
            self.ended_by = Some(error.clone());
            return Err(io::Error::other(error));
        }
        self.file.read(buffer)
    }
}

fn open(file: &Path) -> Result<File, Error> {
    if file.as_os_str() == "-" {
        // Without the buffer of the standard library, which would hide what it holds.
        let input = io::stdin().as_fd().try_clone_to_owned();
        let input = input.map_err(|error| Error::failed(format!("standard input: {error}")))?;
        return Ok(input.into());
    }
    let opened = open_file(file).map_err(|error| Error::failed(error.to_string()))?;
    let is_file = opened.metadata().is_ok_and(|there| there.is_file());
    if !is_file {
        return Err(Error::failed(format!(
            "{}: is not a regular file; use - to read an archive from a pipe",
            Shown::new(file)
        )));
    }
    Ok(opened)
}
