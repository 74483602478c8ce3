//! Names for entries that are to stay.
//!
//! Each pin is a file of its own, so that no two of them can spoil each other. A pin is written with the lock of its
//! entry held, and a collector reads all pins with that lock held before it removes the entry: so an entry is either
//! gone before its pin is written, which then fails, or stays. The pin of a package names the entries of its modules, too,
//! and is written with the locks of all of them held, so that no collector needs to know packages to keep them. A file that may have been a pin protects an entry that
//! nobody knows, so collecting fails until somebody repairs or removes it.

use std::{collections::BTreeSet, path::PathBuf, time::SystemTime};

use cache_key::BuildKey;
use serde::{Deserialize, Serialize};

use crate::{
    Alias, Error, PackageModule, Registry,
    files::{READABLE, make_folders, remove, show_file, write_new},
    folder::{Folder, Opened, read_at_most},
    layout::alias_of_pin,
    meta::Format,
    publish::utc,
};

/// Raised when the meaning of a pin changes.
const FORMAT: u32 = 2;

/// The format of a pin that protects one entry: an older version reads it, and need not understand packages.
const OF_ONE: u32 = 1;

/// Pins are not read when they are larger than this.
const LIMIT: u64 = 64 << 10;

/// A name for an entry, which is not collected as long as it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    format: u32,
    /// The name.
    pub alias: Alias,
    /// The entry.
    pub key: BuildKey,
    /// When it was pinned: UTC, to the second.
    pub created_utc: String,
    /// The entries that it keeps besides: those of a package's modules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<BuildKey>,
}

/// One pin of a list: itself, or what is wrong with it.
#[derive(Debug)]
pub struct ListedPin {
    /// Its file.
    pub path: PathBuf,
    /// The pin.
    pub pin: Result<Pin, Error>,
}

impl Registry {
    /// Gives an entry or a package a name, and keeps it from being collected, with all modules of a package. It may have
    /// several. Pinning again changes nothing.
    ///
    /// # Errors
    /// [`Error::NoEntry`] or [`Error::Damaged`] when there is no such entry; [`Error::IncompletePackage`] when a module of
    /// the package is not there; [`Error::AliasTaken`] when the alias is
    /// another entry's and `overwrite` is not set; [`Error::Lock`] when another process keeps the entry locked;
    /// [`Error::Io`] when the pin cannot be written, and what the alias meant before it still means.
    pub fn pin(&self, alias: &Alias, key: &BuildKey, overwrite: bool) -> Result<Pin, Error> {
        // First without the lock, which would leave a folder for a key that is none.
        let modules = self.kept_with(key)?;
        let held = self.lock_with_modules(key, &modules, "pin")?;
        // What a key stands for never changes.
        self.kept_with(key)?;
        match self.resolve(alias) {
            Ok(Some(pin)) if pin.key == *key => return Ok(pin),
            // Whether it may be replaced is decided where it is: by the rename.
            Ok(_) | Err(Error::BrokenPin { .. }) => {}
            Err(error) => return Err(error),
        }
        let modules: Vec<BuildKey> = modules.into_iter().map(|module| module.key).collect();
        let format = if modules.is_empty() { OF_ONE } else { FORMAT };
        let pin = Pin { format, alias: alias.clone(), key: *key, created_utc: utc(SystemTime::now()), modules };
        let written = self.write(&pin, overwrite);
        // A name of its own for each entry, so that it belongs to who holds the lock and the next holder clears it away.
        let _ = remove(&self.layout().new_pin(key));
        drop(held);
        if written.map_err(|source| Error::Io { action: "write the pin", source })? {
            return Ok(pin);
        }
        match self.resolve(alias)? {
            Some(other) if other.key != *key => Err(Error::AliasTaken { alias: alias.clone(), key: other.key }),
            // Taken away since, or pinned by who has no working lock.
            _ => Err(Error::Busy { key: *key }),
        }
    }

    /// Takes a name away, and tells whether it was one. A broken pin is removed, too.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be removed.
    pub fn unpin(&self, alias: &Alias) -> Result<bool, Error> {
        // Whoever could have put a pin there could have put a link there.
        if self.folder(&self.layout().pins())?.is_none() {
            return Ok(false);
        }
        let remove = || {
            let was_there = remove(&self.layout().pin(alias))?;
            if was_there {
                self.options().durability.sync_folder(&self.layout().pins())?;
            }
            Ok(was_there)
        };
        remove().map_err(|source| Error::Io { action: "remove the pin", source })
    }

    /// All pins by alias, broken ones included.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Untrusted`] when the folder of pins cannot be read. One that is missing has no pins.
    pub fn pins(&self) -> Result<Vec<ListedPin>, Error> {
        let pins = self.layout().pins();
        let Some(folder) = self.folder(&pins)? else { return Ok(Vec::new()) };
        let mut names = self.names(&pins)?;
        names.sort_unstable();
        let mut listed = Vec::new();
        for name in names {
            // What we write has a name that ends so, and does not begin with a dot before it is complete.
            let Some(text) = alias_of_pin(&name) else { continue };
            let path = pins.join(&name);
            let pin = match text.parse::<Alias>() {
                Err(_) => Err(broken(path.clone(), "has a name that is no alias")),
                Ok(alias) => match self.read_pin(&folder, &alias) {
                    Ok(Some(pin)) => Ok(pin),
                    // Removed since its name was read.
                    Ok(None) => continue,
                    Err(error) => Err(error),
                },
            };
            listed.push(ListedPin { path, pin });
        }
        Ok(listed)
    }

    /// What an alias means, if anything.
    ///
    /// # Errors
    /// [`Error::BrokenPin`] when nobody knows.
    pub fn resolve(&self, alias: &Alias) -> Result<Option<Pin>, Error> {
        match self.folder(&self.layout().pins())? {
            Some(folder) => self.read_pin(&folder, alias),
            None => Ok(None),
        }
    }

    /// The entries that a pin keeps. Fails if one of the pins is broken.
    pub(crate) fn pinned(&self) -> Result<BTreeSet<BuildKey>, Error> {
        let mut pinned = BTreeSet::new();
        for listed in self.pins()? {
            let pin = listed.pin?;
            pinned.insert(pin.key);
            pinned.extend(pin.modules);
        }
        Ok(pinned)
    }

    /// The modules that are pinned with an entry, which is there with all of them.
    fn kept_with(&self, key: &BuildKey) -> Result<Vec<PackageModule>, Error> {
        if let Some(package) = self.package(key)? {
            self.modules_of(package.meta())?;
            return Ok(package.meta().modules.clone());
        }
        self.entry(key)?.map(|_| vec![]).ok_or(Error::NoEntry { key: *key })
    }

    fn read_pin(&self, folder: &Folder, alias: &Alias) -> Result<Option<Pin>, Error> {
        let path = self.layout().pin(alias);
        let broken = |reason: &str| broken(path.clone(), reason);
        let (file, metadata) =
            match folder.file(&path).map_err(|error| broken(&format!("cannot be opened: {error}")))? {
                Opened::Found(found) => found,
                Opened::Missing => return Ok(None),
                Opened::Link => return Err(broken("is a symbolic link")),
                Opened::Other(what) => return Err(broken(&format!("is {what}"))),
            };
        if let Some(reason) = self.options().trust.doubt(&metadata) {
            return Err(broken(&format!("{reason}, so others could have changed it")));
        }
        let text = read_at_most(file, &path, LIMIT).map_err(|error| broken(&format!("cannot be read: {error}")))?;
        let meaningless = |error: serde_json::Error| broken(&format!("cannot be understood: {error}"));
        let Format { format } = serde_json::from_slice(&text).map_err(meaningless)?;
        if format > FORMAT {
            return Err(broken(&format!("has format {format}, and this version reads up to {FORMAT}")));
        }
        let pin: Pin = serde_json::from_slice(&text).map_err(meaningless)?;
        if pin.alias != *alias {
            return Err(broken(&format!("belongs to the alias `{}`", pin.alias)));
        }
        Ok(Some(pin))
    }

    /// Writes a pin, unless it would replace one and must not.
    fn write(&self, pin: &Pin, overwrite: bool) -> std::io::Result<bool> {
        let (pins, durability) = (self.layout().pins(), self.options().durability);
        let (new, place) = (self.layout().new_pin(&pin.key), self.layout().pin(&pin.alias));
        make_folders(&pins, READABLE)?;
        remove(&new)?;
        write_new(&new, &serde_json::to_vec(pin)?, 0o644, durability)?;
        if overwrite {
            fs_err::rename(&new, &place)?;
        } else if !show_file(&new, &place)? {
            return Ok(false);
        }
        durability.sync_folder(&pins)?;
        Ok(true)
    }
}

fn broken(path: PathBuf, reason: &str) -> Error {
    Error::BrokenPin { path, reason: reason.to_owned() }
}
