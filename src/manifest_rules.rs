//! What no field of a manifest can say for itself: that the fields fit together.

use std::collections::BTreeSet;
use std::path::Component;

use crate::manifest::{Link, Manifest};
use crate::names;
use crate::paths::{AbsolutePath, RelativePath};

/// Checks that the parts of `manifest` fit together.
///
/// # Errors
/// A sentence that names the field, the value and what is allowed.
pub fn check(manifest: &Manifest) -> Result<(), String> {
    check_home(&manifest.home)?;
    let mut links = BTreeSet::new();
    for (index, link) in manifest.links.iter().enumerate() {
        check_link(&manifest.home, link, &format!("links[{index}]"))?;
        if !links.insert(&link.path) {
            return Err(twice(&format!("links[{index}].path"), &link.path));
        }
    }
    let mut directories = BTreeSet::new();
    for (index, directory) in manifest.directories.iter().enumerate() {
        let field = format!("directories[{index}]");
        if !directories.insert(directory) {
            return Err(twice(&field, directory));
        }
        refuse_below(&links, directory, &field)?;
    }
    for (index, link) in manifest.links.iter().enumerate() {
        if let Some(parent) = link.path.parent() {
            refuse_below(&links, &parent, &format!("links[{index}].path"))?;
        }
    }
    refuse_below(&links, &names::record_path(), "links")
        .map_err(|why| format!("{why}; that is where this program keeps its record"))
}

fn check_home(home: &AbsolutePath) -> Result<(), String> {
    let components = || home.as_path().components();
    let is_root = !components().any(|component| matches!(component, Component::Normal(_)));
    let climbs = components().any(|component| component == Component::ParentDir);
    if is_root || climbs {
        return Err(format!(
            "field `home`: {:?} is \"/\" or has a \"..\" component; \
             allowed is the absolute path of a state directory",
            home.as_str()
        ));
    }
    Ok(())
}

fn check_link(home: &AbsolutePath, link: &Link, field: &str) -> Result<(), String> {
    let name = link.path.name();
    if name.len() > names::LONGEST_LINK_NAME {
        return Err(format!(
            "field `{field}.path`: {:?} has a name of {} bytes; allowed are {}, \
             so that a backup can be named after it",
            link.path.as_str(),
            name.len(),
            names::LONGEST_LINK_NAME
        ));
    }
    if names::is_staging_name(name) {
        return Err(format!(
            "field `{field}.path`: {:?} is a name that this program uses for itself; allowed is any other",
            link.path.as_str()
        ));
    }
    let place = home.as_path().join(link.path.as_str());
    if link.source.as_path().starts_with(place) {
        return Err(format!(
            "field `{field}.source`: {:?} is at or below the link's own place; allowed is a file elsewhere",
            link.source.as_str()
        ));
    }
    Ok(())
}

fn twice(field: &str, path: &RelativePath) -> String {
    format!(
        "field `{field}`: {:?} is there twice; allowed is each path once",
        path.as_str()
    )
}

/// Refuses `path` where it, or a directory it lies in, is to be a link.
fn refuse_below(
    links: &BTreeSet<&RelativePath>,
    path: &RelativePath,
    field: &str,
) -> Result<(), String> {
    match path.prefixes().find(|prefix| links.contains(prefix)) {
        Some(link) => Err(format!(
            "field `{field}`: {:?} is at or below the link {:?}; allowed is a path that is not",
            path.as_str(),
            link.as_str()
        )),
        None => Ok(()),
    }
}
