//! Caches of others, to read from.
//!
//! A layer is a cache that came with an image or that many share on a network disk. It is searched before the own cache
//! and never written: no use is noted in it, no lock taken, nothing moved to quarantine, nothing remembered. So it may
//! lie where nothing can be written, and nobody who uses it can spoil it for others.
//!
//! What is in it is run, so it is believed only if it belongs to this user, to root or to somebody whom the settings
//! name, and if nobody else can write it. There is no option to believe more.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use cache_key::{BuildKey, Digest};

use crate::{
    Alias, Durability, Entry, Error, Listed, ListedPackage, Manifest, Options, PackageEntry, Pin, Registry, Trust,
    folder::Opened,
};

/// A cache that is read and never written. One that is missing is empty.
#[derive(Debug, Clone)]
pub struct Layer(Registry);

impl Layer {
    /// The layer in this folder, which may belong to these users besides this one and root.
    pub fn new(root: impl Into<PathBuf>, users: Arc<[u32]>) -> Self {
        Self(Registry::with(root, Options { durability: Durability::None, trust: Trust::Layer(users) }))
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        self.0.layout().root()
    }

    /// The entry with this key, if it has one.
    ///
    /// # Errors
    /// As for [`Registry::entry`], with [`Error::UntrustedLayer`] when others could have put something there.
    pub fn entry(&self, key: &BuildKey) -> Result<Option<Entry>, Error> {
        self.0.entry(key)
    }

    /// The package with this key, if it has one.
    ///
    /// # Errors
    /// As for [`Layer::entry`].
    pub fn package(&self, key: &BuildKey) -> Result<Option<PackageEntry>, Error> {
        self.0.package(key)
    }

    /// What an alias means in it, if anything.
    ///
    /// # Errors
    /// As for [`Registry::resolve`].
    pub fn resolve(&self, alias: &Alias) -> Result<Option<Pin>, Error> {
        self.0.resolve(alias)
    }

    /// The keys of all that it has.
    ///
    /// # Errors
    /// As for [`Registry::keys`].
    pub fn keys(&self) -> Result<Vec<BuildKey>, Error> {
        Ok([self.0.keys()?, self.0.package_keys()?].concat())
    }

    /// All its modules.
    ///
    /// # Errors
    /// As for [`Registry::list`].
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        self.0.list()
    }

    /// All its packages.
    ///
    /// # Errors
    /// As for [`Registry::list_packages`].
    pub fn list_packages(&self) -> Result<Vec<ListedPackage>, Error> {
        self.0.list_packages()
    }

    /// The dependency sets that it knows for a request.
    ///
    /// # Errors
    /// [`Error::UntrustedLayer`] when others could have put something there.
    pub fn manifest(&self, portable: &Digest, toolchain: &Digest) -> Result<Option<Manifest>, Error> {
        self.believed(&self.0.layout().manifest(portable, toolchain))
    }

    /// The dependency sets that it knows for all toolchains, in no order.
    ///
    /// # Errors
    /// As for [`Layer::manifest`].
    pub fn manifests(&self, portable: &Digest) -> Result<Vec<Manifest>, Error> {
        let folder = self.0.layout().manifests(portable);
        let names = self.0.names(&folder)?;
        let manifests = names.iter().filter_map(|name| self.believed(&folder.join(name)).transpose());
        manifests.collect()
    }

    /// A manifest that nobody but the layer's owner could have written. One that is none knows nothing.
    fn believed(&self, path: &Path) -> Result<Option<Manifest>, Error> {
        let Some(folder) = path.parent().map(|parent| self.0.folder(parent)).transpose()?.flatten() else {
            return Ok(None);
        };
        let opened = folder.file(path).map_err(|source| Error::Io { action: "read a layer's manifest", source })?;
        let Opened::Found((file, metadata)) = opened else { return Ok(None) };
        match self.0.options().trust.doubt(&metadata) {
            Some(reason) => Err(Error::UntrustedLayer { path: path.to_owned(), reason }),
            None => Ok(Manifest::from_file(file, path)),
        }
    }
}
