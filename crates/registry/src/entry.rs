//! A published build, read with mistrust.

use std::{
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use cache_key::{BuildKey, Digest};
use fingerprint::FileStamp;

use crate::{
    Damage, Error, META_FORMAT, Meta,
    files::{Opened, open_file, open_folder, read_at_most},
    meta::Format,
};

/// The name of the file that says what an entry is.
pub(crate) const META: &str = "meta.json";

/// meta.json is not read when it is larger than this.
const META_LIMIT: u64 = 16 << 20;

/// Artifacts are not read when they are larger than this.
const ARTIFACT_LIMIT: u64 = 512 << 20;

/// A published build. Its folder is held open, so that it can be read even while a collector moves it away.
#[derive(Debug)]
pub struct Entry {
    key: BuildKey,
    path: PathBuf,
    folder: OwnedFd,
    meta: Meta,
}

/// An artifact whose size and content are what its entry says.
#[derive(Debug)]
pub struct Artifact {
    /// Where it lies.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its stamp when it was read.
    pub stamp: FileStamp,
}

impl Entry {
    /// Opens the entry in a folder. `None` where nothing is.
    pub(crate) fn open(key: &BuildKey, path: PathBuf) -> Result<Option<Self>, Error> {
        let opened = open_folder(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotADirectory => {
                damaged(key, Damage::Meta("cannot be read: the entry is not a folder".into()))
            }
            _ => Error::Io { action: "open the cache entry", source },
        })?;
        let Some(folder) = opened else { return Ok(None) };
        let meta = read_meta(key, &folder, &path)?;
        Ok(Some(Self { key: *key, path, folder, meta }))
    }

    /// Its key.
    pub fn key(&self) -> &BuildKey {
        &self.key
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Where its artifact lies.
    pub fn artifact_path(&self) -> PathBuf {
        self.path.join(&self.meta.artifact)
    }

    /// Reads the artifact and compares size and content with what was published.
    ///
    /// # Errors
    /// [`Error::Damaged`] says what differs.
    pub fn read_artifact(&self) -> Result<Artifact, Error> {
        let damaged = |damage| damaged(&self.key, damage);
        let opened = open_file(&self.folder, &self.meta.artifact)
            .map_err(|source| Error::Io { action: "open the artifact", source })?;
        let (file, metadata) = match opened {
            Opened::File(file, metadata) => (file, metadata),
            Opened::Missing => return Err(damaged(Damage::Missing(self.meta.artifact.clone()))),
            Opened::Other(kind) => return Err(damaged(Damage::NotAFile(kind))),
        };
        let expected = self.meta.artifact_size;
        if metadata.len() != expected || expected > ARTIFACT_LIMIT {
            return Err(damaged(Damage::Size { expected, found: metadata.len() }));
        }
        let bytes = read_at_most(file, expected).map_err(|source| Error::Io { action: "read the artifact", source })?;
        if bytes.len() as u64 != expected || Digest::of(&bytes) != self.meta.artifact_blake3 {
            return Err(damaged(Damage::Content));
        }
        Ok(Artifact { path: self.artifact_path(), bytes, stamp: FileStamp::from_metadata(&metadata) })
    }
}

fn read_meta(key: &BuildKey, folder: &OwnedFd, path: &Path) -> Result<Meta, Error> {
    let wrong = |what: String| damaged(key, Damage::Meta(what));
    let file = match open_file(folder, META).map_err(|source| Error::Io { action: "open meta.json", source })? {
        Opened::File(file, _) => file,
        Opened::Missing => return Err(wrong("is missing".into())),
        Opened::Other(kind) => return Err(wrong(format!("is {kind}"))),
    };
    let text = read_at_most(file, META_LIMIT).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let Format { format } =
        serde_json::from_slice(&text).map_err(|error| wrong(format!("cannot be understood: {error}")))?;
    if format > META_FORMAT {
        return Err(Error::TooNew { path: path.join(META), found: format });
    }
    let meta: Meta = serde_json::from_slice(&text).map_err(|error| wrong(format!("cannot be understood: {error}")))?;
    if meta.key != *key {
        return Err(wrong(format!("belongs to `{}`", meta.key)));
    }
    if meta.artifact.is_empty() || meta.artifact.contains('/') || meta.artifact.starts_with('.') {
        return Err(wrong("names an artifact outside the entry".into()));
    }
    Ok(meta)
}

pub(crate) fn damaged(key: &BuildKey, damage: Damage) -> Error {
    Error::Damaged { key: *key, damage }
}
