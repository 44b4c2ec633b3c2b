//! What no field of a manifest can say for itself: that the fields fit together.

use std::collections::BTreeSet;
use std::path::{Component, Path};

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
        let field = format!("links[{index}].path");
        check_place(&link.path).map_err(|why| format!("field `{field}`: {why}"))?;
        if !links.insert(link.path.as_str()) {
            return Err(twice(&field, &link.path));
        }
    }
    let mut directories = BTreeSet::new();
    for (index, directory) in manifest.directories.iter().enumerate() {
        let field = format!("directories[{index}]");
        if !directories.insert(directory.as_str()) {
            return Err(twice(&field, directory));
        }
        refuse_reserved(directory)
            .and_then(|()| refuse_below(&links, directory, directory.prefixes()))
            .map_err(|why| format!("field `{field}`: {why}"))?;
    }
    for (index, link) in manifest.links.iter().enumerate() {
        let above = link.path.prefixes().filter(|prefix| *prefix != link.path);
        refuse_below(&links, &link.path, above)
            .map_err(|why| format!("field `links[{index}].path`: {why}"))?;
    }
    let record = names::record_path();
    refuse_below(&links, &record, record.prefixes()).map_err(|why| {
        format!("field `links`: {why}; that is where this program keeps its record")
    })?;
    check_sources(manifest, &links)
}

fn check_home(home: &AbsolutePath) -> Result<(), String> {
    let components = || home.as_path().components();
    let why = if components().any(|component| component == Component::ParentDir) {
        "has a \"..\" component"
    } else if components().any(|component| matches!(component, Component::Normal(_))) {
        return Ok(());
    } else {
        "is the root directory"
    };
    Err(format!(
        "field `home`: {:?} {why}; allowed is the absolute path of a state directory",
        home.as_str()
    ))
}

/// Checks a link's own path; what the record says is held to the same.
///
/// # Errors
/// A sentence that names the value and what is allowed.
pub fn check_place(path: &RelativePath) -> Result<(), String> {
    let length = path.name().len();
    if length > names::LONGEST_LINK_NAME {
        return Err(format!(
            "{:?} has a name of {length} bytes; allowed are {}, so that a backup can be named after it",
            path.as_str(),
            names::LONGEST_LINK_NAME
        ));
    }
    refuse_reserved(path)
}

/// Refuses the names that this program uses for itself.
fn refuse_reserved(path: &RelativePath) -> Result<(), String> {
    let record = names::record_directory();
    let why = if path.prefixes().any(|prefix| prefix.parent() == record) {
        "is in the directory that this program keeps its record in"
    } else if path.as_str().split('/').any(names::is_staging_name) {
        "has a name that this program uses for itself"
    } else {
        return Ok(());
    };
    Err(format!("{:?} {why}; allowed is any other", path.as_str()))
}

/// Refuses a source that lies where a link is to be, its own or another: that
/// would be a circle, or the link's backup would take the source away.
fn check_sources(manifest: &Manifest, links: &BTreeSet<&str>) -> Result<(), String> {
    let lies_in_place = |link: &Link| {
        let below_home = link.source.as_path().strip_prefix(manifest.home.as_path());
        below_home.is_ok_and(|path| {
            let mut above = path.ancestors().filter_map(Path::to_str);
            above.any(|path| links.contains(path))
        })
    };
    match manifest.links.iter().position(lies_in_place) {
        None => Ok(()),
        Some(index) => Err(format!(
            "field `links[{index}].source`: {:?} is at or below a link's own place; allowed is a file elsewhere",
            manifest.links[index].source.as_str()
        )),
    }
}

fn twice(field: &str, path: &RelativePath) -> String {
    format!(
        "field `{field}`: {:?} is there twice; allowed is each path once",
        path.as_str()
    )
}

/// Refuses `path` where one of the `prefixes` of it is to be a link.
fn refuse_below(
    links: &BTreeSet<&str>,
    path: &RelativePath,
    mut prefixes: impl Iterator<Item = RelativePath>,
) -> Result<(), String> {
    match prefixes.find(|prefix| links.contains(prefix.as_str())) {
        None => Ok(()),
        Some(link) => Err(format!(
            "{:?} is at or below the link {:?}; allowed is a path that is not",
            path.as_str(),
            link.as_str()
        )),
    }
}
