//! The states that HOME is in when a run is disturbed.

use std::path::Path;
use std::process::Output;

use serde_json::json;

use crate::common::{self, CONFIG, World, link};
use crate::next_manifest::{Next, OTHER_SPELLING, earlier_source};

/// A state that HOME can be in, and what in it is the user's.
pub struct Scenario {
    pub name: &'static str,
    pub prepare: fn(&World),
    /// What must still be there: a file's bytes, or a link's target.
    pub precious: &'static [&'static str],
    /// How the run ends that nothing disturbs.
    pub exit: i32,
}

impl Scenario {
    /// How the run after it ends: another manifest mends what keeps this one from
    /// being carried out.
    pub fn exit_then(&self, next: Next) -> i32 {
        if next == Next::Same { self.exit } else { 0 }
    }
}

/// A scenario that ends well, with nothing of the user's.
const PLAIN: Scenario = Scenario {
    name: "",
    prepare: |_| {},
    precious: &[],
    exit: 0,
};

pub const SCENARIOS: [Scenario; 15] = [
    Scenario {
        name: "fresh HOME",
        ..PLAIN
    },
    Scenario {
        name: "nothing to do",
        prepare: apply,
        ..PLAIN
    },
    Scenario {
        name: "older link to newer",
        prepare: |world| older_link(world, &json!({})),
        ..PLAIN
    },
    Scenario {
        name: "a file is backed up",
        prepare: |world| world.in_the_way(|path| write(path, "precious file")),
        precious: &["precious file"],
        ..PLAIN
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
        ..PLAIN
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
        ..PLAIN
    },
    Scenario {
        name: "a foreign link is backed up",
        prepare: |world| world.in_the_way(|path| link("/precious/target", path)),
        precious: &["/precious/target"],
        ..PLAIN
    },
    Scenario {
        name: "a stale link is removed",
        prepare: |world| {
            older_link(world, &json!({ "links": [] }));
            write(&world.at(".config/opencode/notes"), "precious notes");
        },
        precious: &["precious notes"],
        ..PLAIN
    },
    Scenario {
        name: "an identical file is replaced",
        prepare: |world| {
            let source = std::fs::read(&world.source).expect("read");
            world.in_the_way(|path| std::fs::write(path, source).expect("write"));
        },
        ..PLAIN
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
        ..PLAIN
    },
    Scenario {
        name: "a directory is backed up for one",
        prepare: |world| {
            let source = world.path("skills");
            std::fs::create_dir(&source).expect("create");
            let skills = ".config/opencode/skills";
            std::fs::create_dir_all(world.at(skills)).expect("create");
            write(&world.at(skills).join("notes"), "precious notes");
            let link = json!({ "path": skills, "source": source, "kind": "directory" });
            world.write_manifest(&json!({ "links": [link] }));
        },
        precious: &["precious notes"],
        ..PLAIN
    },
    Scenario {
        name: "older link to newer, by its other path",
        prepare: |world| {
            lead_to_config(world);
            older_link(world, &by_the_other_path(world));
        },
        ..PLAIN
    },
    Scenario {
        name: "only the path changes",
        prepare: |world| {
            lead_to_config(world);
            apply(world);
            world.write_manifest(&by_the_other_path(world));
        },
        ..PLAIN
    },
    Scenario {
        name: "a file is backed up, by its other path",
        prepare: |world| {
            lead_to_config(world);
            older_link(world, &by_the_other_path(world));
            std::fs::remove_file(world.at(CONFIG)).expect("remove");
            write(&world.at(CONFIG), "precious file");
        },
        precious: &["precious file"],
        ..PLAIN
    },
    Scenario {
        name: "an exchange is undone, since the source leads through the link",
        prepare: |world| {
            write(&world.path("real.json"), "{}");
            world.in_the_way(|path| link("../../../real.json", path));
            std::fs::remove_file(&world.source).expect("remove");
            link(world.at(CONFIG), &world.source);
        },
        precious: &["../../../real.json"],
        exit: 1,
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

/// Makes `.opencode` lead to `.config/opencode`.
fn lead_to_config(world: &World) {
    std::fs::create_dir_all(world.at(".config/opencode")).expect("create");
    link(".config/opencode", world.at(".opencode"));
}

/// What a manifest says that names the link by its other path.
fn by_the_other_path(world: &World) -> serde_json::Value {
    json!({ "links": [{ "path": OTHER_SPELLING, "source": world.source }] })
}

/// A HOME with a link to an older source, whose manifest now says `changes`.
fn older_link(world: &World, changes: &serde_json::Value) {
    let older = earlier_source(world);
    write(&older, "{}");
    world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": older }] }));
    apply(world);
    world.write_manifest(changes);
}
