//! Writing a bundle.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use cache_key::{BuildKey, Digest};

use super::index::{INDEX, Index, Listed, ListedFile, names};
use super::tar;
use crate::{
    Entry, Error, Layer, Overwrite, PackageEntry, Registry,
    layout::{META, package_member},
    meta::seal,
};

/// A bundle that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Where it is.
    pub path: PathBuf,
    /// The keys of the entries in it: those that were asked for, and the modules of packages.
    pub keys: Vec<BuildKey>,
    /// Its size in bytes.
    pub size: u64,
}

/// Where an entry may be: in the cache itself, else in the first layer that has it.
#[derive(Clone, Copy)]
struct Places<'a> {
    own: &'a Registry,
    layers: &'a [Layer],
}

impl Registry {
    /// Writes entries into a bundle, packages with their modules, and `with_pins` their aliases.
    ///
    /// What this cache does not have itself comes from the first of `layers` that has it; its aliases are this cache's. All is verified as it is read, and written beside the destination and renamed, as an export is.
    ///
    /// # Errors
    /// [`Error::NoEntry`], [`Error::Damaged`] and [`Error::IncompletePackage`] say what cannot be carried;
    /// [`Error::Foreign`] when a key was made by another version; [`Error::BrokenPin`]; else as for [`Registry::export`].
    pub fn pack(
        &self,
        keys: &[BuildKey],
        layers: &[Layer],
        with_pins: bool,
        destination: &Path,
        overwrite: Overwrite,
    ) -> Result<Packed, Error> {
        let places = Places { own: self, layers };
        let mut wanted = BTreeSet::new();
        for key in keys {
            wanted.insert(*key);
            if let Some(package) = places.package(key)? {
                wanted.extend(places.modules_of(&package)?);
            }
        }
        let list = |key: &BuildKey| -> Result<Listed, Error> {
            let files = places.contents(key)?;
            let file = |(name, bytes): (String, Vec<u8>)| ListedFile {
                name,
                size: bytes.len() as u64,
                blake3: Digest::of(&bytes),
            };
            Ok(Listed { key: *key, files: files.into_iter().map(file).collect() })
        };
        let entries = wanted.iter().map(list).collect::<Result<Vec<_>, _>>()?;
        let mut pins = Vec::new();
        for listed in if with_pins { self.pins()? } else { vec![] } {
            let pin = listed.pin?;
            if wanted.contains(&pin.key) {
                pins.push((pin.alias, pin.key));
            }
        }
        pins.sort_unstable();
        let index = Index::new(entries, pins);
        let path = self.put(destination, overwrite, &mut |staged| self.write_bundle(&index, places, staged))?;
        let size = fs_err::metadata(&path).map_err(io)?.len();
        Ok(Packed { path, keys: wanted.into_iter().collect(), size })
    }

    fn write_bundle(&self, index: &Index, places: Places<'_>, staged: &Path) -> Result<(), Error> {
        let create = || fs_err::OpenOptions::new().write(true).create_new(true).open(staged);
        let mut file = BufWriter::new(create().map_err(io)?);
        let mut write = |folder: &str, name: &str, bytes: &[u8]| -> io::Result<()> {
            file.write_all(&tar::headers(folder, name, bytes.len() as u64))?;
            file.write_all(bytes)?;
            file.write_all(&vec![0; tar::padding(bytes.len() as u64)])
        };
        let text = index.text().map_err(|error| io(error.into()))?;
        write("", INDEX, &text).map_err(io)?;
        for listed in &index.entries {
            // Read once more, since all entries together may be larger than the memory.
            let mut files: BTreeMap<String, Vec<u8>> = places.contents(&listed.key)?.into_iter().collect();
            for file in &listed.files {
                let bytes = files.remove(&file.name).filter(|bytes| Digest::of(bytes) == file.blake3);
                let bytes = bytes.ok_or(Error::Busy { key: listed.key })?;
                write(&listed.key.to_string(), &file.name, &bytes).map_err(io)?;
            }
        }
        file.write_all(&tar::END).map_err(io)?;
        let file = file.into_inner().map_err(|error| io(error.into_error()))?;
        self.finish_file(&file).map_err(io)
    }
}

impl Places<'_> {
    fn entry(self, key: &BuildKey) -> Result<Option<Entry>, Error> {
        match self.own.entry(key)? {
            Some(entry) => Ok(Some(entry)),
            None => self.layers.iter().find_map(|layer| layer.entry(key).transpose()).transpose(),
        }
    }

    fn package(self, key: &BuildKey) -> Result<Option<PackageEntry>, Error> {
        match self.own.package(key)? {
            Some(package) => Ok(Some(package)),
            None => self.layers.iter().find_map(|layer| layer.package(key).transpose()).transpose(),
        }
    }

    /// The keys of a package's modules, which are all there.
    fn modules_of(self, package: &PackageEntry) -> Result<Vec<BuildKey>, Error> {
        let (meta, mut missing) = (package.meta(), Vec::new());
        for module in &meta.modules {
            if self.entry(&module.key)?.is_none() {
                missing.push(module.name.clone());
            }
        }
        if missing.is_empty() {
            return Ok(meta.modules.iter().map(|module| module.key).collect());
        }
        Err(Error::IncompletePackage { key: meta.key, name: meta.package_name.clone(), missing })
    }

    /// All files of an entry: its meta.json, then the others by name, verified.
    fn contents(self, key: &BuildKey) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let (mut files, carried) = match (self.entry(key)?, self.package(key)?) {
            (Some(entry), _) => (entry.carried()?, super::CarriedMeta::Module(Box::new(entry.meta().clone()))),
            (None, Some(package)) => (package.carried()?, super::CarriedMeta::Package(package.meta().clone())),
            (None, None) => return Err(Error::NoEntry { key: *key }),
        };
        if carried.computed_key() != Some(*key) {
            return Err(Error::Foreign { key: *key });
        }
        // Also of a meta.json that other things could have been read from.
        files.sort_by(|(one, _), (other, _)| (one != META, one).cmp(&(other != META, other)));
        Ok(files)
    }
}

impl Entry {
    /// Its files, verified as far as it says what is in them.
    fn carried(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let known = names(self.meta());
        let mut files = self.others()?;
        files.retain(|(name, _)| name == META || known.contains(name));
        files.push((self.meta().artifact.clone(), self.read_artifact()?.bytes));
        Ok(files)
    }
}

impl PackageEntry {
    /// Its files, verified.
    fn carried(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let meta = seal(self.meta()).map_err(|error| io(error.into()))?;
        let mut files = vec![(META.to_owned(), meta)];
        for file in &self.meta().files {
            files.push((package_member(&file.path), self.read_file(file)?));
        }
        Ok(files)
    }
}

fn io(source: io::Error) -> Error {
    Error::Io { action: "write the bundle", source }
}
