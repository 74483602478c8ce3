//! The lock between threads of one process, and what an acquisition promises its caller.

use std::cell::Cell;
use std::error::Error as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use lock_dir::{Error, Held, Outcome, Request, Wait, acquire, owner, try_lock};

/// Long enough that only a hang reaches it.
const LONG: Duration = Duration::from_mins(1);

fn request(folder: &Path, wait: Wait) -> Request<'_> {
    Request { folder, wait, cancelled: &|| false, waiting: &|_| {}, not_exclusive: &|_| {}, purpose: "test" }
}

#[expect(clippy::unnecessary_wraps, reason = "it has the shape of `published`")]
fn nothing() -> Result<Option<()>, Error> {
    Ok(None)
}

fn hold(request: &Request<'_>) -> Result<Held, Error> {
    match acquire(request, nothing, |_| Ok(()))? {
        Outcome::Held(held) => Ok(held),
        Outcome::Published(()) => unreachable!("nothing was published"),
    }
}

/// Runs `test` while another thread holds the lock of a folder.
fn while_held(test: impl FnOnce(&Path)) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("key");
    let (ready, is_ready) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            let _held = hold(&request(&folder, Wait::AtMost(LONG))).unwrap();
            ready.send(()).unwrap();
            // Ends when the other side is dropped, also by a failed assertion.
            let released = released;
            released.recv().unwrap_err();
        });
        is_ready.recv().unwrap();
        let _release = release;
        test(&folder);
    });
}

#[test]
fn there_is_never_more_than_one_thread_inside() {
    const THREADS: usize = 16;
    const ROUNDS: usize = 25;
    let root = tempfile::tempdir().unwrap();
    // Two names of one folder are one lock.
    symlink(root.path(), root.path().join("again")).unwrap();
    let names = [root.path().join("key"), root.path().join("again/key")];
    let (inside, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (name, inside, finished) = (&names[number % 2], &inside, &finished);
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    let held = hold(&request(name, Wait::Forever)).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two threads inside");
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(held);
                }
                finished.fetch_add(1, Ordering::SeqCst);
            });
        }
    });
    assert_eq!(finished.into_inner(), THREADS);
}

#[test]
fn threads_are_served_in_the_order_in_which_they_came() {
    let root = tempfile::tempdir().unwrap();
    let held = hold(&request(root.path(), Wait::Never)).unwrap();
    let (serve, served) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..8 {
            let (announce, announced) = mpsc::channel();
            let (serve, root) = (serve.clone(), &root);
            scope.spawn(move || {
                let waiting = |_: Option<&lock_dir::Owner>| announce.send(()).unwrap();
                let held = hold(&Request { waiting: &waiting, ..request(root.path(), Wait::AtMost(LONG)) }).unwrap();
                serve.send(number).unwrap();
                drop(held);
            });
            announced.recv().unwrap();
        }
        drop(held);
    });
    assert_eq!(served.try_iter().collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
}

#[test]
fn who_takes_two_keys_crosswise_is_told_and_does_not_hang() {
    let root = tempfile::tempdir().unwrap();
    let keys = [root.path().join("a"), root.path().join("b")];
    let both_hold = Barrier::new(2);
    let ends: Vec<_> = thread::scope(|scope| {
        let threads = [(0, 1), (1, 0)].map(|(first, second)| {
            let (keys, both_hold) = (&keys, &both_hold);
            scope.spawn(move || {
                let _held = hold(&request(&keys[first], Wait::AtMost(LONG))).unwrap();
                both_hold.wait();
                // Who gives up first lets the other one in, unless that was about to give up, too.
                hold(&request(&keys[second], Wait::AtMost(Duration::from_millis(40)))).map(drop)
            })
        });
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ends.iter().any(Result::is_err), "both had both: {ends:?}");
    assert!(ends.iter().all(|end| matches!(end, Ok(()) | Err(Error::TimedOut { .. }))), "{ends:?}");
    for key in &keys {
        drop(hold(&request(key, Wait::Never)).unwrap());
    }
}

#[test]
fn two_keys_in_ascending_order_are_always_had() {
    const ROUNDS: usize = 25;
    let root = tempfile::tempdir().unwrap();
    let keys = ["a", "b", "c"].map(|key| root.path().join(key));
    let inside = [const { AtomicUsize::new(0) }; 3];
    thread::scope(|scope| {
        for (first, second) in [(0, 1), (1, 2), (0, 2), (0, 1), (1, 2), (0, 2)] {
            let (keys, inside) = (&keys, &inside);
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    let held = [first, second].map(|key| {
                        let held = hold(&request(&keys[key], Wait::AtMost(LONG))).unwrap();
                        assert_eq!(inside[key].fetch_add(1, Ordering::SeqCst), 0, "two threads inside");
                        (held, key)
                    });
                    thread::yield_now();
                    for (held, key) in held {
                        inside[key].fetch_sub(1, Ordering::SeqCst);
                        drop(held);
                    }
                }
            });
        }
    });
}

#[test]
fn different_keys_do_not_wait_for_each_other() {
    while_held(|folder| {
        let other = folder.with_file_name("another key");
        drop(hold(&request(&other, Wait::Never)).unwrap());
    });
}

#[test]
fn the_files_are_private_and_the_lock_is_empty() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("3f/key");
    let held = hold(&request(&folder, Wait::Never)).unwrap();
    let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("lock")), 0o600);
    assert_eq!(mode(&folder.join("owner.json")), 0o600);
    assert_eq!(fs_err::metadata(folder.join("lock")).unwrap().len(), 0);
    assert_eq!(owner(&folder).unwrap().purpose, "test");
    drop(held);
    let left: Vec<_> = fs_err::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);
}

#[test]
fn a_waiter_leaves_with_what_was_published_and_needs_no_lock() {
    while_held(|folder| {
        let outcome = acquire(
            &Request { waiting: &|_| panic!("there is no wait to announce"), ..request(folder, Wait::AtMost(LONG)) },
            || Ok::<_, Error>(Some("module")),
            |_| panic!("there is nothing to sweep without the lock"),
        );
        assert!(matches!(outcome, Ok(Outcome::Published("module"))), "{outcome:?}");

        let (asked, announced) = (Cell::new(0), Cell::new(0));
        let waiting = |owner: Option<&lock_dir::Owner>| {
            announced.set(announced.get() + 1);
            assert_eq!(owner.unwrap().pid, std::process::id());
        };
        let outcome = acquire(
            &Request { waiting: &waiting, ..request(folder, Wait::AtMost(LONG)) },
            || {
                asked.set(asked.get() + 1);
                Ok::<_, Error>((asked.get() == 4).then_some("module"))
            },
            |_| panic!("there is nothing to sweep without the lock"),
        );
        assert!(matches!(outcome, Ok(Outcome::Published("module"))), "{outcome:?}");
        assert_eq!((asked.get(), announced.get()), (4, 1));
    });
}

#[test]
fn what_was_published_before_our_turn_is_seen_with_the_lock() {
    let root = tempfile::tempdir().unwrap();
    let swept = Cell::new(false);
    let outcome = acquire(
        &request(root.path(), Wait::AtMost(LONG)),
        || Ok::<_, Error>(Some("module")),
        |_| {
            swept.set(true);
            Ok(())
        },
    );
    assert!(matches!(outcome, Ok(Outcome::Published("module"))));
    assert!(!swept.get());
    // And nothing is held.
    drop(hold(&request(root.path(), Wait::AtMost(LONG))).unwrap());
}

#[test]
fn a_failing_closure_releases_the_lock() {
    let root = tempfile::tempdir().unwrap();
    let request = request(root.path(), Wait::AtMost(LONG));
    for _ in 0..2 {
        let outcome = acquire(&request, || Err::<Option<()>, _>(Error::Cancelled), |_| Ok(()));
        assert!(matches!(outcome, Err(Error::Cancelled)));
        let outcome = acquire(&request, nothing, |_| Err(Error::Cancelled));
        assert!(matches!(outcome, Err(Error::Cancelled)));
        assert_eq!(owner(root.path()), None);
    }
    drop(hold(&request).unwrap());
}

#[test]
fn a_deadline_ends_the_wait() {
    while_held(|folder| {
        let limit = Duration::from_millis(40);
        let Err(error) = hold(&request(folder, Wait::AtMost(limit))) else { panic!("two holders") };
        let Error::TimedOut { waited, owner, .. } = &error else { panic!("{error}") };
        assert!(*waited >= limit);
        assert_eq!(owner.as_ref().unwrap().purpose, "test");
        assert!(error.hint().is_some());
    });
}

#[test]
fn who_does_not_want_to_wait_is_told_who_holds_the_lock() {
    while_held(|folder| {
        let Err(error) = hold(&request(folder, Wait::Never)) else { panic!("two holders") };
        let Error::Busy { owner: Some(owner), .. } = &error else { panic!("{error}") };
        let folder = fs_err::canonicalize(folder).unwrap();
        assert_eq!(
            error.to_string(),
            format!("`{}` is locked by process {} on `{}` for `test`", folder.display(), owner.pid, owner.host),
        );
        assert!(try_lock(&folder, "collect").unwrap().is_none());
    });
}

#[test]
fn a_cancelled_wait_ends_and_leaves_the_queue() {
    while_held(|folder| {
        let cancel = AtomicBool::new(false);
        let outcome = hold(&Request {
            cancelled: &|| cancel.load(Ordering::SeqCst),
            waiting: &|_| cancel.store(true, Ordering::SeqCst),
            ..request(folder, Wait::AtMost(LONG))
        });
        assert!(matches!(outcome, Err(Error::Cancelled)), "{outcome:?}");
        // A place that stayed in the queue would make this a wait for ourselves.
        assert!(matches!(hold(&request(folder, Wait::Never)), Err(Error::Busy { .. })));
    });
}

#[test]
fn who_asks_again_for_what_they_hold_is_told_so() {
    let root = tempfile::tempdir().unwrap();
    let held = hold(&request(root.path(), Wait::AtMost(LONG))).unwrap();
    assert!(matches!(hold(&request(root.path(), Wait::AtMost(LONG))), Err(Error::WouldDeadlock)));
    assert!(try_lock(root.path(), "collect").unwrap().is_none());
    let again = root.path().join("again");
    symlink(root.path(), &again).unwrap();
    assert!(matches!(hold(&request(&again, Wait::Never)), Err(Error::WouldDeadlock)), "another name, another lock");
    drop(held);
    drop(hold(&request(root.path(), Wait::AtMost(LONG))).unwrap());
}

#[test]
fn a_folder_removed_by_its_holder_is_made_again_by_the_next() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("key");
    let held = hold(&request(&folder, Wait::AtMost(LONG))).unwrap();
    thread::scope(|scope| {
        let (announce, announced) = mpsc::channel();
        let folder = &folder;
        let next = scope.spawn(move || {
            let waiting = |_: Option<&lock_dir::Owner>| announce.send(()).unwrap();
            let held = hold(&Request { waiting: &waiting, ..request(folder, Wait::AtMost(LONG)) }).unwrap();
            assert!(folder.join("lock").exists());
            drop(held);
        });
        announced.recv().unwrap();
        held.remove().unwrap();
        next.join().unwrap();
    });
    hold(&request(&folder, Wait::AtMost(LONG))).unwrap().remove().unwrap();
    assert_eq!(fs_err::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_is_an_error_that_names_it() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs_err::write(&file, "").unwrap();
    let check = |folder: &Path, message: &str, named: &Path| {
        let Err(error) = hold(&request(folder, Wait::AtMost(LONG))) else { panic!("a lock in {}", folder.display()) };
        assert!(matches!(error, Error::Io { .. }), "{error:?}");
        assert_eq!(error.to_string(), message);
        let source = error.source().unwrap().to_string();
        assert!(source.contains(&format!("`{}`", named.display())), "{source}");
    };
    check(&file.join("key"), "cannot create the lock folder", &file.join("key"));

    let file = fs_err::canonicalize(file).unwrap();
    check(&file, "cannot open the lock file", &file.join("lock"));

    let linked = root.path().join("linked");
    fs_err::create_dir(&linked).unwrap();
    symlink(&file, linked.join("lock")).unwrap();
    let linked = fs_err::canonicalize(linked).unwrap();
    check(&linked, "cannot open the lock file", &linked.join("lock"));
}
