//! Which paths and links an archive may hold. The same holds for making one and
//! for unpacking one.

use std::path::{Component, Path, PathBuf};

/// The part of a member's path below [`super::TREE`]; the empty path is HOME
/// itself. `None` for a path that leads anywhere else.
#[must_use]
pub fn below_home(path: &Path) -> Option<PathBuf> {
    let below = path.strip_prefix(super::TREE).ok()?;
    let is_plain = below
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    // `components` leaves out what `.` and `//` say twice.
    (is_plain && path.components().next() == Some(Component::Normal(super::TREE.as_ref())))
        .then(|| below.components().collect())
}

/// Whether a symbolic link at `path` below HOME leads to a place in HOME, by its
/// text: it climbs first, through the directories that it is in, and links on the
/// way down are themselves held to this. From a link on the way down, `..` could
/// lead anywhere.
#[must_use]
pub fn stays_in_home(path: &Path, target: &Path) -> bool {
    let mut above = path.components().count().saturating_sub(1);
    let mut goes_down = false;
    for component in target.components() {
        match component {
            Component::Normal(_) => goes_down = true,
            Component::CurDir => {}
            Component::ParentDir if above > 0 && !goes_down => above -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only what is below the directory of the tree has a place in HOME.
    #[test]
    fn a_member_is_in_the_tree_or_nowhere() {
        for (path, below) in [
            ("home", Some("")),
            ("home/", Some("")),
            ("home/a//b", Some("a/b")),
            ("home/../a", None),
            ("home/a/..", None),
            ("/home/a", None),
            ("../home/a", None),
            ("a", None),
            ("homer/a", None),
            ("", None),
        ] {
            let found = below_home(Path::new(path));
            assert_eq!(found.as_deref(), below.map(Path::new), "{path}");
        }
    }

    /// A link may climb as high as HOME, on no way higher.
    #[test]
    fn a_link_leads_to_a_place_in_home_or_out() {
        for (path, target, inside) in [
            ("a/b", "c", true),
            ("a/b", "../c", true),
            ("a/b", "../../c", false),
            // "c" may be a link to ".".
            ("a/b", "c/../..", false),
            ("a/b", "c/../../../d", false),
            ("a", "..", false),
            ("a", "/etc", false),
        ] {
            assert_eq!(
                stays_in_home(Path::new(path), Path::new(target)),
                inside,
                "{path} -> {target}"
            );
        }
    }
}
