//! What a list of the cache shows of an entry.

use std::{collections::BTreeMap, path::PathBuf};

use cache_key::{BuildKey, ModuleName};
use registry::Entry;
use serde::Serialize;

/// An entry in a list: the same in the command's JSON and in Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Its key.
    pub key: BuildKey,
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

impl From<&Entry> for Summary {
    fn from(entry: &Entry) -> Self {
        let meta = entry.meta();
        Self {
            key: meta.key,
            module_name: meta.module_name.clone(),
            build_dir: entry.path().to_owned(),
            artifact_path: entry.artifact_path(),
            artifact_size: meta.artifact_size,
            created_utc: meta.created_utc.clone(),
            fingerprint: meta.fingerprint.clone(),
        }
    }
}
