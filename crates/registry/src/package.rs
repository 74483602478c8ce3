//! Packages: modules that belong together, and Python files.
//!
//! A package's modules are ordinary entries, which the package names by their keys; it holds no copies. So a module that
//! two states of a package have in common is built once. What lies in the entry are its other files, such as
//! `mypkg/__init__.py`, by their paths from the folder that would be on the search path.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    time::SystemTime,
};

use cache_key::{BuildKey, Digest, ModuleName};
use serde::{Deserialize, Serialize};

use crate::{
    Damage, Entry, Error, Kind, Origin, Registry, Trust,
    entry::{META_LIMIT, believe, damaged, open_folder, read_meta, record_use},
    folder::{Folder, Opened, read_at_most},
    layout::{package_file, package_files},
    meta::unseal,
};

/// The longest path of a file of a package, in bytes.
const LONGEST_PATH: usize = 1024;

/// What a package is and how it came about: its meta.json.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageMeta {
    /// The format of this file.
    pub format: u32,
    /// [`Kind::Package`].
    pub kind: Kind,
    /// The package's key.
    pub key: BuildKey,
    /// The package's full name.
    pub package_name: ModuleName,
    /// Its modules, by name.
    pub modules: Vec<PackageModule>,
    /// Its other files, by path.
    pub files: Vec<PackageFile>,
    /// When it was published: UTC, to the second.
    pub created_utc: String,
    /// Who built it: versions of Python, Cython, NumPy, compiler, platform.
    pub fingerprint: BTreeMap<String, String>,
    /// How it got here.
    pub origin: Origin,
}

/// A module of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageModule {
    /// Its full name.
    pub name: ModuleName,
    /// The key of its entry.
    pub key: BuildKey,
}

/// A file of a package that is no module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFile {
    /// Where it lies.
    pub path: PackagePath,
    /// The digest of its content.
    pub blake3: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// The path of a file of a package, from the folder that the package's outermost folder is in: `mypkg/__init__.py`.
///
/// It never leads out of that folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackagePath(String);

/// A published package. Its folder is held open, so that it can be read even while a collector moves it away.
#[derive(Debug)]
pub struct PackageEntry {
    folder: Folder,
    trust: Trust,
    meta: PackageMeta,
}

/// One package of a list: what it is and where, or what is wrong with it.
#[derive(Debug)]
pub struct ListedPackage {
    /// Its key.
    pub key: BuildKey,
    /// Its folder.
    pub path: PathBuf,
    /// What it is.
    pub package: Result<PackageMeta, Error>,
}

impl Registry {
    /// The package with this key, if there is one. Its modules may have been collected: [`Registry::modules_of`] tells.
    ///
    /// # Errors
    /// As for [`Registry::entry`].
    pub fn package(&self, key: &BuildKey) -> Result<Option<PackageEntry>, Error> {
        match self.folder(&self.layout().package_shard(key))? {
            Some(shard) => PackageEntry::open(key, &shard, &self.layout().package(key), &self.options().trust),
            None => Ok(None),
        }
    }

    /// All packages by key, broken ones included.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder of packages cannot be read. One that is missing has no packages.
    pub fn list_packages(&self) -> Result<Vec<ListedPackage>, Error> {
        let listed = self.package_keys()?.into_iter().filter_map(|key| {
            let path = self.layout().package(&key);
            match self.package(&key) {
                Ok(Some(package)) => Some(ListedPackage { key, path, package: Ok(package.meta) }),
                // Collected since its name was read.
                Ok(None) => None,
                Err(error) => Some(ListedPackage { key, path, package: Err(error) }),
            }
        });
        Ok(listed.collect())
    }

    /// The entries of a package's modules, in the order of their names.
    ///
    /// # Errors
    /// [`Error::IncompletePackage`] names those that are not there; [`Error::Damaged`] as for [`Registry::entry`].
    pub fn modules_of(&self, package: &PackageMeta) -> Result<Vec<Entry>, Error> {
        let (mut entries, mut missing) = (Vec::new(), Vec::new());
        for module in &package.modules {
            match self.entry(&module.key)? {
                Some(entry) => entries.push(entry),
                None => missing.push(module.name.clone()),
            }
        }
        if missing.is_empty() {
            Ok(entries)
        } else {
            Err(Error::IncompletePackage { key: package.key, name: package.package_name.clone(), missing })
        }
    }

    /// The keys of all packages, in order.
    ///
    /// # Errors
    /// As for [`Registry::list_packages`].
    pub fn package_keys(&self) -> Result<Vec<BuildKey>, Error> {
        let mut keys = self.sharded(&self.layout().packages())?;
        keys.sort_unstable();
        Ok(keys)
    }
}

impl PackageEntry {
    /// Opens the package with this path in a folder. `None` where nothing is.
    pub(crate) fn open(key: &BuildKey, shard: &Folder, path: &Path, trust: &Trust) -> Result<Option<Self>, Error> {
        let Some(folder) = open_folder(key, shard, path, trust)? else { return Ok(None) };
        let meta: PackageMeta = read_meta(key, &folder, trust, |text| unseal(&text))?;
        let wrong = |what: String| Err(damaged(key, Damage::Meta(what)));
        if meta.key != *key {
            return wrong(format!("belongs to `{}`", meta.key));
        }
        if meta.kind != Kind::Package {
            return wrong("is not one of a package".into());
        }
        if meta.key != meta.computed_key() {
            return wrong("does not have the content that its key says".into());
        }
        Ok(Some(Self { folder, trust: trust.clone(), meta }))
    }

    /// Its key.
    pub fn key(&self) -> &BuildKey {
        &self.meta.key
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What it is.
    pub fn meta(&self) -> &PackageMeta {
        &self.meta
    }

    /// The folder that its files lie in by their paths.
    pub fn files_path(&self) -> PathBuf {
        package_files(self.path())
    }

    /// Where one of its files lies.
    pub fn file_path(&self, path: &PackagePath) -> PathBuf {
        package_file(self.path(), path)
    }

    /// Reads one of its files and compares its content with what was published.
    ///
    /// # Errors
    /// [`Error::Damaged`] says what differs.
    pub fn read_file(&self, file: &PackageFile) -> Result<Vec<u8>, Error> {
        let key = self.key();
        let io = |source| Error::Io { action: "read a file of the package", source };
        let stray = |what| damaged(key, Damage::Stray { name: file.path.to_string(), what });
        let missing = || damaged(key, Damage::MissingFile(file.path.to_string()));
        let place = self.file_path(&file.path);
        // One name at a time, since no link is followed.
        let below = place.ancestors().skip(1).take_while(|path| *path != self.path());
        let mut folders: Vec<&Path> = below.collect();
        folders.reverse();
        let mut innermost: Option<Folder> = None;
        for path in folders {
            let opened = innermost.as_ref().unwrap_or(&self.folder).folder(path).map_err(io)?;
            let folder = match opened {
                Opened::Found(folder) => folder,
                Opened::Missing => return Err(missing()),
                Opened::Link => return Err(stray("in a symbolic link")),
                Opened::Other(_) => return Err(stray("in something that is not a folder")),
            };
            believe(key, &file.path.0, &folder.metadata().map_err(io)?, &self.trust)?;
            innermost = Some(folder);
        }
        let (opened, metadata) = match innermost.as_ref().unwrap_or(&self.folder).file(&place).map_err(io)? {
            Opened::Found(found) => found,
            Opened::Missing => return Err(missing()),
            Opened::Link => return Err(stray("a symbolic link")),
            Opened::Other(what) => return Err(stray(what)),
        };
        believe(key, &file.path.0, &metadata, &self.trust)?;
        if metadata.len() != file.size || file.size > META_LIMIT {
            return Err(damaged(key, Damage::OtherContent(file.path.to_string())));
        }
        let bytes = read_at_most(opened, &place, file.size).map_err(io)?;
        if Digest::of(&bytes) != file.blake3 {
            return Err(damaged(key, Damage::OtherContent(file.path.to_string())));
        }
        Ok(bytes)
    }

    /// Notes that it is used now, as [`Entry::record_use`] does. Its modules count as used with it.
    pub fn record_use(&self, now: SystemTime) {
        record_use(&self.folder, &self.trust, now);
    }

    /// Notes that it is used now, to the tick, so that whoever looked before sees it.
    pub(crate) fn note_use(&self, now: SystemTime) {
        let _ = self.folder.set_modified(now);
    }
}

impl PackageMeta {
    /// The key that follows from its content.
    pub fn computed_key(&self) -> BuildKey {
        let modules = self.modules.iter().map(|module| (&module.name, &module.key));
        let files = self.files.iter().map(|file| (file.path.as_str(), file.blake3));
        BuildKey::package(&self.package_name, modules, files)
    }
}

impl PackagePath {
    /// The path, with slashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PackagePath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_name = |part: &str| !part.is_empty() && part != "." && part != "..";
        let is_harmless = !text.contains(['\0', '\\']) && text.len() <= LONGEST_PATH;
        if is_harmless && text.split('/').all(is_name) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::NotAPackagePath { text: text.to_owned() })
        }
    }
}

impl TryFrom<String> for PackagePath {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<PackagePath> for String {
    fn from(path: PackagePath) -> Self {
        path.0
    }
}

impl fmt::Display for PackagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_in_its_package() {
        for text in ["mypkg/__init__.py", "a", "a/b/c.txt", ".hidden/..x", "a b/é.py"] {
            assert_eq!(text.parse::<PackagePath>().unwrap().as_str(), text);
        }
        let too_long = "a".repeat(LONGEST_PATH + 1);
        for text in ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "../a", "./a", "a\0", "a\\b", &too_long] {
            assert!(matches!(text.parse::<PackagePath>(), Err(Error::NotAPackagePath { .. })), "{text:?}");
        }
    }
}
