//! Publishing what no request describes: modules that come as files, and packages.
//!
//! The key is known before anything is written, and who holds the entry's lock writes the entry, below `incoming`, and
//! shows it by one rename that replaces nothing. So what a killed publisher left belongs to the next holder of the lock.
//!
//! A package is published with the locks of its modules held, too, and they count as used then: a collector that decided
//! before that a module may go sees under its lock that it was used since.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    time::SystemTime,
};

use cache_key::{Abi, BuildKey, Digest, ModuleName};
use lock_dir::Held;

use crate::{
    Dependencies, Entry, Error, Kind, META_FORMAT, Meta, Origin, PackageEntry, PackageFile, PackageMeta, PackageModule,
    PackagePath, Registry, Timings,
    files::{PRIVATE, READABLE, make_folders, remove, show_folder, write_new},
    layout::{entry_file, entry_meta, package_file, package_files, stage_entry},
    meta::seal,
    stage::new_cell,
};

/// An extension module that was not built from a source that we know, and that its caller has looked at.
#[derive(Debug, Clone)]
pub struct External<'a> {
    /// The name that it was compiled for, and that it must be imported by.
    pub module_name: &'a ModuleName,
    /// The interface that it can be loaded with.
    pub abi: &'a Abi,
    /// The file's content.
    pub bytes: &'a [u8],
    /// The libraries that are loaded with it.
    pub needed: Vec<String>,
    /// What is known about who built it.
    pub fingerprint: BTreeMap<String, String>,
    /// How it got here.
    pub origin: Origin,
}

/// A package whose modules are published already.
#[derive(Debug, Clone)]
pub struct NewPackage<'a> {
    /// The package's full name.
    pub name: &'a ModuleName,
    /// Its modules, in any order.
    pub modules: &'a [PackageModule],
    /// Its other files and their content.
    pub files: &'a BTreeMap<PackagePath, Vec<u8>>,
    /// Who built it.
    pub fingerprint: BTreeMap<String, String>,
    /// How it got here.
    pub origin: Origin,
}

impl External<'_> {
    /// The key that it is published by.
    pub fn key(&self) -> BuildKey {
        BuildKey::external(self.module_name, Digest::of(self.bytes), self.abi)
    }
}

impl Registry {
    /// Publishes an external module. One that is there already stays, if it is intact; else it moves to quarantine.
    ///
    /// # Errors
    /// [`Error::Unwritable`] or [`Error::Untrusted`] as for [`Registry::prepare`]; [`Error::Lock`] when another process
    /// keeps the entry locked; [`Error::Io`] when the file system refuses, and nothing is shown then.
    pub fn publish_external(&self, external: &External<'_>) -> Result<Entry, Error> {
        let key = external.key();
        let artifact = format!("{}{}", external.module_name.last(), external.abi.extension_suffix);
        let meta = external.meta(key, artifact);
        let (entry, _) = self.publish_module(&meta, |entry| {
            write_new(&entry_file(entry, &meta.artifact), external.bytes, 0o444, self.options().durability)?;
            write_new(&entry_meta(entry), &meta.to_file()?, 0o444, self.options().durability)
        })?;
        Ok(entry)
    }

    /// Publishes a module with all its files, and tells whether it did: one that is there already stays, if it is intact.
    pub(crate) fn publish_module(
        &self,
        meta: &Meta,
        write: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(Entry, bool), Error> {
        self.prepare()?;
        let key = meta.key;
        let held = Self::short_lock(&self.layout().entry_lock(&key), "publish")?;
        let intact = |registry: &Self| -> Result<Option<Entry>, Error> {
            let Some(entry) = registry.entry(&key)? else { return Ok(None) };
            entry.read_artifact()?;
            Ok(Some(entry))
        };
        if let Some(entry) = self.unless_damaged(&held, &key, intact(self))? {
            return Ok((entry, false));
        }
        self.show_new(&held, &key, (&self.layout().shard(&key), &self.layout().entry(&key)), write)?;
        self.entry(&key)?.map(|entry| (entry, true)).ok_or(Error::Busy { key })
    }

    /// Publishes a package. One that is there already stays, if it is intact; else it moves to quarantine.
    ///
    /// # Errors
    /// [`Error::IncompletePackage`] names the modules that are not there; otherwise as for [`Registry::publish_external`].
    pub fn publish_package(&self, package: &NewPackage<'_>) -> Result<PackageEntry, Error> {
        self.publish_package_beside(package, &BTreeSet::new())
    }

    /// The same for a package some of whose modules are `elsewhere`, in caches that are only read.
    ///
    /// # Errors
    /// As for [`Registry::publish_package`].
    pub fn publish_package_beside(
        &self,
        package: &NewPackage<'_>,
        elsewhere: &BTreeSet<BuildKey>,
    ) -> Result<PackageEntry, Error> {
        self.prepare()?;
        let meta = package.meta();
        let key = meta.key;
        let held = self.lock_with_modules(&key, &meta.modules, "publish")?;
        let now = SystemTime::now();
        let here = meta.modules.iter().filter(|module| !elsewhere.contains(&module.key)).cloned().collect();
        for module in self.modules_of(&PackageMeta { modules: here, ..meta.clone() })? {
            module.note_use(now);
        }
        let intact = |registry: &Self| -> Result<Option<PackageEntry>, Error> {
            let Some(entry) = registry.package(&key)? else { return Ok(None) };
            entry.meta().files.iter().try_for_each(|file| entry.read_file(file).map(drop))?;
            Ok(Some(entry))
        };
        let Some(own) = held.get(&key) else { return Err(Error::Busy { key }) };
        if let Some(entry) = self.unless_damaged(own, &key, intact(self))? {
            entry.note_use(now);
            return Ok(entry);
        }
        self.show_new(own, &key, (&self.layout().package_shard(&key), &self.layout().package(&key)), |entry| {
            let durability = self.options().durability;
            make_folders(&package_files(entry), READABLE)?;
            let mut folders = BTreeSet::from([package_files(entry)]);
            for (path, content) in package.files {
                let place = package_file(entry, path);
                let above = place.ancestors().skip(1).take_while(|folder| *folder != entry);
                folders.extend(above.map(Path::to_owned));
                make_folders(place.parent().unwrap_or(entry), READABLE)?;
                write_new(&place, content, 0o444, durability)?;
            }
            folders.iter().try_for_each(|folder| durability.sync_folder(folder))?;
            write_new(&entry_meta(entry), &seal(&meta)?, 0o444, durability)
        })?;
        self.package(&key)?.ok_or(Error::Busy { key })
    }

    /// Takes the locks of an entry and of the modules that it refers to, in the order of their keys.
    pub(crate) fn lock_with_modules(
        &self,
        key: &BuildKey,
        modules: &[PackageModule],
        purpose: &str,
    ) -> Result<BTreeMap<BuildKey, Held>, Error> {
        // Everybody who takes several takes them in this order, so that no two wait for each other.
        let keys: BTreeSet<BuildKey> = modules.iter().map(|module| module.key).chain([*key]).collect();
        let lock = |key: BuildKey| Ok((key, Self::short_lock(&self.layout().entry_lock(&key), purpose)?));
        keys.into_iter().map(lock).collect()
    }

    /// What was found, unless it is damaged: then it moves to quarantine, and there is nothing.
    fn unless_damaged<T>(
        &self,
        held: &Held,
        key: &BuildKey,
        found: Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        match found {
            Err(Error::Damaged { damage, .. }) => {
                self.quarantine_held(held, key, &damage.to_string())?;
                Ok(None)
            }
            other => other,
        }
    }

    /// Writes a new entry where nobody looks, and shows it unless there is one.
    fn show_new(
        &self,
        held: &Held,
        key: &BuildKey,
        (shard, place): (&Path, &Path),
        write: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), Error> {
        let (incoming, durability) = (self.layout().incoming_of(key), self.options().durability);
        let show = || -> io::Result<()> {
            if held.is_exclusive() {
                // What a dead publisher left.
                remove(&incoming)?;
            }
            make_folders(&incoming, PRIVATE)?;
            let cell = new_cell(&incoming)?;
            let entry = stage_entry(cell.path());
            make_folders(&entry, READABLE)?;
            write(&entry)?;
            durability.sync_folder(&entry)?;
            make_folders(shard, READABLE)?;
            if show_folder(&entry, place)? {
                durability.sync_folder(shard)?;
                durability.sync_folder(shard.parent().unwrap_or(shard))?;
            }
            Ok(())
        };
        let shown = show();
        // It stays if somebody else is at it, too.
        let _ = fs_err::remove_dir(&incoming);
        shown.map_err(|source| Error::Io { action: "publish the cache entry", source })
    }
}

impl External<'_> {
    fn meta(&self, key: BuildKey, artifact: String) -> Meta {
        Meta {
            format: META_FORMAT,
            kind: Kind::External,
            key,
            request_key: None,
            module_name: self.module_name.clone(),
            artifact_filename: artifact.clone(),
            artifact,
            artifact_blake3: Digest::of(self.bytes),
            artifact_size: self.bytes.len() as u64,
            needed: self.needed.clone(),
            created_utc: utc(SystemTime::now()),
            fingerprint: self.fingerprint.clone(),
            interface: Some(self.abi.clone()),
            source_blake3: None,
            support_files: vec![],
            support_paths: vec![],
            extra_sources: vec![],
            directives: BTreeMap::new(),
            profile: None,
            annotation: None,
            generated: None,
            include_dirs: vec![],
            language: None,
            request: None,
            dependencies: Dependencies::default(),
            timings: Timings::default(),
            warnings: vec![],
            origin: self.origin.clone(),
        }
    }
}

impl NewPackage<'_> {
    fn meta(&self) -> PackageMeta {
        let mut modules = self.modules.to_vec();
        modules.sort_unstable();
        let files = self.files.iter().map(|(path, content)| PackageFile {
            path: path.clone(),
            blake3: Digest::of(content),
            size: content.len() as u64,
        });
        let files: Vec<PackageFile> = files.collect();
        let mut meta = PackageMeta {
            format: META_FORMAT,
            kind: Kind::Package,
            key: BuildKey::package(self.name, [], []),
            package_name: self.name.clone(),
            modules,
            files,
            created_utc: utc(SystemTime::now()),
            fingerprint: self.fingerprint.clone(),
            origin: self.origin.clone(),
        };
        meta.key = meta.computed_key();
        meta
    }

    /// The key that it is published by.
    pub fn key(&self) -> BuildKey {
        self.meta().key
    }
}

/// A time in UTC, to the second, as it is written everywhere.
#[must_use]
pub fn utc(time: SystemTime) -> String {
    // What no calendar reaches is what a broken clock left.
    let time = jiff::Timestamp::try_from(time).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
