//! What the run after the disturbed one is asked for.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::common::{CONFIG, World};

/// What the manifest says when the run after the disturbed one comes: operators
/// change their minds just when a machine has crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Same,
    OtherSource,
    /// What it said before the disturbed run, where that was something else.
    EarlierSource,
    /// The same link by its other path, where it has one.
    OtherSpelling,
    NoLinks,
}

/// Where the link led before the manifest changed, in worlds where it did.
pub fn earlier_source(world: &World) -> PathBuf {
    world.path("older.json")
}

/// The other path of [`CONFIG`], in worlds where `.opencode` leads to
/// `.config/opencode`.
pub const OTHER_SPELLING: &str = ".opencode/opencode.json";

pub const NEXT: [Next; 5] = [
    Next::Same,
    Next::OtherSource,
    Next::EarlierSource,
    Next::OtherSpelling,
    Next::NoLinks,
];

impl Next {
    /// Whether there is such a next run in a world.
    pub fn is_possible(self, world: &World) -> bool {
        match self {
            Self::Same | Self::OtherSource | Self::NoLinks => true,
            Self::EarlierSource => earlier_source(world).exists(),
            Self::OtherSpelling => world.at(".opencode").is_symlink(),
        }
    }

    pub fn write_manifest(self, world: &World) {
        let manifest = std::fs::read(&world.manifest).expect("read");
        let mut manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
        let links = &mut manifest["links"];
        match self {
            Self::Same => return,
            Self::OtherSource if *links == json!([]) => {
                *links = json!([{ "path": CONFIG, "source": other_source(&world.source) }]);
            }
            Self::OtherSource => {
                for link in links.as_array_mut().expect("links") {
                    let source = link["source"].as_str().expect("a source");
                    link["source"] = json!(other_source(Path::new(source)));
                }
            }
            Self::EarlierSource => {
                *links = json!([{ "path": CONFIG, "source": earlier_source(world) }]);
            }
            Self::OtherSpelling => {
                for link in links.as_array_mut().expect("links") {
                    let other = if link["path"] == CONFIG {
                        OTHER_SPELLING
                    } else {
                        CONFIG
                    };
                    link["path"] = json!(other);
                }
            }
            Self::NoLinks => *links = json!([]),
        }
        world.write_manifest(&manifest);
    }
}

/// Makes another source of the same bytes: a file that is identical to one is
/// so to the other.
fn other_source(source: &Path) -> PathBuf {
    let name = source.file_name().expect("a name").display();
    let other = source.with_file_name(format!("other-{name}"));
    if source.is_dir() {
        std::fs::create_dir_all(&other).expect("create");
    } else {
        // One that leads through the link leads nowhere while that is exchanged.
        let content = std::fs::read(source).unwrap_or_else(|_| b"{}".to_vec());
        std::fs::write(&other, content).expect("write");
    }
    other
}
