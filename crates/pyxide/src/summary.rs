//! What a list of the cache shows of an entry.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use cache_key::{BuildKey, ModuleName};
use registry::{Alias, Kind, Listed, PackageMeta, Registry, Stats};
use serde::Serialize;

use crate::{Error, Session, as_text, utc};

/// An entry in a list: the same in the command's JSON and in Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Its key.
    pub key: BuildKey,
    /// What kind of entry it is.
    pub kind: Kind,
    /// The module's name.
    pub module_name: ModuleName,
    /// Its folder.
    #[serde(serialize_with = "as_text::path")]
    pub build_dir: PathBuf,
    /// The extension module.
    #[serde(serialize_with = "as_text::path")]
    pub artifact_path: PathBuf,
    /// The extension module's size in bytes.
    pub artifact_size: u64,
    /// When it was built, in UTC.
    pub created_utc: String,
    /// Who built it.
    pub fingerprint: BTreeMap<String, String>,
}

impl Summary {
    /// What is shown of an entry of a list, unless it is broken.
    pub fn of(listed: &Listed) -> Option<Self> {
        let entry = listed.entry.as_ref().ok()?;
        Some(Self {
            key: listed.key,
            kind: entry.kind,
            module_name: entry.module_name.clone(),
            build_dir: listed.path.clone(),
            artifact_path: listed.path.join(&entry.artifact),
            artifact_size: entry.artifact_size,
            created_utc: entry.created_utc.clone(),
            fingerprint: (*entry.fingerprint).clone(),
        })
    }
}

/// A package in a list: the same in the command's JSON and in Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageSummary {
    /// Its key.
    pub key: BuildKey,
    /// What kind of entry it is.
    pub kind: Kind,
    /// Its name.
    pub package_name: ModuleName,
    /// Its folder.
    #[serde(serialize_with = "as_text::path")]
    pub build_dir: PathBuf,
    /// The full names of its compiled modules.
    pub modules: Vec<ModuleName>,
    /// Their extension modules, in the same order; none when one of them is missing.
    #[serde(serialize_with = "as_text::paths")]
    pub artifacts: Vec<PathBuf>,
    /// Those of its modules that were removed from the cache, so that it cannot be imported.
    pub missing: Vec<ModuleName>,
    /// When it was published, in UTC.
    pub created_utc: String,
    /// Who built it.
    pub fingerprint: BTreeMap<String, String>,
}

impl PackageSummary {
    /// What is shown of a package. Its modules may be in caches that the session only reads.
    ///
    /// # Errors
    /// [`Error::Registry`] when a module of it is damaged.
    pub fn new(session: &Session, package: PackageMeta, build_dir: PathBuf) -> Result<Self, Error> {
        let (mut artifacts, mut missing) = (vec![], vec![]);
        for module in &package.modules {
            match session.entry(&module.key)? {
                Some(entry) => artifacts.push(entry.artifact_path()),
                None => missing.push(module.name.clone()),
            }
        }
        if !missing.is_empty() {
            artifacts.clear();
        }
        let PackageMeta { key, kind, package_name, modules, created_utc, fingerprint, .. } = package;
        let modules = modules.into_iter().map(|module| module.name).collect();
        Ok(Self { key, kind, package_name, build_dir, modules, artifacts, missing, created_utc, fingerprint })
    }
}

/// What is in a cache, in numbers: the same in the command's JSON and in Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatsSummary {
    /// The cache's folder.
    #[serde(serialize_with = "as_text::path")]
    pub cache_root: PathBuf,
    /// How many modules.
    pub n_modules: usize,
    /// How many packages.
    pub n_packages: usize,
    /// The bytes in their files.
    pub total_bytes: u64,
    /// The names that keep entries.
    pub pinned_aliases: Vec<Alias>,
    /// The entries that are kept so.
    pub pinned_keys: BTreeSet<BuildKey>,
    /// How many pins cannot be read.
    pub broken_pins: usize,
    /// How many entries are in quarantine.
    pub quarantined: usize,
    /// When an entry was used last, in UTC.
    pub newest_use_utc: Option<String>,
    /// When the entry was used that was not used for the longest time, in UTC.
    pub oldest_use_utc: Option<String>,
}

impl StatsSummary {
    /// What is shown of these numbers of a cache.
    pub fn of(registry: &Registry, stats: &Stats) -> Self {
        Self {
            cache_root: registry.layout().root().to_owned(),
            n_modules: stats.modules,
            n_packages: stats.packages,
            total_bytes: stats.bytes,
            pinned_aliases: stats.pins.iter().map(|(alias, _)| alias.clone()).collect(),
            pinned_keys: stats.pins.iter().map(|(_, key)| *key).collect(),
            broken_pins: stats.broken_pins,
            quarantined: stats.quarantined,
            newest_use_utc: stats.newest_use.map(utc),
            oldest_use_utc: stats.oldest_use.map(utc),
        }
    }
}
