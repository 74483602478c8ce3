//! The templates of a folder.
//!
//! ```text
//! <folder>/cython/<category>/<name>.json           what the template says about itself
//! <folder>/cython/<category>/<name>.pyx            or `.py`, or a folder with the modules of a package
//! <folder>/python/<category>/<name>.py             its twin, or a folder
//! <folder>/python/<category>/<name>_numpy.py       its twin with NumPy
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::sidecar::{self, Sidecar};

/// A template whose sidecar keeps the schema, and whose files are there.
#[derive(Debug, Clone)]
pub(super) struct Template {
    /// `category/name`.
    pub(super) name: String,
    /// The file, or the folder of a package.
    pub(super) path: PathBuf,
    pub(super) sidecar: Sidecar,
    /// There is one where something is measured.
    pub(super) twin: Option<PathBuf>,
    pub(super) numpy: Option<PathBuf>,
    /// The files of a package by their names below it.
    package: Option<Package>,
}

#[derive(Debug, Clone, Default)]
struct Package {
    /// By the dotted names of modules.
    modules: BTreeMap<String, PathBuf>,
    /// What is no module: declarations that belong to none, and headers.
    support: BTreeMap<String, PathBuf>,
}

/// What cannot be used, by name, with the reason.
pub(super) type Failures = Vec<(String, String)>;

/// Finds the templates whose names contain one of the filters, if there are any.
pub(super) fn find(folder: &Path, filters: &[String]) -> anyhow::Result<(Vec<Template>, Failures)> {
    let (mut templates, mut failures) = (Vec::new(), Failures::new());
    let cython = folder.join("cython");
    for category in children(&cython)?.into_iter().filter(|path| path.is_dir()) {
        for (name, path) in candidates(&category)? {
            let name = format!("{}/{name}", file_name(&category));
            if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter.as_str())) {
                continue;
            }
            match read(folder, &name, path.as_deref()) {
                Ok(template) => templates.push(template),
                Err(reasons) => failures.extend(reasons.into_iter().map(|reason| (name.clone(), reason))),
            }
        }
    }
    Ok((templates, failures))
}

impl Template {
    /// The name to import it by.
    pub(super) fn module(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// What the scripts are told about it.
    pub(super) fn job(&self) -> Value {
        let package =
            self.package.as_ref().map(|package| json!({ "modules": package.modules, "support": package.support }));
        json!({
            "name": self.name,
            "module": self.module(),
            "path": self.path,
            "package": package,
            "needs": self.sidecar.needs,
            "options": self.sidecar.options,
        })
    }

    /// Whether several threads work in a call: then processor time says little about speed.
    pub(super) fn is_threaded(&self) -> bool {
        self.needs("openmp")
    }

    /// Whether it needs something that not everybody has, such as `numpy`.
    pub(super) fn needs(&self, what: &str) -> bool {
        self.sidecar.needs.iter().any(|need| need == what)
    }
}

fn read(folder: &Path, name: &str, path: Option<&Path>) -> Result<Template, Vec<String>> {
    let beside = folder.join("cython").join(format!("{name}.json"));
    let text = fs_err::read_to_string(&beside).map_err(|error| vec![format!("the sidecar cannot be read: {error}")])?;
    let sidecar = sidecar::read(&text)
        .map_err(|wrong| wrong.into_iter().map(|wrong| format!("{name}.json: {wrong}")).collect::<Vec<_>>())?;
    let Some(path) = path else { return Err(vec![format!("there is no {name}.pyx beside its sidecar")]) };
    let (mut twin, mut numpy) = (None, None);
    let mut missing = Vec::new();
    if let Some(bench) = &sidecar.bench {
        let mut wanted = |name: String| {
            let base = folder.join("python");
            let places = [base.join(format!("{name}.py")), base.join(&name)];
            let found = places.into_iter().find(|place| place.exists());
            if found.is_none() {
                missing.push(format!("the twin python/{name}.py is missing"));
            }
            found
        };
        twin = wanted(name.to_owned());
        numpy = if bench.numpy { wanted(format!("{name}_numpy")) } else { None };
    }
    let package = path.is_dir().then(|| package(path)).transpose().map_err(|error| vec![format!("{error:#}")])?;
    if !missing.is_empty() {
        return Err(missing);
    }
    Ok(Template { name: name.to_owned(), path: path.to_owned(), sidecar, twin, numpy, package })
}

/// What looks like a template in a folder, by name: the modules, packages and sidecars that are there.
fn candidates(category: &Path) -> anyhow::Result<BTreeMap<String, Option<PathBuf>>> {
    let mut found: BTreeMap<String, Option<PathBuf>> = BTreeMap::new();
    for path in children(category)? {
        let name = file_name(&path);
        if path.is_dir() {
            // Elsewhere a folder is what a template includes.
            if path.with_extension("json").exists() || file_name(category) == "packages" {
                found.insert(name, Some(path));
            }
        } else if let Some(name) = name.strip_suffix(".pyx").or(name.strip_suffix(".py")) {
            found.insert(name.to_owned(), Some(path));
        } else if let Some(name) = name.strip_suffix(".json") {
            found.entry(name.to_owned()).or_default();
        }
    }
    Ok(found)
}

/// The files of a package.
fn package(folder: &Path) -> anyhow::Result<Package> {
    let mut package = Package::default();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for path in children(&folder)? {
            let name = file_name(&path);
            if path.is_dir() {
                if !name.starts_with(['_', '.']) {
                    folders.push((path, format!("{prefix}{name}/")));
                }
            } else if let Some(stem) = name.strip_suffix(".pyx").or(name.strip_suffix(".py")) {
                package.modules.insert(format!("{prefix}{stem}").replace('/', "."), path);
            } else if [".pxd", ".pxi", ".h", ".hpp"].iter().any(|suffix| name.ends_with(suffix))
                // What belongs to a module is found beside it.
                && !path.with_extension("pyx").exists()
            {
                package.support.insert(format!("{prefix}{name}"), path);
            }
        }
    }
    Ok(package)
}

fn children(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = fs_err::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
