//! Taking the lock, and why that is correct.
//!
//! ```text
//! shared file system? -> yes: queue in the table, published?, sweep, Held that is not exclusive
//!   | no
//! queue in the table -> make folder, open lock -> flock, non-blocking -> does the path still name this file?
//!                       ^                         | busy: published?     | yes                        | no
//!                       |                         | cancelled? too late? v                            |
//!                       |                         v pause, again         owner.json, published?,      |
//!                       |                                                sweep, Held                  |
//!                       +---------------------------------------------------------------------- close +
//! ```
//!
//! **One holder.** The kernel gives an exclusive `flock` to one open file description per inode. The path names an
//! inode, and what it names changes in two ways only: somebody creates the file where there is none, or somebody
//! removes it, and only who holds the lock on the named inode removes it. Say P locks inode *i* and *afterwards* sees
//! that the path names *i*. Then the path names *i* until P itself removes the file or is gone. Were Q inside too, it
//! would have seen the path name some *j*: if *j = i*, the kernel gave one lock twice; if not, the path changed under
//! P. So Q is not inside. Without the second look, three processes break it: one opens, one removes, one creates anew,
//! and the first then locks a file that has no name. (Two cannot show this, so a test with two proves nothing.)
//!
//! **Progress.** The kernel closes the files of the dead. Nothing is ever stale, so nothing needs to be judged stale.
//!
//! | what happens | what we rely on |
//! |---|---|
//! | holder killed, at any step | the kernel frees the lock; `sweep` of the next holder removes the leftovers |
//! | folder removed between making and opening | the open fails, and both are done again |
//! | folder removed while we wait on its file | our lock succeeds on a file without a name; the comparison sees it |
//! | next lock file made while a collector removes the folder | the folder is not empty and stays |
//! | holder forks | its lock lasts until the last copy is closed; nobody ever unlocks, so nobody unlocks for others |
//! | clock set, machine suspended, process id reused | nothing: no decision asks for them |
//! | a published result while many wait | each leaves with it, and needs no turn |
//! | network file system, or one without locks | publishing is safe without the lock; who sweeps or collects asks `Held` |
//!
//! **Not promised.** Fairness between processes (between threads there is a queue). Any order between keys: who needs
//! two takes them in ascending order. Exclusion when somebody deletes a held `lock` by hand, or on a network file
//! system: publishing must be safe without the lock, which only saves double work. On those the kernel is not even
//! asked, for it would ask a server, and a non-blocking question that is never answered hangs, too.
//!
//! `tests/model.rs` explores all interleavings of this protocol with publishing, reading, collecting and pinning.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::file_system::FileSystem;
use crate::folder::LOCK_FILE;
use crate::kernel_lock::{Answer, LockFile};
use crate::table::Place;
use crate::{Error, Held, Owner, folder, owner};

const FIRST_PAUSE: Duration = Duration::from_micros(200);
/// Also the longest time until a cancellation is seen.
const LONGEST_PAUSE: Duration = Duration::from_millis(25);

/// How long to wait for another holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Give up at the first refusal.
    Never,
    /// Retry until this much time has passed.
    AtMost(Duration),
    /// Wait until the other holder is done.
    Forever,
}

/// What one acquisition needs to know.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The lock folder, made if absent. It belongs to this crate alone.
    pub folder: &'a Path,
    /// How long to wait.
    pub wait: Wait,
    /// Asked at each pause; true ends the wait with [`Error::Cancelled`].
    pub cancelled: &'a dyn Fn() -> bool,
    /// Called once, when waiting starts, with who seems to hold the lock.
    pub waiting: &'a dyn Fn(Option<&Owner>),
    /// Called with the name of the file system, such as `NFS`, when the lock that is given will not be
    /// [exclusive](Held::is_exclusive). Once per process and name: say "no exclusion between machines on NFS" and where.
    pub not_exclusive: &'a dyn Fn(&str),
    /// What the lock is for, such as `build`: others are told.
    pub purpose: &'a str,
}

/// How an acquisition ended well.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub enum Outcome<T> {
    /// The lock is ours.
    Held(Held),
    /// Somebody else did the work meanwhile, and no lock is held.
    Published(T),
}

/// Takes the lock, or what somebody published instead.
///
/// `published` looks for the result: at each pause without the lock, and once more with it. `sweep` removes what a
/// holder that died may have left, with the lock held. If one of them fails, the lock is released.
///
/// On a file system that is shared between machines, or has no locks, threads of this process still take turns, and
/// the `Held` is not [exclusive](Held::is_exclusive): `sweep` has to ask it before it removes anything.
///
/// # Errors
///
/// [`Error::Busy`], [`Error::TimedOut`] and [`Error::Cancelled`] end a wait, as the request says.
/// [`Error::WouldDeadlock`]: this thread holds the lock. [`Error::Io`]: there cannot be a lock in this folder.
pub fn acquire<T, E: From<Error>>(
    request: &Request<'_>,
    mut published: impl FnMut() -> Result<Option<T>, E>,
    sweep: impl FnOnce(&Held) -> Result<(), E>,
) -> Result<Outcome<T>, E> {
    let mut patience = Patience::new(request);
    let (folder, shared) = folder::prepare(request.folder)?;
    let mut place = Place::take(folder)?;
    let not_exclusive = loop {
        if place.is_inherited() {
            // One of the caller's closures has forked, and this is the child.
            place = Place::take(place.folder().to_owned())?;
        }
        match attempt(&place, shared)? {
            Answer::Locked => break None,
            Answer::NoLocks(file_system) => break Some(file_system),
            Answer::Busy => {}
        }
        if let Some(found) = published()? {
            return Ok(Outcome::Published(found));
        }
        patience.pause(&place)?;
    };
    let held = match not_exclusive {
        None => Held::locked(place, request.purpose),
        Some(_) => Held::unlocked(place),
    };
    // Whoever held the lock before us may have published exactly this.
    if let Some(found) = published()? {
        return Ok(Outcome::Published(found));
    }
    if let Some(file_system) = not_exclusive {
        file_system.tell_once(request.not_exclusive);
    }
    sweep(&held)?;
    Ok(Outcome::Held(held))
}

/// Takes the lock if nobody holds or wants it in this process and nobody holds it in another: for collectors.
///
/// A lock that was released a moment ago may still be busy: while another thread starts a process, that has a copy of
/// the file until it executes its program.
///
/// Where the lock is not used, only threads of this process can be in the way, and the answer is a `Held` that is not
/// [exclusive](Held::is_exclusive).
pub fn try_lock(folder: &Path, purpose: &str) -> Result<Option<Held>, Error> {
    let (folder, shared) = folder::prepare(folder)?;
    let place = match Place::take(folder) {
        Err(Error::WouldDeadlock) => return Ok(None),
        place => place?,
    };
    Ok(match attempt(&place, shared)? {
        Answer::Locked => Some(Held::locked(place, purpose)),
        Answer::NoLocks(_) => Some(Held::unlocked(place)),
        Answer::Busy => None,
    })
}

/// Tries once.
fn attempt(place: &Place, shared: Option<&'static FileSystem>) -> Result<Answer, Error> {
    if !place.is_first() {
        return Ok(Answer::Busy);
    }
    if let Some(file_system) = shared {
        return Ok(Answer::NoLocks(file_system));
    }
    // The file stays open in the table while we wait, so that a forked process knows what to close.
    let mut slot = place.file();
    for _ in 0..folder::ATTEMPTS {
        let mut file = match slot.take() {
            Some(file) => file,
            None => LockFile::open(place.folder())?,
        };
        match file.try_lock()? {
            Answer::Locked if !file.is_current()? => {}
            answer => {
                *slot = Some(file);
                return Ok(answer);
            }
        }
        // Who held this file before us has removed it. That says nothing about the file which the path names now.
    }
    let text = format!("`{}` is another file each time it is looked at", place.folder().join(LOCK_FILE).display());
    Err(Error::Io { action: "take the lock", source: io::Error::other(text) })
}

/// How long we have waited, and how long we still will.
struct Patience<'a> {
    request: &'a Request<'a>,
    started: Instant,
    next_pause: Duration,
    announced: bool,
}

impl<'a> Patience<'a> {
    fn new(request: &'a Request<'a>) -> Self {
        Self { request, started: Instant::now(), next_pause: FIRST_PAUSE, announced: false }
    }

    fn pause(&mut self, place: &Place) -> Result<(), Error> {
        if (self.request.cancelled)() {
            return Err(Error::Cancelled);
        }
        let folder = place.folder();
        let waited = self.started.elapsed();
        let left = match self.request.wait {
            Wait::Never => return Err(Error::Busy { folder: folder.to_owned(), owner: owner(folder) }),
            Wait::AtMost(limit) => limit.saturating_sub(waited),
            Wait::Forever => Duration::MAX,
        };
        if left.is_zero() {
            return Err(Error::TimedOut { folder: folder.to_owned(), waited, owner: owner(folder) });
        }
        if !self.announced {
            self.announced = true;
            (self.request.waiting)(owner(folder).as_ref());
        }
        place.rest(jittered(self.next_pause).min(left));
        self.next_pause = LONGEST_PAUSE.min(self.next_pause * 2);
        Ok(())
    }
}

/// Between half and all of the pause, so that those who were refused together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let [random, ..] = RandomState::new().build_hasher().finish().to_le_bytes();
    pause.mul_f64(0.5 + f64::from(random) / 510.0)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::path::PathBuf;
    use std::thread;

    use rustix::io::Errno;

    use super::*;
    use crate::pretence;

    /// Long enough that only a hang reaches it.
    const LONG: Duration = Duration::from_mins(1);

    fn request(folder: &Path, wait: Wait) -> Request<'_> {
        Request { folder, wait, cancelled: &|| false, waiting: &|_| {}, not_exclusive: &|_| {}, purpose: "test" }
    }

    /// A lock that this process's table does not know, as another process has it.
    fn stranger(folder: &Path) -> LockFile {
        let mut file = LockFile::open(folder).unwrap();
        assert!(matches!(file.try_lock().unwrap(), Answer::Locked));
        file
    }

    #[test]
    fn a_file_that_lost_its_name_while_we_waited_is_not_the_lock() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("key");
        let first = Cell::new(Some(stranger(&folder)));
        let second = Cell::new(None);
        let outcome = acquire(
            &request(&folder, Wait::AtMost(Duration::from_millis(100))),
            || {
                // We wait with the first file open. A collector removes it, and a third process takes the next one.
                if let Some(first) = first.take() {
                    fs_err::remove_file(folder.join(LOCK_FILE)).unwrap();
                    fs_err::remove_dir(&folder).unwrap();
                    drop(first);
                    second.set(Some(stranger(&folder)));
                }
                Ok::<Option<()>, Error>(None)
            },
            |_| Ok(()),
        );
        assert!(matches!(outcome, Err(Error::TimedOut { .. })), "two holders: {outcome:?}");

        // When the third process is done, the next file is as good as the first.
        drop(second.take());
        let outcome = acquire(&request(&folder, Wait::AtMost(LONG)), || Ok::<Option<()>, Error>(None), |_| Ok(()));
        assert!(matches!(outcome, Ok(Outcome::Held(_))));
    }

    #[test]
    fn a_folder_removed_for_good_while_we_waited_is_made_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("key");
        let other = Cell::new(Some(stranger(&folder)));
        let look_up = || {
            if let Some(other) = other.take() {
                fs_err::remove_dir_all(root.path()).unwrap();
                drop(other);
            }
            Ok::<Option<()>, Error>(None)
        };
        let Outcome::Held(held) = acquire(&request(&folder, Wait::AtMost(LONG)), look_up, |_| Ok(())).unwrap() else {
            panic!("nothing was published");
        };
        assert!(held.folder().join(LOCK_FILE).exists());
    }

    #[test]
    fn a_folder_that_others_have_entered_is_not_removed() {
        let root = tempfile::tempdir().unwrap();
        let held = try_lock(&root.path().join("key"), "test").unwrap().unwrap();
        let folder = held.folder().to_owned();
        fs_err::write(folder.join("of the next holder"), "").unwrap();
        held.remove().unwrap();
        assert!(folder.exists());
        assert!(!folder.join(LOCK_FILE).exists());
    }

    #[test]
    fn releasing_does_not_unlock_for_a_process_that_inherited_the_file() {
        let root = tempfile::tempdir().unwrap();
        let held = try_lock(&root.path().join("key"), "test").unwrap().unwrap();
        let folder = held.folder().to_owned();
        // A copy of the descriptor is what a fork leaves in the child; that it is in this process makes no difference to
        // the kernel. No test in this binary starts a process, for that would have copies of the other tests' files.
        let copy = held.duplicate_file();

        drop(held);
        let still_locked = matches!(LockFile::open(&folder).unwrap().try_lock().unwrap(), Answer::Busy);
        drop(copy);
        assert!(still_locked, "release unlocked the file for everybody");

        let outcome = acquire(&request(&folder, Wait::AtMost(LONG)), || Ok::<Option<()>, Error>(None), |_| Ok(()));
        assert!(matches!(outcome, Ok(Outcome::Held(_))));
    }

    /// The folder of a lock, made, by its canonical path.
    fn made(root: &Path) -> PathBuf {
        folder::prepare(&root.join("key")).unwrap().0
    }

    fn hold(request: &Request<'_>) -> Result<Held, Error> {
        match acquire(request, || Ok::<Option<()>, Error>(None), |_| Ok(()))? {
            Outcome::Held(held) => Ok(held),
            Outcome::Published(()) => unreachable!("nothing was published"),
        }
    }

    #[test]
    fn on_a_shared_file_system_the_kernel_is_not_asked() {
        static SHARED: FileSystem = FileSystem::new(1, "a pretended NFS");
        let root = tempfile::tempdir().unwrap();
        let folder = made(root.path());
        pretence::lies_on(&folder, &SHARED);
        let told = RefCell::new(Vec::new());
        let tell = |name: &str| told.borrow_mut().push(name.to_owned());
        let request = Request { not_exclusive: &tell, ..request(&folder, Wait::Never) };

        // What was published meanwhile is found as everywhere, and then there is nothing to tell.
        let outcome = acquire(&request, || Ok::<_, Error>(Some("module")), |_| panic!("nothing to sweep"));
        assert!(matches!(outcome, Ok(Outcome::Published("module"))));
        assert!(told.borrow().is_empty());

        let swept_exclusively = Cell::new(None);
        let sweep = |held: &Held| {
            swept_exclusively.set(Some(held.is_exclusive()));
            Ok::<_, Error>(())
        };
        let Outcome::Held(held) = acquire(&request, || Ok(None::<()>), sweep).unwrap() else { panic!() };
        assert!(!held.is_exclusive());
        assert_eq!(swept_exclusively.get(), Some(false));
        assert_eq!(fs_err::read_dir(&folder).unwrap().count(), 0, "neither a lock nor an owner");
        drop(held);
        drop(hold(&request).unwrap());
        assert_eq!(*told.borrow(), ["a pretended NFS"]);
        assert!(!try_lock(&folder, "collect").unwrap().unwrap().is_exclusive());

        // The machine that serves the folder has it on a local disk, and locks there.
        let server = stranger(&folder);
        let held = hold(&request).unwrap();
        held.remove().unwrap();
        assert!(server.is_current().unwrap(), "a lock of others was removed");
        fs_err::remove_file(folder.join(LOCK_FILE)).unwrap();
        try_lock(&folder, "collect").unwrap().unwrap().remove().unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn on_a_shared_file_system_threads_still_queue() {
        static SHARED: FileSystem = FileSystem::new(2, "another pretended NFS");
        let root = tempfile::tempdir().unwrap();
        let folder = made(root.path());
        pretence::lies_on(&folder, &SHARED);
        let held = hold(&request(&folder, Wait::Never)).unwrap();
        assert!(matches!(hold(&request(&folder, Wait::Never)), Err(Error::WouldDeadlock)));
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                assert!(matches!(hold(&request(&folder, Wait::Never)), Err(Error::Busy { owner: None, .. })));
                assert!(try_lock(&folder, "collect").unwrap().is_none());
            });
            other.join().unwrap();
        });
        drop(held);
        thread::scope(|scope| {
            scope.spawn(|| drop(hold(&request(&folder, Wait::Never)).unwrap()));
        });
    }

    #[test]
    fn where_the_kernel_has_no_locks_there_is_no_exclusion() {
        let root = tempfile::tempdir().unwrap();
        let folder = made(root.path());
        for errno in [Errno::NOLCK, Errno::NOSYS, Errno::OPNOTSUPP] {
            pretence::refuses(&folder, [errno, errno]);
            let held = hold(&request(&folder, Wait::Never)).unwrap();
            assert!(!held.is_exclusive(), "{errno}");
            assert_eq!(owner(&folder), None);
            held.remove().unwrap();
            assert!(folder.join(LOCK_FILE).exists(), "it is not ours to remove");
            assert!(!try_lock(&folder, "collect").unwrap().unwrap().is_exclusive(), "{errno}");
            assert_eq!(pretence::refusals_left(&folder), 0);
        }
        // The next answer is the kernel's own.
        assert!(hold(&request(&folder, Wait::Never)).unwrap().is_exclusive());

        pretence::refuses(&folder, [Errno::IO]);
        let Err(error) = hold(&request(&folder, Wait::Never)) else { panic!("an error was taken for a lock") };
        assert_eq!(error.to_string(), "cannot take the lock");
    }

    #[test]
    fn a_normal_folder_is_exclusive() {
        let root = tempfile::tempdir().unwrap();
        let request = Request { not_exclusive: &|name| panic!("told of {name}"), ..request(root.path(), Wait::Never) };
        let held = hold(&request).unwrap();
        assert!(held.is_exclusive());
        drop(held);
        assert!(try_lock(root.path(), "collect").unwrap().unwrap().is_exclusive());
    }

    #[test]
    fn a_signal_in_the_system_call_is_no_answer() {
        let root = tempfile::tempdir().unwrap();
        let folder = made(root.path());
        pretence::refuses(&folder, [Errno::INTR, Errno::INTR]);
        assert!(hold(&request(&folder, Wait::Never)).unwrap().is_exclusive());
        assert_eq!(pretence::refusals_left(&folder), 0);
    }

    #[test]
    fn a_lock_that_is_free_at_the_deadline_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let folder = made(root.path());
        assert!(hold(&request(&folder, Wait::AtMost(Duration::ZERO))).is_ok(), "it was free from the start");

        // It is released, and time is up, after the last look at the clock: during the last pause.
        let other = Cell::new(Some(stranger(&folder)));
        let limit = Duration::from_millis(1);
        let began = Instant::now();
        let waiting = |_: Option<&Owner>| {
            drop(other.take());
            while began.elapsed() <= limit {
                thread::yield_now();
            }
        };
        // A machine that stops here for the whole limit is late before the first pause, and never calls `waiting`.
        let outcome = hold(&Request { waiting: &waiting, ..request(&folder, Wait::AtMost(limit)) });
        assert!(outcome.is_ok() || other.take().is_some(), "{outcome:?}");
    }

    #[test]
    fn a_lock_released_after_the_last_try_is_left_to_others() {
        let root = tempfile::tempdir().unwrap();
        let folder = made(root.path());
        let other = Cell::new(Some(stranger(&folder)));
        let look_up = || {
            drop(other.take());
            Ok::<Option<()>, Error>(None)
        };
        let outcome = acquire(&request(&folder, Wait::AtMost(Duration::ZERO)), look_up, |_| Ok(()));
        assert!(matches!(outcome, Err(Error::TimedOut { .. })), "{outcome:?}");
        // Neither the lock nor the place in the queue was kept.
        assert!(matches!(stranger(&folder).try_lock(), Ok(Answer::Locked)));
        assert!(try_lock(&folder, "collect").unwrap().is_some());
    }

    #[test]
    fn at_the_deadline_there_is_a_lock_or_an_error_and_never_both() {
        const LIMIT: Duration = Duration::from_millis(2);
        let root = tempfile::tempdir().unwrap();
        let folder = made(root.path());
        for round in 0..100 {
            let other = stranger(&folder);
            let began = Instant::now();
            thread::scope(|scope| {
                scope.spawn(move || {
                    // From before the deadline to after it.
                    while began.elapsed() < LIMIT / 2 + LIMIT * round / 100 {
                        thread::yield_now();
                    }
                    drop(other);
                });
                match hold(&request(&folder, Wait::AtMost(LIMIT))) {
                    Ok(held) => {
                        let another = LockFile::open(&folder).unwrap().try_lock().unwrap();
                        assert!(matches!(another, Answer::Busy), "a grant without a lock");
                        drop(held);
                    }
                    Err(error) => assert!(matches!(error, Error::TimedOut { .. }), "{error:?}"),
                }
            });
            assert!(try_lock(&folder, "collect").unwrap().is_some(), "an error with a lock");
        }
    }

    #[test]
    fn pauses_grow_to_their_limit_and_differ() {
        for _ in 0..100 {
            let pause = jittered(LONGEST_PAUSE);
            assert!(LONGEST_PAUSE / 2 <= pause && pause <= LONGEST_PAUSE, "{pause:?}");
        }
        let distinct: std::collections::HashSet<_> = (0..100).map(|_| jittered(LONGEST_PAUSE)).collect();
        assert!(distinct.len() > 10, "{distinct:?}");
    }
}
