//! Where the sources of a module lie.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Where the sources of a module lie, for its tracebacks: names that it was compiled with, and what they lead to today.
///
/// A name is that of a source or the first folder of one. An importer puts them, as bytes, into the dictionary
/// `spec.loader_state[Sources::LOADER_STATE]` before the module is created; the module keeps the names that it does not find there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources(BTreeMap<String, PathBuf>);

impl Sources {
    /// The key in `spec.loader_state` under which a module looks for its sources.
    pub const LOADER_STATE: &str = "pyxide_sources";

    /// Says where one lies.
    pub fn insert(&mut self, name: impl Into<String>, path: impl Into<PathBuf>) {
        self.0.insert(name.into(), path.into());
    }

    /// Each name and what it leads to.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.0.iter().map(|(name, path)| (name.as_str(), path.as_path()))
    }
}
