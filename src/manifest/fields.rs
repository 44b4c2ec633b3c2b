//! The fields of a manifest. `docs/reference/manifest.md` says what each means.

use serde::Deserialize;

use crate::manifest::path::{AbsolutePath, InstanceName, RelativePath};
use crate::manifest::server::Server;

/// What one instance's HOME shall look like, as read from a manifest file or
/// put together from flags.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
pub struct Manifest {
    /// The version, which [`crate::manifest::load`] has looked at before.
    #[serde(rename = "version")]
    pub(crate) _version: u64,
    /// The name of the instance, for messages and hooks.
    pub instance: InstanceName,
    /// The state directory that is to be the HOME.
    pub home: AbsolutePath,
    /// Directories that shall exist in HOME.
    #[serde(default = "default_directories")]
    pub directories: Vec<RelativePath>,
    /// Symbolic links that shall exist in HOME.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Runs before anything in HOME is looked at.
    #[serde(default)]
    pub pre_init: Option<AbsolutePath>,
    /// Runs when everything in HOME is in place.
    #[serde(default)]
    pub post_init: Option<AbsolutePath>,
    /// What to do with something of the user's in a link's place.
    #[serde(default)]
    pub on_conflict: OnConflict,
    /// When the hooks run.
    #[serde(default)]
    pub hooks: HookPolicy,
    /// The server that runs with this HOME, for `opencodectl`.
    #[serde(default)]
    pub server: Option<Server>,
    /// Whether links of earlier runs stay that it does not name. They do if it comes
    /// from flags, which can name one link only.
    #[serde(skip)]
    pub keeps_other_links: bool,
}

/// One link: `path` in HOME shall be a symbolic link to `source`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct Link {
    /// Where the link is, below HOME.
    pub path: RelativePath,
    /// What it points to; the text of the link is exactly this.
    pub source: AbsolutePath,
    /// What the source has to be.
    #[serde(default)]
    pub kind: LinkKind,
}

/// What a link's source has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Directory,
}

impl Manifest {
    /// Whether a hook may be run.
    #[must_use]
    pub fn has_hooks(&self) -> bool {
        self.pre_init.is_some() || self.post_init.is_some()
    }
}

impl Link {
    /// Whether opencode reads the link as JSON with comments. The name of the link
    /// decides, since the source may be a secret, whose name has no extension.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let name = self.path.name();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        self.kind == LinkKind::File && matches!(extension, Some("json" | "jsonc"))
    }
}

/// What to do with something of the user's in a link's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnConflict {
    /// Move it to `<name>.backup-<n>` and put the link in its place.
    #[default]
    Backup,
    /// Touch nothing and exit 5.
    Fail,
}

/// When hooks run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookPolicy {
    /// At every apply.
    #[default]
    Always,
    /// At every apply until one has fully succeeded.
    FirstRun,
}

/// The directories that opencode uses in its HOME.
pub(crate) fn default_directories() -> Vec<RelativePath> {
    [
        ".config/opencode",
        ".local/share/opencode",
        ".local/state/opencode",
        ".cache/opencode",
    ]
    .map(RelativePath::of_literal)
    .to_vec()
}
