//! A root folder, and what can be done with it.

use std::{io, os::unix::fs::DirBuilderExt as _, path::Path};

use cache_key::{BuildKey, Digest, RequestKey};
use lock_dir::Held;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::{
    Damage, Entry, Error, KnownSet, Layout, Manifest, Stage, Staged,
    entry::damaged,
    files::{named, replace, sync_folder},
    layout::{quarantine_reason, quarantined_entry},
};

/// What makes backup programs pass over a folder (bford.info/cachedir).
const CACHE_TAG: &[u8] =
    b"Signature: 8a477f597d28d172789f06886806bc55\n# This folder was made by pyxide. All in it can be made again.\n";

/// A cache of finished builds. Making one touches nothing.
#[derive(Debug, Clone)]
pub struct Registry {
    layout: Layout,
}

/// What became of an attempt to publish.
#[derive(Debug)]
pub enum Publication {
    /// It is published.
    Published(Entry),
    /// An entry with this key is there already, and was left as it is.
    AlreadyThere(Staged),
}

/// One entry of a list: itself, or what is wrong with it.
#[derive(Debug)]
pub struct Listed {
    /// Its key.
    pub key: BuildKey,
    /// The entry.
    pub entry: Result<Entry, Error>,
}

impl Registry {
    /// The registry in this folder, which need not exist yet.
    pub fn new(root: impl Into<std::path::PathBuf>) -> Self {
        Self { layout: Layout::new(root) }
    }

    /// Where everything lies.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Makes the root and its tag, unless they are there. Needed before the first write only.
    ///
    /// # Errors
    /// [`Error::Unwritable`] when that fails.
    pub fn prepare(&self) -> Result<(), Error> {
        let root = self.layout.root();
        let make = || -> io::Result<()> {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(|error| named(root, &error))?;
            let tag = self.layout.cache_tag();
            if !tag.exists() {
                fs_err::write(&tag, CACHE_TAG)?;
            }
            // Whether what is there can also be changed is known only by trying.
            let entries = self.layout.entries();
            fs_err::create_dir_all(&entries)?;
            tempfile::tempfile_in(&entries).map(drop).map_err(|error| named(&entries, &error))
        };
        make().map_err(|source| Error::Unwritable { root: root.to_owned(), source })
    }

    /// The entry with this key, if there is one.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is one that does not say what it is.
    pub fn entry(&self, key: &BuildKey) -> Result<Option<Entry>, Error> {
        Entry::open(key, self.layout.entry(key))
    }

    /// All entries by key, broken ones included.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder of entries cannot be read. One that is missing has no entries.
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        let mut keys: Vec<BuildKey> = Vec::new();
        for shard in names(&self.layout.entries())? {
            // A name that is no key is not ours.
            keys.extend(names(&shard)?.iter().filter_map(|path| path.file_name()?.to_str()?.parse::<BuildKey>().ok()));
        }
        keys.sort_unstable();
        let listed = keys.into_iter().filter_map(|key| match self.entry(&key) {
            Ok(Some(entry)) => Some(Listed { key, entry: Ok(entry) }),
            // Collected since its name was read.
            Ok(None) => None,
            Err(error) => Some(Listed { key, entry: Err(error) }),
        });
        Ok(listed.collect())
    }

    /// A new workspace for the holder of the request's lock.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be made.
    pub fn stage(&self, held: &Held, request: &RequestKey) -> Result<Stage, Error> {
        self.assert_held(held, request);
        Stage::new(&self.layout.stage(request)).map_err(|source| Error::Io { action: "make a stage", source })
    }

    /// Removes what a dead holder of the request's lock left behind.
    ///
    /// # Errors
    /// [`Error::Io`] when something cannot be removed.
    pub fn sweep(&self, held: &Held, request: &RequestKey) -> Result<(), Error> {
        self.assert_held(held, request);
        match fs_err::remove_dir_all(self.layout.stage(request)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::Io { action: "sweep the stage", source })
            }
            _ => Ok(()),
        }
    }

    /// Shows a complete entry, by one rename that replaces nothing.
    ///
    /// # Errors
    /// [`Error::Io`] when the file system refuses; nothing is shown then.
    pub fn publish(&self, held: &Held, staged: Staged) -> Result<Publication, Error> {
        self.assert_held(held, &staged.meta.request_key);
        let key = staged.meta.key;
        let place = self.layout.entry(&key);
        let shard = place.parent().unwrap_or(&place);
        let publish = || -> io::Result<bool> {
            fs_err::create_dir_all(shard)?;
            if !rename_without_replacing(&staged.stage.entry(), &place)? {
                return Ok(false);
            }
            sync_folder(shard)?;
            // The shard itself may be new.
            sync_folder(&self.layout.entries())?;
            Ok(true)
        };
        if !publish().map_err(|source| Error::Io { action: "publish the cache entry", source })? {
            return Ok(Publication::AlreadyThere(staged));
        }
        let entry = self.entry(&key)?;
        entry
            .map(Publication::Published)
            .ok_or_else(|| damaged(&key, Damage::Meta("vanished after it was written".into())))
    }

    /// Moves an entry away, with the reason beside it. Nothing is deleted.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process is at it, [`Error::Io`] when the file system refuses.
    pub fn quarantine(&self, key: &BuildKey, reason: &str) -> Result<(), Error> {
        let Some(_held) = lock_dir::try_lock(&self.layout.entry_lock(key), "move to quarantine")? else {
            return Err(Error::Busy { key: *key });
        };
        let parent = self.layout.quarantine(key);
        let move_away = || -> io::Result<()> {
            fs_err::create_dir_all(&parent)?;
            let cell = tempfile::Builder::new().prefix("").rand_bytes(12).tempdir_in(&parent)?.keep();
            fs_err::write(quarantine_reason(&cell), format!("{reason}\n"))?;
            match fs_err::rename(self.layout.entry(key), quarantined_entry(&cell)) {
                // Somebody else was faster, and there is nothing to keep.
                Err(error) if error.kind() == io::ErrorKind::NotFound => fs_err::remove_dir_all(&cell),
                other => other,
            }
        };
        move_away().map_err(|source| Error::Io { action: "move the damaged entry to quarantine", source })
    }

    /// The dependency sets known for a request.
    pub fn manifest(&self, portable: &Digest, toolchain: &Digest) -> Option<Manifest> {
        Manifest::read(&self.layout.manifest(portable, toolchain))
    }

    /// The dependency sets known for all toolchains, the manifest that was written last first.
    pub fn manifests(&self, portable: &Digest) -> Vec<Manifest> {
        let files = names(&self.layout.manifests(portable)).unwrap_or_default();
        let mut dated: Vec<_> = files
            .iter()
            .filter_map(|file| Some((fs_err::metadata(file).ok()?.modified().ok()?, Manifest::read(file)?)))
            .collect();
        dated.sort_by_key(|(written, _)| std::cmp::Reverse(*written));
        dated.into_iter().map(|(_, manifest)| manifest).collect()
    }

    /// Adds a dependency set to a request's manifest.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written.
    pub fn remember(&self, held: &Held, portable: &Digest, toolchain: &Digest, set: KnownSet) -> Result<(), Error> {
        let request = RequestKey::from_parts(*portable, *toolchain);
        self.assert_held(held, &request);
        let path = self.layout.manifest(portable, toolchain);
        let mut manifest = Manifest::read(&path).unwrap_or_else(|| Manifest::new(request));
        manifest.add(set);
        replace(&path, &manifest).map_err(|source| Error::Io { action: "write the manifest", source })
    }

    /// Only the holder of this request's lock may do this; anything else is a bug of the caller.
    fn assert_held(&self, held: &Held, request: &RequestKey) {
        let lock = self.layout.request_lock(request);
        // The lock's own path may be spelled with its links resolved.
        assert_eq!(held.folder().file_name(), lock.file_name(), "the lock of this request is held");
    }
}

/// Renames a folder. False when something is there already.
fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<bool> {
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST | Errno::NOTEMPTY) => Ok(false),
        // Some file systems do not know the flag. A plain rename onto a folder that is not empty fails, and none of ours is.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match rustix::fs::rename(from, to) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST | Errno::NOTEMPTY) => Ok(false),
            Err(error) => Err(named(to, &error.into())),
        },
        Err(error) => Err(named(to, &error.into())),
    }
}

/// The paths in a folder. A folder that is missing has none.
fn names(folder: &Path) -> Result<Vec<std::path::PathBuf>, Error> {
    let read = || -> io::Result<Vec<_>> { fs_err::read_dir(folder)?.map(|item| Ok(item?.path())).collect() };
    match read() {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        other => other.map_err(|source| Error::Io { action: "list the cache", source }),
    }
}
