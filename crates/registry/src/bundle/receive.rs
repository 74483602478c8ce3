//! Publishing what is in a bundle.

use std::{collections::BTreeMap, io};

use cache_key::BuildKey;

use super::{Bundle, Carried, CarriedMeta};
use crate::{
    Error, META_FORMAT, Meta, NewPackage, Origin, PackageMeta, PackagePath, Registry,
    files::write_new,
    layout::{entry_file, entry_meta, package_member},
};

/// What became of an entry of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received {
    /// It is published.
    New,
    /// It was there already.
    Equal,
    /// There was one with other bytes, which has the same inputs and stays.
    Kept,
}

impl Registry {
    /// Publishes an entry of a bundle, whole or not at all, and lets the next build of the same source find it.
    ///
    /// One that is there already stays if it is intact. The modules of a package have to be received before it.
    ///
    /// # Errors
    /// [`Error::NoEntry`] when the bundle has no such entry; [`Error::IncompletePackage`]; [`Error::Bundle`] when it was
    /// changed since it was opened; otherwise as for [`Registry::publish_external`].
    pub fn receive(&self, bundle: &Bundle, key: &BuildKey) -> Result<Received, Error> {
        let carried = bundle.entries.get(key).ok_or(Error::NoEntry { key: *key })?;
        let origin = Origin::Imported { from: bundle.path.display().to_string() };
        match &carried.what {
            CarriedMeta::Module(meta) => self.receive_module(bundle, carried, meta, origin),
            CarriedMeta::Package(meta) => self.receive_package(bundle, carried, meta, origin),
        }
    }

    fn receive_module(
        &self,
        bundle: &Bundle,
        carried: &Carried,
        meta: &Meta,
        origin: Origin,
    ) -> Result<Received, Error> {
        let files = carried
            .files
            .iter()
            .map(|(name, place)| Ok((name.as_str(), bundle.content(*place)?)))
            .collect::<Result<Vec<_>, Error>>()?;
        let meta = Meta { format: META_FORMAT, origin, ..meta.clone() };
        let durability = self.options().durability;
        let (entry, is_new) = self.publish_module(&meta, |folder| {
            for (name, bytes) in &files {
                write_new(&entry_file(folder, name), bytes, 0o444, durability)?;
            }
            write_new(&entry_meta(folder), &meta.to_file().map_err(io::Error::from)?, 0o444, durability)
        })?;
        Ok(match entry.meta().artifact_blake3 == meta.artifact_blake3 {
            _ if is_new => Received::New,
            true => Received::Equal,
            false => Received::Kept,
        })
    }

    fn receive_package(
        &self,
        bundle: &Bundle,
        carried: &Carried,
        meta: &PackageMeta,
        origin: Origin,
    ) -> Result<Received, Error> {
        let mut files: BTreeMap<PackagePath, Vec<u8>> = BTreeMap::new();
        for file in &meta.files {
            let Some(place) = carried.files.get(&package_member(&file.path)) else { continue };
            files.insert(file.path.clone(), bundle.content(*place)?);
        }
        let package = NewPackage {
            name: &meta.package_name,
            modules: &meta.modules,
            files: &files,
            fingerprint: meta.fingerprint.clone(),
            origin,
        };
        let was_there = self.package(&meta.key).is_ok_and(|found| found.is_some());
        self.publish_package(&package)?;
        Ok(if was_there { Received::Equal } else { Received::New })
    }
}
