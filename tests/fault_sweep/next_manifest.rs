//! What the run after the disturbed one is asked for.

use std::path::PathBuf;

use serde_json::json;

use crate::common::{CONFIG, World};

/// What the manifest says when the run after the disturbed one comes: operators
/// change their minds just when a machine has crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Same,
    OtherSource,
    /// What it said before the disturbed run, where that was something else.
    EarlierSource,
    NoLinks,
}

/// Where the link led before the manifest changed, in worlds where it did.
pub fn earlier_source(world: &World) -> PathBuf {
    world.path("older.json")
}

pub const NEXT: [Next; 4] = [
    Next::Same,
    Next::OtherSource,
    Next::EarlierSource,
    Next::NoLinks,
];

impl Next {
    pub fn write_manifest(self, world: &World) {
        let links = match self {
            Self::Same => return,
            Self::OtherSource => {
                let other = world.path("other.json");
                // The same bytes: a file identical to one is so to the other.
                std::fs::copy(&world.source, &other).expect("copy");
                json!([{ "path": CONFIG, "source": other }])
            }
            Self::EarlierSource => json!([{ "path": CONFIG, "source": earlier_source(world) }]),
            Self::NoLinks => json!([]),
        };
        let manifest = std::fs::read(&world.manifest).expect("read");
        let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        manifest["links"] = links;
        world.write_manifest(&manifest);
    }
}
