//! The target of a command: a manifest file, the name of an instance, or flags.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use nix::sys::stat::FileStat;

use crate::cli::arguments::{CommonArguments, OnConflictChoice};
use crate::home::open::{Origin, real_directory};
use crate::manifest::load::Flags;
use crate::manifest::path::{AbsolutePath, InstanceName, RelativePath};
use crate::manifest::{Manifest, OnConflict};
use crate::report::error::{Error, ErrorKind};
use crate::report::shown::Shown;

/// What a command line selects.
pub enum Selection {
    /// A single target.
    One(Target),
    /// Any number of targets.
    Several(Vec<Target>),
}

/// One thing to apply or check.
#[derive(Clone, Debug)]
pub enum Target {
    /// A word of the command line: a manifest file or an instance.
    Word(OsString),
    /// A manifest in the manifest directory, by the path of its file.
    Listed(PathBuf),
    /// No manifest at all: HOME, and what else the flags say.
    Flags(PathBuf),
}

const MANIFEST_SUFFIX: &str = ".json";

/// What `arguments` select.
///
/// # Errors
/// When the manifest directory cannot be read.
pub fn select(arguments: &CommonArguments) -> Result<Selection, Error> {
    if let Some(home) = &arguments.home {
        return Ok(Selection::One(Target::Flags(home.clone())));
    }
    select_manifests(&arguments.targets, arguments.all, &arguments.manifest_dir)
}

/// The targets that `names` name, or with `all` every manifest in the manifest directory.
///
/// # Errors
/// When the manifest directory cannot be read.
pub fn select_manifests(
    names: &[OsString],
    all: bool,
    manifest_directory: &Path,
) -> Result<Selection, Error> {
    if all {
        return all_in(manifest_directory).map(Selection::Several);
    }
    let mut targets: Vec<_> = names.iter().cloned().map(Target::Word).collect();
    Ok(match (targets.len(), targets.pop()) {
        (1, Some(target)) => Selection::One(target),
        (_, last) => Selection::Several(targets.into_iter().chain(last).collect()),
    })
}

impl Target {
    /// The target as it was named.
    #[must_use]
    pub fn shown(&self) -> Shown {
        match self {
            Self::Word(word) => Shown::new(word),
            Self::Listed(path) | Self::Flags(path) => Shown::new(path),
        }
    }

    /// The word by which a command line can name this target.
    ///
    /// # Errors
    /// [`ErrorKind::BadManifest`] if the name of a file in the manifest directory is not
    /// that of an instance, such as that of an editor's lock file.
    pub fn word(&self) -> Result<&OsStr, Error> {
        match self {
            Self::Word(word) => Ok(word),
            Self::Flags(home) => Ok(home.as_os_str()),
            Self::Listed(path) => {
                let name = path.file_stem().unwrap_or_default();
                if name
                    .as_encoded_bytes()
                    .ends_with(MANIFEST_SUFFIX.as_bytes())
                {
                    return Err(not_listable(
                        path,
                        "its name would be read as the path of a file",
                    ));
                }
                let is_name = name.to_str().map(InstanceName::new);
                match is_name {
                    Some(Ok(_)) => Ok(name),
                    Some(Err(why)) => Err(not_listable(path, &why)),
                    None => Err(not_listable(path, "its name is not UTF-8")),
                }
            }
        }
    }

    /// The target's manifest, and where it came from. A word with a `/`, or
    /// ending in `.json`, is a file, and any other an instance.
    ///
    /// # Errors
    /// As [`Manifest::load`] and [`Manifest::from_flags`]; and when the manifest
    /// found under an instance's name is another instance's.
    pub fn manifest(&self, arguments: &CommonArguments) -> Result<(Manifest, Origin), Error> {
        let usage = |why| Error::new(ErrorKind::Usage, why);
        if let Self::Flags(home) = self {
            let flags = flags(home, arguments).map_err(usage)?;
            let manifest = Manifest::from_flags(flags).map_err(usage)?;
            return Ok((manifest, Origin::Flags));
        }
        let (manifest, _) = self.load(&arguments.manifest_dir)?;
        Ok((manifest, Origin::File))
    }

    /// The manifest that the target's word names, and the stat of its file.
    ///
    /// # Errors
    /// As [`Target::manifest`].
    pub fn load(&self, manifest_directory: &Path) -> Result<(Manifest, FileStat), Error> {
        let word = self.word()?;
        let bytes = word.as_encoded_bytes();
        if bytes.contains(&b'/') || bytes.ends_with(MANIFEST_SUFFIX.as_bytes()) {
            return Manifest::load_with_stat(Path::new(word));
        }
        let name = InstanceName::new(Shown::new(word).as_str())
            .map_err(|why| Error::new(ErrorKind::Usage, why))?;
        let file_name = format!("{}{MANIFEST_SUFFIX}", name.as_str());
        let path = manifest_directory.join(file_name);
        let (manifest, stat) = Manifest::load_with_stat(&path)?;
        if manifest.instance == name {
            return Ok((manifest, stat));
        }
        Err(Error::new(
            ErrorKind::BadManifest,
            format!(
                "{}: field `instance`: {:?} differs from the name of the file; \
                 allowed is {:?}, or name the file instead of the instance",
                Shown::new(&path),
                manifest.instance.as_str(),
                name.as_str(),
            ),
        ))
    }
}

fn not_listable(path: &Path, why: &str) -> Error {
    Error::new(
        ErrorKind::BadManifest,
        format!(
            "{}: a manifest there is named after its instance, and {why}; rename or remove it",
            Shown::new(path)
        ),
    )
}

fn flags(home: &Path, arguments: &CommonArguments) -> Result<Flags, String> {
    let absolute = |option: &str, path: Option<&PathBuf>| {
        path.map(|path| AbsolutePath::from_argument(path).map_err(|why| format!("{option}: {why}")))
            .transpose()
    };
    let directories = arguments.directories.iter().map(|path| {
        let text = path.to_str().ok_or_else(|| {
            let shown = Shown::new(path);
            format!("--directory: \"{shown}\" is not UTF-8; allowed is a path in UTF-8")
        })?;
        RelativePath::new(text).map_err(|why| format!("--directory: {why}"))
    });
    Ok(Flags {
        home: AbsolutePath::from_argument(&without_climbing(home))
            .map_err(|why| format!("--home: {why}"))?,
        config: absolute("--config", arguments.config.as_ref())?,
        directories: directories.collect::<Result<_, _>>()?,
        pre_init: absolute("--pre-init", arguments.pre_init.as_ref())?,
        post_init: absolute("--post-init", arguments.post_init.as_ref())?,
        on_conflict: match arguments.on_conflict {
            Some(OnConflictChoice::Backup) => OnConflict::Backup,
            Some(OnConflictChoice::Fail) => OnConflict::Fail,
            None => OnConflict::default(),
        },
    })
}

/// The path of a HOME without `..`, which a manifest may not have either. Where `..`
/// leads depends on links, which root does not follow here, as for every HOME.
fn without_climbing(home: &Path) -> PathBuf {
    let climbs = home
        .components()
        .any(|component| component == Component::ParentDir);
    match (home.parent(), home.file_name()) {
        (Some(parent), Some(name)) if climbs => {
            real_directory(parent).map_or_else(|_| home.to_owned(), |real| real.join(name))
        }
        _ => home.to_owned(),
    }
}

/// Every manifest in `manifest_directory`, in the order of their names.
///
/// # Errors
/// When the directory cannot be read.
fn all_in(manifest_directory: &Path) -> Result<Vec<Target>, Error> {
    let failed = |error: std::io::Error| {
        Error::failed(format!(
            "{error}; name the directory of the manifests with --manifest-dir"
        ))
    };
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(manifest_directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path
            .as_os_str()
            .as_encoded_bytes()
            .ends_with(MANIFEST_SUFFIX.as_bytes())
        {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths.into_iter().map(Target::Listed).collect())
}
