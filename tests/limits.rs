//! Long paths and many links.

mod common;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{CONFIG, World, assert_one_line_error, program, stdout};
use serde_json::{Value, json};

/// The longest path a system call takes, in bytes, without the zero at its end
/// (`PATH_MAX`, limits.h(0p)).
const LONGEST_PATH: usize = 4095;

/// Makes a directory below `top` whose path is `length` bytes long.
fn deep_directory(top: &Path, length: usize) -> PathBuf {
    let mut path = top.to_owned();
    loop {
        let missing = length - path.as_os_str().len();
        if missing == 0 {
            break;
        }
        // A name takes its separator and at least a byte, and so has to what is
        // left for the next one.
        let name = match missing - 1 {
            1..=200 => missing - 1,
            201..=202 => 100,
            _ => 200,
        };
        path.push("d".repeat(name));
    }
    std::fs::create_dir_all(&path).expect("create");
    std::fs::set_permissions(&path, Permissions::from_mode(0o700)).expect("chmod");
    path
}

/// A HOME whose own path is as long as Linux takes works like any other, hooks
/// included, although no path below it could be named from the root.
#[test]
fn a_home_at_the_longest_path_is_set_up() {
    for length in [
        LONGEST_PATH - 200,
        LONGEST_PATH - 20,
        LONGEST_PATH - 1,
        LONGEST_PATH,
    ] {
        let world = World::in_memory();
        let home = deep_directory(&world.home, length);
        let hook = world.script("hook", "echo \"${#HOME}\" > length; echo kept > notes");
        world.write_manifest(&json!({ "home": home, "preInit": hook }));
        world.apply().success();
        assert_eq!(
            stdout(&world.check().success()),
            "my-project: ready, nothing to do\n"
        );
        // From within, since the whole path is too long for a system call.
        let here = program_in(
            &home,
            "cat length notes && readlink .config/opencode/opencode.json",
        );
        let expected = format!("{length}\nkept\n{}\n", world.source.display());
        assert_eq!(here, expected);
        // A conflict, in the deepest place.
        program_in(
            &home,
            "rm .config/opencode/opencode.json; echo mine > .config/opencode/opencode.json",
        );
        world.apply().success();
        let backup = program_in(&home, "cat .config/opencode/opencode.json.backup-1");
        assert_eq!(backup, "mine\n");
    }
}

fn program_in(directory: &Path, script: &str) -> String {
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .current_dir(directory)
        .output()
        .expect("sh runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A path one byte longer than Linux takes is an error that says so.
#[test]
fn a_home_beyond_the_longest_path_is_an_error() {
    let world = World::in_memory();
    let home = format!("/{}", "d/".repeat(LONGEST_PATH / 2));
    assert_eq!(home.len(), LONGEST_PATH);
    world.write_manifest(&json!({ "home": format!("{home}d") }));
    for assert in [world.apply(), world.check()] {
        assert_one_line_error(&assert.code(1), &["cannot open HOME", "name too long"]);
    }
}

/// The longest names a link may have, at the longest path below HOME there can
/// be, which backups and staging names have to fit as well.
#[test]
fn a_link_at_the_longest_path_is_made_and_backed_up() {
    let world = World::in_memory();
    let directory = vec!["d".repeat(255); 15].join("/");
    let name = "n".repeat(235);
    let path = format!("{directory}/{name}");
    world.write_manifest(&json!({ "links": [{ "path": path, "source": world.source }] }));
    world.apply().success();
    world.check().success();
    let base = world.home.join(&directory[..255]);
    let deep = format!("cd {} && cat {name}", &directory[256..]);
    assert_eq!(
        program_in(&base, &deep),
        std::fs::read_to_string(&world.source).expect("read")
    );
    let replace = format!(
        "cd {} && rm {name} && echo mine > {name}",
        &directory[256..]
    );
    program_in(&base, &replace);
    world.apply().success();
    let backup = format!("cd {} && cat {name}.backup-1", &directory[256..]);
    assert_eq!(program_in(&base, &backup), "mine\n");
}

/// A path that no system call would take is refused with the manifest, before
/// anything on the way to it is made.
#[test]
fn a_link_beyond_the_longest_path_is_refused_with_the_manifest() {
    let world = World::in_memory();
    let path = format!("{}/l", vec!["d".repeat(255); 16].join("/"));
    assert_eq!(path.len(), LONGEST_PATH + 2);
    world.write_manifest(&json!({ "links": [{ "path": path, "source": world.source }] }));
    assert_one_line_error(
        &world.apply().code(6),
        &["links[0].path", "is too long", "4095"],
    );
    assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
}

/// What a run took: of the processor, since the time on a clock is the whole
/// machine's, and of memory.
struct Cost {
    processor: Duration,
    memory_kb: u64,
}

/// Reads both of its parent, at the end of its work (proc(5)).
const READ_COST: &str = "\
    cut -d ' ' -f 1 /proc/$PPID/schedstat > ../cost && grep VmHWM /proc/$PPID/status >> ../cost";

/// Applies, and lets the post-init hook read what that took.
fn cost_of_apply(world: &World) -> Cost {
    let output = program().arg("apply").arg(&world.manifest).output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let cost = std::fs::read_to_string(world.path("cost")).expect("the hook ran");
    let number = |index| {
        let number = cost.split_whitespace().nth(index);
        number
            .and_then(|number| number.parse().ok())
            .expect("a number")
    };
    Cost {
        processor: Duration::from_nanos(number(0)),
        memory_kb: number(2),
    }
}

/// A manifest with so many links, in a tenth as many directories.
fn many_links(world: &World, count: usize, source: &Path) {
    let links: Vec<Value> = (0..count)
        .map(|number| {
            let path = format!("links/{}/link-{number}.json", number / 10);
            json!({ "path": path, "source": source })
        })
        .collect();
    let hook = world.path("hook");
    world.write_manifest(&json!({ "links": links, "postInit": hook }));
}

/// Ten thousand links take about ten times as long as a thousand, and bounded
/// memory: made, left alone, switched, backed up and removed.
#[test]
fn ten_thousand_links_take_linear_time_and_bounded_memory() {
    const COUNTS: [usize; 2] = [1_000, 10_000];
    /// Ten times the work, with as much again for caches that are too small.
    const MOST: f64 = 25.0;
    type Step = (&'static str, fn(&World, usize));
    let steps: [Step; 5] = [
        ("made", |world, count| {
            many_links(world, count, &world.source);
        }),
        ("left alone", |_, _| {}),
        ("switched", |world, count| {
            many_links(world, count, &world.path("other.json"));
        }),
        ("backed up", |world, count| {
            for number in 0..count {
                let link = world.at(format!("links/{}/link-{number}.json", number / 10));
                std::fs::remove_file(&link).expect("remove");
                std::fs::write(&link, "mine").expect("write");
            }
        }),
        ("removed", |world, _| many_links(world, 0, &world.source)),
    ];
    let mut worlds = COUNTS.map(|count| {
        let world = World::in_memory();
        world.script("hook", READ_COST);
        std::fs::write(world.path("other.json"), "{}").expect("write");
        (count, world)
    });
    for (name, prepare) in steps {
        let costs = worlds.each_mut().map(|(count, world)| {
            prepare(world, *count);
            cost_of_apply(world)
        });
        let [few, many] = &costs;
        println!(
            "1,000 and 10,000 links {name}: {:.0?} and {:.0?}, {} and {} kB",
            few.processor, many.processor, few.memory_kb, many.memory_kb
        );
        let ratio = many.processor.as_secs_f64() / few.processor.as_secs_f64();
        assert!(ratio < MOST, "{name}: {ratio:.1} times as long");
        assert!(many.memory_kb < 64 << 10, "{name}: {} kB", many.memory_kb);
    }
    for (count, world) in &worlds {
        let left = world.tree();
        let links = left
            .values()
            .filter(|thing| thing.mode & 0o170_000 == 0o120_000);
        assert_eq!(links.count(), 0);
        let mine = left.values().filter(|thing| thing.content == b"mine");
        assert_eq!(mine.count(), *count, "not every file is still there");
        assert!(left.keys().all(|path| path != Path::new(CONFIG)));
    }
}

/// The ten-thousandth conflict at one link still finds a free backup name.
#[test]
fn the_ten_thousandth_backup_finds_a_free_name() {
    let world = World::in_memory();
    world.apply().success();
    for number in 1..10_000 {
        let taken = world.at(format!("{CONFIG}.backup-{number}"));
        std::fs::write(taken, "").expect("write");
    }
    std::fs::remove_file(world.at(CONFIG)).expect("remove");
    std::fs::write(world.at(CONFIG), "mine").expect("write");
    let start = Instant::now();
    world.apply().success();
    println!("the backup numbered 10,000 took {:.0?}", start.elapsed());
    let backup = std::fs::read(world.at(format!("{CONFIG}.backup-10000")));
    assert_eq!(backup.expect("backed up"), b"mine");
}
