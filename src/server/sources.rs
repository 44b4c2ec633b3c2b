//! Which file brings what nobody declared: opencode's sources of configuration,
//! the one that wins first. Measured with opencode 1.18.33, lowest first: HOME's
//! `.config/opencode` (`config.json`, `opencode.json`, `opencode.jsonc`), the
//! project's files, its `.opencode`, HOME's `.opencode`, `/etc/opencode`. The
//! project's are looked for in its directory and in those above it, up to the
//! one that holds `.git`, or up to `/`.
//!
//! Not looked at, since no file tells: variables of the unit, plugins at work, a
//! login that brings a configuration along.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::manifest::Manifest;
use crate::manifest::names::CONFIG_LINK;
use crate::server::declared::read_config;
use crate::server::difference::{BroughtBy, Difference, Kind, Origin};

/// The names of a configuration file, the one that wins first.
const FILES: [&str; 2] = ["opencode.jsonc", "opencode.json"];

/// The folders of which each file is an entry of a map of the configuration.
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
    /// Where `agent`, `command` and `plugin` folders may be, the one that wins
    /// first.
    roots: Vec<(Origin, PathBuf)>,
    files: Vec<Source>,
}

impl<'a> Sources<'a> {
    /// Reads the files of a server in the project `directory`. One that cannot be
    /// read is none: opencode would have told.
    #[must_use]
    pub fn read(
        manifest: &'a Manifest,
        declared: &'a Map<String, Value>,
        directory: &Path,
    ) -> Self {
        let home = manifest.home.as_path();
        let project = project_directories(directory);
        let mut roots = vec![(Origin::Home, home.join(".opencode"))];
        let in_project = project.iter().map(|above| above.join(".opencode"));
        roots.extend(in_project.map(|path| (Origin::Project, path)));
        let mut candidates = vec![(Origin::Host, PathBuf::from("/etc/opencode"))];
        candidates.extend(roots.iter().cloned());
        candidates.extend(project.into_iter().map(|path| (Origin::Project, path)));
        let of_home = home.join(".config/opencode");
        roots.push((Origin::Home, of_home.clone()));
        candidates.push((Origin::Home, of_home.clone()));
        let mut files: Vec<_> = candidates
            .into_iter()
            .flat_map(|(origin, folder)| FILES.map(|name| (origin, folder.join(name))))
            .collect();
        files.push((Origin::Home, of_home.join("config.json")));
        let place = home.join(CONFIG_LINK);
        let link = manifest
            .links
            .iter()
            .find(|link| link.path.as_str() == CONFIG_LINK);
        let is_declared = |path: &Path| {
            *path == place
                && link.is_some_and(|link| {
                    fs_err::read_link(path).is_ok_and(|target| target == link.source.as_path())
                })
        };
        let files = files.into_iter().filter_map(|(origin, path)| {
            let config = read_config(&path).ok()?;
            let origin = if is_declared(&path) {
                Origin::Declared
            } else {
                origin
            };
            Some(Source {
                origin,
                path,
                config,
            })
        });
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
            if difference.kind == Kind::Lifted && difference.brought_by.is_none() {
                self.explain_by_agents(&mut difference);
                if difference.agents.is_empty() {
                    continue;
                }
            }
            if !is_declared_by_a_link(&difference) {
                explained.push(difference);
            }
        }
        // A plugin can change whatever it likes without a trace.
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

    /// Looks for the files of the agents of a lifted rule, and takes those agents
    /// out that the manifest links, with rules of their own.
    fn explain_by_agents(&self, difference: &mut Difference) {
        let files = difference.agents.iter();
        let files: Vec<_> = files.map(|name| self.find_entry("agent", name)).collect();
        let is_linked = |file: &Option<BroughtBy>| {
            let file = file.as_ref();
            file.is_some_and(|file| file.origin == Origin::Declared)
        };
        let mut linked = files.iter().map(is_linked);
        difference
            .agents
            .retain(|_| !linked.next().unwrap_or(false));
        let mut others = files.iter().filter(|file| !is_linked(file));
        difference.brought_by = others.find_map(Clone::clone);
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
            }
            (Kind::Added, _) if difference.key[0] == "plugin" => self.find_plugin(difference),
            (Kind::Missing, _) | (Kind::Lifted, None) => {
                // Files merge: what is missing was replaced, by itself or with
                // what it was in.
                let whole = self.find_key(&difference.key);
                let above = (1..difference.key.len()).rev();
                let mut above = above.map(|length| &difference.key[..length]);
                whole.or_else(|| above.find_map(|key| self.find_replacement(key)))
            }
            (Kind::Added | Kind::Changed, _) => self.find_key(&difference.key).or_else(|| {
                let [kind, name, ..] = &difference.key[..] else {
                    return None;
                };
                self.find_entry(kind, name)
            }),
        }
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

    /// The file that has a rule below `place`.
    fn find_rule(&self, place: &[String], tool: &str, pattern: &str) -> Option<BroughtBy> {
        let names = |way: &[&str]| {
            let way = way.iter().map(|name| (*name).to_owned());
            place.iter().cloned().chain(way).collect::<Vec<_>>()
        };
        let ways = [
            names(&["permission", tool, pattern]),
            names(&["permission", tool]),
            names(&["tools", tool]),
        ];
        let mut ways = ways.into_iter();
        let found = ways.find_map(|way| self.find_key(&way));
        found.or_else(|| self.find_value(&names(&["permission"]), Value::is_string))
    }

    /// The file of an agent or a command.
    fn find_entry(&self, kind: &str, name: &str) -> Option<BroughtBy> {
        let mut folders = self.roots.iter().flat_map(|(origin, root)| {
            let of_kind = FOLDERS.iter().filter(|(_, entry)| *entry == kind);
            of_kind.map(move |(folder, _)| (*origin, root.join(folder)))
        });
        folders.find_map(|(origin, folder)| {
            // A name may hold anything; it is only looked for.
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
    fn brings(&self, key: Vec<String>) -> BroughtBy {
        BroughtBy {
            origin: self.origin,
            file: self.path.to_string_lossy().into_owned(),
            key,
        }
    }
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
