//! Removing entries that nobody uses.
//!
//! An entry is moved to the trash by one rename and then deleted there. Whoever has it open goes on reading it, and a
//! crash in between leaves trash, which the next collector or sweeper of the same key removes.
//!
//! A package refers to modules, which are entries themselves. They count as used whenever the package is, and it goes
//! before the first of them does; where it cannot go, they stay. What a pin of a package keeps is written in the pin.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cache_key::BuildKey;

use crate::{
    Error, Registry,
    files::{READABLE, discard, make_folders, remove},
    layout::trashed_entry,
    registry::exclusive,
    stage::new_cell,
    walk::{Place, bytes_in, bytes_of, modified},
};

/// What is to be removed. Without a rule it is nothing.
///
/// The age of an entry is the time since it was used last ([`Entry::record_use`](crate::Entry::record_use)), which is the
/// modification time of its folder. Damaged entries are treated like all others, and pinned ones are never removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// So many of the entries that are not pinned stay, those that were used last, whatever the other rules say. When
    /// this is the only rule, the others are removed. A package counts as one with its modules.
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
    /// When its folder says that it was used.
    noted: SystemTime,
    /// When it was used, or a package that refers to it.
    last_use: SystemTime,
    /// The bytes in its files, if they are known.
    bytes: Option<u64>,
    /// What it refers to. A module refers to nothing.
    modules: Vec<BuildKey>,
    is_package: bool,
    /// Whether it is one of those that `keep_newest` counts: a package counts as one with its modules.
    is_counted: bool,
}

/// Which sizes are to be found out at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sizes {
    /// Those of all, since they decide.
    All,
    /// None: those of what is removed are found out then.
    None,
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
        let sizes = if rules.max_bytes.is_some() { Sizes::All } else { Sizes::None };
        let mut candidates = self.candidates(sizes)?;
        // Of what was used at the same time, packages go first.
        candidates.sort_unstable_by_key(|candidate| (candidate.last_use, !candidate.is_package, candidate.key));
        // The modules of packages that stay although they were to go.
        let mut needed: BTreeSet<BuildKey> = BTreeSet::new();
        let mut left: u64 = candidates.iter().filter_map(|candidate| candidate.bytes).sum();
        let mut newer =
            candidates.iter().filter(|candidate| candidate.is_counted && !pinned.contains(&candidate.key)).count();
        for candidate in &candidates {
            let key = candidate.key;
            if candidate.is_counted && !pinned.contains(&key) {
                newer -= 1;
            }
            let is_pinned = pinned.contains(&key);
            if !rules.condemn(candidate, newer, left, now) || (needed.contains(&key) && !is_pinned) {
                needed.extend(&candidate.modules);
                continue;
            }
            let bytes = || candidate.bytes.unwrap_or_else(|| bytes_of(&self.place_of(candidate)));
            let bytes = if is_pinned { 0 } else { bytes() };
            let fate = match (is_pinned, dry_run) {
                (true, _) => Ok(Fate::Pinned),
                (false, true) => Ok(Fate::Removed),
                (false, false) => self.remove(candidate),
            };
            if !matches!(fate, Ok(Fate::Removed)) {
                needed.extend(&candidate.modules);
            }
            match fate {
                Ok(Fate::Removed) => {
                    collected.removed.push(key);
                    collected.bytes_freed += bytes;
                    left = left.saturating_sub(bytes);
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

    /// Everything that could be removed, each with what is known about its use.
    fn candidates(&self, sizes: Sizes) -> Result<Vec<Candidate>, Error> {
        let mut candidates = Vec::new();
        let mut used_with: BTreeMap<BuildKey, SystemTime> = BTreeMap::new();
        for listed in self.list_packages()? {
            // What a broken package refers to nobody knows; it cannot be used, either.
            let modules = listed.package.map(|meta| meta.modules).unwrap_or_default();
            let modules: Vec<BuildKey> = modules.into_iter().map(|module| module.key).collect();
            let Some(noted) = last_use(&listed.path) else { continue };
            for module in &modules {
                let used = used_with.entry(*module).or_insert(noted);
                *used = noted.max(*used);
            }
            let bytes = Some(bytes_of(&listed.path));
            let (key, is_package, is_counted) = (listed.key, true, true);
            candidates.push(Candidate { key, noted, last_use: noted, bytes, modules, is_package, is_counted });
        }
        let modules = self.look_at_all(&self.layout().entries(), || (), |(), place| Ok(weigh(place, sizes)))?;
        candidates.extend(modules.into_iter().map(|(key, (noted, bytes))| {
            let used_with = used_with.get(&key);
            let last_use = used_with.map_or(noted, |used| noted.max(*used));
            let (modules, is_package, is_counted) = (vec![], false, used_with.is_none());
            Candidate { key, noted, last_use, bytes, modules, is_package, is_counted }
        }));
        Ok(candidates)
    }

    fn place_of(&self, candidate: &Candidate) -> PathBuf {
        let layout = self.layout();
        if candidate.is_package { layout.package(&candidate.key) } else { layout.entry(&candidate.key) }
    }

    fn remove(&self, candidate: &Candidate) -> Result<Fate, Error> {
        let Candidate { key, noted, .. } = candidate;
        let place = self.place_of(candidate);
        let Some(held) = lock_dir::try_lock(&self.layout().entry_lock(key), "collect")? else {
            return Ok(Fate::Busy);
        };
        exclusive(&held)?;
        // What was decided without the lock is decided again.
        if self.pinned()?.contains(key) {
            return Ok(Fate::Pinned);
        }
        if last_use(&place) != Some(*noted) {
            return Ok(Fate::Changed);
        }
        let trash = self.layout().trash_of(key);
        let empty = || -> io::Result<()> {
            let cell = || -> io::Result<_> {
                make_folders(&trash, READABLE)?;
                Ok(trashed_entry(&new_cell(&trash)?.keep()))
            };
            discard(&place, cell)?;
            self.options().durability.sync_folder(place.parent().unwrap_or(&place))?;
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

/// When an entry was used last, and how large it is if that is asked. `None` if it is gone.
fn weigh(place: Place<'_>, sizes: Sizes) -> Option<(SystemTime, Option<u64>)> {
    let name = place.key.to_string();
    let stat = place.shard.stat(name.as_ref()).ok()??;
    let bytes = (sizes == Sizes::All).then(|| bytes_in(place.shard, name.as_ref()));
    Some((modified(&stat), bytes))
}

fn last_use(entry: &Path) -> Option<SystemTime> {
    fs_err::symlink_metadata(entry).ok()?.modified().ok()
}
