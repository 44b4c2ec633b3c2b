//! `opencodectl backup`: from a HOME to an archive.
//!
//! The process that reads HOME acts as its owner, and so may be stopped or killed by the
//! owner's other processes. So the caller starts it as another run of this program,
//! copies what it writes, and gives up when it writes nothing for too long.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus as ProcessStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::backup::write::write;
use crate::cli::target::Target;
use crate::converge::hook::THIS_PROGRAM;
use crate::converge::signals::Signals;
use crate::ctl::archive_report::{ArchiveReport, Deed};
use crate::ctl::arguments::archive::BackupArguments;
use crate::ctl::stream::wait_for;
use crate::home::open::Home;
use crate::report::error::{Error, ExitStatus};
use crate::report::shown::Shown;

/// The name that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// How long the process that reads HOME may write nothing. It waits for a database for
/// less than that.
const SILENCE: Duration = Duration::from_mins(1);

/// How many bytes are copied at once.
const PIECE: usize = 256 << 10;

/// The longest report that is read, in bytes.
const LONGEST_REPORT: u64 = 4 << 20;

/// Writes the state of an instance to an archive, and prints the report.
#[must_use]
pub fn backup(arguments: BackupArguments) -> ExitStatus {
    let BackupArguments {
        instance,
        file,
        read_home,
        json,
    } = arguments;
    let target = Target::Word(instance.target);
    let manifest_dir = instance.manifest_dir;
    let mut report = ArchiveReport::new(Deed::Backup, target.shown(), Shown::new(&file));
    let is_to_stdout = file.as_os_str() == STANDARD_OUTPUT;
    let result = if read_home {
        read_to_stdout(&target, &manifest_dir, &mut report)
    } else if is_to_stdout {
        to_stdout(&target, &manifest_dir, &mut report)
    } else {
        to_file(&target, &manifest_dir, &file, &mut report)
    };
    report.finish(result, json, is_to_stdout)
}

/// Becomes the owner of HOME, and writes the archive to standard output.
fn read_to_stdout(
    target: &Target,
    manifest_directory: &Path,
    report: &mut ArchiveReport,
) -> Result<(), Error> {
    let (manifest, _) = target.load(manifest_directory)?;
    report.instance = Some(manifest.instance.as_str().into());
    let (home, seen_as) = Home::open_alone(&manifest, |_| Ok(()))?;
    let out = BufWriter::with_capacity(PIECE, io::stdout().lock());
    report.summary = write(home.place(), &seen_as, &manifest, out)?;
    Ok(())
}

fn to_stdout(
    target: &Target,
    manifest_directory: &Path,
    report: &mut ArchiveReport,
) -> Result<(), Error> {
    if io::stdout().is_terminal() {
        return Err(Error::failed(
            "standard output is a terminal, and an archive is not text; name a file, or pipe it to a program",
        ));
    }
    // Signals are not blocked, since they would not end a write to a pipe that is full.
    // Nothing is left behind that would have to be removed.
    take_over(
        target,
        manifest_directory,
        io::stdout().lock(),
        &Shown::new("standard output"),
        None,
        report,
    )
}

fn to_file(
    target: &Target,
    manifest_directory: &Path,
    file: &Path,
    report: &mut ArchiveReport,
) -> Result<(), Error> {
    let cannot = |error: &dyn std::fmt::Display| {
        Error::failed(format!("{}: {error}; name another file", Shown::new(file)))
    };
    if file.symlink_metadata().is_ok() {
        return Err(cannot(&"already exists"));
    }
    // So that a signal ends this run with an error, and the file is removed.
    let signals = Signals::block()?;
    let part = Part::create(file).map_err(|error| cannot(&error))?;
    take_over(
        target,
        manifest_directory,
        &part.file,
        &Shown::new(file),
        Some(&signals),
        report,
    )?;
    part.keep_as(file).map_err(|error| cannot(&error))
}

/// Starts another run of this program, which reads HOME. Copies the archive that it writes
/// to `out`, and takes over its report.
fn take_over(
    target: &Target,
    manifest_directory: &Path,
    out: impl Write,
    named: &Shown,
    signals: Option<&Signals>,
    report: &mut ArchiveReport,
) -> Result<(), Error> {
    let mut reader = Reader::start(target, manifest_directory)?;
    let copied = reader.copy_to(out, named, signals);
    if copied.is_err() {
        reader.kill();
    }
    let theirs = reader.finish();
    // The error of the child is the cause if the copy ended early.
    if let Ok(ArchiveReport {
        error: Some(error), ..
    }) = theirs
    {
        return Err(error);
    }
    copied?;
    let theirs = theirs?;
    report.instance = theirs.instance;
    report.summary = theirs.summary;
    Ok(())
}

/// The archive while it is not complete: a hidden file, which is removed when this goes out
/// of scope, unless it was given its name.
struct Part {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Part {
    fn create(file: &Path) -> io::Result<Self> {
        let name = file.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let mut part = std::ffi::OsString::from(".");
        part.push(name);
        part.push(format!(".{}.part", std::process::id()));
        let path = file.with_file_name(part);
        let mut options = fs_err::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let file = options.open(&path)?.into_parts().0;
        Ok(Self {
            path,
            file,
            is_kept: false,
        })
    }

    /// Writes the file to the disk, and renames it to `file`, which must not exist.
    fn keep_as(mut self, file: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        renameat_with(CWD, &self.path, CWD, file, RenameFlags::NOREPLACE)?;
        self.is_kept = true;
        let parent = file
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        fs_err::File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The run of this program that reads HOME.
struct Reader {
    process: Child,
    report: Option<JoinHandle<io::Result<Vec<u8>>>>,
}

impl Reader {
    fn start(target: &Target, manifest_directory: &Path) -> Result<Self, Error> {
        let mut process = Command::new(THIS_PROGRAM)
            .args(["backup", "--read-home", "--json", "--manifest-dir"])
            .arg(manifest_directory)
            .arg("--")
            .arg(target.word()?)
            .arg(STANDARD_OUTPUT)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Error::failed(format!("{THIS_PROGRAM}: {error}")))?;
        let report = process.stderr.take().map(|stream| {
            thread::spawn(move || {
                let mut stream = stream;
                let mut text = Vec::new();
                stream
                    .by_ref()
                    .take(LONGEST_REPORT)
                    .read_to_end(&mut text)?;
                io::copy(&mut stream, &mut io::sink())?;
                Ok(text)
            })
        });
        Ok(Self { process, report })
    }

    /// Copies the archive to `out`, which errors call `named`, until the process closes its
    /// output.
    fn copy_to(
        &mut self,
        mut out: impl Write,
        named: &Shown,
        signals: Option<&Signals>,
    ) -> Result<(), Error> {
        let Some(mut archive) = self.process.stdout.take() else {
            return Ok(());
        };
        let failed =
            |error: io::Error| Error::failed(format!("{named}: {error}; write it elsewhere"));
        let mut piece = vec![0; PIECE];
        loop {
            if !wait_for(&archive, Some(SILENCE), signals)? {
                return Err(Error::failed(format!(
                    "the process that reads HOME has written nothing for {} s; \
                     a process of HOME's owner may have stopped it; stop the server and try again",
                    SILENCE.as_secs()
                )));
            }
            let count = match archive.read(&mut piece) {
                Ok(0) => return out.flush().map_err(failed),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            out.write_all(&piece[..count]).map_err(failed)?;
        }
    }

    /// Kills the process.
    fn kill(&mut self) {
        // It fails if the process has ended.
        let _ = self.process.kill();
    }

    /// Waits for the process to end, and reads its report from its standard error.
    fn finish(mut self) -> Result<ArchiveReport, Error> {
        let failed = |why: String| {
            Error::failed(format!(
                "the process that reads HOME failed: {why}; if that happens again, \
                 stop the server and whatever else runs as its user"
            ))
        };
        let status = self.end().map_err(|error| failed(error.to_string()))?;
        let text = self.report.take().and_then(|thread| thread.join().ok());
        let text = text.unwrap_or_else(|| Ok(Vec::new()));
        let text = text.map_err(|error| failed(error.to_string()))?;
        let report: ArchiveReport =
            serde_json::from_slice(&text).map_err(|_| failed(status.to_string()))?;
        if report.error.is_none() && !status.success() {
            return Err(failed(status.to_string()));
        }
        Ok(report)
    }

    /// Waits for the process to end, and kills it if that takes too long.
    fn end(&mut self) -> io::Result<ProcessStatus> {
        let deadline = Instant::now() + SILENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.process.kill()?;
        self.process.wait()
    }
}
