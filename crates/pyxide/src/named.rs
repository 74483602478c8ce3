//! Cached modules by a name: an alias that somebody gave, or the module's own.

use std::collections::BTreeSet;

use cache_key::{Abi, ModuleName};
use ext_loader::describe;
use registry::{Alias, Entry};

use crate::{Built, Error, Session};

impl Session {
    /// The cached module that is pinned under this alias.
    ///
    /// # Errors
    /// [`Error::UnknownAlias`], and those of [`Session::cached`].
    pub fn pinned(&self, alias: &Alias) -> Result<Built, Error> {
        let pin = self.registry.resolve(alias)?.ok_or_else(|| Error::UnknownAlias { alias: alias.clone() })?;
        self.cached(&pin.key)
    }

    /// The one cached module of this name that this interpreter can load. Entries that cannot be read do not count.
    ///
    /// # Errors
    /// [`Error::NoModule`]; [`Error::OtherModules`] when all are for others; [`Error::ManyModules`] when none is meant more
    /// than another; and those of [`Session::cached`].
    pub fn named(&self, name: &ModuleName) -> Result<Built, Error> {
        let own = Abi::from(&self.python()?.interpreter);
        let all = self.registry.list()?.into_iter().filter_map(|listed| listed.entry.ok());
        let of_name: Vec<Entry> = all.filter(|entry| entry.meta().module_name == *name).collect();
        let (mut ours, others): (Vec<Entry>, Vec<Entry>) =
            of_name.into_iter().partition(|entry| own.loads(&entry.meta().request.portable.abi));
        match (&ours[..], &others[..]) {
            ([entry], _) => self.cached(entry.key()),
            ([], []) => Err(Error::NoModule { name: name.clone() }),
            ([], others) => {
                let built_for: BTreeSet<String> =
                    others.iter().map(|entry| describe(&entry.meta().request.portable.abi)).collect();
                let built_for = built_for.into_iter().collect();
                Err(Error::OtherModules { name: name.clone(), built_for, this: describe(&own) })
            }
            _ => {
                ours.sort_by(|one, other| other.meta().created_utc.cmp(&one.meta().created_utc));
                Err(Error::ManyModules { name: name.clone(), keys: ours.iter().map(|entry| *entry.key()).collect() })
            }
        }
    }
}
