//! What tests pretend about a lock folder, because no network file system is at hand.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use crate::file_system::FileSystem;

static FILE_SYSTEMS: Mutex<BTreeMap<PathBuf, &'static FileSystem>> = Mutex::new(BTreeMap::new());
static REFUSALS: Mutex<BTreeMap<PathBuf, VecDeque<Errno>>> = Mutex::new(BTreeMap::new());

/// From now on, this canonical folder lies on that file system.
pub(crate) fn lies_on(folder: &Path, file_system: &'static FileSystem) {
    locked(&FILE_SYSTEMS).insert(folder.to_owned(), file_system);
}

/// These are the kernel's next answers to whoever locks the file in this canonical folder.
pub(crate) fn refuses(folder: &Path, refusals: impl IntoIterator<Item = Errno>) {
    locked(&REFUSALS).insert(folder.to_owned(), refusals.into_iter().collect());
}

pub(crate) fn file_system(folder: &Path) -> Option<&'static FileSystem> {
    locked(&FILE_SYSTEMS).get(folder).copied()
}

pub(crate) fn refusal(folder: &Path) -> Option<io::Error> {
    Some(locked(&REFUSALS).get_mut(folder)?.pop_front()?.into())
}

/// How many of the pretended answers nobody has asked for.
pub(crate) fn refusals_left(folder: &Path) -> usize {
    locked(&REFUSALS).get(folder).map_or(0, VecDeque::len)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
