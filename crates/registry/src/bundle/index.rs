//! The index of a bundle: what is in it, in which order, with which digests.

use std::collections::BTreeSet;

use cache_key::{BuildKey, Digest, Syntax};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::tar;
use crate::{
    Alias, Meta, PackagePath,
    entry::{ARTIFACT_LIMIT, META_LIMIT},
    layout::META,
};

/// The name of the first member.
pub(super) const INDEX: &str = "index.json";

/// An index is not read when it is larger than this.
pub(super) const LIMIT: u64 = 16 << 20;

/// How many entries a bundle has at most, and how many files an entry.
const MOST: usize = 10_000;

/// Raised when the meaning of a bundle changes.
const FORMAT: u32 = 1;

/// What is in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    format: u32,
    /// Ascending by key.
    pub(super) entries: Vec<Listed>,
    /// Ascending by alias.
    pub(super) pins: Vec<(Alias, BuildKey)>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) key: BuildKey,
    /// Its meta.json, then the others, ascending by name.
    pub(super) files: Vec<ListedFile>,
}

/// One file of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListedFile {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) blake3: Digest,
}

/// An index and the digest of its text.
#[derive(Serialize, Deserialize)]
struct Sealed {
    bundle: Box<RawValue>,
    blake3: Digest,
}

/// What must be understood before anything else is.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Index {
    /// The index of these entries.
    pub(super) fn new(entries: Vec<Listed>, pins: Vec<(Alias, BuildKey)>) -> Self {
        Self { format: FORMAT, entries, pins }
    }

    /// Its text.
    pub(super) fn text(&self) -> serde_json::Result<Vec<u8>> {
        let bundle = serde_json::value::to_raw_value(self)?;
        let blake3 = Digest::of(bundle.get().as_bytes());
        let mut text = serde_json::to_vec(&Sealed { bundle, blake3 })?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads a text, or says what is wrong with it, as the end of a sentence about the bundle.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let unclear = |error: serde_json::Error| format!("has an index that cannot be understood: {error}");
        let sealed: Sealed = serde_json::from_slice(text).map_err(unclear)?;
        if Digest::of(sealed.bundle.get().as_bytes()) != sealed.blake3 {
            return Err("has an index with other content than its digest says".to_owned());
        }
        let Format { format } = serde_json::from_str(sealed.bundle.get()).map_err(unclear)?;
        if format > FORMAT {
            return Err(format!("has format {format}, and this version reads up to {FORMAT}"));
        }
        let index: Self = serde_json::from_str(sealed.bundle.get()).map_err(unclear)?;
        index.check()?;
        // One index has one text.
        match index.text() {
            Ok(canonical) if canonical == text => Ok(index),
            _ => Err("has an index that is not written as we write them".to_owned()),
        }
    }

    /// How many bytes follow the index.
    pub(super) fn length(&self) -> u64 {
        let members = self.entries.iter().flat_map(|entry| entry.files.iter().map(|file| (entry.key, file)));
        let length = |(key, file): (BuildKey, &ListedFile)| {
            let headers = tar::headers(&key.to_string(), &file.name, file.size);
            headers.len() as u64 + file.size + tar::padding(file.size) as u64
        };
        members.map(length).sum::<u64>() + tar::END.len() as u64
    }

    fn check(&self) -> Result<(), String> {
        let Self { format: _, entries, pins } = self;
        if entries.len() > MOST || pins.len() > MOST || entries.iter().any(|entry| entry.files.len() > MOST) {
            return Err(format!("has more than {MOST} entries, pins, or files of one entry"));
        }
        if !entries.is_sorted_by(|one, other| one.key < other.key) {
            return Err("lists an entry twice, or not in order".to_owned());
        }
        for entry in entries {
            let Some((meta, others)) = entry.files.split_first().filter(|(first, _)| first.name == META) else {
                return Err(format!("lists no {META} first in `{}`", entry.key.short()));
            };
            if meta.size > META_LIMIT || others.iter().any(|file| file.size > ARTIFACT_LIMIT) {
                return Err(format!("lists a file in `{}` that is larger than one may be", entry.key.short()));
            }
            if !others.is_sorted_by(|one, other| one.name < other.name) {
                return Err(format!("lists a file in `{}` twice, or not in order", entry.key.short()));
            }
            if let Some(file) = others.iter().find(|file| file.name == META || !is_harmless(&file.name)) {
                return Err(format!("lists the file `{}`, which cannot be one of an entry", file.name.escape_debug()));
            }
        }
        if !pins.is_sorted_by(|one, other| one.0 < other.0) {
            return Err("lists an alias twice, or not in order".to_owned());
        }
        let keys: BTreeSet<BuildKey> = entries.iter().map(|entry| entry.key).collect();
        match pins.iter().find(|(_, key)| !keys.contains(key)) {
            Some((alias, _)) => Err(format!("lists the alias `{alias}` of an entry that is not in it")),
            None => Ok(()),
        }
    }
}

/// The names that files of a module's entry have, whether or not they are there.
pub(super) fn names(meta: &Meta) -> Vec<String> {
    let types = meta.request.as_ref().filter(|request| request.portable.syntax == Syntax::Python);
    let mut names = vec![meta.artifact.clone()];
    names.extend(meta.source_name());
    names.extend(types.map(|_| format!("{}.pxd", meta.module_name.last())));
    names.extend([&meta.annotation, &meta.generated].into_iter().flatten().cloned());
    names.retain(|name| !name.starts_with('.') && !name.contains('/') && is_harmless(name));
    names
}

/// Whether a name is one below the folder that it is in, and can be printed.
fn is_harmless(name: &str) -> bool {
    name.parse::<PackagePath>().is_ok() && !name.chars().any(char::is_control)
}
