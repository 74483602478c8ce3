//! A published build, read with mistrust.

use std::{
    fs::{File, Metadata},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cache_key::{Abi, BuildKey, Digest};
use fingerprint::FileStamp;

use crate::{
    Damage, Error, Meta, Trust,
    folder::{Folder, Opened, read_at_most},
    layout::entry_meta,
    meta::{Unreadable, unseal_module},
};

/// meta.json is not read when it is larger than this.
pub(crate) const META_LIMIT: u64 = 16 << 20;

/// Artifacts are not read when they are larger than this.
pub(crate) const ARTIFACT_LIMIT: u64 = 512 << 20;

/// How far apart two recorded uses are at least.
pub(crate) const USE_INTERVAL: Duration = Duration::from_hours(1);

/// A published build. Its folder is held open, so that it can be read even while a collector moves it away.
#[derive(Debug)]
pub struct Entry {
    key: BuildKey,
    folder: Folder,
    trust: Trust,
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
    /// Opens the entry with this path in a folder. `None` where nothing is.
    pub(crate) fn open(key: &BuildKey, shard: &Folder, path: &Path, trust: &Trust) -> Result<Option<Self>, Error> {
        let Some(folder) = open_folder(key, shard, path, trust)? else { return Ok(None) };
        let meta = read_meta(key, &folder, trust, unseal_module)?;
        let wrong = |what: String| Err(damaged(key, Damage::Meta(what)));
        if meta.key != *key {
            return wrong(format!("belongs to `{}`", meta.key));
        }
        if !meta.is_complete() {
            return wrong("lacks what its kind of entry has".into());
        }
        if !Meta::may_name(&meta.artifact) {
            return wrong("names an artifact outside the entry".into());
        }
        Ok(Some(Self { key: *key, folder, trust: trust.clone(), meta }))
    }

    /// Its key.
    pub fn key(&self) -> &BuildKey {
        &self.key
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What it is.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The interface that it can be loaded with.
    ///
    /// # Panics
    /// Never.
    pub fn abi(&self) -> &Abi {
        self.meta.abi().expect("an entry is opened only if its meta.json has what its kind has")
    }

    /// Where its artifact lies.
    pub fn artifact_path(&self) -> PathBuf {
        self.path().join(&self.meta.artifact)
    }

    /// Where its normalised source lies, if it was built from one.
    pub fn source_path(&self) -> Option<PathBuf> {
        Some(self.path().join(self.meta.source_name()?))
    }

    /// Reads the normalised source. `None` where the entry has none.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read.
    pub fn read_source(&self) -> Result<Option<String>, Error> {
        let failed = |source| Error::Io { action: "read the source in the cache", source };
        let Some(path) = self.source_path() else { return Ok(None) };
        match self.folder.file(&path).map_err(failed)? {
            Opened::Found((file, _)) => {
                let bytes = read_at_most(file, &path, META_LIMIT).map_err(failed)?;
                Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
            }
            Opened::Missing | Opened::Link | Opened::Other(_) => Ok(None),
        }
    }

    /// Reads the artifact and compares size and content with what was published.
    ///
    /// # Errors
    /// [`Error::Damaged`] says what differs.
    pub fn read_artifact(&self) -> Result<Artifact, Error> {
        let damaged = |damage| damaged(&self.key, damage);
        let path = self.artifact_path();
        let opened = self.folder.file(&path).map_err(|source| Error::Io { action: "open the artifact", source })?;
        let (file, metadata) = match opened {
            Opened::Found(found) => found,
            Opened::Missing => return Err(damaged(Damage::Missing(self.meta.artifact.clone()))),
            Opened::Link => return Err(damaged(Damage::NotAFile("a symbolic link"))),
            Opened::Other(what) => return Err(damaged(Damage::NotAFile(what))),
        };
        self.believe(&self.meta.artifact, &metadata)?;
        let expected = self.meta.artifact_size;
        if metadata.len() != expected || expected > ARTIFACT_LIMIT {
            return Err(damaged(Damage::Size { expected, found: metadata.len() }));
        }
        let bytes =
            read_at_most(file, &path, expected).map_err(|source| Error::Io { action: "read the artifact", source })?;
        if bytes.len() as u64 != expected || Digest::of(&bytes) != self.meta.artifact_blake3 {
            return Err(damaged(Damage::Content));
        }
        Ok(Artifact { path, bytes, stamp: FileStamp::from_metadata(&metadata) })
    }

    /// Notes that it is used now, for the collector: by the modification time of its folder, which says when it was
    /// published and from then on when it was used last, to the hour.
    ///
    /// Where that cannot be written, as in a read-only cache or one of another user, nothing is noted, and nothing in a
    /// [`Layer`](crate::Layer).
    pub fn record_use(&self, now: SystemTime) {
        record_use(&self.folder, &self.trust, now);
    }

    /// Notes that it is used now, to the tick, so that whoever looked before sees it.
    pub(crate) fn note_use(&self, now: SystemTime) {
        let _ = self.folder.set_modified(now);
    }

    /// The files beside the artifact, by name.
    pub(crate) fn others(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let io = |source| Error::Io { action: "read the cache entry", source };
        let mut others = Vec::new();
        for name in self.folder.names().map_err(io)? {
            let path = self.path().join(&name);
            let name = name.to_string_lossy().into_owned();
            if name == self.meta.artifact {
                continue;
            }
            let stray = |what| Err(damaged(&self.key, Damage::Stray { name: name.clone(), what }));
            let (file, metadata) = match self.folder.file(&path).map_err(io)? {
                Opened::Found(found) => found,
                Opened::Missing => continue,
                Opened::Link => return stray("a symbolic link"),
                Opened::Other(what) => return stray(what),
            };
            self.believe(&name, &metadata)?;
            let bytes = read_at_most(file, &path, ARTIFACT_LIMIT).map_err(io)?;
            others.push((name, bytes));
        }
        Ok(others)
    }

    fn believe(&self, name: &str, metadata: &Metadata) -> Result<(), Error> {
        believe(&self.key, name, metadata, &self.trust)
    }
}

/// Opens the folder of an entry. `None` where nothing is.
pub(crate) fn open_folder(key: &BuildKey, shard: &Folder, path: &Path, trust: &Trust) -> Result<Option<Folder>, Error> {
    let io = |source| Error::Io { action: "open the cache entry", source };
    let what_it_is = |what: &str| damaged(key, Damage::Meta(format!("cannot be read: the entry is {what}")));
    let folder = match shard.folder(path).map_err(io)? {
        Opened::Found(folder) => folder,
        Opened::Missing => return Ok(None),
        Opened::Link => return Err(what_it_is("a symbolic link")),
        Opened::Other(what) => return Err(what_it_is(what)),
    };
    if let Some(reason) = trust.doubt(&folder.metadata().map_err(io)?) {
        return Err(damaged(key, Damage::Untrusted { what: "folder".into(), reason }));
    }
    Ok(Some(folder))
}

/// Reads the meta.json in the folder of an entry.
pub(crate) fn read_meta<T>(
    key: &BuildKey,
    folder: &Folder,
    trust: &Trust,
    unseal: fn(Vec<u8>) -> Result<T, Unreadable>,
) -> Result<T, Error> {
    let wrong = |what: String| damaged(key, Damage::Meta(what));
    let path = entry_meta(folder.path());
    let file: File = match folder.file(&path).map_err(|source| Error::Io { action: "open meta.json", source })? {
        Opened::Found((file, metadata)) => {
            believe(key, "meta.json", &metadata, trust)?;
            file
        }
        Opened::Missing => return Err(wrong("is missing".into())),
        Opened::Link => return Err(wrong("is a symbolic link".into())),
        Opened::Other(what) => return Err(wrong(format!("is {what}"))),
    };
    let text = read_at_most(file, &path, META_LIMIT).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    unseal(text).map_err(|unreadable| match unreadable {
        Unreadable::TooNew(found) => Error::TooNew { path, found },
        Unreadable::Broken(what) => wrong(what),
    })
}

/// Notes in the folder of an entry that it is used now, unless that was noted within the hour.
pub(crate) fn record_use(folder: &Folder, trust: &Trust, now: SystemTime) {
    if trust.is_of_layer() {
        return;
    }
    let Ok(recorded) = folder.metadata().and_then(|metadata| metadata.modified()) else { return };
    // A time to come is what a clock left that was wrong, and would keep the entry for ever.
    if now.duration_since(recorded).is_ok_and(|since| since < USE_INTERVAL) {
        return;
    }
    // Nobody waits for this, and whoever uses an entry has what they came for.
    let _ = folder.set_modified(now);
}

pub(crate) fn believe(key: &BuildKey, name: &str, metadata: &Metadata, trust: &Trust) -> Result<(), Error> {
    match trust.doubt(metadata) {
        Some(reason) => Err(damaged(key, Damage::Untrusted { what: format!("`{name}`"), reason })),
        None => Ok(()),
    }
}

pub(crate) fn damaged(key: &BuildKey, damage: Damage) -> Error {
    Error::Damaged { key: *key, damage }
}
