//! What the NixOS module renders is what this program takes: every manifest
//! committed in `nixos/tests/golden/` is validated and applied.
//!
//! Nothing of Nix is needed. A manifest's store paths are re-rooted to the
//! committed files, its HOME to a temporary directory, and the hooks run.

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::{Map, Value};

type Outcome = Result<(), Box<dyn Error>>;

/// The packages that the renders are made with have made-up store paths, which
/// begin like this.
const STAND_IN: &str = "/nix/store/00000000000000000000000000000000-";

/// One case of `nixos/tests/cases/`, as rendered.
struct Case {
    name: String,
    directory: PathBuf,
    index: Value,
}

impl Case {
    /// All that are committed.
    fn all() -> Result<Vec<Self>, Box<dyn Error>> {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("nixos/tests/golden");
        let mut cases = Vec::new();
        for entry in fs::read_dir(&golden)? {
            let directory = entry?.path();
            let name = file_name(&directory);
            let index = serde_json::from_slice(&fs::read(directory.join("index.json"))?)?;
            cases.push(Self {
                name,
                directory,
                index,
            });
        }
        cases.sort_by(|one, other| one.name.cmp(&other.name));
        assert!(!cases.is_empty(), "{} has no case", golden.display());
        Ok(cases)
    }

    /// An object of the index.
    fn section(&self, name: &str) -> Result<&Map<String, Value>, String> {
        self.index[name]
            .as_object()
            .ok_or_else(|| format!("{}: the index has no {name}", self.name))
    }

    /// Where a file of the store is committed, if it is.
    fn committed(&self, store_path: &str) -> Option<PathBuf> {
        let file = self.index["store"][store_path]["file"].as_str()?;
        Some(self.directory.join(file))
    }

    /// The manifests: each with its name in the manifest directory.
    fn manifests(&self) -> Result<Vec<(&str, PathBuf)>, Box<dyn Error>> {
        let mut manifests = Vec::new();
        for (name, store_path) in self.section("etc")? {
            let store_path = text(store_path)?;
            let file = self
                .committed(store_path)
                .ok_or_else(|| format!("{}: {store_path} is not committed", self.name))?;
            manifests.push((name.as_str(), file));
        }
        assert!(!manifests.is_empty(), "{} has no manifest", self.name);
        Ok(manifests)
    }
}

/// A manifest of a case, re-rooted to a temporary directory.
struct Rerooted {
    work: tempfile::TempDir,
    manifest: PathBuf,
    /// Where each link is, and what it has to lead to.
    links: Vec<(PathBuf, PathBuf)>,
    hooks: usize,
}

impl Rerooted {
    fn new(case: &Case, manifest: &Path) -> Result<Self, Box<dyn Error>> {
        let work = tempfile::tempdir()?;
        let home = work.path().join("home");
        fs::create_dir(&home)?;
        let mut content: Value = serde_json::from_slice(&fs::read(manifest)?)?;
        content["home"] = home.to_string_lossy().into();

        let mut links = Vec::new();
        for link in content["links"].as_array_mut().ok_or("no links")? {
            let source = source_here(case, work.path(), text(&link["source"])?)?;
            link["source"] = source.to_string_lossy().into();
            links.push((home.join(text(&link["path"])?), source));
        }

        let mut hooks = 0;
        for phase in ["preInit", "postInit"] {
            if let Some(store_path) = content[phase].as_str() {
                let hook = hook_here(case, work.path(), store_path)?;
                content[phase] = hook.to_string_lossy().into();
                hooks += 1;
            }
        }

        let manifest = work.path().join("manifest.json");
        fs::write(&manifest, serde_json::to_vec(&content)?)?;
        Ok(Self {
            work,
            manifest,
            links,
            hooks,
        })
    }
}

/// The committed file; or, for an operator's own file, which no render can
/// have, one of that name.
fn source_here(case: &Case, work: &Path, source: &str) -> Result<PathBuf, Box<dyn Error>> {
    if let Some(committed) = case.committed(source) {
        return Ok(committed);
    }
    if source.starts_with("/nix/store/") {
        return Err(format!("{}: {source} is not committed", case.name).into());
    }
    let own = work.join(file_name(Path::new(source)));
    fs::write(&own, "{}")?;
    Ok(own)
}

/// The committed script, with an interpreter that is there.
fn hook_here(case: &Case, work: &Path, store_path: &str) -> Result<PathBuf, Box<dyn Error>> {
    let committed = case
        .committed(store_path)
        .ok_or_else(|| format!("{}: {store_path} is not committed", case.name))?;
    let rendered = fs::read_to_string(&committed)?;
    let interpreter = format!("#!{STAND_IN}bash/bin/bash\n");
    let script = rendered
        .strip_prefix(&interpreter)
        .ok_or_else(|| format!("{} does not begin with {interpreter}", committed.display()))?;
    let hook = work.join(file_name(&committed));
    fs::write(&hook, format!("#!{}\n{script}", bash()?.display()))?;
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755))?;
    Ok(hook)
}

/// What hooks are run with here: the first on PATH, wherever this system has it.
fn bash() -> Result<PathBuf, Box<dyn Error>> {
    let path = env::var_os("PATH").ok_or("PATH is not set")?;
    let bash = env::split_paths(&path)
        .map(|directory| directory.join("bash"))
        .find(|candidate| candidate.is_file());
    bash.ok_or_else(|| "the hooks are bash scripts, and there is no bash on PATH".into())
}

fn text(value: &Value) -> Result<&str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("{value} is no string"))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Store paths that `text` names, with whatever follows the name cut off.
fn store_paths(text: &str) -> BTreeSet<String> {
    let belongs =
        |character: char| character.is_ascii_alphanumeric() || "+-._?=".contains(character);
    text.match_indices("/nix/store/")
        .map(|(start, prefix)| {
            let rest = &text[start + prefix.len()..];
            let end = rest
                .find(|character| !belongs(character))
                .unwrap_or(rest.len());
            format!("{prefix}{}", &rest[..end])
        })
        .collect()
}

fn opencode_setup() -> Command {
    cargo_bin_cmd!("opencode-setup")
}

/// One test at a time: a hook cannot be executed while a process that another
/// test is just starting still has it open for writing.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The contract between the module and this program: no manifest that the
/// module renders is refused, as the derivation that builds it would be.
#[test]
fn every_rendered_manifest_is_valid() -> Outcome {
    let _alone = alone();
    for case in Case::all()? {
        for (_, manifest) in case.manifests()? {
            opencode_setup()
                .arg("validate")
                .arg(manifest)
                .assert()
                .success();
        }
    }
    Ok(())
}

/// A first boot: the link leads to the file that was rendered, both hooks ran,
/// and there is nothing left to do.
#[test]
fn every_rendered_manifest_makes_its_home() -> Outcome {
    let _alone = alone();
    let mut hooks = 0;
    for case in Case::all()? {
        for (name, manifest) in case.manifests()? {
            let place = Rerooted::new(&case, &manifest)?;
            let target = place.manifest.as_os_str();
            opencode_setup().arg("apply").arg(target).assert().success();
            for (link, source) in &place.links {
                assert_eq!(&fs::read_link(link)?, source, "{}: {name}", case.name);
            }
            opencode_setup().arg("check").arg(target).assert().success();
            hooks += place.hooks;
        }
    }
    assert!(hooks >= 2, "no case has hooks, so none was run");
    Ok(())
}

/// A restart: the second run of a setup unit changes nothing.
#[test]
fn applying_a_rendered_manifest_again_changes_nothing() -> Outcome {
    let _alone = alone();
    for case in Case::all()? {
        for (name, manifest) in case.manifests()? {
            let place = Rerooted::new(&case, &manifest)?;
            let apply = || {
                opencode_setup()
                    .arg("apply")
                    .arg(&place.manifest)
                    .assert()
                    .success()
            };
            let _first = apply();
            let before = listing(place.work.path())?;
            let _second = apply();
            assert_eq!(listing(place.work.path())?, before, "{}: {name}", case.name);
        }
    }
    Ok(())
}

/// The hooks of the case that has them did what they say, in HOME.
#[test]
fn hooks_run_in_the_home() -> Outcome {
    let _alone = alone();
    let cases = Case::all()?;
    let case = cases
        .iter()
        .find(|case| case.name == "everything")
        .ok_or("the case with hooks is gone")?;
    let manifests = case.manifests()?;
    let (_, manifest) = manifests.first().ok_or("it has no manifest")?;
    let place = Rerooted::new(case, manifest)?;
    opencode_setup()
        .arg("apply")
        .arg(&place.manifest)
        .assert()
        .success();
    let greeting = fs::read_to_string(place.work.path().join("home/greeting"))?;
    assert_eq!(greeting, "ready\n");
    Ok(())
}

/// Whoever installs a render finds all of it: every store path that a unit, a
/// manifest or a script names is committed, or a package of the index.
#[test]
fn every_store_path_of_a_render_is_in_its_index() -> Outcome {
    for case in Case::all()? {
        let packages: BTreeSet<&str> = case.index["packages"]
            .as_array()
            .ok_or("the index has no packages")?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let units = case.section("units")?.values();
        let files = case.section("store")?.values();
        for entry in units.chain(files) {
            let file = case.directory.join(text(&entry["file"])?);
            for path in store_paths(&fs::read_to_string(&file)?) {
                // It is there for its name: that changes when a restart is due.
                let known = path.contains("-X-Restart-Triggers-")
                    || packages.contains(path.as_str())
                    || case
                        .committed(&path)
                        .is_some_and(|committed| committed.is_file());
                assert!(
                    known,
                    "{} names {path}, which the index lacks",
                    file.display()
                );
            }
        }
    }
    Ok(())
}

/// The unit applies the very manifest that an operator repairs with.
#[test]
fn every_setup_unit_applies_the_manifest_of_its_instance() -> Outcome {
    for case in Case::all()? {
        for (name, store_path) in case.section("etc")? {
            let instance = name
                .strip_prefix("opencode-setup/")
                .and_then(|file| file.strip_suffix(".json"))
                .ok_or_else(|| format!("{name} is not where manifests are looked for"))?;
            let unit = format!("units/opencode-{instance}-setup.service");
            let unit = fs::read_to_string(case.directory.join(unit))?;
            let command = format!(
                "ExecStart=\"{STAND_IN}opencode-setup/bin/opencode-setup\" \"apply\" {store_path}"
            );
            assert!(
                unit.lines().any(|line| line == command),
                "{}: {instance} lacks {command}",
                case.name
            );
        }
    }
    Ok(())
}

/// Every name below `directory`, with what tells one state from another.
fn listing(directory: &Path) -> Result<BTreeSet<(PathBuf, String)>, Box<dyn Error>> {
    let mut entries = BTreeSet::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let metadata = fs::symlink_metadata(&path)?;
        let state = if metadata.is_dir() {
            entries.extend(listing(&path)?);
            format!("directory {:o}", metadata.permissions().mode())
        } else if metadata.is_symlink() {
            format!("link to {}", fs::read_link(&path)?.display())
        } else {
            format!("file of {:?}", fs::read(&path)?)
        };
        entries.insert((path, state));
    }
    Ok(entries)
}
