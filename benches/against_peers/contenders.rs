//! The commands that are compared, each on a HOME of its own.

use std::ffi::OsString;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Result;
use crate::stopwatch::{lean_command, time};

/// Which of the contenders does nothing at all.
pub const FLOOR: usize = 0;

/// Which is this program, with nothing to do.
pub const APPLY: usize = 1;

/// Which is the script, with nothing to do.
pub const BASH: usize = 3;

/// What people use today.
const SCRIPT: &str = "\
mkdir -p \"$1/.config/opencode\"
mkdir -p \"$1/.local/share/opencode\" \"$1/.local/state/opencode\" \"$1/.cache/opencode\"
ln -sf \"$2\" \"$1/.config/opencode/opencode.json\"
";

/// The directories that systemd-tmpfiles has to be told of one by one.
const DIRECTORIES: [&str; 9] = [
    ".config",
    ".config/opencode",
    ".local",
    ".local/share",
    ".local/share/opencode",
    ".local/state",
    ".local/state/opencode",
    ".cache",
    ".cache/opencode",
];

/// A command on a HOME of its own.
pub struct Contender {
    pub name: &'static str,
    home: PathBuf,
    /// Whether its HOME is new and empty every time.
    pub is_fresh: bool,
    command: Command,
}

impl Contender {
    /// Makes HOME what it has to be before the next run.
    pub fn prepare(&self) -> Result<()> {
        if !self.home.exists() {
            make_home(&self.home)?;
        } else if self.is_fresh {
            std::fs::remove_dir_all(&self.home)?;
            make_home(&self.home)?;
        }
        Ok(())
    }

    /// Runs the command once.
    pub fn time(&mut self) -> Result<Duration> {
        time(&mut self.command).map_err(|error| format!("{}: {error}", self.name).into())
    }
}

fn make_home(home: &Path) -> Result<()> {
    Ok(std::fs::DirBuilder::new().mode(0o700).create(home)?)
}

/// All of them, those of which there is an index at that.
pub fn contenders(scratch: &Path) -> Result<Vec<Contender>> {
    type Arguments<'a> = &'a dyn Fn(&Path) -> Result<Vec<OsString>>;
    let source = scratch.join("opencode.json");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/opencode.json");
    std::fs::copy(example, &source)?;
    let empty = build_empty_main(scratch)?;
    let empty: Arguments<'_> = &|_| Ok(vec![empty.clone().into()]);
    let apply: Arguments<'_> = &|home| apply(home, &source);
    let bash = find("bash").ok_or("bash is not installed")?;
    let bash: Arguments<'_> = &|home| script(&bash, home, &source);
    let mut all = vec![
        ("empty static Rust main", false, empty),
        ("opencode-setup apply, no-op", false, apply),
        ("opencode-setup apply, fresh", true, apply),
        ("bash script, no-op", false, bash),
        ("bash script, fresh", true, bash),
    ];
    let systemd = find("systemd-tmpfiles");
    let tmpfiles = |home: &Path| match &systemd {
        Some(program) => tmpfiles(program, home, &source),
        None => Err("not installed".into()),
    };
    if systemd.is_some() {
        all.push(("systemd-tmpfiles, no-op", false, &tmpfiles));
        all.push(("systemd-tmpfiles, fresh", true, &tmpfiles));
    } else {
        println!("systemd-tmpfiles is not installed and left out");
    }
    let make = |(number, (name, is_fresh, arguments)): (usize, (_, _, Arguments<'_>))| {
        let home = scratch.join(format!("home-{number}"));
        let command = lean_command(&arguments(&home)?)?;
        Ok(Contender {
            name,
            home,
            is_fresh,
            command,
        })
    };
    all.into_iter().enumerate().map(make).collect()
}

/// The absolute path of an installed program.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut candidates = std::env::split_paths(&path).map(|directory| directory.join(program));
    candidates.find(|candidate| candidate.is_file())
}

fn apply(home: &Path, source: &Path) -> Result<Vec<OsString>> {
    let manifest = home.with_extension("json");
    let content = serde_json::json!({
        "version": 1,
        "instance": "bench",
        "home": home,
        "links": [{ "path": ".config/opencode/opencode.json", "source": source }],
    });
    std::fs::write(&manifest, content.to_string())?;
    let program = installed(Path::new(env!("CARGO_BIN_EXE_opencode-setup")), home)?;
    Ok(vec![program.into(), "apply".into(), manifest.into()])
}

/// A copy, as any installation makes one: what a linker has written piece by
/// piece lies in the page cache in pieces, and starts more slowly.
fn installed(program: &Path, home: &Path) -> Result<PathBuf> {
    let copy = home.with_extension("bin");
    std::fs::copy(program, &copy)?;
    Ok(copy)
}

fn script(bash: &Path, home: &Path, source: &Path) -> Result<Vec<OsString>> {
    let script = home.with_extension("sh");
    std::fs::write(&script, SCRIPT)?;
    Ok([bash, &script, home, source].map(OsString::from).into())
}

fn tmpfiles(program: &Path, home: &Path, source: &Path) -> Result<Vec<OsString>> {
    let (conf, home, source) = (
        home.with_extension("conf"),
        home.display(),
        source.display(),
    );
    let directories = DIRECTORIES.map(|directory| format!("d {home}/{directory} 0700 - - -\n"));
    let link = format!("L+ {home}/.config/opencode/opencode.json - - - - {source}\n");
    std::fs::write(&conf, directories.concat() + &link)?;
    Ok(vec![program.into(), "--create".into(), conf.into()])
}

/// Builds with the flags of this package's own release profile, so that the
/// difference is what the program does.
fn build_empty_main(scratch: &Path) -> Result<PathBuf> {
    let built = scratch.join("empty-main");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let flags = "--edition 2024 -C opt-level=z -C panic=abort -C lto=fat -C codegen-units=1 \
         -C strip=symbols -C target-feature=+crt-static -C link-arg=-Wl,--no-eh-frame-hdr";
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/benches/against_peers/empty_main.rs"
    );
    let status = Command::new(rustc)
        .args(flags.split_whitespace())
        .arg(source)
        .arg("-o")
        .arg(&built)
        .status()?;
    if !status.success() {
        return Err(format!("rustc could not build {source}").into());
    }
    installed(&built, &scratch.join("empty"))
}
