//! What the release build may cost: size, memory, system calls. (Its time is
//! measured by `cargo bench`, against others, since a time alone says nothing.)

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::{World, is_installed};

const LARGEST_SIZE: u64 = 2_000_000;
const MOST_MEMORY_KB: u64 = 2048;
const MOST_SYSTEM_CALLS: usize = 75;

/// Builds the program as it is released.
fn release() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--bin=opencode-setup"])
        .arg("--message-format=json")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .expect("cargo names the program it has built")
}

/// The release build is static, small, and cheap when there is nothing to do.
#[test]
fn the_release_build_is_static_small_and_cheap() {
    let flags = concat!(env!("CARGO_MANIFEST_DIR"), "/.cargo/config.toml");
    if !std::path::Path::new(flags).exists() {
        common::skip(&format!(
            "without {flags} this is not the build that is released"
        ));
        return;
    }
    let program = release();
    let size = std::fs::metadata(&program).expect("it is there").len();
    println!("{size} bytes");
    assert!(
        size <= LARGEST_SIZE,
        "{size} bytes, the bar is {LARGEST_SIZE}"
    );

    // A static program names no interpreter (elf(5), PT_INTERP).
    let bytes = std::fs::read(&program).expect("read");
    let has_interpreter = bytes
        .windows(7)
        .any(|window| window == b"/ld-lin" || window == b"ld-musl");
    assert!(!has_interpreter, "it is dynamically linked");

    let world = World::new();
    let apply = |wrapper: &mut Command| {
        let output = wrapper
            .arg(&program)
            .arg("apply")
            .arg(&world.manifest)
            .output();
        let output = output.expect("it runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    apply(&mut Command::new("env"));

    if is_installed("strace", "the count of system calls") {
        let trace = world.path("trace");
        // With -y, strace(1) names the file that is read.
        apply(Command::new("strace").args(["-y", "-o"]).arg(&trace));
        let trace = std::fs::read_to_string(trace).expect("a trace");
        let calls = trace.lines().filter(|line| is_counted(line)).count();
        println!("{calls} system calls");
        assert!(
            calls <= MOST_SYSTEM_CALLS,
            "{calls} system calls, the bar is {MOST_SYSTEM_CALLS}"
        );
    }
    let peak = peak_memory(&program, &world);
    println!("{peak} kB at the peak");
    assert!(
        peak <= MOST_MEMORY_KB,
        "{peak} kB, the bar is {MOST_MEMORY_KB}"
    );
}

/// Whether a line of a trace counts. The end of the process does not. Neither
/// does how often glibc reads the process's own maps when it looks for the
/// stack: their length depends on the path of the folder that the program was
/// built in.
fn is_counted(line: &str) -> bool {
    let reads_maps = line.starts_with("read(") && line.contains("/maps>");
    !reads_maps && !line.starts_with('+')
}

/// The high-water mark of the memory of a run with nothing to do, in kB. It is
/// read by the program's own post-init hook from its parent (proc(5), `VmHWM`),
/// which is later than everything but the last few system calls.
fn peak_memory(program: &std::path::Path, world: &World) -> u64 {
    let hook = world.script("hook", "grep VmHWM /proc/$PPID/status > ../peak");
    world.write_manifest(&serde_json::json!({ "postInit": hook }));
    let status = Command::new(program)
        .arg("apply")
        .arg(&world.manifest)
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.expect("it runs").success());
    let peak = std::fs::read_to_string(world.path("peak")).expect("the hook ran");
    peak.split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .expect("a number of kB")
}
