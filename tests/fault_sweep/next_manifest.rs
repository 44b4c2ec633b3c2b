//! What the run after the disturbed one is asked for.

use serde_json::json;

use crate::common::{CONFIG, World};

/// What the manifest says when the run after the disturbed one comes: operators
/// change their minds just when a machine has crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Same,
    OtherSource,
    NoLinks,
}

pub const NEXT: [Next; 3] = [Next::Same, Next::OtherSource, Next::NoLinks];

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
            Self::NoLinks => json!([]),
        };
        let manifest = std::fs::read(&world.manifest).expect("read");
        let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        manifest["links"] = links;
        world.write_manifest(&manifest);
    }
}
