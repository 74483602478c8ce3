//! Removing what killed processes left, all over the cache.
//!
//! Whatever is written here has a lock that its writer holds, and the kernel frees the locks of the dead. So who gets
//! the lock may remove the rest: nothing is decided by age, clock or process id.

use std::{collections::BTreeSet, path::Path};

use cache_key::{BuildKey, Digest, RequestKey};

use crate::{
    Error, Registry,
    files::remove,
    layout::{is_new_probe, key_of_new_pin, quarantined_entry, unfinished_tool_name},
    registry::exclusive,
};

/// What a sweeper removed.
#[derive(Debug, Default)]
pub struct Swept {
    /// Workspaces of requests that nobody builds.
    pub stages: usize,
    /// Entries that were being removed.
    pub trash: usize,
    /// Files that were being written, and cells of the quarantine in which nothing is.
    pub temporary: usize,
    /// Lock folders that nobody needs.
    pub locks: usize,
    /// Locks that somebody holds. What they protect was left alone.
    pub busy: usize,
    /// What could not be removed, and why. The sweeper goes on with the rest.
    pub failed: Vec<Error>,
}

impl Registry {
    /// Removes what killed processes left, and all lock folders that are not in use. Needs no rest: others may work.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Untrusted`] when a folder cannot be read. What cannot be removed is told in [`Swept`].
    pub fn sweep_all(&self) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        self.sweep_requests(&mut swept)?;
        self.sweep_entries(&mut swept)?;
        let exports: BTreeSet<Digest> = self.sharded(&self.layout().export_locks())?.into_iter().collect();
        for digest in exports {
            locked(&mut swept, &self.layout().export_lock(&digest), |_| Ok(()));
        }
        for name in self.names(&self.layout().tools())?.iter().filter_map(|name| unfinished_tool_name(name)) {
            locked(&mut swept, &self.layout().tool_lock(name), |swept| {
                swept.temporary += usize::from(remove(&self.layout().unfinished_tool(name)).map_err(failed)?);
                Ok(())
            });
        }
        self.sweep_probes(&mut swept)?;
        Ok(swept)
    }

    fn sweep_requests(&self, swept: &mut Swept) -> Result<(), Error> {
        let stages = self.names(&self.layout().stages())?;
        let mut requests: BTreeSet<RequestKey> = stages.iter().filter_map(|name| name.parse().ok()).collect();
        requests.extend(self.sharded::<RequestKey>(&self.layout().request_locks())?);
        for request in requests {
            locked(swept, &self.layout().request_lock(&request), |swept| {
                swept.stages += usize::from(remove(&self.layout().stage(&request)).map_err(failed)?);
                Ok(())
            });
        }
        Ok(())
    }

    fn sweep_entries(&self, swept: &mut Swept) -> Result<(), Error> {
        let layout = self.layout();
        let mut keys: BTreeSet<BuildKey> = self.sharded(&layout.entry_locks())?.into_iter().collect();
        for folder in [layout.trash(), layout.incoming(), layout.quarantines()] {
            keys.extend(self.names(&folder)?.iter().filter_map(|name| name.parse::<BuildKey>().ok()));
        }
        let pins = self.names(&layout.pins())?;
        keys.extend(pins.iter().filter_map(|name| key_of_new_pin(name)?.parse::<BuildKey>().ok()));
        for key in keys {
            locked(swept, &layout.entry_lock(&key), |swept| {
                swept.trash += usize::from(remove(&layout.trash_of(&key)).map_err(failed)?);
                swept.stages += usize::from(remove(&layout.incoming_of(&key)).map_err(failed)?);
                swept.temporary += usize::from(remove(&layout.new_pin(&key)).map_err(failed)?);
                swept.temporary += self.empty_cells(&key)?;
                Ok(())
            });
        }
        Ok(())
    }

    /// A probe is written without a lock: its loss costs only that one answer is not remembered, and asked for again. So
    /// one that somebody is just writing may go, too.
    fn sweep_probes(&self, swept: &mut Swept) -> Result<(), Error> {
        let probes = self.layout().probes();
        for name in self.names(&probes)?.iter().filter(|name| is_new_probe(name)) {
            match remove(&probes.join(name)) {
                Ok(removed) => swept.temporary += usize::from(removed),
                Err(source) => swept.failed.push(failed(source)),
            }
        }
        Ok(())
    }

    /// Removes cells of the quarantine that their maker did not come to fill, and the folder if nothing else is in it.
    fn empty_cells(&self, key: &BuildKey) -> Result<usize, Error> {
        let quarantine = self.layout().quarantine(key);
        let mut count = 0;
        for name in self.names(&quarantine)? {
            let cell = quarantine.join(name);
            if quarantined_entry(&cell).symlink_metadata().is_err() {
                count += usize::from(remove(&cell).map_err(failed)?);
            }
        }
        // It stays if there is a cell with an entry in it.
        let _ = fs_err::remove_dir(quarantine);
        Ok(count)
    }
}

/// Removes what a lock protects, and the lock, unless somebody holds it.
fn locked(swept: &mut Swept, lock: &Path, clear: impl FnOnce(&mut Swept) -> Result<(), Error>) {
    let was_there = lock.symlink_metadata().is_ok();
    let sweep = || -> Result<(), Error> {
        let Some(held) = lock_dir::try_lock(lock, "sweep")? else {
            swept.busy += 1;
            return Ok(());
        };
        exclusive(&held)?;
        clear(swept)?;
        held.remove()?;
        swept.locks += usize::from(was_there);
        Ok(())
    };
    if let Err(error) = sweep() {
        swept.failed.push(error);
    }
}

fn failed(source: std::io::Error) -> Error {
    Error::Io { action: "sweep the cache", source }
}
