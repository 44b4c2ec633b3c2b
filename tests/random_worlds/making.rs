//! Makes a world of what was drawn.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::common::{self, World, give_to};
use crate::strategies::{DIRECTORY_IN_HOME, Kind, SOURCE_IN_HOME, Target, Thing};

/// Who owns the HOMEs when root runs this: odd modes mean nothing to root.
const SOMEBODY: u32 = 65_534;

/// Puts a thing where there is room for it, and says whether it did.
fn put(world: &World, number: usize, thing: &Thing) -> bool {
    let path = world.at(&thing.path);
    let parent = path.parent().expect("below HOME");
    // Never through a link that was put there before, and out of HOME.
    let leads_elsewhere = thing
        .path
        .ancestors()
        .skip(1)
        .any(|above| world.at(above).is_symlink());
    if leads_elsewhere
        || std::fs::create_dir_all(parent).is_err()
        || path.symlink_metadata().is_ok()
    {
        return false;
    }
    let written = match &thing.kind {
        Kind::Precious => std::fs::write(&path, format!("precious {number}")),
        Kind::Identical => std::fs::copy(&world.source, &path).map(drop),
        Kind::Source => std::fs::write(&path, r#"{"username": "in HOME"}"#),
        Kind::RecordBeginning => std::fs::write(&path, "{\n  \"version\": 1"),
        Kind::Record(text) => std::fs::write(&path, place_names(world, text)),
        Kind::Directory => std::fs::create_dir(&path),
        Kind::Alias(target) => std::fs::create_dir_all(parent.join(target))
            .and_then(|()| std::os::unix::fs::symlink(target, &path)),
        Kind::Fifo => {
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            let fifo = rustix::fs::FileType::Fifo;
            rustix::fs::mknodat(rustix::fs::CWD, &path, fifo, mode, 0).map_err(Into::into)
        }
        // The name of a socket has to be short.
        Kind::Socket => UnixListener::bind(world.path("s"))
            .map(drop)
            .and_then(|()| std::fs::rename(world.path("s"), &path)),
        Kind::Link(target) => std::os::unix::fs::symlink(
            match target {
                Target::Source => world.source.clone(),
                Target::OtherSource => world.path("other.json"),
                Target::Store => "/nix/store/00000000000000000000000000000000-x".into(),
                Target::Nowhere => format!("nowhere-{number}").into(),
                Target::Itself => path.file_name().expect("a name").into(),
                Target::Inside(target) => (*target).into(),
                Target::Victim => world.path("victim"),
                Target::VictimFromAbove => "../".repeat(thing.path.iter().count()).into(),
                Target::Root => "/".into(),
            },
            &path,
        ),
    };
    written.is_ok()
}

fn place_names(world: &World, text: &str) -> String {
    [
        ("SOURCE", "opencode.json"),
        ("OTHER", "other.json"),
        ("FIFO", "fifo"),
        ("MISSING", "missing.json"),
        ("DIRECTORY", "victim"),
        ("SKILLS", "skills"),
        ("IN_HOME", &format!("home/{SOURCE_IN_HOME}")),
        ("IN_HOME_AROUND", &format!("around/{SOURCE_IN_HOME}")),
        ("THROUGH_HOME", "through.json"),
        ("SKILLS_IN_HOME", &format!("home/{DIRECTORY_IN_HOME}")),
        ("SKILLS_AROUND", &format!("around/{DIRECTORY_IN_HOME}")),
    ]
    .iter()
    .fold(text.to_owned(), |text, (word, name)| {
        text.replace(
            &json!(word).to_string(),
            &json!(world.path(name)).to_string(),
        )
    })
}

/// Writes a manifest, its words replaced by paths of the world. Returns it.
pub fn write_manifest(world: &World, manifest: &Value) -> Value {
    let text = place_names(world, &manifest.to_string());
    let manifest: Value = serde_json::from_str(&text).expect("JSON");
    world.write_manifest(&manifest);
    manifest
}

/// Makes the world. Returns which of its things are surely the user's.
pub fn make(world: &World, things: &[Thing]) -> Vec<PathBuf> {
    std::fs::write(world.path("other.json"), r#"{"username": "other"}"#).expect("write");
    common::make_fifo(&world.path("fifo"));
    std::fs::create_dir(world.path("victim")).expect("create");
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(world.path("victim"), open).expect("chmod");
    std::fs::create_dir(world.path("skills")).expect("create");
    // Other ways into HOME: to all of it, and to the very link that is wanted.
    common::link(&world.home, world.path("around"));
    common::link(world.at(common::CONFIG), world.path("through.json"));
    let mut precious = Vec::new();
    let mut put_here = Vec::new();
    for (number, thing) in things.iter().enumerate() {
        if !put(world, number, thing) {
            continue;
        }
        put_here.push(thing);
        let is_the_users = match &thing.kind {
            Kind::Precious
            | Kind::Source
            | Kind::Alias(_)
            | Kind::Fifo
            | Kind::Socket
            | Kind::Directory => true,
            Kind::Link(target) => matches!(
                target,
                Target::Nowhere
                    | Target::Itself
                    | Target::Inside(_)
                    | Target::Victim
                    | Target::Root
            ),
            _ => false,
        };
        if is_the_users {
            precious.push(thing.path.clone());
        }
    }
    // Without root the test itself could not look into what it has closed.
    let has_odd_modes = is_root();
    if has_odd_modes {
        give_to(&world.home, SOMEBODY);
    }
    for thing in put_here.iter().rev() {
        if has_odd_modes && !matches!(thing.kind, Kind::Link(_) | Kind::Alias(_)) {
            let mode = std::fs::Permissions::from_mode(thing.mode);
            std::fs::set_permissions(world.at(&thing.path), mode).expect("chmod");
        }
    }
    precious
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
