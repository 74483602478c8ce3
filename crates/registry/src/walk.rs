//! Looking at all entries, of which there may be tens of thousands.
//!
//! Each is looked at with as few system calls as its question needs, from the folder that it is in, and by as many
//! threads as earn their start. A folder that others could write is not believed, as everywhere; that one entry cannot be
//! looked at is for who asked to tell.

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cache_key::BuildKey;
use rustix::fs::Stat;

use crate::{Error, Registry, folder::Folder};

/// More threads than this wait for each other rather than for the disk.
const THREADS: usize = 4;

/// A thread is worth its start for so many folders of entries: with fewer there are few entries in each.
const SHARDS_PER_THREAD: usize = 32;

/// One entry, from the folder that it is in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) key: BuildKey,
    /// The folder that it is in, with others.
    pub(crate) shard: &'a Folder,
}

impl Registry {
    /// What `look` finds of each entry in this folder of folders, in the order of their keys. It is called by several
    /// threads, each of which has a `state` of its own.
    pub(crate) fn look_at_all<S, T: Send>(
        &self,
        folder: &Path,
        state: impl Fn() -> S + Sync,
        look: impl Fn(&mut S, Place<'_>) -> Result<Option<T>, Error> + Sync,
    ) -> Result<Vec<(BuildKey, T)>, Error> {
        let shards = self.names(folder)?;
        let shards: Vec<PathBuf> = shards.iter().filter(|name| name.len() == 2).map(|name| folder.join(name)).collect();
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = || -> Result<Vec<(BuildKey, T)>, Error> {
            let (mut state, mut found) = (state(), Vec::new());
            while let Some(path) = shards.get(next.fetch_add(1, Ordering::Relaxed)) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let Some(shard) = self.folder(path)? else { continue };
                let names = shard.names().map_err(|source| Error::Io { action: "list the cache", source })?;
                for key in names.iter().filter_map(|name| name.to_str()?.parse().ok()) {
                    if let Some(one) = look(&mut state, Place { key, shard: &shard })? {
                        found.push((key, one));
                    }
                }
            }
            Ok(found)
        };
        let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS);
        let threads = threads.min(shards.len() / SHARDS_PER_THREAD);
        let mut found = if threads < 2 {
            work()?
        } else {
            let all = Mutex::new(Ok(Vec::new()));
            thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        let found = work();
                        if found.is_err() {
                            stop.store(true, Ordering::Relaxed);
                        }
                        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                        match (&mut *all, found) {
                            (Ok(all), Ok(found)) => all.extend(found),
                            (Ok(_), Err(error)) => *all = Err(error),
                            (Err(_), _) => {}
                        }
                    });
                }
            });
            all.into_inner().unwrap_or_else(PoisonError::into_inner)?
        };
        found.sort_unstable_by_key(|(key, _)| *key);
        Ok(found)
    }
}

/// The bytes in the files of a tree below a folder. What cannot be read has none.
pub(crate) fn bytes_in(folder: &Folder, name: &OsStr) -> u64 {
    let mut total = 0;
    let _ = folder.each_file_below(name, &mut |size| total += size);
    total
}

/// The bytes in the files of a tree. What cannot be read has none.
pub(crate) fn bytes_of(path: &Path) -> u64 {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return 0 };
    let opened: io::Result<_> = Folder::root(parent);
    match opened {
        Ok(crate::folder::Opened::Found(parent)) => bytes_in(&parent, name),
        _ => 0,
    }
}

/// When something was changed.
pub(crate) fn modified(stat: &Stat) -> SystemTime {
    let (seconds, nanoseconds) = (stat.st_mtime, u32::try_from(stat.st_mtime_nsec).unwrap_or_default());
    let (whole, part) = (Duration::from_secs(seconds.unsigned_abs()), Duration::from_nanos(nanoseconds.into()));
    let base = if seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole };
    base + part
}
