//! The lock between processes. The other processes are this test binary, started again with a role to play.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use lock_dir::{Error, Held, Outcome, Request, Wait, acquire, after_fork_in_child, owner, try_lock};

const ROLE: &str = "LOCK_DIR_TEST_ROLE";
const FOLDER: &str = "LOCK_DIR_TEST_FOLDER";

const CONTENDERS: usize = 6;
const ROUNDS: usize = 60;

/// Long enough that only a hang reaches it.
const LONG: Duration = Duration::from_mins(1);

fn request(folder: &Path) -> Request<'_> {
    Request {
        folder,
        wait: Wait::AtMost(LONG),
        cancelled: &|| false,
        waiting: &|_| {},
        not_exclusive: &|_| {},
        purpose: "test",
    }
}

fn hold(request: &Request<'_>) -> Held {
    match acquire(request, || Ok::<Option<()>, Error>(None), |_| Ok(())).unwrap() {
        Outcome::Held(held) => held,
        Outcome::Published(()) => unreachable!("nothing was published"),
    }
}

/// What a process of this test does. Does nothing when the tests are run as usual.
#[test]
fn role() {
    let (Ok(role), Some(folder)) = (env::var(ROLE), env::var_os(FOLDER)) else { return };
    let folder = Path::new(&folder);
    match role.as_str() {
        "hold" => {
            let _held = hold(&Request { waiting: &|_| say("waiting"), ..request(folder) });
            say("held");
            listen();
        }
        "count" => count(folder, |_| false),
        "count and remove" => count(folder, |round| round % 2 == 0),
        "forked holder" => forked_holder(folder),
        "forked waiter" => forked_waiter(folder),
        role => panic!("no role `{role}`"),
    }
}

/// Increments a number in a file, which loses increments unless one process at a time does so.
fn count(folder: &Path, is_removed: impl Fn(usize) -> bool) {
    let counter = folder.with_extension("counter");
    say("ready");
    listen();
    for round in 0..ROUNDS {
        let held = hold(&request(folder));
        let number: usize = fs_err::read_to_string(&counter).unwrap().parse().unwrap();
        thread::yield_now();
        fs_err::write(&counter, (number + 1).to_string()).unwrap();
        if is_removed(round) { held.remove().unwrap() } else { drop(held) }
    }
    say("done");
}

/// As if forked while holding the lock.
fn forked_holder(folder: &Path) {
    let inherited = hold(&request(folder));
    assert!(inherited.is_exclusive());
    after_fork_in_child();
    assert!(!inherited.is_exclusive(), "the lock is its parent's");
    // The copy of the file is closed, and the new table knows nobody who holds the lock.
    let held = hold(&request(folder));
    drop(inherited);
    assert!(owner(folder).is_some(), "an inherited lock removed the description of its owner");
    assert!(try_lock(folder, "collect").unwrap().is_none(), "an inherited lock released another");
    drop(held);

    let inherited = hold(&request(folder));
    after_fork_in_child();
    inherited.remove().unwrap_err();
    assert!(folder.join("lock").exists(), "an inherited lock removed the folder");
    say("done");
}

/// As if a closure of the caller, such as a signal handler of Python, had forked while we waited.
fn forked_waiter(folder: &Path) {
    let held = hold(&Request {
        waiting: &|_| {
            after_fork_in_child();
            say("waiting");
        },
        ..request(folder)
    });
    assert!(try_lock(folder, "collect").unwrap().is_none());
    drop(held);
    assert!(owner(folder).is_none());
    say("done");
}

fn say(word: &str) {
    // Not `println!`, which libtest would keep to itself.
    let mut stdout = std::io::stdout();
    writeln!(stdout, "\nsays {word}").unwrap();
    stdout.flush().unwrap();
}

/// Waits until the test closes our input.
fn listen() {
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// A process that plays a role. Killed when dropped.
struct Actor {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Actor {
    fn start(role: &str, folder: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "role", "--nocapture"])
            .env(ROLE, role)
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdin, stdout }
    }

    fn hear(&mut self, word: &str) {
        let expected = format!("says {word}");
        for line in self.stdout.by_ref().lines() {
            if line.unwrap() == expected {
                return;
            }
        }
        panic!("the process ended without saying `{word}`");
    }

    fn go_on(&mut self) {
        drop(self.stdin.take());
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn succeeds(mut self) {
        self.go_on();
        std::io::copy(&mut self.stdout, &mut std::io::sink()).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn contend(role: &str) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("key");
    let counter = folder.with_extension("counter");
    fs_err::write(&counter, "0").unwrap();
    let mut actors: Vec<_> = (0..CONTENDERS).map(|_| Actor::start(role, &folder)).collect();
    for actor in &mut actors {
        actor.hear("ready");
    }
    for actor in &mut actors {
        actor.go_on();
    }
    for mut actor in actors {
        actor.hear("done");
        actor.succeeds();
    }
    assert_eq!(fs_err::read_to_string(&counter).unwrap(), (CONTENDERS * ROUNDS).to_string());
}

#[test]
fn no_increment_is_lost() {
    contend("count");
}

#[test]
fn no_increment_is_lost_when_the_lock_is_removed_all_the_time() {
    contend("count and remove");
}

#[test]
fn a_killed_holder_gives_way_to_who_waits() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("key");
    let mut holder = Actor::start("hold", &folder);
    holder.hear("held");
    assert!(try_lock(&folder, "collect").unwrap().is_none());
    let mut waiter = Actor::start("hold", &folder);
    waiter.hear("waiting");

    let killed = Instant::now();
    holder.kill();
    waiter.hear("held");
    report("killed holder to waiting process", killed);

    // And to who comes later, whatever the dead have written about themselves.
    waiter.kill();
    assert!(owner(&folder).is_some());
    let killed = Instant::now();
    drop(hold(&request(&folder)));
    report("killed holder to newcomer", killed);
    assert!(owner(&folder).is_none());
}

/// A number to read, not to assert: machines differ.
#[expect(clippy::disallowed_macros, reason = "libtest shows it on request")]
fn report(what: &str, since: Instant) {
    eprintln!("{what}: {:?}", since.elapsed());
}

#[test]
fn a_waiter_leaves_with_what_another_process_published() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("key");
    let module = root.path().join("module");
    let mut holder = Actor::start("hold", &folder);
    holder.hear("held");

    let waiting = |owner: Option<&lock_dir::Owner>| {
        assert_eq!(owner.unwrap().pid, holder.child.id());
        fs_err::write(&module, "").unwrap();
    };
    let published = || Ok::<_, Error>(module.exists().then_some("module"));
    let outcome = acquire(&Request { waiting: &waiting, ..request(&folder) }, published, |_| Ok(()));
    assert!(matches!(outcome, Ok(Outcome::Published("module"))), "{outcome:?}");
    assert!(try_lock(&folder, "collect").unwrap().is_none(), "the holder still holds");
    holder.succeeds();
}

#[test]
fn deadline_and_cancellation_end_the_wait_for_another_process() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("key");
    let mut holder = Actor::start("hold", &folder);
    holder.hear("held");

    let ask = |request: &Request<'_>| acquire(request, || Ok::<Option<()>, Error>(None), |_| Ok(()));
    let outcome = ask(&Request { wait: Wait::AtMost(Duration::from_millis(40)), ..request(&folder) });
    assert!(matches!(outcome, Err(Error::TimedOut { .. })), "{outcome:?}");
    let outcome = ask(&Request { wait: Wait::Never, ..request(&folder) });
    assert!(matches!(outcome, Err(Error::Busy { .. })), "{outcome:?}");
    let started = std::cell::Cell::new(false);
    let outcome = ask(&Request { cancelled: &|| started.get(), waiting: &|_| started.set(true), ..request(&folder) });
    assert!(matches!(outcome, Err(Error::Cancelled)), "{outcome:?}");
    holder.succeeds();
}

#[test]
fn signals_do_not_end_a_wait() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("key");
    let mut holder = Actor::start("hold", &folder);
    holder.hear("held");
    let mut waiter = Actor::start("hold", &folder);
    waiter.hear("waiting");

    let process = Pid::from_child(&waiter.child);
    let (sleeper, is_asleep) = thread_named("role", process);
    // The runtime handles the last two, each once if no stack has overflowed: then it returns, and a sleep has ended
    // early. Each stop is waited for, so that the signals before it have come.
    for handled in [None, None, None, Some(Signal::SEGV), Some(Signal::BUS)] {
        while !is_asleep() {
            thread::yield_now();
        }
        for signal in handled.into_iter().chain([Signal::STOP]) {
            kill_process(sleeper, signal).unwrap();
        }
        let (_, status) = waitpid(Some(process), WaitOptions::UNTRACED).unwrap().expect("it has stopped or ended");
        assert!(status.stopped(), "{status:?}");
        kill_process(process, Signal::CONT).unwrap();
    }
    assert_eq!(owner(&folder).unwrap().pid, holder.child.id());
    holder.succeeds();
    waiter.hear("held");
    waiter.succeeds();
}

/// A thread of another process, and whether it sleeps.
///
/// On Linux, a signal to its id interrupts this thread, and not the one that waits for its end.
fn thread_named(name: &str, process: Pid) -> (Pid, impl Fn() -> bool) {
    let is_it = |task: &Path| fs_err::read_to_string(task.join("comm")).is_ok_and(|found| found.trim_end() == name);
    let tasks = format!("/proc/{}/task", process.as_raw_nonzero());
    let task = fs_err::read_dir(tasks).unwrap().map(|task| task.unwrap().path()).find(|task| is_it(task)).unwrap();
    let id = Pid::from_raw(task.file_name().unwrap().to_str().unwrap().parse().unwrap()).unwrap();
    (id, move || fs_err::read_to_string(task.join("stat")).unwrap().contains(") S "))
}

#[test]
fn an_inherited_lock_neither_locks_nor_releases() {
    let root = tempfile::tempdir().unwrap();
    let mut actor = Actor::start("forked holder", &root.path().join("key"));
    actor.hear("done");
    actor.succeeds();
}

#[test]
fn a_fork_while_waiting_goes_on_waiting() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("key");
    let held = hold(&request(&folder));
    let mut actor = Actor::start("forked waiter", &folder);
    actor.hear("waiting");
    drop(held);
    actor.hear("done");
    actor.succeeds();
}
