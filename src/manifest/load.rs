//! Where a manifest comes from: a file, or flags.

use std::path::Path;

use nix::sys::stat::FileStat;
use serde::Deserialize;

use crate::manifest::bounded_read::{open_file, read_regular_file};
use crate::manifest::fields::{
    HookPolicy, Link, LinkKind, Manifest, OnConflict, default_directories,
};
use crate::manifest::names::CONFIG_LINK;
use crate::manifest::path::{AbsolutePath, InstanceName, RelativePath};
use crate::manifest::{rules, strict_json};
use crate::report::error::{Error, ErrorKind};
use crate::report::shown::Shown;

/// The only manifest version there is so far.
pub const MANIFEST_VERSION: u64 = 1;

/// The largest manifest that is read, in bytes. It has room for far more than ten
/// thousand links, and a record of the links of two such manifests is not larger than
/// a record may be.
pub const LARGEST_MANIFEST: usize = 4 << 20;

/// What the flags of a command line say, which stand for a manifest.
pub struct Flags {
    /// `--home`
    pub home: AbsolutePath,
    /// `--config`, which becomes the link `.config/opencode/opencode.json`
    pub config: Option<AbsolutePath>,
    /// `--directory`, instead of the default list
    pub directories: Vec<RelativePath>,
    /// `--pre-init`
    pub pre_init: Option<AbsolutePath>,
    /// `--post-init`
    pub post_init: Option<AbsolutePath>,
    /// `--on-conflict`
    pub on_conflict: OnConflict,
}

/// What is read first, since the fields of a later version are not known here.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct VersionOnly {
    version: serde_json::Number,
}

impl Manifest {
    /// Reads the manifest at `path`.
    ///
    /// # Errors
    /// As [`Manifest::load_with_stat`].
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::load_with_stat(path).map(|(manifest, _)| manifest)
    }

    /// Reads the manifest at `path`, and returns the stat of that file.
    ///
    /// # Errors
    /// [`ErrorKind::BadManifest`] when it is no manifest of version 1, or
    /// contradicts itself; the message names the file, the field, the value and
    /// what is allowed. [`ErrorKind::Failed`] when it cannot be read.
    pub fn load_with_stat(path: &Path) -> Result<(Self, FileStat), Error> {
        let shown = Shown::new(path);
        let cannot_read = |why: String| {
            Error::failed(format!(
                "{why}; name a manifest file, or an instance that has one"
            ))
        };
        let mut file = open_file(path).map_err(|error| cannot_read(error.to_string()))?;
        let (content, stat) = read_regular_file(&mut file, LARGEST_MANIFEST)
            .map_err(|error| cannot_read(format!("{shown}: {error}")))?;
        let manifest = Self::parse(&content).map_err(|why| {
            Error::new(
                ErrorKind::BadManifest,
                format!("{shown}: {why}; nothing was touched"),
            )
        })?;
        Ok((manifest, stat))
    }

    /// Takes `content` as a manifest.
    ///
    /// # Errors
    /// A sentence that names the field, the value and what is allowed.
    pub fn parse(content: &[u8]) -> Result<Self, String> {
        let VersionOnly { version } = strict_json::read(content)?;
        if version.as_u64() != Some(MANIFEST_VERSION) {
            return Err(format!(
                "field `version`: {version} is not supported by opencode-setup {}; allowed is {MANIFEST_VERSION}",
                env!("CARGO_PKG_VERSION")
            ));
        }
        let manifest = strict_json::read(content)?;
        rules::check(&manifest)?;
        Ok(manifest)
    }

    /// Puts a manifest together from flags. The instance is named after the
    /// HOME's last component.
    ///
    /// # Errors
    /// As [`Manifest::parse`].
    pub fn from_flags(flags: Flags) -> Result<Self, String> {
        let name = flags.home.as_path().file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let instance = InstanceName::new(name.trim_start_matches('.'))
            .or_else(|_| InstanceName::new("home"))?;
        let links = flags.config.into_iter().map(|source| Link {
            path: RelativePath::of_literal(CONFIG_LINK),
            source,
            kind: LinkKind::File,
        });
        let manifest = Self {
            _version: MANIFEST_VERSION,
            instance,
            home: flags.home,
            directories: if flags.directories.is_empty() {
                default_directories()
            } else {
                flags.directories
            },
            links: links.collect(),
            pre_init: flags.pre_init,
            post_init: flags.post_init,
            on_conflict: flags.on_conflict,
            hooks: HookPolicy::default(),
            server: None,
            keeps_other_links: true,
        };
        rules::check(&manifest)?;
        Ok(manifest)
    }
}
