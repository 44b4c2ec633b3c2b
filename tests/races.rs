//! Others at work in the same HOME: more applies, readers, and an owner who
//! means harm.
//!
//! The rounds against the hostile owner are 1,000 under plain `cargo test` and
//! 10,000 with `OPENCODE_SETUP_FULL_TESTS=1`.

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::{CONFIG, World, give_to, is_full, is_root, link, program};
use opencode_setup::converge::run::Run;
use opencode_setup::home::open::Origin;
use opencode_setup::manifest::Manifest;
use opencode_setup::report::document::Mode;
use opencode_setup::report::log::{Format, Log};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;

const SOMEBODY: u32 = 65_534;
const SWITCHES: usize = 10_000;

/// Each of these tests takes all processors, and the umask of the process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Of 64 applies at once all succeed, each change is made once, and what was in
/// the way is backed up once.
#[test]
fn sixty_four_applies_at_once_make_each_change_once() {
    let _alone = alone();
    let world = World::in_memory();
    world.in_the_way(|path| std::fs::write(path, "precious").expect("write"));
    let children: Vec<Child> = (0..64)
        .map(|_| {
            let mut command = program();
            command.arg("apply").arg(&world.manifest);
            command.stdout(Stdio::piped()).spawn().expect("spawn")
        })
        .collect();
    let mut changes = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("wait");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let lines = text.lines().filter(|line| !line.contains(": ready, "));
        changes.extend(lines.map(str::to_owned));
    }
    let made = changes.len();
    changes.sort();
    changes.dedup();
    assert_eq!(changes.len(), made, "something was made twice: {changes:?}");
    let backup = std::fs::read(world.at(format!("{CONFIG}.backup-1")));
    assert_eq!(backup.expect("one backup"), b"precious");
    assert!(!world.at(format!("{CONFIG}.backup-2")).exists());
    println!("64 applies at once, each of {made} changes made once");
}

/// Reads the configuration over and over until told to stop; it is there each
/// time, and whole. Returns how often it was read.
fn read_until(stop: &AtomicBool, config: &Path) -> u64 {
    let mut reads = 0;
    while !stop.load(Ordering::Relaxed) {
        let content = std::fs::read_to_string(config).expect("the configuration is missing");
        let is_whole = content.starts_with("{\"username\": \"") && content.ends_with("\"}");
        assert!(is_whole, "half a configuration: {content:?}");
        reads += 1;
    }
    reads
}

/// An apply within this process, without the cost of starting one.
fn apply_here(manifest: &Manifest) {
    let mut log = Log::new(Mode::Apply, "here".into(), Format::Json);
    Run::new(manifest, Origin::File, Duration::from_secs(30), &mut log)
        .execute()
        .unwrap_or_else(|error| panic!("{error}"));
}

/// While `round` is done time and again, a reader never misses the configuration.
fn with_a_reader(world: &World, title: &str, mut round: impl FnMut(usize)) {
    let stop = AtomicBool::new(false);
    let config = world.at(CONFIG);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_until(&stop, &config));
        let stop_at_end = StopAtEnd(&stop);
        for number in 0..SWITCHES {
            if reader.is_finished() {
                break;
            }
            round(number);
        }
        drop(stop_at_end);
        let reads = reader.join().expect("the reader found it each time");
        println!("{SWITCHES} {title}, read {reads} times, never missing, never half");
        assert!(reads > 100, "the reader hardly ran");
    });
}

fn manifest_for(world: &World, source: &Path) -> Manifest {
    world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": source }] }));
    Manifest::load(&world.manifest).expect("a manifest")
}

/// The configuration is there and whole at every moment of 10,000 switches from
/// one source to another.
#[test]
fn a_reader_never_misses_the_configuration_during_switches() {
    let _alone = alone();
    let world = World::in_memory();
    let other = world.path("other.json");
    std::fs::write(&other, r#"{"username": "the other"}"#).expect("write");
    let manifests = [world.source.clone(), other].map(|source| manifest_for(&world, &source));
    apply_here(&manifests[1]);
    with_a_reader(&world, "switches", |number| {
        apply_here(&manifests[number % 2]);
    });
}

/// The same while an editor saves its own file over the link each time, and
/// apply moves that to a backup.
#[test]
fn a_reader_never_misses_the_configuration_during_conflicts() {
    let _alone = alone();
    let world = World::in_memory();
    let manifest = manifest_for(&world, &world.source);
    apply_here(&manifest);
    let (saved, backup) = (world.at("saved"), world.at(format!("{CONFIG}.backup-1")));
    with_a_reader(&world, "conflict exchanges", |number| {
        let content = format!("{{\"username\": \"edit {number}\"}}");
        std::fs::write(&saved, &content).expect("write");
        std::fs::rename(&saved, world.at(CONFIG)).expect("rename");
        apply_here(&manifest);
        assert_eq!(world.link_target(), world.source);
        let kept = std::fs::read_to_string(&backup).expect("backed up");
        assert_eq!(kept, content);
        std::fs::remove_file(&backup).expect("remove");
    });
}

/// The directories that the hostile owner swaps, each with its lure: a link to
/// the victim, or into it, with everything there that apply looks for.
const LURES: [(&str, &str, &str); 4] = [
    (".config", "lure-1", "../victim"),
    (
        ".config/opencode",
        ".config/lure-2",
        "../../victim/opencode",
    ),
    (".local/state", ".local/lure-3", "../../victim"),
    (
        ".local/state/opencode-setup",
        ".local/state/lure-4",
        "../../../victim/opencode-setup",
    ),
];

/// Swaps directories for links until told to stop, as the owner of HOME.
fn swap_until(stop: &AtomicBool, swaps: &AtomicU64, world: &World) {
    let owner = rustix::process::Uid::from_raw(SOMEBODY);
    rustix::thread::set_thread_res_uid(owner, owner, owner).expect("root may");
    while !stop.load(Ordering::Relaxed) {
        for (directory, lure, _) in LURES {
            let (directory, lure) = (world.at(directory), world.at(lure));
            for _ in 0..2 {
                // Where an outer one is swapped the inner ones are not there.
                if renameat_with(CWD, &directory, CWD, &lure, RenameFlags::EXCHANGE).is_ok() {
                    swaps.fetch_add(1, Ordering::Relaxed);
                }
                std::thread::yield_now();
            }
        }
    }
}

/// Stops the others when this goes, be it by a failed assertion.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a hook found out about itself, as it appears in proc(5).
fn assert_has_no_privilege(status: &str) {
    let field = |name: &str| -> Vec<String> {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let words = line.expect(name).split_whitespace();
        words.map(str::to_owned).collect()
    };
    let somebody = SOMEBODY.to_string();
    for name in ["Uid", "Gid"] {
        let ids = field(name);
        assert!(ids.iter().all(|id| *id == somebody), "{name}: {ids:?}");
    }
    assert_eq!(field("Groups"), Vec::<String>::new());
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(field(set), ["0000000000000000"], "{set}");
    }
    assert_eq!(field("NoNewPrivs"), ["1"]);
}

/// While the owner swaps directories for links to a folder that the owner may
/// even write to, root repairs the HOME and never touches that folder; and the
/// hooks that root starts have nothing of root.
#[test]
fn a_hostile_owner_does_not_lead_root_astray() {
    if !is_root("a_hostile_owner_does_not_lead_root_astray") {
        return;
    }
    let _alone = alone();
    let world = World::in_memory();
    let victim = world.path("victim");
    for directory in ["opencode", "opencode-setup"] {
        std::fs::create_dir_all(victim.join(directory)).expect("create");
    }
    std::fs::write(victim.join("opencode/opencode.json"), "theirs").expect("write");
    std::fs::write(victim.join("opencode-setup/state.json"), "theirs").expect("write");
    for path in common::tree(&victim).keys() {
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(victim.join(path), open).expect("chmod");
    }
    let victim_before = common::tree(&victim);

    world.apply().success();
    for (_, lure, target) in LURES {
        link(target, world.at(lure));
    }
    give_to(&world.home, SOMEBODY);
    let hook = world.script("hook", "cat /proc/self/status > status");
    let other = world.path("other.json");
    std::fs::write(&other, "{}").expect("write");

    let rounds = if is_full() { 10_000 } else { 1_000 };
    let (stop, swaps) = (AtomicBool::new(false), AtomicU64::new(0));
    let (mut done, mut refused, mut hooks) = (0, 0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| swap_until(&stop, &swaps, &world));
        let _stop_at_end = StopAtEnd(&stop);
        for round in 0..rounds {
            let has_hook = round % 10 == 0;
            world.write_manifest(&json!({
                "links": [{
                    "path": CONFIG,
                    "source": if round % 2 == 0 { &other } else { &world.source },
                }],
                "preInit": has_hook.then_some(&hook),
            }));
            let output = program().arg("apply").arg(&world.manifest).output();
            let output = output.expect("it runs");
            match output.status.code() {
                Some(0) => done += 1,
                Some(1) => refused += 1,
                _ => panic!("{output:?}"),
            }
            if has_hook {
                let status = std::fs::read_to_string(world.at("status"));
                assert_has_no_privilege(&status.expect("the hook ran"));
                hooks += 1;
            }
            let is_untouched = common::tree(&victim) == victim_before;
            assert!(is_untouched, "the victim was touched in round {round}");
        }
    });
    let swaps = swaps.into_inner();
    println!(
        "{rounds} repairs during {swaps} swaps: {done} done, {refused} refused, \
         victim untouched, {hooks} hooks without privilege"
    );
    assert!(swaps > rounds, "the owner hardly got to swap anything");
    assert!(done > 0 && refused > 0, "no race took place");
}
