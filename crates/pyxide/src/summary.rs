//! What a list of the cache shows of an entry.

use std::{collections::BTreeMap, path::PathBuf};

use cache_key::{BuildKey, ModuleName};
use registry::{Kind, Listed};
use serde::Serialize;

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
            fingerprint: entry.fingerprint.clone(),
        })
    }
}
