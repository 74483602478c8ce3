//! What was damaged, and is kept for people to look at until they have seen enough.

use std::{path::PathBuf, time::SystemTime};

use cache_key::BuildKey;

use crate::{
    Error, Registry,
    files::remove,
    layout::{quarantine_reason, quarantined_entry},
    registry::exclusive,
    walk::bytes_of,
};

/// A damaged entry that was moved away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The key that it had.
    pub key: BuildKey,
    /// Where it lies now.
    pub path: PathBuf,
    /// What was wrong with it. Empty where nobody wrote that down.
    pub reason: String,
    /// When it was moved there.
    pub since: Option<SystemTime>,
    /// The bytes in its files.
    pub bytes: u64,
}

/// What was removed from the quarantine.
#[derive(Debug, Default)]
pub struct Cleared {
    /// Those that were removed.
    pub removed: Vec<Quarantined>,
    /// The keys of those that somebody is just moving there.
    pub skipped_busy: Vec<BuildKey>,
    /// What could not be removed, and why.
    pub failed: Vec<(BuildKey, Error)>,
}

impl Registry {
    /// All damaged entries that are kept, by key. One entry may have been damaged more than once.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Untrusted`] when the quarantine cannot be read. One that is missing is empty.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, Error> {
        let names = self.names(&self.layout().quarantines())?;
        let mut keys: Vec<BuildKey> = names.iter().filter_map(|name| name.parse().ok()).collect();
        keys.sort_unstable();
        let mut found = Vec::new();
        for key in keys {
            let folder = self.layout().quarantine(&key);
            let mut cells = self.names(&folder)?;
            cells.sort_unstable();
            for cell in cells.iter().map(|name| folder.join(name)) {
                let path = quarantined_entry(&cell);
                // One that is just being moved there has no entry yet, nor has what a killed process left.
                if path.symlink_metadata().is_err() {
                    continue;
                }
                let reason = quarantine_reason(&cell);
                let since = fs_err::symlink_metadata(&reason).and_then(|metadata| metadata.modified()).ok();
                let reason = fs_err::read_to_string(reason).map(|text| text.trim_end().to_owned()).unwrap_or_default();
                found.push(Quarantined { key, bytes: bytes_of(&path), path, reason, since });
            }
        }
        Ok(found)
    }

    /// Removes damaged entries that are kept: those with these keys, or all.
    ///
    /// # Errors
    /// As for [`Registry::quarantined`]. What happens to single entries is told in [`Cleared`].
    pub fn clear_quarantine(&self, only: Option<&[BuildKey]>) -> Result<Cleared, Error> {
        let mut cleared = Cleared::default();
        for quarantined in self.quarantined()? {
            let key = quarantined.key;
            if only.is_some_and(|keys| !keys.contains(&key)) {
                continue;
            }
            match self.clear(&quarantined) {
                Ok(true) => cleared.removed.push(quarantined),
                Ok(false) => cleared.skipped_busy.push(key),
                Err(error) => cleared.failed.push((key, error)),
            }
        }
        Ok(cleared)
    }

    /// Removes one. False when somebody is at it.
    fn clear(&self, quarantined: &Quarantined) -> Result<bool, Error> {
        let Some(held) = lock_dir::try_lock(&self.layout().entry_lock(&quarantined.key), "clear the quarantine")?
        else {
            return Ok(false);
        };
        exclusive(&held)?;
        let cell = quarantined.path.parent().unwrap_or(&quarantined.path);
        remove(cell).map_err(|source| Error::Io { action: "remove a damaged entry from quarantine", source })?;
        // It stays if there is another cell in it.
        let _ = fs_err::remove_dir(self.layout().quarantine(&quarantined.key));
        Ok(true)
    }
}
