//! Restoring what a bundle carries.

use std::{
    convert::Infallible,
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use cache_key::{Abi, BuildKey, ModuleName};
use ext_loader::{Machine, Wanted, describe, inspect};
use lock_dir::{Outcome, Wait};
use registry::{Alias, Bundle, Carried, CarriedMeta, Kind, KnownSet, Meta, Received, Registry};
use serde::Serialize;

use crate::{Error, as_text};

/// How to restore.
pub struct RestoreOptions<'a> {
    /// The interface of the only interpreter that modules may be for; without one they may be for any.
    pub abi: Option<Abi>,
    /// Whether to restore the aliases that came along.
    pub pins: bool,
    /// How long to wait for who builds the same.
    pub wait: Wait,
    /// Asked now and then; true ends the wait.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// What became of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The bundle.
    #[serde(serialize_with = "as_text::path")]
    pub path: PathBuf,
    /// Its entries, modules before packages.
    pub entries: Vec<RestoredEntry>,
    /// The aliases that its entries have now.
    pub pins: Vec<Alias>,
}

/// What became of an entry of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoredEntry {
    /// Its key.
    pub key: BuildKey,
    /// The name of the module or package.
    pub name: ModuleName,
    /// What kind of entry it is.
    pub kind: Kind,
    /// `new`; `equal`, where it was there already; `kept`, where one with the same inputs and other bytes was there.
    pub outcome: &'static str,
}

/// Publishes all entries of a bundle, and lets the next build of the same sources find them.
///
/// Everything is checked before anything is shown: what the bundle says, for which interpreter each module is, and that the
/// loader could load it. What is there already stays.
///
/// # Errors
/// [`Error::ForAnother`] names a module for another interpreter; [`Error::Registry`] says what is wrong with the bundle,
/// which alias is taken, or what the cache refused, and then entries that came before are there.
pub fn restore(registry: &Registry, path: &Path, options: &RestoreOptions<'_>) -> Result<Restored, Error> {
    if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Err(Error::NoFile { path: path.to_owned() });
    }
    let bundle = Bundle::open(path)?;
    for (_, carried) in bundle.entries() {
        check(&bundle, carried, options)?;
    }
    let pins = if options.pins { bundle.pins() } else { &[] };
    for (alias, key) in pins {
        if let Some(taken) = registry.resolve(alias)?.filter(|pin| pin.key != *key) {
            return Err(registry::Error::AliasTaken { alias: alias.clone(), key: taken.key }.into());
        }
    }
    registry.prepare()?;
    let is_package = |carried: &Carried| matches!(carried.what(), CarriedMeta::Package(_));
    let mut all: Vec<_> = bundle.entries().collect();
    // A package has to find its modules.
    all.sort_by_key(|(_, carried)| is_package(carried));
    let mut entries = Vec::new();
    for (key, carried) in all {
        let received = registry.receive(&bundle, key)?;
        let kind = match carried.what() {
            CarriedMeta::Module(meta) => {
                remember(registry, meta, options)?;
                meta.kind
            }
            CarriedMeta::Package(meta) => meta.kind,
        };
        let outcome = match received {
            Received::New => "new",
            Received::Equal => "equal",
            _ => "kept",
        };
        entries.push(RestoredEntry { key: *key, name: carried.what().name().clone(), kind, outcome });
    }
    for (alias, key) in pins {
        registry.pin(alias, key, false)?;
    }
    let pins = pins.iter().map(|(alias, _)| alias.clone()).collect();
    Ok(Restored { path: bundle.path().to_owned(), entries, pins })
}

/// Whether a module is for the interpreter in question, and what the loader takes for one.
fn check(bundle: &Bundle, carried: &Carried, options: &RestoreOptions<'_>) -> Result<(), Error> {
    let CarriedMeta::Module(meta) = carried.what() else { return Ok(()) };
    if let (Some(this), Some(built_for)) = (&options.abi, meta.abi())
        && !this.loads(built_for)
    {
        return Err(Error::ForAnother {
            bundle: bundle.path().to_owned(),
            module: meta.module_name.clone(),
            built_for: describe(built_for),
            this: describe(this),
        });
    }
    let Some(bytes) = bundle.artifact(carried)? else { return Ok(()) };
    let wanted = Wanted { init_symbol: &meta.module_name.init_symbol(), machine: Machine::host() };
    let unfit = match inspect(&bytes, &wanted) {
        Ok(facts) if facts.needed == meta.needed => return Ok(()),
        Ok(facts) => format!("it needs {:?}, and was published as needing {:?}", facts.needed, meta.needed),
        Err(refusal) => refusal.to_string(),
    };
    let reason =
        format!("has an entry `{}` for `{}` that cannot be loaded: {unfit}", meta.key.short(), meta.module_name);
    Err(registry::Error::Bundle { path: bundle.path().to_owned(), reason }.into())
}

/// Lets the next build of the same source find an entry.
fn remember(registry: &Registry, meta: &Meta, options: &RestoreOptions<'_>) -> Result<(), Error> {
    let Some((key, record)) = meta.request_key.zip(meta.request.as_ref()) else { return Ok(()) };
    let (portable, toolchain) = (record.portable.digest(), record.toolchain.digest());
    let known = registry.manifest(&portable, &toolchain);
    if known.is_some_and(|manifest| manifest.builds().any(|key| *key == meta.key)) {
        return Ok(());
    }
    let lock = lock_dir::Request {
        folder: &registry.layout().request_lock(&key),
        wait: options.wait,
        cancelled: options.cancelled,
        waiting: &|_| {},
        not_exclusive: &|_| {},
        purpose: "restore",
    };
    let nothing_else = || Ok::<Option<Infallible>, Error>(None);
    let Outcome::Held(held) = lock_dir::acquire(&lock, nothing_else, |_| Ok(()))?;
    let set = KnownSet::from_elsewhere(meta.key, meta.dependencies.list(), SystemTime::now());
    Ok(registry.remember(&held, &portable, &toolchain, &set)?)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, process::Command};

    use registry::{External, Origin, Overwrite};

    use super::*;

    fn abi(minor: u16) -> Abi {
        Abi {
            implementation: "cpython".into(),
            version: (3, minor),
            soabi: format!("cpython-3{minor}-x86_64-linux-gnu"),
            extension_suffix: format!(".cpython-3{minor}-x86_64-linux-gnu.so"),
            debug: false,
            free_threaded: false,
            platform: "linux-x86_64".into(),
            libc: "glibc 2.36".into(),
            abi_flags: vec![],
        }
    }

    fn options(abi: Option<Abi>) -> RestoreOptions<'static> {
        RestoreOptions { abi, pins: true, wait: Wait::Never, cancelled: &|| false }
    }

    /// A bundle with an external module for Python 3.11, pinned as `mine`.
    fn bundle(folder: &Path, bytes: &[u8]) -> (PathBuf, BuildKey) {
        let registry = Registry::new(folder.join("here"));
        let module_name = "square".parse().unwrap();
        let origin = Origin::Imported { from: "square.so".into() };
        let (abi, needed, fingerprint) = (abi(11), vec![], BTreeMap::new());
        let external = External { module_name: &module_name, abi: &abi, bytes, needed, fingerprint, origin };
        let key = *registry.publish_external(&external).unwrap().key();
        registry.pin(&"mine".parse().unwrap(), &key, true).unwrap();
        let packed = registry.pack(&[key], &[], true, &folder.join("b.tar"), Overwrite::Yes).unwrap();
        (packed.path, key)
    }

    fn module(folder: &Path) -> Vec<u8> {
        let (source, output) = (folder.join("square.c"), folder.join("square.so"));
        fs_err::write(&source, "int PyInit_square(void) { return 0; }").unwrap();
        let flags = ["-shared", "-fPIC", "-nostdlib", "-o"];
        assert!(Command::new("cc").args(flags).args([&output, &source]).status().unwrap().success());
        fs_err::read(output).unwrap()
    }

    #[test]
    fn modules_for_other_interpreters_are_restored_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = bundle(folder.path(), &module(folder.path()));
        let there = Registry::new(folder.path().join("there"));
        let error = restore(&there, &path, &options(Some(abi(12)))).unwrap_err();
        let expected = format!(
            "`{}` has the module `square` for CPython 3.11 (cpython-311-x86_64-linux-gnu, glibc 2.36), \
             and this is CPython 3.12 (cpython-312-x86_64-linux-gnu, glibc 2.36)",
            path.display()
        );
        assert_eq!(error.to_string(), expected);
        assert!(error.hint().unwrap().contains("--any-interpreter"));
        assert!(!there.layout().root().exists(), "nothing was touched");
        for (abi, outcome) in [(None, "new"), (Some(abi(11)), "equal")] {
            let restored = restore(&there, &path, &options(abi)).unwrap();
            assert_eq!((restored.entries[0].key, restored.entries[0].outcome), (key, outcome));
            assert_eq!(restored.pins, ["mine".parse().unwrap()]);
        }
        assert!(there.entry(&key).unwrap().is_some());
    }

    #[test]
    fn what_the_loader_would_not_load_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let good = module(folder.path());
        let there = Registry::new(folder.path().join("there"));
        for (bytes, expected) in [(&b"#!/bin/sh\n"[..], "it is not an ELF file"), (&good[..600], "it is cut short")] {
            let (path, key) = bundle(folder.path(), bytes);
            let error = restore(&there, &path, &options(None)).unwrap_err().to_string();
            let entry = format!("has an entry `{}` for `square` that cannot be loaded: {expected}", key.short());
            assert!(error.contains(&entry), "{error}");
            assert!(!there.layout().root().exists(), "nothing was touched");
        }
    }

    #[test]
    fn an_alias_that_means_something_else_there_is_refused_before_anything() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = module(folder.path());
        let (path, key) = bundle(folder.path(), &bytes);
        let there = Registry::new(folder.path().join("there"));
        let other = folder.path().join("other");
        fs_err::create_dir(&other).unwrap();
        // A module with a byte behind its end is another one.
        let (second, _) = bundle(&other, &[&bytes[..], b"\0"].concat());
        restore(&there, &second, &options(None)).unwrap();
        let error = restore(&there, &path, &options(None)).unwrap_err();
        assert!(matches!(error, Error::Registry(registry::Error::AliasTaken { .. })), "{error}");
        assert!(there.entry(&key).unwrap().is_none());
    }
}
