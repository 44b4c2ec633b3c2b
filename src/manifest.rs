//! The manifest: what one instance's HOME shall look like.

use std::path::Path;

use crate::bounded_read::read_file;
use crate::error::{Error, printable};
use crate::json::{Dialect, Field, Fields, parse_object};
use crate::manifest_rules;
use crate::on_conflict::OnConflict;
use crate::paths::{AbsolutePath, RelativePath};

/// The only manifest version there is so far.
pub const MANIFEST_VERSION: u64 = 1;

/// The largest manifest that is read, in bytes: room for far more than ten
/// thousand links, and little enough that the record of any manifest's links,
/// old and new, is itself within [`crate::record::LARGEST_RECORD`].
pub const LARGEST_MANIFEST: usize = 4 << 20;

/// What one instance's HOME shall look like, as read from a manifest file or
/// put together from flags. See the README for every field's meaning.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Whom messages and hooks name.
    pub instance: InstanceName,
    /// The state directory that is to be the HOME.
    pub home: AbsolutePath,
    /// Directories that shall exist in HOME.
    pub directories: Vec<RelativePath>,
    /// Symbolic links that shall exist in HOME.
    pub links: Vec<Link>,
    /// Runs before anything in HOME is looked at.
    pub pre_init: Option<AbsolutePath>,
    /// Runs when everything in HOME is in place.
    pub post_init: Option<AbsolutePath>,
    /// What becomes of something of the user's in a link's place.
    pub on_conflict: OnConflict,
    /// When the hooks run.
    pub hooks: HookPolicy,
    /// Whether it says nothing about links of ours that it does not name, so
    /// that they stay: flags name one link at the most.
    pub keeps_other_links: bool,
}

/// One link: `path` in HOME shall be a symbolic link to `source`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where the link is, below HOME.
    pub path: RelativePath,
    /// What it points to, to the letter.
    pub source: AbsolutePath,
}

/// When hooks run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HookPolicy {
    /// At every apply.
    #[default]
    Always,
    /// At every apply until one has fully succeeded.
    FirstRun,
}

/// An instance's name: letters, digits, `-`, `_` and `.`, a letter or digit first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceName(String);

impl InstanceName {
    /// Checks `text` and takes it as a name.
    ///
    /// # Errors
    /// A sentence that names the value and what is allowed.
    pub fn new(text: &str) -> Result<Self, String> {
        let starts_well = text.starts_with(|first: char| first.is_ascii_alphanumeric());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if starts_well && text.len() <= 200 && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "{text:?} is no instance name; allowed are at most 200 letters, digits, \"-\", \"_\" and \".\", \
             starting with a letter or digit"
        ))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The directories that opencode uses in its HOME.
fn default_directories() -> Vec<RelativePath> {
    [
        ".config/opencode",
        ".local/share/opencode",
        ".local/state/opencode",
        ".cache/opencode",
    ]
    .map(RelativePath::of_literal)
    .to_vec()
}

/// What a manifest without a file says, each as given on the command line.
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

/// The link that carries an instance's configuration.
const CONFIG_LINK: &str = ".config/opencode/opencode.json";

impl Manifest {
    /// Reads the manifest at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is no manifest of version 1, or contradicts
    /// itself; the message names the file, the field, the value and what is
    /// allowed.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let content = read_file(path, LARGEST_MANIFEST).map_err(|error| {
            Error::failed(format!(
                "{}; name a manifest file, or an instance that has one",
                printable(error.to_string())
            ))
        })?;
        Self::parse(&content).map_err(|why| {
            let path = printable(path.as_os_str());
            Error::failed(format!("{path}: {}; nothing was touched", printable(why)))
        })
    }

    /// Takes `content` as a manifest.
    ///
    /// # Errors
    /// A sentence that names the field, the value and what is allowed.
    pub fn parse(content: &[u8]) -> Result<Self, String> {
        let mut fields = Fields::of(String::new(), parse_object(content, Dialect::Strict)?)?;
        // First, since a later version's fields would all be unknown here.
        let version = fields.required("version", "1")?.number()?;
        if version != MANIFEST_VERSION {
            return Err(format!(
                "field `version`: {version} is not supported by opencode-setup {}; allowed is {MANIFEST_VERSION}",
                env!("CARGO_PKG_VERSION")
            ));
        }
        let manifest = Self {
            instance: fields
                .required("instance", "a name")?
                .parse(InstanceName::new)?,
            home: fields
                .required("home", "the absolute path of a state directory")?
                .parse(AbsolutePath::new)?,
            directories: match fields.optional("directories") {
                Some(field) => list_of(field, |element| element.parse(RelativePath::new))?,
                None => default_directories(),
            },
            links: match fields.optional("links") {
                Some(field) => list_of(field, parse_link)?,
                None => Vec::new(),
            },
            pre_init: parse_program(fields.optional("preInit"))?,
            post_init: parse_program(fields.optional("postInit"))?,
            on_conflict: match fields.optional("onConflict") {
                Some(field) => {
                    field.one_of(&[("backup", OnConflict::Backup), ("fail", OnConflict::Fail)])?
                }
                None => OnConflict::default(),
            },
            hooks: match fields.optional("hooks") {
                Some(field) => field.one_of(&[
                    ("always", HookPolicy::Always),
                    ("first-run", HookPolicy::FirstRun),
                ])?,
                None => HookPolicy::default(),
            },
            keeps_other_links: false,
        };
        fields.finish()?;
        manifest_rules::check(&manifest)?;
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
        });
        let manifest = Self {
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
            keeps_other_links: true,
        };
        manifest_rules::check(&manifest)?;
        Ok(manifest)
    }
}

fn list_of<T>(
    field: Field<'_>,
    parse: impl Fn(Field<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    field.list()?.into_iter().map(parse).collect()
}

fn parse_link(field: Field<'_>) -> Result<Link, String> {
    let mut fields = field.fields()?;
    let link = Link {
        path: fields
            .required("path", "a path relative to HOME")?
            .parse(RelativePath::new)?,
        source: fields
            .required("source", "the absolute path of a file")?
            .parse(AbsolutePath::new)?,
    };
    fields.finish()?;
    Ok(link)
}

fn parse_program(field: Option<Field<'_>>) -> Result<Option<AbsolutePath>, String> {
    let program = field.and_then(Field::nullable);
    program
        .map(|program| program.parse(AbsolutePath::new))
        .transpose()
}
