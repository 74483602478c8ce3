//! Entries by the name of their module.

use cache_key::{Abi, BuildKey, ModuleName};

use crate::{Error, Session};

impl Session {
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
}
