//! What there is, for people and programs that look around.
//!
//! A list reads of each entry what it shows and nothing else, and holds nothing open.

use std::{collections::BTreeMap, path::PathBuf};

use cache_key::{BuildKey, ModuleName};

use crate::{Entry, Error, Kind, Origin, Registry};

/// One entry of a list: what it is, or what is wrong with it.
#[derive(Debug)]
pub struct Listed {
    /// Its key.
    pub key: BuildKey,
    /// Its folder.
    pub path: PathBuf,
    /// What it is.
    pub entry: Result<Overview, Error>,
}

/// What a list shows of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// What kind of entry it is: a module or an external one.
    pub kind: Kind,
    /// The name that it must be imported by.
    pub module_name: ModuleName,
    /// The artifact's file name in the entry.
    pub artifact: String,
    /// The artifact's size in bytes.
    pub artifact_size: u64,
    /// When it was published: UTC, to the second.
    pub created_utc: String,
    /// Who built it: versions of Python, Cython, NumPy, compiler, platform.
    pub fingerprint: BTreeMap<String, String>,
    /// How it got here.
    pub origin: Origin,
}

impl Registry {
    /// All modules by key, broken ones included. Packages have a list of their own ([`Registry::list_packages`]).
    ///
    /// # Errors
    /// [`Error::Io`] when the folder of entries cannot be read. One that is missing has no entries.
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        let listed = self.keys()?.into_iter().filter_map(|key| {
            let path = self.layout().entry(&key);
            match self.entry(&key) {
                Ok(Some(entry)) => Some(Listed { key, path, entry: Ok(Overview::from(&entry)) }),
                // Collected since its name was read.
                Ok(None) => None,
                Err(error) => Some(Listed { key, path, entry: Err(error) }),
            }
        });
        Ok(listed.collect())
    }
}

impl From<&Entry> for Overview {
    fn from(entry: &Entry) -> Self {
        let meta = entry.meta();
        Self {
            kind: meta.kind,
            module_name: meta.module_name.clone(),
            artifact: meta.artifact.clone(),
            artifact_size: meta.artifact_size,
            created_utc: meta.created_utc.clone(),
            fingerprint: meta.fingerprint.clone(),
            origin: meta.origin.clone(),
        }
    }
}
