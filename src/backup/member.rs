//! Which paths and links an archive may hold. The same holds for making one and
//! for unpacking one.

use std::path::{Component, Path, PathBuf};

/// The part of a member's path below [`super::TREE`]; the empty path is HOME
/// itself. `None` for a path that leads anywhere else.
#[must_use]
pub fn below_home(path: &Path) -> Option<PathBuf> {
    let below = path.strip_prefix(super::TREE).ok()?;
    let is_plain = |component| matches!(component, Component::Normal(_));
    // Collected from its components, the path has no `.` and no `//`.
    below
        .components()
        .all(is_plain)
        .then(|| below.components().collect())
}

/// Whether the text of a symbolic link at `path` below HOME says that it leads to a
/// place in HOME. `..` may come first, and no more often than the link has directories
/// above it in HOME. After a name it may not come: that name may be a link, from which
/// `..` leads elsewhere.
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
            ("./home/a", None),
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
