//! A root folder, and what can be done with it.

use std::{
    convert::Infallible,
    io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use cache_key::{BuildKey, Digest, RequestKey};
use lock_dir::{Held, Outcome, Wait};

use crate::{
    Distrust, Entry, Error, KnownSet, Layout, Manifest, Options, Stage, Staged,
    files::{PRIVATE, READABLE, keep, make_folders, named, remove, replace, show_folder, write_over},
    folder::{Folder, Opened},
    layout::{quarantine_reason, quarantined_entry},
    stage::new_cell,
};

/// What makes backup programs pass over a folder (bford.info/cachedir).
const CACHE_TAG: &[u8] =
    b"Signature: 8a477f597d28d172789f06886806bc55\n# This folder was made by pyxide. All in it can be made again.\n";

/// How long the holder of an entry's lock is waited for: nobody builds under it, so this is long.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A cache of finished builds. Making one touches nothing.
#[derive(Debug, Clone)]
pub struct Registry {
    layout: Layout,
    options: Options,
}

/// What became of an attempt to publish.
#[derive(Debug)]
pub enum Publication {
    /// It is published.
    Published(Entry),
    /// An entry with this key is there already, and was left as it is.
    AlreadyThere(Staged),
    /// It was published, and removed by a collector before it could be opened.
    Collected,
}

impl Registry {
    /// The registry in this folder, which need not exist yet: strict, and safe against power cuts.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self::with(root, Options::default())
    }

    /// The registry in this folder, which need not exist yet.
    pub fn with(root: impl Into<PathBuf>, options: Options) -> Self {
        Self { layout: Layout::new(root), options }
    }

    /// What was chosen about it.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Where everything lies.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Makes the root and its tag, unless they are there. Needed before the first write only.
    ///
    /// # Errors
    /// [`Error::Untrusted`] when others can write there, [`Error::Unwritable`] when we cannot.
    pub fn prepare(&self) -> Result<(), Error> {
        let (root, entries) = (self.layout.root(), self.layout.entries());
        let unwritable = |source| Error::Unwritable { root: root.to_owned(), source };
        make_folders(root, PRIVATE).map_err(unwritable)?;
        // Before anything is written below.
        self.folder(&entries)?;
        let make = || -> io::Result<()> {
            let tag = self.layout.cache_tag();
            // One that is cut short is not one.
            if !fs_err::read(&tag).is_ok_and(|text| text.starts_with(&CACHE_TAG[..43])) {
                write_over(&tag, CACHE_TAG)?;
            }
            make_folders(&entries, READABLE)
        };
        make().map_err(unwritable)?;
        self.folder(&entries)?;
        // Whether what is there can also be changed is known only by trying.
        tempfile::tempfile_in(&entries).map(drop).map_err(|error| unwritable(named(&entries, &error)))
    }

    /// The entry with this key, if there is one.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is one that does not say what it is, or that others could have changed;
    /// [`Error::Untrusted`] when that holds for all.
    pub fn entry(&self, key: &BuildKey) -> Result<Option<Entry>, Error> {
        match self.folder(&self.layout.shard(key))? {
            Some(shard) => Entry::open(key, &shard, &self.layout.entry(key), &self.options.trust),
            None => Ok(None),
        }
    }

    /// A new workspace for the holder of the request's lock.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be made.
    pub fn stage(&self, held: &Held, request: &RequestKey) -> Result<Stage, Error> {
        self.assert_held(held, request);
        let stage = Stage::new(&self.layout.stage(request), self.options.durability);
        stage.map_err(|source| Error::Io { action: "make a stage", source })
    }

    /// Removes what a dead holder of the request's lock left behind.
    ///
    /// # Errors
    /// [`Error::Io`] when something cannot be removed.
    pub fn sweep(&self, held: &Held, request: &RequestKey) -> Result<(), Error> {
        self.assert_held(held, request);
        let removed = remove(&self.layout.stage(request));
        removed.map(drop).map_err(|source| Error::Io { action: "sweep the stage", source })
    }

    /// Shows a complete entry, by one rename that replaces nothing.
    ///
    /// # Errors
    /// [`Error::Io`] when the file system refuses; nothing is shown then.
    pub fn publish(&self, held: &Held, staged: Staged) -> Result<Publication, Error> {
        let request = staged.meta.request_key;
        assert!(request.is_some(), "what is built was asked for");
        request.inspect(|request| self.assert_held(held, request));
        let key = staged.meta.key;
        let (place, shard) = (self.layout.entry(&key), self.layout.shard(&key));
        let publish = || -> io::Result<bool> {
            make_folders(&shard, READABLE)?;
            if !show_folder(&staged.stage.entry(), &place)? {
                return Ok(false);
            }
            self.options.durability.sync_folder(&shard)?;
            // The shard itself may be new.
            self.options.durability.sync_folder(&self.layout.entries())?;
            Ok(true)
        };
        if !publish().map_err(|source| Error::Io { action: "publish the cache entry", source })? {
            return Ok(Publication::AlreadyThere(staged));
        }
        Ok(self.entry(&key)?.map_or(Publication::Collected, Publication::Published))
    }

    /// Moves an entry away, with the reason beside it. Nothing is deleted.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process is at it, [`Error::Io`] when the file system refuses.
    pub fn quarantine(&self, key: &BuildKey, reason: &str) -> Result<(), Error> {
        let Some(held) = lock_dir::try_lock(&self.layout.entry_lock(key), "move to quarantine")? else {
            return Err(Error::Busy { key: *key });
        };
        self.quarantine_held(&held, key, reason)
    }

    /// The same for the holder of the entry's lock.
    pub(crate) fn quarantine_held(&self, held: &Held, key: &BuildKey, reason: &str) -> Result<(), Error> {
        let lock = self.layout.entry_lock(key);
        assert_eq!(held.folder().file_name(), lock.file_name(), "the lock of this entry is held");
        let parent = self.layout.quarantine(key);
        let move_away = || -> io::Result<()> {
            make_folders(&parent, READABLE)?;
            let cell = new_cell(&parent)?;
            fs_err::write(quarantine_reason(cell.path()), format!("{reason}\n"))?;
            match keep(&self.place(key).unwrap_or_else(|| self.layout.entry(key)), &quarantined_entry(cell.path())) {
                Ok(()) => {
                    let _ = cell.keep();
                    Ok(())
                }
                // Somebody else was faster, and there is nothing to keep.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            }
        };
        let moved = move_away();
        // It stays if there is a cell in it.
        let _ = fs_err::remove_dir(&parent);
        moved.map_err(|source| Error::Io { action: "move the damaged entry to quarantine", source })
    }

    /// The dependency sets known for a request.
    pub fn manifest(&self, portable: &Digest, toolchain: &Digest) -> Option<Manifest> {
        Manifest::read(&self.layout.manifest(portable, toolchain))
    }

    /// The dependency sets known for all toolchains, the manifest that was written last first.
    pub fn manifests(&self, portable: &Digest) -> Vec<Manifest> {
        let folder = self.layout.manifests(portable);
        let files = self.names(&folder).unwrap_or_default();
        let mut dated: Vec<_> = files
            .iter()
            .map(|name| folder.join(name))
            .filter_map(|file| Some((fs_err::metadata(&file).ok()?.modified().ok()?, Manifest::read(&file)?)))
            .collect();
        dated.sort_by_key(|(written, _)| std::cmp::Reverse(*written));
        dated.into_iter().map(|(_, manifest)| manifest).collect()
    }

    /// Adds a dependency set to a request's manifest.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written.
    pub fn remember(&self, held: &Held, portable: &Digest, toolchain: &Digest, set: &KnownSet) -> Result<(), Error> {
        let request = RequestKey::from_parts(*portable, *toolchain);
        self.assert_held(held, &request);
        let path = self.layout.manifest(portable, toolchain);
        let mut manifest = Manifest::read(&path).unwrap_or_else(|| Manifest::new(request));
        manifest.add(set);
        // It is written where the next holder of the lock sweeps.
        let stage = self.layout.stage(&request);
        let replaced = replace(&path, manifest.to_file(), &stage, self.options.durability);
        // Workspaces that are still in use keep it.
        let _ = fs_err::remove_dir(&stage);
        replaced.map_err(|source| Error::Io { action: "write the manifest", source })
    }

    /// The folder of the module or package with this key, whatever state it is in. `None` where nothing is.
    pub fn place(&self, key: &BuildKey) -> Option<PathBuf> {
        [self.layout.entry(key), self.layout.package(key)].into_iter().find(|place| place.symlink_metadata().is_ok())
    }

    /// Opens the root or a folder below it, if it is there and nobody but us could have put something into it.
    pub(crate) fn folder(&self, path: &Path) -> Result<Option<Folder>, Error> {
        let root = self.layout.root();
        let mut folder = self.believe(root, Folder::root(root))?;
        let below: Vec<&Path> = path.ancestors().take_while(|path| *path != root).collect();
        for path in below.into_iter().rev() {
            let Some(parent) = folder else { return Ok(None) };
            folder = self.believe(path, parent.folder(path))?;
        }
        Ok(folder)
    }

    fn believe(&self, path: &Path, opened: io::Result<Opened<Folder>>) -> Result<Option<Folder>, Error> {
        let io = |source| Error::Io { action: "open the cache", source };
        let untrusted = |reason| {
            let path = path.to_owned();
            Err(if self.options.trust.is_of_layer() {
                Error::UntrustedLayer { path, reason }
            } else {
                Error::Untrusted { path, reason }
            })
        };
        let folder = match opened.map_err(io)? {
            Opened::Found(folder) => folder,
            Opened::Missing => return Ok(None),
            Opened::Link => return untrusted(Distrust::Link),
            Opened::Other(_) => return Err(io(named(path, &io::ErrorKind::NotADirectory.into()))),
        };
        match self.options.trust.doubt(&folder.metadata().map_err(io)?) {
            Some(reason) => untrusted(reason),
            None => Ok(Some(folder)),
        }
    }

    /// The names in a folder below the root that are texts. A folder that is missing has none.
    pub(crate) fn names(&self, path: &Path) -> Result<Vec<String>, Error> {
        let Some(folder) = self.folder(path)? else { return Ok(Vec::new()) };
        let names = folder.names().map_err(|source| Error::Io { action: "list the cache", source })?;
        Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect())
    }

    /// The names in the folders in a folder that mean something to us. A name that does not is not ours.
    pub(crate) fn sharded<K: FromStr>(&self, path: &Path) -> Result<Vec<K>, Error> {
        let mut found = Vec::new();
        for shard in self.names(path)?.iter().filter(|name| name.len() == 2) {
            found.extend(self.names(&path.join(shard))?.iter().filter_map(|name| name.parse::<K>().ok()));
        }
        Ok(found)
    }

    /// The keys of all modules, in order, those of broken entries included.
    ///
    /// # Errors
    /// As for [`Registry::list`].
    pub fn keys(&self) -> Result<Vec<BuildKey>, Error> {
        let mut keys = self.sharded(&self.layout.entries())?;
        keys.sort_unstable();
        Ok(keys)
    }

    /// Waits for a lock under which nobody does anything that takes long.
    pub(crate) fn short_lock(folder: &Path, purpose: &str) -> Result<Held, Error> {
        let request = lock_dir::Request {
            folder,
            wait: Wait::AtMost(LONGEST_WAIT),
            cancelled: &|| false,
            waiting: &|_| {},
            // Who has to know that others may be at it asks the lock.
            not_exclusive: &|_| {},
            purpose,
        };
        let nothing_else = || Ok::<Option<Infallible>, Error>(None);
        let Outcome::Held(held) = lock_dir::acquire(&request, nothing_else, |_| Ok(()))?;
        Ok(held)
    }

    /// Only the holder of this request's lock may do this; anything else is a bug of the caller.
    pub(crate) fn assert_held(&self, held: &Held, request: &RequestKey) {
        let lock = self.layout.request_lock(request);
        // The lock's own path may be spelled with its links resolved.
        assert_eq!(held.folder().file_name(), lock.file_name(), "the lock of this request is held");
    }
}

/// Refuses what must not be done beside another holder of a lock.
pub(crate) fn exclusive(held: &Held) -> Result<(), Error> {
    if held.is_exclusive() { Ok(()) } else { Err(Error::NotExclusive { lock: held.folder().to_owned() }) }
}
