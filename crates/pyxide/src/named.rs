//! Cached modules by a name: an alias that somebody gave, or the module's own.

use std::collections::{BTreeMap, BTreeSet};

use cache_key::{Abi, BuildKey, ModuleName};
use ext_loader::describe;
use registry::{Alias, Entry};

use crate::{Built, Error, Session};

impl Session {
    /// The key of what is pinned under this alias: here, else in the first layer that has the alias.
    ///
    /// # Errors
    /// [`Error::UnknownAlias`], and [`Error::Registry`] when the pin cannot be read.
    pub fn resolve(&self, alias: &Alias) -> Result<BuildKey, Error> {
        if let Some(pin) = self.registry.resolve(alias)? {
            return Ok(pin.key);
        }
        for layer in &self.layers {
            if let Some(pin) = layer.resolve(alias)? {
                return Ok(pin.key);
            }
        }
        Err(Error::UnknownAlias { alias: alias.clone() })
    }

    /// The one cached module of this name that this interpreter can load. Entries that cannot be read do not count.
    ///
    /// # Errors
    /// [`Error::NoModule`]; [`Error::OtherModules`] when all are for others; [`Error::ManyModules`] when none is meant more
    /// than another; and those of [`Session::cached`].
    pub fn named(&self, name: &ModuleName) -> Result<Built, Error> {
        let own = Abi::from(&self.python()?.interpreter);
        let (mut ours, others): (Vec<Entry>, Vec<Entry>) =
            self.of_name(name)?.into_values().partition(|entry| own.loads(entry.abi()));
        match (&ours[..], &others[..]) {
            ([entry], _) => self.cached(entry.key()),
            ([], []) => Err(Error::NoModule { name: name.clone() }),
            ([], others) => {
                let built_for: BTreeSet<String> = others.iter().map(|entry| describe(entry.abi())).collect();
                let built_for = built_for.into_iter().collect();
                Err(Error::OtherModules { name: name.clone(), built_for, this: describe(&own) })
            }
            _ => {
                ours.sort_by(|one, other| other.meta().created_utc.cmp(&one.meta().created_utc));
                Err(Error::ManyModules { name: name.clone(), keys: ours.iter().map(|entry| *entry.key()).collect() })
            }
        }
    }

    /// The newest build of a module of this name that the session's interpreter can load.
    ///
    /// For names that say what was built, as those of texts that were given none: any other name may be that of
    /// several modules which have nothing in common.
    ///
    /// # Errors
    /// [`Error::Registry`] when the cache cannot be listed. A broken entry is none.
    pub fn newest(&self, name: &ModuleName) -> Result<Option<BuildKey>, Error> {
        let abi = Abi::from(&self.python()?.interpreter);
        let listed = self.registry.list()?.into_iter();
        let named = listed.filter(|listed| listed.entry.as_ref().is_ok_and(|entry| entry.module_name == *name));
        let entries = named.filter_map(|listed| self.registry.entry(&listed.key).ok().flatten());
        let named = entries.filter(|entry| entry.meta().abi().is_some_and(|it| abi.loads(it)));
        let newest = named.max_by(|one, other| {
            let age = |entry: &registry::Entry| (entry.meta().created_utc.clone(), *entry.key());
            age(one).cmp(&age(other))
        });
        Ok(newest.map(|entry| *entry.key()))
    }

    /// The entries of a module of this name, here and in layers. A layer that cannot be read is done without.
    fn of_name(&self, name: &ModuleName) -> Result<BTreeMap<BuildKey, Entry>, Error> {
        let layers = self.layers.iter().flat_map(|layer| layer.list().unwrap_or_default());
        let mut found = BTreeMap::new();
        for listed in layers.chain(self.registry.list()?) {
            if listed.entry.is_ok_and(|entry| entry.module_name == *name)
                && let Ok(Some(entry)) = self.entry(&listed.key)
            {
                found.insert(listed.key, entry);
            }
        }
        Ok(found)
    }
}
