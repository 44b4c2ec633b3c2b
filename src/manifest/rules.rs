//! Checks whether the fields of a manifest fit together; what each alone may hold is
//! checked where it is read.

use std::path::Component;

use crate::manifest::fields::{Link, LinkKind, Manifest};
use crate::manifest::names::{
    self, CONFIG_LINK, CONFIGURATION_DIRECTORY, CONFIGURATION_NAMES, RECORD_DIRECTORY, RECORD_PATH,
};
use crate::manifest::path::{AbsolutePath, RelativePath, compare, is_at_or_below};

/// Checks that the parts of `manifest` fit together.
///
/// # Errors
/// A sentence that names the field, the value and what is allowed.
pub fn check(manifest: &Manifest) -> Result<(), String> {
    check_home(&manifest.home)?;
    let paths = manifest.links.iter().map(|link| &link.path);
    let links = distinct("links", ".path", paths.clone())?;
    let directories = distinct("directories", "", manifest.directories.iter())?;
    for (index, path) in manifest.links.iter().map(|link| &link.path).enumerate() {
        let above = links.at_or_above(path.parent());
        check_place(path)
            .and_then(|()| refuse_below(path.as_str(), above))
            .and_then(|()| match manifest.links[index].kind {
                LinkKind::File => Ok(()),
                LinkKind::Directory => refuse_configuration(path),
            })
            .map_err(|why| format!("field `links[{index}].path`: {why}"))?;
    }
    for &(index, path) in &directories.sorted {
        refuse_reserved(path)
            .and_then(|()| refuse_configuration(path))
            .and_then(|()| refuse_below(path.as_str(), links.at_or_above(path.as_str())))
            .map_err(|why| format!("field `directories[{index}]`: {why}"))?;
    }
    refuse_below(RECORD_PATH, links.at_or_above(RECORD_PATH)).map_err(|why| {
        format!("field `links`: {why}; that is where this program keeps its record")
    })?;
    check_sources(manifest, &links)?;
    check_server(manifest)
}

/// Paths in their order, each with its index in the field of the manifest.
struct Paths<'a> {
    sorted: Vec<(usize, &'a RelativePath)>,
}

/// Sorts the paths of `field`, and refuses one that is there twice. `below` is where an
/// entry of the field has its path.
fn distinct<'a>(
    field: &str,
    below: &str,
    paths: impl Iterator<Item = &'a RelativePath>,
) -> Result<Paths<'a>, String> {
    let mut sorted: Vec<_> = paths.enumerate().collect();
    sorted.sort_by_key(|(_, path)| *path);
    let mut pairs = sorted.windows(2);
    match pairs.find(|pair| pair[0].1 == pair[1].1) {
        None => Ok(Paths { sorted }),
        Some(pair) => Err(format!(
            "field `{field}[{}]{below}`: {:?} is a duplicate of `{field}[{}]{below}`; remove one of the two",
            pair[1].0,
            pair[1].1.as_str(),
            pair[0].0
        )),
    }
}

impl<'a> Paths<'a> {
    /// The one of these that is `path` or a directory above it. As long as none of
    /// these is above another, that can only be the last one in the order of paths that
    /// does not come after `path`.
    fn at_or_above(&self, path: &str) -> Option<&'a RelativePath> {
        let is_not_after =
            |(_, candidate): &(usize, &RelativePath)| compare(candidate.as_str(), path).is_le();
        let end = self.sorted.partition_point(is_not_after);
        let (_, candidate) = self.sorted[..end].last()?;
        is_at_or_below(path, candidate.as_str()).then_some(*candidate)
    }
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

/// Checks the path of a link, in a manifest or in a record.
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
    let text = path.as_str();
    let why = if text != RECORD_DIRECTORY && is_at_or_below(text, RECORD_DIRECTORY) {
        "is in the directory that this program keeps its record in"
    } else if text.split('/').any(names::is_staging_name) {
        "has a name that this program uses for itself"
    } else {
        return Ok(());
    };
    Err(format!("{text:?} {why}; allowed is any other"))
}

/// Refuses a directory where opencode expects a file of its configuration: opencode
/// ignores it in silence.
fn refuse_configuration(path: &RelativePath) -> Result<(), String> {
    let is_configuration =
        |name: &&&str| is_at_or_below(path.as_str(), &format!("{CONFIGURATION_DIRECTORY}/{name}"));
    match CONFIGURATION_NAMES.iter().find(is_configuration) {
        None => Ok(()),
        Some(name) => Err(format!(
            "{:?} would be a directory at or below opencode's file {name:?}; allowed is any other",
            path.as_str()
        )),
    }
}

/// Refuses a source in the place of a link: the link would lead to itself, or making
/// room for the link would move the source away.
fn check_sources(manifest: &Manifest, links: &Paths<'_>) -> Result<(), String> {
    let lies_in_place = |link: &Link| {
        let below_home = link.source.as_path().strip_prefix(manifest.home.as_path());
        let below_home = below_home.ok().and_then(|path| path.to_str());
        below_home.is_some_and(|path| links.at_or_above(path).is_some())
    };
    match manifest.links.iter().position(lies_in_place) {
        None => Ok(()),
        Some(index) => Err(format!(
            "field `links[{index}].source`: {:?} is at or below a link's own place; allowed is a source elsewhere",
            manifest.links[index].source.as_str()
        )),
    }
}

/// Refuses a server without a link to its configuration, and an isolated one without
/// the unit whose network it is in.
fn check_server(manifest: &Manifest) -> Result<(), String> {
    let server = manifest.server.as_ref();
    if server.is_some_and(|server| server.isolated && server.unit.is_none()) {
        return Err(
            "field `server.isolated`: true needs the unit whose network is meant; allowed is true beside `server.unit`"
                .to_owned(),
        );
    }
    let is_config = |link: &Link| link.path.as_str() == CONFIG_LINK && link.kind == LinkKind::File;
    if manifest.server.is_none() || manifest.links.iter().any(is_config) {
        return Ok(());
    }
    Err(format!(
        "field `server`: no link says what it runs with; allowed is a server beside a link {CONFIG_LINK:?} to a file"
    ))
}

/// Refuses `path` where the link `above` is to be at it or above it.
fn refuse_below(path: &str, above: Option<&RelativePath>) -> Result<(), String> {
    match above {
        None => Ok(()),
        Some(link) => Err(format!(
            "{path:?} is at or below the link {:?}; allowed is a path that is not",
            link.as_str()
        )),
    }
}
