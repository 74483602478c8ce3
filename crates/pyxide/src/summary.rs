//! What a list of the cache shows of an entry.

use std::{collections::BTreeMap, path::PathBuf};

use cache_key::{BuildKey, ModuleName};
use registry::{Kind, Listed, PackageMeta};
use serde::Serialize;

use crate::{Error, Session};

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
    pub build_dir: PathBuf,
    /// The extension module.
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
    pub build_dir: PathBuf,
    /// The full names of its compiled modules.
    pub modules: Vec<ModuleName>,
    /// Their extension modules, in the same order; none when one of them is missing.
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
