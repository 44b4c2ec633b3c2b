//! `opencodectl restore`: from an archive to a HOME.

use std::io::{self, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use crate::backup::extract::{Occupied, Where, extract};
use crate::cli::target::Target;
use crate::ctl::archive_report::{ArchiveReport, Deed};
use crate::ctl::arguments::archive::RestoreArguments;
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
    let archive = open(file)?;
    let named = manifest.home.as_str();
    let (home, seen_as) = Home::open_alone(&manifest, |place| {
        // From now on, a setup that starts waits for this lock, and the server for its setup.
        lock(place, named, Lock::Exclusive, LOCK_TIMEOUT, |pause| {
            std::thread::sleep(pause);
            Ok(())
        })?;
        // Only now: before, a client could have started the server after this check.
        check_stopped(&manifest.instance)
    })?;
    let there = Where {
        named,
        seen_as: &seen_as,
    };
    let archive = BufReader::with_capacity(PIECE, archive);
    let from = from.unwrap_or(manifest.instance.as_str());
    let (summary, aside) = extract(archive, from, home.place(), there, occupied)?;
    report.summary = summary;
    report.aside = aside.map(|aside| Shown::new(Path::new(named).join(aside)));
    Ok(())
}

fn open(file: &Path) -> Result<Box<dyn Read>, Error> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let opened = open_file(file).map_err(|error| Error::failed(error.to_string()))?;
    let is_file = opened.metadata().is_ok_and(|there| there.is_file());
    if !is_file {
        return Err(Error::failed(format!(
            "{}: is not a regular file; use - to read an archive from a pipe",
            Shown::new(file)
        )));
    }
    Ok(Box::new(opened))
}
