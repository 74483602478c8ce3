//! A folder of packs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::dialect::Dialect;
use crate::error::Error;

/// One line of the index: a pack that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is asked for by.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// The packs that it builds on, as the index has them.
    pub inherits: Vec<String>,
    /// Its file in the folder `packs`.
    pub file: String,
}

/// The packs of one folder.
#[derive(Debug)]
pub struct Packs {
    folder: PathBuf,
    entries: Vec<Entry>,
}

impl Packs {
    /// Reads a folder's index. The packs themselves are read when they are asked for.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let index = read(&folder.join("index.json"))?;
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let entries = index.as_array().into_iter().flatten().map(|entry| Entry {
            id: text(entry, "id"),
            label: text(entry, "label"),
            inherits: texts(&entry["inherits"]),
            file: text(entry, "file"),
        });
        Ok(Self { folder: folder.to_owned(), entries: entries.collect() })
    }

    /// All packs, in the order of the index.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One pack, with all that it inherits.
    pub fn dialect(&self, id: &str) -> Result<Arc<Dialect>, Error> {
        let mut rules = Vec::new();
        self.add(id, &mut rules)?;
        Ok(Arc::new(Dialect { id: id.to_owned(), rules }))
    }

    fn add(&self, id: &str, rules: &mut Vec<(String, String)>) -> Result<(), Error> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.id == id)
            .ok_or_else(|| Error::UnknownDialect { id: id.to_owned(), nearest: None })?;
        let pack = read(&self.folder.join("packs").join(&entry.file))?;
        for parent in texts(&pack["inherits"]) {
            self.add(&parent, rules)?;
        }
        for rule in pack["rules"].as_array().into_iter().flatten() {
            if let (Some(from), Some(to)) = (rule["from"].as_str(), rule["to"].as_str()) {
                rules.push((from.to_owned(), to.to_owned()));
            }
        }
        Ok(())
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn read(file: &Path) -> Result<Value, Error> {
    let bytes = fs_err::read(file).map_err(|source| Error::Io { action: "read a pack", source })?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Json { file: file.to_owned(), source })
}
