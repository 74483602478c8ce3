//! What there is, for people and programs that look around.
//!
//! A list reads of each meta.json only the beginning, where everything is that it shows, and holds nothing open. So it does
//! not see all damage: that the rest is what was published is for [`Entry::open`](crate::Registry::entry) to find. What
//! the beginning does not answer at once, because it is broken or of an older format, is read as a whole.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
    fs::File,
    io,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use cache_key::{BuildKey, ModuleName};
use rustix::fs::FileType;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Error, Kind, META_FORMAT, Meta, Origin, Registry, Trust, layout::entry_meta, meta::sealed, walk::Place};

/// So much of a meta.json is read first. All that a list shows takes about a third of it.
const BEGINNING: usize = 4096;

/// How a complete meta.json ends.
const END: &[u8] = b"\"}\n";

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
    /// Who built it: versions of Python, Cython, NumPy, compiler, platform. Most entries share it with others.
    pub fingerprint: Arc<BTreeMap<String, String>>,
    /// How it got here.
    pub origin: Origin,
}

impl Registry {
    /// All modules by key, broken ones included. Packages have a list of their own ([`Registry::list_packages`]).
    ///
    /// # Errors
    /// [`Error::Io`] when the folder of entries cannot be read. One that is missing has no entries.
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        let found = self.look_at_all(&self.layout().entries(), Reader::default, |reader, place| {
            if let Some(overview) = reader.read(place, &self.options().trust) {
                return Ok(Some(Ok(overview)));
            }
            Ok(match self.entry(&place.key) {
                Ok(Some(entry)) => Some(Ok(Overview::from(entry.meta()))),
                // Collected since its name was read.
                Ok(None) => None,
                Err(error) => Some(Err(error)),
            })
        })?;
        let listed = |(key, entry)| Listed { key, path: self.layout().entry(&key), entry };
        Ok(found.into_iter().map(listed).collect())
    }
}

/// Reads beginnings.
#[derive(Default)]
struct Reader {
    buffer: Vec<u8>,
    /// What was read as a fingerprint before, and what it means.
    fingerprints: HashMap<Box<str>, Arc<BTreeMap<String, String>>>,
}

impl Reader {
    /// What an entry is, if the beginning of its meta.json says it and all is as it should be.
    fn read(&mut self, Place { key, shard }: Place<'_>, trust: &Trust) -> Option<Overview> {
        let digits = key.to_string();
        let folder = shard.stat(digits.as_ref()).ok().flatten()?;
        let is_folder = FileType::from_raw_mode(folder.st_mode) == FileType::Directory;
        if !is_folder || trust.doubt_of(folder.st_uid, folder.st_mode).is_some() {
            return None;
        }
        // Whoever could exchange the folder for a link by now could write the shard, and is believed.
        let file = shard.open_below(&entry_meta(Path::new(&digits))).ok().flatten()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.nlink() != 1 || trust.doubt(&metadata).is_some() {
            return None;
        }
        self.buffer.resize(BEGINNING, 0);
        let length = file.read_at(&mut self.buffer, 0).ok()?;
        let text = &self.buffer[..length];
        if !is_whole(&file, text, metadata.len()).ok()? {
            return None;
        }
        let mut head = Head::default();
        // It ends with an error in any case: the text is cut, or enough was read.
        let _ = serde_json::Deserializer::from_slice(text).deserialize_map(&mut head);
        let Head { format, kind, key: own, module_name, artifact, artifact_size, created_utc, fingerprint, origin } =
            head;
        let (kind, artifact) = (kind?, artifact?);
        let is_right = format? <= META_FORMAT && own? == key && kind != Kind::Package && Meta::may_name(&artifact);
        let fingerprint = fingerprint?.get();
        is_right.then_some(())?;
        let fingerprint = if let Some(known) = self.fingerprints.get(fingerprint) {
            known.clone()
        } else {
            let read: Arc<BTreeMap<String, String>> = Arc::new(serde_json::from_str(fingerprint).ok()?);
            self.fingerprints.insert(fingerprint.into(), read.clone());
            read
        };
        Some(Overview {
            kind,
            module_name: module_name?,
            artifact,
            artifact_size: artifact_size?,
            created_utc: created_utc?,
            fingerprint,
            origin: origin?,
        })
    }
}

/// Whether a meta.json of which this is the beginning looks complete: sealed if it is at hand, else with the right end.
fn is_whole(file: &File, beginning: &[u8], length: u64) -> io::Result<bool> {
    if beginning.len() as u64 == length {
        return Ok(sealed(beginning) == Some(true));
    }
    let mut end = [0; END.len()];
    file.read_exact_at(&mut end, length.saturating_sub(END.len() as u64))?;
    Ok(end == END)
}

/// What a list wants of a meta.json. It is read until all of it is there, and not further.
#[derive(Default)]
struct Head<'a> {
    format: Option<u32>,
    kind: Option<Kind>,
    key: Option<BuildKey>,
    module_name: Option<ModuleName>,
    artifact: Option<String>,
    artifact_size: Option<u64>,
    created_utc: Option<String>,
    fingerprint: Option<&'a RawValue>,
    origin: Option<Origin>,
}

impl<'a> Visitor<'a> for &mut Head<'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what an entry is")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'a, str>>()? {
            match &*name {
                "format" => self.format = Some(map.next_value()?),
                "kind" => self.kind = Some(map.next_value()?),
                "key" => self.key = Some(map.next_value()?),
                "module_name" => self.module_name = Some(map.next_value()?),
                "artifact" => self.artifact = Some(map.next_value()?),
                "artifact_size" => self.artifact_size = Some(map.next_value()?),
                "created_utc" => self.created_utc = Some(map.next_value()?),
                "fingerprint" => self.fingerprint = Some(map.next_value()?),
                // The last one that we write.
                "origin" => {
                    self.origin = Some(map.next_value()?);
                    return Ok(());
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

impl From<&Meta> for Overview {
    fn from(meta: &Meta) -> Self {
        Self {
            kind: meta.kind,
            module_name: meta.module_name.clone(),
            artifact: meta.artifact.clone(),
            artifact_size: meta.artifact_size,
            created_utc: meta.created_utc.clone(),
            fingerprint: Arc::new(meta.fingerprint.clone()),
            origin: meta.origin.clone(),
        }
    }
}
