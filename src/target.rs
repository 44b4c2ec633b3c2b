//! Which HOME a command is about: a manifest file, an instance's name, or
//! flags.

use std::path::{Path, PathBuf};

use crate::cli::CommonArguments;
use crate::error::{Error, ErrorKind, printable};
use crate::home::Origin;
use crate::manifest::{Flags, InstanceName, Manifest};
use crate::paths::{AbsolutePath, RelativePath};

/// One thing to apply or check.
pub enum Target {
    /// A manifest file.
    File(PathBuf),
    /// An instance, whose manifest is in the manifest directory.
    Instance {
        /// Its name.
        name: String,
        /// Where manifests are.
        manifest_directory: PathBuf,
    },
    /// No manifest file at all.
    Flags(Box<Flags>),
}

/// What a command line selects.
pub enum Selection {
    /// A single target.
    One {
        /// How it was named.
        name: String,
        /// What it is.
        target: Target,
    },
    /// Any number of targets, each a word that a command line can name.
    Several(Vec<String>),
}

/// What `arguments` select.
///
/// # Errors
/// When they make no sense, or the manifest directory cannot be read.
pub fn select(arguments: &CommonArguments) -> Result<Selection, Error> {
    if let Some(home) = &arguments.home {
        let flags = flags(home, arguments).map_err(|why| Error::new(ErrorKind::Usage, why))?;
        return Ok(Selection::One {
            name: printable(home),
            target: Target::Flags(Box::new(flags)),
        });
    }
    if arguments.all {
        return all_in(&arguments.manifest_dir).map(Selection::Several);
    }
    Ok(match arguments.targets.as_slice() {
        [word] => Selection::One {
            name: printable(word),
            target: Target::from_word(word, &arguments.manifest_dir),
        },
        words => Selection::Several(words.to_vec()),
    })
}

fn flags(home: &Path, arguments: &CommonArguments) -> Result<Flags, String> {
    let absolute = |option: &str, path: Option<&PathBuf>| {
        path.map(|path| AbsolutePath::from_argument(path).map_err(|why| format!("{option}: {why}")))
            .transpose()
    };
    let directories = arguments
        .directories
        .iter()
        .map(|path| RelativePath::new(path).map_err(|why| format!("--directory: {why}")));
    Ok(Flags {
        home: AbsolutePath::from_argument(home).map_err(|why| format!("--home: {why}"))?,
        config: absolute("--config", arguments.config.as_ref())?,
        directories: directories.collect::<Result<_, _>>()?,
        pre_init: absolute("--pre-init", arguments.pre_init.as_ref())?,
        post_init: absolute("--post-init", arguments.post_init.as_ref())?,
        on_conflict: arguments.on_conflict.unwrap_or_default(),
    })
}

impl Target {
    /// Takes a word of the command line: with a `/`, or ending in `.json`, it
    /// is a file, otherwise an instance's name.
    #[must_use]
    pub fn from_word(word: &str, manifest_directory: &Path) -> Self {
        if word.contains('/') || word.ends_with(MANIFEST_SUFFIX) {
            return Self::File(PathBuf::from(word));
        }
        Self::Instance {
            name: word.to_owned(),
            manifest_directory: manifest_directory.to_owned(),
        }
    }

    /// The target's manifest, and where it came from.
    ///
    /// # Errors
    /// As [`Manifest::load`]; and when the manifest found under an instance's
    /// name is another instance's.
    pub fn manifest(self) -> Result<(Manifest, Origin), Error> {
        match self {
            Self::File(path) => Ok((Manifest::load(&path)?, Origin::File)),
            Self::Flags(flags) => Manifest::from_flags(*flags)
                .map(|manifest| (manifest, Origin::Flags))
                .map_err(|why| Error::new(ErrorKind::Usage, why)),
            Self::Instance {
                name,
                manifest_directory,
            } => {
                let name =
                    InstanceName::new(&name).map_err(|why| Error::new(ErrorKind::Usage, why))?;
                let path = manifest_directory.join(format!("{}{MANIFEST_SUFFIX}", name.as_str()));
                let manifest = Manifest::load(&path)?;
                if manifest.instance == name {
                    return Ok((manifest, Origin::File));
                }
                Err(Error::failed(format!(
                    "{}: field `instance`: {:?} is not what the file is named after; \
                     allowed is {:?}, or name the file instead of the instance",
                    path.display(),
                    manifest.instance.as_str(),
                    name.as_str(),
                )))
            }
        }
    }
}

const MANIFEST_SUFFIX: &str = ".json";

/// Every manifest in `manifest_directory`, by path, in the order of their names.
///
/// # Errors
/// When the directory cannot be read, or holds a manifest with a name that no
/// command line could carry.
fn all_in(manifest_directory: &Path) -> Result<Vec<String>, Error> {
    let failed = |error: std::io::Error| {
        Error::failed(format!(
            "{error}; name the directory of the manifests with --manifest-dir"
        ))
    };
    let mut words = Vec::new();
    for entry in fs_err::read_dir(manifest_directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let word = path.into_os_string().into_string().map_err(|path| {
            Error::failed(format!("{}: is not UTF-8; rename it", path.display()))
        })?;
        words.push(word);
    }
    words.sort_unstable();
    Ok(words)
}
