//! The states that HOME is in when a run is disturbed.

use std::path::Path;
use std::process::Output;

use serde_json::json;

use crate::common::{self, CONFIG, World, link};
use crate::next_manifest::earlier_source;

/// A state that HOME can be in, and what in it is the user's.
pub struct Scenario {
    pub name: &'static str,
    pub prepare: fn(&World),
    /// What must still be there: a file's bytes, or a link's target.
    pub precious: &'static [&'static str],
}

pub const SCENARIOS: [Scenario; 10] = [
    Scenario {
        name: "fresh HOME",
        prepare: |_| {},
        precious: &[],
    },
    Scenario {
        name: "nothing to do",
        prepare: apply,
        precious: &[],
    },
    Scenario {
        name: "older link to newer",
        prepare: |world| older_link(world, &json!({})),
        precious: &[],
    },
    Scenario {
        name: "a file is backed up",
        prepare: |world| world.in_the_way(|path| write(path, "precious file")),
        precious: &["precious file"],
    },
    Scenario {
        name: "a file is backed up beside an older backup",
        prepare: |world| {
            apply(world);
            std::fs::remove_file(world.at(CONFIG)).expect("remove");
            write(&world.at(CONFIG), "precious file");
            write(&world.at(format!("{CONFIG}.backup-1")), "older backup");
        },
        precious: &["precious file", "older backup"],
    },
    Scenario {
        name: "a directory is backed up",
        prepare: |world| {
            world.in_the_way(|path| {
                std::fs::create_dir(path).expect("create");
                write(&path.join("notes"), "precious notes");
            });
        },
        precious: &["precious notes"],
    },
    Scenario {
        name: "a foreign link is backed up",
        prepare: |world| world.in_the_way(|path| link("/precious/target", path)),
        precious: &["/precious/target"],
    },
    Scenario {
        name: "a stale link is removed",
        prepare: |world| {
            older_link(world, &json!({ "links": [] }));
            write(&world.at(".config/opencode/notes"), "precious notes");
        },
        precious: &["precious notes"],
    },
    Scenario {
        name: "an identical file is replaced",
        prepare: |world| {
            let source = std::fs::read(&world.source).expect("read");
            world.in_the_way(|path| std::fs::write(path, source).expect("write"));
        },
        precious: &[],
    },
    Scenario {
        name: "both hooks, and a broken record",
        prepare: |world| {
            let hook = world.script("hook", "echo ran > $OPENCODE_SETUP_PHASE");
            world.write_manifest(&json!({ "preInit": hook, "postInit": hook }));
            std::fs::create_dir_all(world.at(common::RECORD).parent().expect("below"))
                .expect("create");
            write(&world.at(common::RECORD), "precious, if broken");
            world.in_the_way(|path| write(path, "precious file"));
        },
        precious: &["precious, if broken", "precious file"],
    },
];

/// Not [`World::apply`], which prints what was done: thousands of times, here.
pub fn apply(world: &World) {
    let output = apply_again(world);
    assert!(output.status.success(), "{output:?}");
}

pub fn apply_again(world: &World) -> Output {
    let mut command = common::program();
    command.arg("apply").arg(&world.manifest);
    command.output().expect("it runs")
}

fn write(path: &Path, content: &str) {
    std::fs::write(path, content).expect("write");
}

/// A HOME with a link to an older source, whose manifest now says `changes`.
fn older_link(world: &World, changes: &serde_json::Value) {
    let older = earlier_source(world);
    write(&older, "{}");
    world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": older }] }));
    apply(world);
    world.write_manifest(changes);
}
