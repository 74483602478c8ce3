//! Emptying a cache.

use std::{io, path::Path, time::SystemTime};

use cache_key::{BuildKey, Digest};

use crate::{Alias, Cleared, Collected, Error, Manifest, Registry, Rules, Swept, files::remove, layout::is_log};

/// What becomes of pinned entries when a cache is emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pinned {
    /// They stay, and so does what is known about their requests.
    Keep,
    /// Their pins are taken away first, also those that cannot be read.
    Remove,
}

/// What emptying a cache removed.
#[derive(Debug, Default)]
pub struct Purged {
    /// The modules and packages that were removed, and those that were not.
    pub entries: Collected,
    /// The names that were taken away.
    pub unpinned: Vec<Alias>,
    /// The damaged entries that were kept in quarantine.
    pub quarantine: Cleared,
    /// What killed processes had left, and how many locks somebody holds.
    pub swept: Swept,
    /// How many other files were removed: dependency sets, object files, logs, remembered tools.
    pub others: usize,
    /// What of these could not be removed, and why.
    pub failed: Vec<Error>,
}

impl Registry {
    /// Removes all that is in the cache and that nobody is at: modules, packages, what is known about requests, quarantine,
    /// logs, and what is remembered about tools. Installed tools stay.
    ///
    /// # Errors
    /// [`Error::BrokenPin`] when pinned entries are to stay and nobody knows which those are: then nothing is removed;
    /// [`Error::Io`] or [`Error::Untrusted`] when a folder cannot be read. What happens to single entries is told in [`Purged`].
    pub fn purge(&self, pinned: Pinned) -> Result<Purged, Error> {
        let mut purged = Purged::default();
        if pinned == Pinned::Remove {
            self.unpin_all(&mut purged)?;
        }
        purged.entries = self.collect(&Rules { keep_newest: Some(0), ..Rules::default() }, SystemTime::now(), false)?;
        purged.quarantine = self.clear_quarantine(None)?;
        purged.swept = self.sweep_all()?;
        let kept = self.keys()?;
        self.forget_requests(&kept, &mut purged)?;
        let (logs, probes) = (self.layout().logs(), self.layout().probes());
        let old_logs = self.names(&logs)?.into_iter().filter(|name| is_log(name)).map(|name| logs.join(name));
        let remembered = self.names(&probes)?.into_iter().map(|name| probes.join(name));
        for file in old_logs.chain(remembered).chain(self.objects()?) {
            purged.count(remove(&file));
        }
        Ok(purged)
    }

    fn unpin_all(&self, purged: &mut Purged) -> Result<(), Error> {
        for listed in self.pins()? {
            match listed.pin {
                Ok(pin) => {
                    if self.unpin(&pin.alias)? {
                        purged.unpinned.push(pin.alias);
                    }
                }
                // What it protected nobody knows.
                Err(_) => purged.count(remove(&listed.path)),
            }
        }
        Ok(())
    }

    /// Removes the dependency sets of requests that no entry is kept of. Who is just adding one loses it, and builds again.
    fn forget_requests(&self, kept: &[BuildKey], purged: &mut Purged) -> Result<(), Error> {
        for portable in self.sharded::<Digest>(&self.layout().all_manifests())? {
            let folder = self.layout().manifests(&portable);
            for file in self.names(&folder)?.into_iter().map(|name| folder.join(name)) {
                if !is_about(&file, kept) {
                    purged.count(remove(&file));
                }
            }
            // The folders stay if there is something in them.
            let _ = fs_err::remove_dir(&folder);
            let _ = folder.parent().map(fs_err::remove_dir);
        }
        Ok(())
    }
}

/// Whether a manifest knows a set of which the entry is kept.
fn is_about(manifest: &Path, kept: &[BuildKey]) -> bool {
    // Nothing is read of thousands of files when nothing is kept.
    let knows = |manifest: Manifest| manifest.builds().any(|key| kept.binary_search(key).is_ok());
    !kept.is_empty() && Manifest::read(manifest).is_some_and(knows)
}

impl Purged {
    fn count(&mut self, removed: io::Result<bool>) {
        match removed {
            Ok(removed) => self.others += usize::from(removed),
            Err(source) => self.failed.push(Error::Io { action: "empty the cache", source }),
        }
    }
}
