//! Finds the file that brings a difference, among the files that opencode reads its
//! configuration from.
//!
//! Their order, measured with opencode 1.18.33, the one that wins last: HOME's
//! `.config/opencode` (`config.json`, `opencode.json`, `opencode.jsonc`), the project's
//! files, its `.opencode`, HOME's `.opencode`, `/etc/opencode`. The project's files are
//! those in its directory and in each directory above it, up to the one that holds
//! `.git`, or up to `/`.
//!
//! What is in no file is not found: variables of the unit, what plugins do, and a
//! configuration that a login brings.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::manifest::Manifest;
use crate::manifest::names::{CONFIG_LINK, CONFIGURATION_DIRECTORY};
use crate::server::declared::{in_home, read_config};
use crate::server::difference::{BroughtBy, Difference, Kind, Origin};

/// The names of a configuration file, the one that wins first.
const FILES: [&str; 2] = ["opencode.jsonc", "opencode.json"];

/// The folder of configuration files in a project, and in HOME.
const OPENCODE: &str = ".opencode";

/// The folders in which each file is an agent or a command, and the key of the
/// configuration in which it then is.
const FOLDERS: [(&str, &str); 6] = [
    ("agent", "agent"),
    ("agents", "agent"),
    ("mode", "agent"),
    ("modes", "agent"),
    ("command", "command"),
    ("commands", "command"),
];

/// A file that opencode reads.
struct Source {
    origin: Origin,
    path: PathBuf,
    config: Map<String, Value>,
}

/// All files that opencode reads.
pub struct Sources<'a> {
    manifest: &'a Manifest,
    declared: &'a Map<String, Value>,
    /// The directories that may hold folders such as `agent`, `command` and `plugin`; the
    /// one that wins comes first.
    roots: Vec<(Origin, PathBuf)>,
    files: Vec<Source>,
}

impl<'a> Sources<'a> {
    /// Reads the files of a server in the project `directory`. One that cannot be
    /// read is skipped: opencode reports it itself.
    #[must_use]
    pub fn read(
        manifest: &'a Manifest,
        declared: &'a Map<String, Value>,
        directory: &Path,
    ) -> Self {
        let home = manifest.home.as_path();
        let of_home = home.join(CONFIGURATION_DIRECTORY);
        let folders = folders(manifest, &project_directories(directory));
        let is_root = |(_, folder): &&(Origin, PathBuf)| {
            folder.file_name().is_some_and(|name| name == OPENCODE) || *folder == of_home
        };
        let roots = folders.iter().filter(is_root).cloned().collect();
        let host = (Origin::Host, PathBuf::from("/etc/opencode"));
        let files = std::iter::once(host)
            .chain(folders)
            .flat_map(|(origin, folder)| FILES.map(|name| (origin, folder.join(name))))
            .chain([(Origin::Home, of_home.join("config.json"))])
            .filter_map(|(origin, path)| Source::read(manifest, origin, path));
        Self {
            manifest,
            declared,
            roots,
            files: files.collect(),
        }
    }

    /// Notes in each difference which file brings it, and drops what turns out to
    /// be declared: by a link of the manifest to an agent, a command or a plugin.
    #[must_use]
    pub fn explain(&self, differences: Vec<Difference>) -> Vec<Difference> {
        let mut explained = Vec::new();
        for mut difference in differences {
            difference.brought_by = self.find(&difference);
            if is_declared_by_a_link(&difference) && difference.kind == Kind::Lifted {
                self.leave_out_linked_agents(&mut difference);
            }
            if !is_declared_by_a_link(&difference) {
                explained.push(difference);
            }
        }
        // A plugin can change anything, and leaves no trace in a file.
        let is_plugin = |one: &&Difference| one.kind == Kind::Added && one.key[0] == "plugin";
        let plugin = explained.iter().find(is_plugin);
        let plugin = plugin.and_then(|plugin| plugin.brought_by.clone());
        for difference in &mut explained {
            if difference.brought_by.is_none() {
                difference.brought_by.clone_from(&plugin);
            }
        }
        explained
    }

    /// Removes from a lifted rule those agents whose files the manifest links, since their
    /// rules are declared as well. Then finds the file that lifts it for the others.
    fn leave_out_linked_agents(&self, difference: &mut Difference) {
        difference.agents.retain(|name| {
            let file = self.find_entry("agent", name);
            file.is_none_or(|file| file.origin != Origin::Declared)
        });
        if !difference.agents.is_empty() {
            difference.brought_by = self.find(difference);
        }
    }

    fn find(&self, difference: &Difference) -> Option<BroughtBy> {
        match (difference.kind, &difference.found) {
            (Kind::Lifted, Some(found)) => {
                let of_agents = difference.agents.iter().flat_map(|agent| {
                    ["agent", "mode"].map(|field| vec![field.to_owned(), agent.clone()])
                });
                let mut places: Vec<_> = of_agents.collect();
                places.push(Vec::new());
                places
                    .iter()
                    .find_map(|place| self.find_rule(place, &found.tool, &found.pattern))
                    .or_else(|| self.find_of_agents(&difference.agents))
                    .or_else(|| self.find_missing(&difference.key))
            }
            (Kind::Added, _) if difference.key[0] == "plugin" => self.find_plugin(difference),
            (Kind::Missing, _) | (Kind::Lifted, None) => self.find_missing(&difference.key),
            (Kind::Added | Kind::Changed, _) => self.find_key(&difference.key).or_else(|| {
                let [kind, name, ..] = &difference.key[..] else {
                    return None;
                };
                self.find_entry(kind, name)
            }),
        }
    }

    /// The file by which what was declared at this key is missing. Files are merged, so
    /// another value has replaced it, or something that it was in.
    fn find_missing(&self, key: &[String]) -> Option<BroughtBy> {
        let mut above = (1..key.len()).rev().map(|length| &key[..length]);
        self.find_key(key)
            .or_else(|| above.find_map(|key| self.find_replacement(key)))
    }

    /// The file of one of these agents.
    fn find_of_agents(&self, agents: &[String]) -> Option<BroughtBy> {
        let mut agents = agents.iter();
        agents.find_map(|name| self.find_entry("agent", name))
    }

    /// The file that has something at this key, other than what was declared.
    fn find_key(&self, key: &[String]) -> Option<BroughtBy> {
        self.find_value(key, |_| true)
    }

    /// The file that has something else than an object at this key.
    fn find_replacement(&self, key: &[String]) -> Option<BroughtBy> {
        self.find_value(key, |value| !value.is_object())
    }

    fn find_value(&self, key: &[String], is_meant: impl Fn(&Value) -> bool) -> Option<BroughtBy> {
        let declared = value_at(self.declared, key);
        let has = |source: &&Source| {
            let there = value_at(&source.config, key);
            source.origin != Origin::Declared && there != declared && there.is_some_and(&is_meant)
        };
        self.files
            .iter()
            .find(has)
            .map(|source| source.brings(key.to_vec()))
    }

    /// The file that has this very rule below `place`.
    fn find_rule(&self, place: &[String], tool: &str, pattern: &str) -> Option<BroughtBy> {
        let names = |way: &[&str]| {
            let way = way.iter().map(|name| (*name).to_owned());
            place.iter().cloned().chain(way).collect::<Vec<_>>()
        };
        let is_all = pattern == "*";
        let of_tool = names(&["permission", tool]);
        let home = self.manifest.home.as_str();
        let patterns = self.files.iter().filter_map(|source| {
            let patterns = value_at(&source.config, &of_tool)?.as_object()?;
            let mut patterns = patterns.keys();
            patterns.find(|there| in_home(there, home) == pattern)
        });
        let patterns: Vec<_> = patterns
            .map(|one| names(&["permission", tool, one]))
            .collect();
        let of_pattern = patterns.iter().find_map(|way| self.find_key(way));
        let short = |way: &[&str]| {
            let way = is_all.then(|| names(way));
            way.and_then(|way| self.find_value(&way, |value| !value.is_object()))
        };
        of_pattern
            .or_else(|| short(&["permission", tool]))
            .or_else(|| short(&["tools", tool]))
            .or_else(|| short(&["permission"]).filter(|_| tool == "*"))
    }

    /// The file of an agent or a command.
    fn find_entry(&self, kind: &str, name: &str) -> Option<BroughtBy> {
        let mut folders = self.roots.iter().flat_map(|(origin, root)| {
            let of_kind = FOLDERS.iter().filter(|(_, entry)| *entry == kind);
            of_kind.map(move |(folder, _)| (*origin, root.join(folder)))
        });
        folders.find_map(|(origin, folder)| {
            // The name comes from the server, and may lead anywhere.
            let path = folder.join(format!("{name}.md"));
            let is_below = !name.split('/').any(|part| part == "..");
            (is_below && path.is_file()).then(|| self.file(origin, &path))
        })
    }

    /// The file of a plugin, or the one that names it.
    fn find_plugin(&self, difference: &Difference) -> Option<BroughtBy> {
        let name = difference.key.get(1)?;
        let path = Path::new(name);
        if path.is_absolute() {
            let root = self.roots.iter().find(|(_, root)| path.starts_with(root));
            if let Some((origin, _)) = root {
                return Some(self.file(*origin, path));
            }
        }
        let is_named = |entry: &Value| {
            let entry = entry.get(0).unwrap_or(entry).as_str().unwrap_or_default();
            !path.is_absolute() || name.ends_with(entry.trim_start_matches("./"))
        };
        let names_it = |source: &&Source| {
            let plugins = source.config.get("plugin").and_then(Value::as_array);
            source.origin != Origin::Declared
                && plugins.is_some_and(|plugins| plugins.iter().any(is_named))
        };
        let source = self.files.iter().find(names_it);
        source.map(|source| source.brings(difference.key[..1].to_vec()))
    }

    fn file(&self, origin: Origin, path: &Path) -> BroughtBy {
        let below = path.strip_prefix(self.manifest.home.as_path()).ok();
        let mut links = self.manifest.links.iter();
        let is_linked =
            below.is_some_and(|below| links.any(|link| below.starts_with(link.path.as_str())));
        BroughtBy {
            origin: if is_linked { Origin::Declared } else { origin },
            file: path.to_string_lossy().into_owned(),
            key: Vec::new(),
        }
    }
}

impl Source {
    /// Reads the file at `path`; `None` if it cannot be read.
    fn read(manifest: &Manifest, origin: Origin, path: PathBuf) -> Option<Self> {
        let config = read_config(&path).ok()?;
        let is_declared = manifest.links.iter().any(|link| {
            link.path.as_str() == CONFIG_LINK
                && path == manifest.home.as_path().join(CONFIG_LINK)
                && fs_err::read_link(&path).is_ok_and(|target| target == link.source.as_path())
        });
        let origin = if is_declared {
            Origin::Declared
        } else {
            origin
        };
        Some(Self {
            origin,
            path,
            config,
        })
    }

    fn brings(&self, key: Vec<String>) -> BroughtBy {
        BroughtBy {
            origin: self.origin,
            file: self.path.to_string_lossy().into_owned(),
            key,
        }
    }
}

/// The folders in HOME and in the directories of the project that may hold configuration
/// files, the one that wins first.
fn folders(manifest: &Manifest, project: &[PathBuf]) -> Vec<(Origin, PathBuf)> {
    let home = manifest.home.as_path();
    let of_home = (Origin::Home, home.join(CONFIGURATION_DIRECTORY));
    let in_project = project.iter().map(|above| above.join(OPENCODE));
    let of_project = in_project.chain(project.iter().cloned());
    let of_project = of_project.map(|folder| (Origin::Project, folder));
    let server = manifest.server.as_ref();
    let mut folders = vec![(Origin::Home, home.join(OPENCODE))];
    if server.is_some_and(|server| !server.project_config) {
        // opencode should read nothing of the project, so HOME is the likelier origin.
        folders.push(of_home);
        folders.extend(of_project);
    } else {
        folders.extend(of_project);
        folders.push(of_home);
    }
    folders
}

fn is_declared_by_a_link(difference: &Difference) -> bool {
    let brought_by = difference.brought_by.as_ref();
    brought_by.is_some_and(|there| there.origin == Origin::Declared)
}

/// The project's directory and those above it that opencode looks into.
fn project_directories(directory: &Path) -> Vec<PathBuf> {
    let mut directories = Vec::new();
    for above in directory.ancestors() {
        directories.push(above.to_owned());
        if above.join(".git").exists() {
            break;
        }
    }
    directories
}

fn value_at<'a>(config: &'a Map<String, Value>, key: &[String]) -> Option<&'a Value> {
    let (first, rest) = key.split_first()?;
    let first = config.get(first)?;
    rest.iter().try_fold(first, |value, name| value.get(name))
}
