//! What a HOME looks like to its user, wherever it is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::common::{Thing, Tree, World};

/// What two trees have to have in common to be the same to a user: kinds and
/// modes, contents and targets.
pub type Shape = BTreeMap<PathBuf, (u32, String)>;

/// The shape of HOME, with the world's own place taken out of it.
pub fn shape(world: &World, tree: &Tree) -> Shape {
    let place = world.path("").display().to_string();
    tree.iter()
        .map(|(path, thing)| {
            let content = String::from_utf8_lossy(&thing.content).replace(&place, "WORLD/");
            (path.clone(), (thing.mode, content))
        })
        .collect()
}

/// What is in one shape and not in the other.
pub fn differences(expected: &Shape, found: &Shape) -> Vec<String> {
    let missing = expected
        .iter()
        .filter(|(path, thing)| found.get(*path) != Some(*thing));
    let added = found.keys().filter(|path| !expected.contains_key(*path));
    let missing = missing.map(|(path, thing)| format!("not {} {thing:?}", path.display()));
    missing
        .chain(added.map(|path| format!("but {}", path.display())))
        .collect()
}

/// The links in HOME that lead to where only this program lets links lead.
pub fn links_of_ours(world: &World, tree: &Tree) -> Vec<String> {
    let place = world.path("").into_os_string().into_encoded_bytes();
    let is_ours =
        |thing: &Thing| thing.mode & 0o170_000 == 0o120_000 && thing.content.starts_with(&place);
    let ours = tree.iter().filter(|(_, thing)| is_ours(thing));
    ours.map(|(path, _)| format!("still {}", path.display()))
        .collect()
}

/// Whether a file with these bytes, or a link with this target, is there.
pub fn is_in(tree: &Tree, precious: &str) -> bool {
    tree.values()
        .any(|thing| thing.content == precious.as_bytes())
}
