//! From an entry to a module.
//!
//! Between the check and the import somebody who may write the cache could exchange the file. That somebody is its owner,
//! and preventing it would cost sharing the file's pages between processes; but it does not go unnoticed: the file's
//! stamp is compared again afterwards.

use std::path::{Path, PathBuf};

use cache_key::{Abi, BuildKey, Digest, ModuleName};
use fingerprint::FileStamp;
use registry::{Damage, Entry};

use crate::{Error, Machine, Refusal, Sources, Wanted, inspect};

/// An extension module that is what was published, and that this interpreter can load.
#[derive(Debug)]
pub struct Verified {
    key: BuildKey,
    module: ModuleName,
    abi: Abi,
    path: PathBuf,
    stamp: FileStamp,
    sources: Sources,
}

/// The attribute by which our modules are known in an interpreter: the key of the entry that one came from.
pub const MARK: &str = "__pyxide_key__";

/// Something that brings an extension module into an interpreter.
pub trait Importer {
    /// What an import gives.
    type Module;
    /// Why it can fail.
    type Error;

    /// Imports the extension module under the name it was compiled for. Called by [`Verified::load`].
    fn import(&mut self, verified: &Verified) -> Result<Self::Module, Self::Error>;
}

/// Reads an entry and checks that it can be loaded by an interpreter with this interface. Runs nothing.
///
/// # Errors
/// [`Error::Entry`] with [`registry::Error::Damaged`] when the artifact is not what was published or not loadable;
/// [`Error::OtherInterpreter`] when it is intact and for another interpreter.
pub fn verify(entry: &Entry, abi: &Abi) -> Result<Verified, Error> {
    let meta = entry.meta();
    let built_for = entry.abi();
    if !abi.loads(built_for) {
        let (key, built_for, this) = (*entry.key(), describe(built_for), describe(abi));
        return Err(Error::OtherInterpreter { key, built_for, this });
    }
    let artifact = entry.read_artifact()?;
    let init_symbol = meta.module_name.init_symbol();
    let wanted = Wanted { init_symbol: &init_symbol, machine: Machine::host() };
    let unloadable = |reason| registry::Error::Damaged { key: *entry.key(), damage: Damage::Unloadable(reason) };
    let facts = inspect(&artifact.bytes, &wanted).map_err(|refusal| unloadable(refusal.to_string()))?;
    if facts.needed != meta.needed {
        let reason = format!("it needs {:?}, and was published as needing {:?}", facts.needed, meta.needed);
        return Err(unloadable(reason).into());
    }
    let mut sources = Sources::default();
    if let Some((name, path)) = meta.source_name().zip(entry.source_path()) {
        sources.insert(name, path);
    }
    for (name, _) in &meta.support_files {
        // What was given as text lies nowhere. In such brackets nobody takes it for a file, or for the main source.
        sources.insert(name, format!("<{name}>"));
    }
    Ok(Verified {
        key: *entry.key(),
        module: meta.module_name.clone(),
        abi: abi.clone(),
        path: artifact.path,
        stamp: artifact.stamp,
        sources,
    })
}

/// Checks the content of a file that lies outside of a cache.
///
/// It is known by the key that it would have as an external entry. `stamp` is that of the file before it was read.
///
/// # Errors
/// [`Refusal`] says why it is not a module of this name for this machine.
pub fn verify_file(
    path: &Path,
    bytes: &[u8],
    stamp: FileStamp,
    module: &ModuleName,
    abi: &Abi,
) -> Result<Verified, Refusal> {
    let wanted = Wanted { init_symbol: &module.init_symbol(), machine: Machine::host() };
    inspect(bytes, &wanted)?;
    let key = BuildKey::external(module, Digest::of(bytes), abi);
    let (module, abi, path) = (module.clone(), abi.clone(), path.to_owned());
    Ok(Verified { key, module, abi, path, stamp, sources: Sources::default() })
}

impl Verified {
    /// The entry's key.
    pub fn key(&self) -> &BuildKey {
        &self.key
    }

    /// The module's name.
    pub fn module(&self) -> &ModuleName {
        &self.module
    }

    /// The interface of the interpreters that can load it.
    pub fn abi(&self) -> &Abi {
        &self.abi
    }

    /// The artifact.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its stamp when it was verified.
    pub fn stamp(&self) -> FileStamp {
        self.stamp
    }

    /// Where its sources lie: in the entry, unless somebody knows better.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The same, to be told better.
    pub fn sources_mut(&mut self) -> &mut Sources {
        &mut self.sources
    }

    /// Imports the module.
    ///
    /// # Errors
    /// [`Error::Import`] with the importer's reason; [`Error::Exchanged`] when the file is no longer the one that was verified.
    pub fn load<I: Importer>(&self, importer: &mut I) -> Result<I::Module, Error<I::Error>> {
        let outcome = importer.import(self);
        // A file that is gone was collected; what the interpreter has mapped stays what it was.
        if let Ok(Some(now)) = FileStamp::of(&self.path)
            && now != self.stamp
        {
            return Err(Error::Exchanged { path: self.path.clone() });
        }
        outcome.map_err(|source| Error::Import { module: self.module.to_string(), source })
    }
}

/// An interface in words: `CPython 3.11 (cpython-311-x86_64-linux-gnu)`.
pub fn describe(abi: &Abi) -> String {
    let name = if abi.implementation == "cpython" { "CPython" } else { &abi.implementation };
    format!("{name} {}.{} ({}, {})", abi.version.0, abi.version.1, abi.soabi, abi.libc)
}
