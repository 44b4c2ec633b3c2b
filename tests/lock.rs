//! One run at a time in one HOME.

mod common;

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::{World, assert_one_line_error, names, program, run, stdout};
use serde_json::json;

/// An apply that is in its pre-init hook, and stays there until told.
struct Holder {
    child: Child,
}

impl Holder {
    fn start(world: &World) -> Self {
        let hook = world.script(
            "hold",
            "echo held > ../held; for i in $(seq 500); do test -e ../go && exit; sleep 0.02; done",
        );
        world.write_manifest(&json!({ "preInit": hook }));
        let child = program()
            .arg("apply")
            .arg(&world.manifest)
            .stdout(Stdio::null())
            .spawn();
        wait_for(world, "held");
        world.write_manifest(&json!({}));
        Self {
            child: child.expect("spawn"),
        }
    }

    fn finish(mut self, world: &World) {
        std::fs::write(world.path("go"), "").expect("write");
        assert!(self.child.wait().expect("wait").success());
    }
}

fn wait_for(world: &World, name: &str) {
    let start = Instant::now();
    while !world.path(name).exists() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{name} never came"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A second apply waits for the first, and then finds its work done.
#[test]
fn a_second_apply_waits() {
    let world = World::new();
    let holder = Holder::start(&world);
    let second = program()
        .arg("apply")
        .arg(&world.manifest)
        .stdout(Stdio::piped())
        .spawn();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(names(&world.tree()), Vec::<&str>::new(), "it did not wait");
    holder.finish(&world);
    let output = second.expect("spawn").wait_with_output().expect("wait");
    assert!(output.status.success());
    assert_eq!(output.stdout, b"my-project: ready, nothing to do\n");
}

/// When the time is over it gives up with 75, and says whom to look for.
#[test]
fn a_lock_that_is_held_for_too_long_is_75() {
    let world = World::new();
    let holder = Holder::start(&world);
    for command in ["apply", "check"] {
        let arguments = [
            command,
            "--lock-timeout",
            "0",
            world.manifest.to_str().expect("UTF-8"),
        ];
        let assert = run(arguments).code(75);
        assert_one_line_error(&assert, &["my-project", "lock", "wait"]);
    }
    holder.finish(&world);
    world.check().success();
}

/// The lock goes with its holder, however that ends, and is no file.
#[test]
fn a_killed_holder_leaves_no_lock() {
    let world = World::new();
    let mut holder = Holder::start(&world);
    holder.child.kill().expect("kill");
    holder.child.wait().expect("wait");
    assert_eq!(names(&world.tree()), Vec::<&str>::new());
    world.apply().success();
    std::fs::write(world.path("go"), "").expect("let the orphaned hook end");
}

/// Several checks look at the same time.
#[test]
fn checks_do_not_exclude_each_other() {
    let world = World::new();
    world.apply().success();
    let children: Vec<Child> = (0..8)
        .map(|_| {
            let mut command = program();
            command
                .args(["check", "--lock-timeout", "0"])
                .arg(&world.manifest);
            command.stdout(Stdio::null()).spawn().expect("spawn")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("wait").success());
    }
}

/// Of many applies at once all succeed, and each change is made once.
#[test]
fn many_applies_at_once_make_each_change_once() {
    let world = World::new();
    let children: Vec<Child> = (0..24)
        .map(|_| {
            let mut command = program();
            command
                .arg("apply")
                .arg(&world.manifest)
                .stdout(Stdio::piped());
            command.spawn().expect("spawn")
        })
        .collect();
    let mut lines = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("wait");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        lines.extend(
            text.lines()
                .filter(|line| line.contains("created"))
                .map(str::to_owned),
        );
    }
    let made = lines.len();
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), made, "something was made twice: {lines:?}");
    // Five directories and the link.
    assert_eq!(made, 6);
    assert_eq!(
        stdout(&world.check().success()),
        "my-project: ready, nothing to do\n"
    );
}
