//! Restoring what a bundle carries.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    time::SystemTime,
};

use cache_key::{Abi, BuildKey, ModuleName};
use ext_loader::{Machine, Wanted, describe, inspect};
use lock_dir::{Outcome, Wait};
use registry::{Alias, Bundle, Carried, CarriedMeta, Kind, KnownSet, Meta, Received, Registry};
use serde::Serialize;

use crate::Error;

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
    if known.is_some_and(|manifest| manifest.sets.iter().any(|set| set.build_key == meta.key)) {
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
    Ok(registry.remember(&held, &portable, &toolchain, set)?)
}
