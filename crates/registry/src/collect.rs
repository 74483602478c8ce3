//! Removing entries that nobody uses.
//!
//! An entry is moved to the trash by one rename and then deleted there. Whoever has it open goes on reading it, and a
//! crash in between leaves trash, which the next collector or sweeper of the same key removes.

use std::{
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use cache_key::BuildKey;

use crate::{
    Error, Registry,
    files::{READABLE, discard, make_folders, remove},
    layout::trashed_entry,
    registry::exclusive,
    stage::new_cell,
};

/// What is to be removed. Without a rule it is nothing.
///
/// The age of an entry is the time since it was used last ([`Entry::record_use`](crate::Entry::record_use)), which is the
/// modification time of its folder. Damaged entries are treated like all others, and pinned ones are never removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// So many of the entries that are not pinned stay, those that were used last, whatever the other rules say. When
    /// this is the only rule, the others are removed.
    pub keep_newest: Option<usize>,
    /// What is older than this is removed.
    pub max_age: Option<Duration>,
    /// The least recently used are removed until all that is there, the pinned included, has no more bytes than this.
    pub max_bytes: Option<u64>,
}

/// What a collector did, or would have done.
#[derive(Debug, Default)]
pub struct Collected {
    /// What was removed, the least recently used first.
    pub removed: Vec<BuildKey>,
    /// What would have been removed if it were not pinned.
    pub kept_pinned: Vec<BuildKey>,
    /// What would have been removed if nobody had been at it. A dry run takes no lock and cannot know.
    pub skipped_busy: Vec<BuildKey>,
    /// What could not be removed, and why. The collector goes on with the others.
    pub failed: Vec<(BuildKey, Error)>,
    /// The bytes in the files of what was removed.
    pub bytes_freed: u64,
}

#[derive(Debug)]
struct Candidate {
    key: BuildKey,
    last_use: SystemTime,
    bytes: u64,
}

/// What became of a candidate.
enum Fate {
    Removed,
    Pinned,
    Busy,
    /// Used or removed since it was listed.
    Changed,
}

impl Registry {
    /// Removes entries by these rules. A dry run writes nothing.
    ///
    /// # Errors
    /// [`Error::BrokenPin`] when a pin cannot be read, and nothing is removed that it might protect. What happens to
    /// single entries is told in [`Collected`].
    pub fn collect(&self, rules: &Rules, now: SystemTime, dry_run: bool) -> Result<Collected, Error> {
        let mut collected = Collected::default();
        let pinned = self.pinned()?;
        if *rules == Rules::default() {
            return Ok(collected);
        }
        let mut candidates: Vec<Candidate> = self.keys()?.into_iter().filter_map(|key| self.weigh(key)).collect();
        candidates.sort_unstable_by_key(|candidate| (candidate.last_use, candidate.key));
        let mut left: u64 = candidates.iter().map(|candidate| candidate.bytes).sum();
        let mut newer = candidates.iter().filter(|candidate| !pinned.contains(&candidate.key)).count();
        for candidate in &candidates {
            let key = candidate.key;
            if !pinned.contains(&key) {
                newer -= 1;
            }
            if !rules.condemn(candidate, newer, left, now) {
                continue;
            }
            let fate = match (pinned.contains(&key), dry_run) {
                (true, _) => Ok(Fate::Pinned),
                (false, true) => Ok(Fate::Removed),
                (false, false) => self.remove(candidate),
            };
            match fate {
                Ok(Fate::Removed) => {
                    collected.removed.push(key);
                    collected.bytes_freed += candidate.bytes;
                    left -= candidate.bytes;
                }
                Ok(Fate::Pinned) => collected.kept_pinned.push(key),
                Ok(Fate::Busy) => collected.skipped_busy.push(key),
                Ok(Fate::Changed) => {}
                Err(error @ Error::BrokenPin { .. }) => return Err(error),
                Err(error) => collected.failed.push((key, error)),
            }
        }
        Ok(collected)
    }

    /// When an entry was used last, and how large it is. `None` if it is gone.
    fn weigh(&self, key: BuildKey) -> Option<Candidate> {
        let place = self.layout().entry(&key);
        Some(Candidate { key, last_use: last_use(&place)?, bytes: bytes(&place) })
    }

    fn remove(&self, candidate: &Candidate) -> Result<Fate, Error> {
        let Candidate { key, last_use: listed, .. } = candidate;
        let Some(held) = lock_dir::try_lock(&self.layout().entry_lock(key), "collect")? else {
            return Ok(Fate::Busy);
        };
        exclusive(&held)?;
        // What was decided without the lock is decided again.
        if self.pinned()?.contains(key) {
            return Ok(Fate::Pinned);
        }
        let place = self.layout().entry(key);
        if last_use(&place) != Some(*listed) {
            return Ok(Fate::Changed);
        }
        let trash = self.layout().trash_of(key);
        let empty = || -> io::Result<()> {
            let cell = || -> io::Result<_> {
                make_folders(&trash, READABLE)?;
                Ok(trashed_entry(&new_cell(&trash)?.keep()))
            };
            discard(&place, cell)?;
            self.options().durability.sync_folder(&self.layout().shard(key))?;
            // With what a dead collector left.
            remove(&trash).map(drop)
        };
        let emptied = empty().map_err(|source| Error::Io { action: "remove the cache entry", source });
        let unlocked = if last_use(&place).is_none() { held.remove() } else { Ok(()) };
        emptied?;
        unlocked?;
        Ok(Fate::Removed)
    }
}

impl Rules {
    /// Whether an entry is to go, when so many unpinned ones were used later and so many bytes are left.
    fn condemn(&self, candidate: &Candidate, newer: usize, left: u64, now: SystemTime) -> bool {
        if self.keep_newest.is_some_and(|kept| newer < kept) {
            return false;
        }
        // A use in the future has no age.
        let age = now.duration_since(candidate.last_use).unwrap_or_default();
        let others = [self.max_age.map(|limit| age > limit), self.max_bytes.map(|limit| left > limit)];
        match others {
            [None, None] => self.keep_newest.is_some(),
            others => others.contains(&Some(true)),
        }
    }
}

fn last_use(entry: &Path) -> Option<SystemTime> {
    fs_err::symlink_metadata(entry).ok()?.modified().ok()
}

/// The bytes in the files of a tree. What cannot be read has none.
fn bytes(path: &Path) -> u64 {
    match fs_err::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            fs_err::read_dir(path).into_iter().flatten().flatten().map(|item| bytes(&item.path())).sum()
        }
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}
