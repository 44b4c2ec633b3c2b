//! Times this program against the least that any program could cost, and
//! against what people use today, all in one interleaved run:
//!
//! ```text
//! cargo bench
//! ```
//!
//! A measurement is the wall time from starting a process to having reaped it.
//! Machines are noisy and drift, so the contenders take turns, the order
//! rotates, and only the ratios between medians are worth quoting.

use std::error::Error;
use std::ffi::OsString;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROUNDS: usize = 400;

/// What people use today.
const SCRIPT: &str = "\
mkdir -p \"$1/.config/opencode\"
mkdir -p \"$1/.local/share/opencode\" \"$1/.local/state/opencode\" \"$1/.cache/opencode\"
ln -sf \"$2\" \"$1/.config/opencode/opencode.json\"
";

/// The directories that the others have to be told of one by one.
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

/// One row of the table: a command on a HOME of its own.
struct Contender {
    name: &'static str,
    home: PathBuf,
    /// Whether its HOME is new and empty every time.
    fresh: bool,
    command: Vec<OsString>,
    times: Vec<Duration>,
}

fn main() -> Result<()> {
    let scratch = TempDir::new()?;
    let mut contenders = contenders(scratch.path())?;
    for contender in &contenders {
        contender.reset()?;
        contender.run()?;
    }
    for round in 0..ROUNDS {
        for turn in 0..contenders.len() {
            let index = (round + turn) % contenders.len();
            let contender = &mut contenders[index];
            if contender.fresh {
                contender.reset()?;
            }
            let time = contender.run()?;
            contender.times.push(time);
        }
    }
    print_table(&contenders);
    Ok(())
}

fn contenders(scratch: &Path) -> Result<Vec<Contender>> {
    let source = scratch.join("opencode.json");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/opencode.json");
    std::fs::copy(example, &source)?;
    let empty = build_empty_main(scratch)?;
    let mut contenders = Vec::new();
    let mut add = |name, fresh, command: &dyn Fn(&Path) -> Result<Vec<OsString>>| -> Result<()> {
        let home = scratch.join(format!("home-{}", contenders.len()));
        let command = command(&home)?;
        let times = Vec::with_capacity(ROUNDS);
        contenders.push(Contender {
            name,
            home,
            fresh,
            command,
            times,
        });
        Ok(())
    };
    add("empty static Rust main", false, &|_| {
        Ok(vec![empty.clone().into()])
    })?;
    add("opencode-setup apply, no-op", false, &|home| {
        apply(home, &source)
    })?;
    add("opencode-setup apply, fresh", true, &|home| {
        apply(home, &source)
    })?;
    add("bash script, no-op", false, &|home| script(home, &source))?;
    add("bash script, fresh", true, &|home| script(home, &source))?;
    if Command::new("systemd-tmpfiles")
        .arg("--version")
        .output()
        .is_ok()
    {
        add("systemd-tmpfiles, no-op", false, &|home| {
            tmpfiles(home, &source)
        })?;
        add("systemd-tmpfiles, fresh", true, &|home| {
            tmpfiles(home, &source)
        })?;
    } else {
        println!("systemd-tmpfiles is not installed and left out");
    }
    Ok(contenders)
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

fn script(home: &Path, source: &Path) -> Result<Vec<OsString>> {
    let script = home.with_extension("sh");
    std::fs::write(&script, SCRIPT)?;
    Ok(vec![
        "bash".into(),
        script.into(),
        home.into(),
        source.into(),
    ])
}

fn tmpfiles(home: &Path, source: &Path) -> Result<Vec<OsString>> {
    let (conf, home, source) = (
        home.with_extension("conf"),
        home.display(),
        source.display(),
    );
    let directories = DIRECTORIES.map(|directory| format!("d {home}/{directory} 0700 - - -\n"));
    let link = format!("L+ {home}/.config/opencode/opencode.json - - - - {source}\n");
    let lines = directories.concat() + &link;
    std::fs::write(&conf, lines)?;
    Ok(vec![
        "systemd-tmpfiles".into(),
        "--create".into(),
        conf.into(),
    ])
}

/// Builds with the flags of this package's own release profile, so that the
/// difference is what the program does.
fn build_empty_main(scratch: &Path) -> Result<PathBuf> {
    let empty = scratch.join("empty-main");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let flags = "--edition 2024 -C opt-level=z -C panic=abort -C lto=fat -C codegen-units=1 \
         -C strip=symbols -C target-feature=+crt-static -C link-arg=-Wl,--no-eh-frame-hdr";
    let status = Command::new(rustc)
        .args(flags.split_whitespace())
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/benches/empty_main.rs"
        ))
        .arg("-o")
        .arg(&empty)
        .status()?;
    if !status.success() {
        return Err("rustc could not build benches/empty_main.rs".into());
    }
    Ok(empty)
}

impl Contender {
    fn reset(&self) -> Result<()> {
        if self.home.exists() {
            std::fs::remove_dir_all(&self.home)?;
        }
        Ok(std::fs::DirBuilder::new().mode(0o700).create(&self.home)?)
    }

    fn run(&self) -> Result<Duration> {
        let (program, arguments) = self.command.split_first().ok_or("no command")?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let start = Instant::now();
        let status = command.status()?;
        let time = start.elapsed();
        if !status.success() {
            return Err(format!("{}: {status}", self.name).into());
        }
        Ok(time)
    }

    /// The time that `percent` of the runs were faster than, in microseconds.
    fn percentile(&self, percent: usize) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e6
    }
}

fn print_table(contenders: &[Contender]) {
    let floor = contenders[0].percentile(50);
    println!("{ROUNDS} interleaved rounds; wall time per run in microseconds");
    println!();
    println!("| contender                   | median |    p10 |    p90 | to empty main |");
    println!("| --------------------------- | -----: | -----: | -----: | ------------: |");
    for contender in contenders {
        let [p10, median, p90] = [10, 50, 90].map(|percent| contender.percentile(percent));
        println!(
            "| {:27} | {median:6.0} | {p10:6.0} | {p90:6.0} | {:12.2}x |",
            contender.name,
            median / floor
        );
    }
}
