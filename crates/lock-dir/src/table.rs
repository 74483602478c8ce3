//! The table in which threads of one process queue, first come, first served, and what happens to it in a fork.
//!
//! The kernel would keep threads apart too, for each opens the file itself. The table adds an order, one poller per
//! process instead of one per thread, and an error instead of a hang when a thread asks for what it holds.
//!
//! **Forks.** A forked process starts with a copy of the table and of all open lock files, but with one thread. The
//! copy of the table is useless to it: its mutex may be held by a thread that does not exist. So each table knows its
//! process, and a process that finds a table of another starts a new one, which hangs on the old (there is no way to
//! replace a static without a lock). It also closes its copies of the files, since a lock lasts until the last copy is
//! closed.

use std::collections::{BTreeMap, VecDeque};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::Error;
use crate::kernel_lock::LockFile;

/// Closes this process's copies of all lock files and forgets who waits, without unlocking anything.
///
/// A Rust program that forks without `exec` must call it in the child, before anything else; Python's place for it is
/// `os.register_at_fork(after_in_child=…)`. Anywhere else it releases every lock of the process.
///
/// Without it no lock is lost, but the child's copies keep its parent's locks alive until the child first uses this
/// crate, or ends. A file that another thread of the parent was opening, trying or closing at the very moment of the
/// fork stays open in the child, with the same effect.
pub fn after_fork_in_child() {
    Table::last().succeed();
}

/// Who wants which lock in this process.
struct Table {
    /// The process whose table this is, 0 before first use. The only thing that a process id decides.
    process: AtomicU32,
    queues: Mutex<Queues>,
    moved: Condvar,
    successor: OnceLock<Box<Table>>,
}

struct Queues {
    next_ticket: u64,
    by_folder: BTreeMap<PathBuf, VecDeque<Entry>>,
}

struct Entry {
    ticket: u64,
    thread: ThreadId,
    file: Arc<Mutex<Option<LockFile>>>,
}

static FIRST: Table = Table::new(0);

impl Table {
    const fn new(process: u32) -> Self {
        let queues = Queues { next_ticket: 0, by_folder: BTreeMap::new() };
        Self {
            process: AtomicU32::new(process),
            queues: Mutex::new(queues),
            moved: Condvar::new(),
            successor: OnceLock::new(),
        }
    }

    /// The table of this process.
    fn current() -> &'static Self {
        let (last, process) = (Self::last(), std::process::id());
        match last.process.compare_exchange(0, process, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => last,
            Err(found) if found == process => last,
            Err(_) => last.succeed(),
        }
    }

    fn last() -> &'static Self {
        let mut table = &FIRST;
        while let Some(next) = table.successor.get() {
            table = next;
        }
        table
    }

    /// Starts the table of a forked process after this one, its parent's.
    fn succeed(&'static self) -> &'static Self {
        let successor = self.successor.get_or_init(|| Box::new(Self::new(std::process::id())));
        // A lock that cannot be had is held by a thread of the parent: nobody here will ever release it.
        if let Some(queues) = try_lock(&self.queues) {
            for entry in queues.by_folder.values().flatten() {
                drop(try_lock(&entry.file).and_then(|mut file| file.take()));
            }
        }
        successor
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        // Nothing that can panic happens between two states of a queue.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues {
    fn is_first(&self, place: &Place) -> bool {
        self.by_folder[&place.folder].front().is_some_and(|entry| entry.ticket == place.ticket)
    }
}

/// A thread's place in the queue for one folder, and the lock file it has opened there. Dropping it leaves the queue.
pub(crate) struct Place {
    table: &'static Table,
    folder: PathBuf,
    ticket: u64,
    file: Arc<Mutex<Option<LockFile>>>,
    /// Not `Send`: the table knows by its thread whether somebody waits for themselves.
    thread: PhantomData<MutexGuard<'static, ()>>,
}

impl Place {
    /// Takes the last place in the queue for this canonical folder.
    pub(crate) fn take(folder: PathBuf) -> Result<Self, Error> {
        let (table, thread, file) = (Table::current(), thread::current().id(), Arc::new(Mutex::new(None)));
        let mut queues = table.queues();
        let ticket = queues.next_ticket;
        queues.next_ticket += 1;
        let queue = queues.by_folder.entry(folder.clone()).or_default();
        if queue.iter().any(|entry| entry.thread == thread) {
            return Err(Error::WouldDeadlock);
        }
        queue.push_back(Entry { ticket, thread, file: Arc::clone(&file) });
        drop(queues);
        Ok(Self { table, folder, ticket, file, thread: PhantomData })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether this process is a fork of the one that took the place. Then only the file may be used, and only closed.
    pub(crate) fn is_inherited(&self) -> bool {
        !std::ptr::eq(self.table, Table::current())
    }

    /// Whether it is this thread's turn to try the kernel's lock.
    pub(crate) fn is_first(&self) -> bool {
        self.table.queues().is_first(self)
    }

    /// Pauses: the first in the queue to try the kernel's lock again, the others until they are first.
    pub(crate) fn rest(&self, pause: Duration) {
        if self.is_inherited() {
            return;
        }
        let queues = self.table.queues();
        if queues.is_first(self) {
            drop(queues);
            thread::sleep(pause);
        } else {
            let waiting = self.table.moved.wait_timeout_while(queues, pause, |queues| !queues.is_first(self));
            drop(waiting.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// The lock file, once opened.
    pub(crate) fn file(&self) -> MutexGuard<'_, Option<LockFile>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // First the file, so that the next thread does not find it locked by us.
        drop(self.file().take());
        if self.is_inherited() {
            return;
        }
        let mut queues = self.table.queues();
        if let Some(queue) = queues.by_folder.get_mut(&self.folder) {
            queue.retain(|entry| entry.ticket != self.ticket);
            if queue.is_empty() {
                queues.by_folder.remove(&self.folder);
            }
        }
        drop(queues);
        self.table.moved.notify_all();
    }
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn queue_length(folder: &Path) -> usize {
        Table::current().queues().by_folder.get(folder).map_or(0, VecDeque::len)
    }

    #[test]
    fn threads_are_served_in_the_order_in_which_they_came() {
        let folder = Path::new("/threads are served in order");
        let (served, order) = mpsc::channel();
        let first = Place::take(folder.to_owned()).unwrap();
        thread::scope(|scope| {
            for number in 1..=8 {
                let served = served.clone();
                scope.spawn(move || {
                    let place = Place::take(folder.to_owned()).unwrap();
                    while !place.is_first() {
                        place.rest(Duration::MAX);
                    }
                    served.send(number).unwrap();
                });
                while queue_length(folder) <= number {
                    thread::yield_now();
                }
            }
            assert!(first.is_first());
            assert!(order.try_recv().is_err(), "somebody was served before their turn");
            drop(first);
        });
        assert_eq!(order.try_iter().collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
        assert_eq!(queue_length(folder), 0);
        assert!(!Table::current().queues().by_folder.contains_key(folder), "the table does not grow with use");
    }

    #[test]
    fn who_leaves_the_middle_of_the_queue_does_not_stop_it() {
        let folder = Path::new("/who leaves the middle");
        let first = Place::take(folder.to_owned()).unwrap();
        thread::scope(|scope| {
            let (leave, left) = mpsc::channel::<()>();
            scope.spawn(move || {
                let _middle = Place::take(folder.to_owned()).unwrap();
                left.recv().unwrap_err();
            });
            while queue_length(folder) < 2 {
                thread::yield_now();
            }
            let last = scope.spawn(|| {
                let place = Place::take(folder.to_owned()).unwrap();
                while !place.is_first() {
                    place.rest(Duration::MAX);
                }
            });
            while queue_length(folder) < 3 {
                thread::yield_now();
            }
            drop(leave);
            while queue_length(folder) > 2 {
                thread::yield_now();
            }
            drop(first);
            last.join().unwrap();
        });
    }

    #[test]
    fn a_thread_does_not_queue_behind_itself() {
        let folder = Path::new("/behind itself");
        let place = Place::take(folder.to_owned()).unwrap();
        assert!(matches!(Place::take(folder.to_owned()), Err(Error::WouldDeadlock)));
        assert!(Place::take(PathBuf::from("/another folder")).is_ok());
        drop(place);
        assert!(Place::take(folder.to_owned()).is_ok());
    }

    #[test]
    fn a_forked_process_does_not_wait_for_threads_of_its_parent() {
        // A thread of the parent had the table at the moment of the fork. In the child nobody will release it.
        let parents: &'static Table = Box::leak(Box::new(Table::new(1)));
        let (folder, file) = (PathBuf::from("/of the parent"), Arc::new(Mutex::new(None)));
        let place = Place { table: parents, folder, ticket: 0, file, thread: PhantomData };
        let busy = parents.queues();
        assert!(place.is_inherited());
        place.rest(Duration::MAX);
        drop(place);
        let ours = parents.succeed();
        assert_eq!(ours.process.load(Ordering::Relaxed), std::process::id());
        drop(ours.queues());
        drop(busy);
    }
}
