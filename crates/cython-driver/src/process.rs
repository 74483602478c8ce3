//! The process of a [`Worker`](crate::Worker), and how threads share it.
//!
//! It is a Python of the selected interpreter that runs `worker.py`, leads a process group of its own, and ends that group
//! when its builder is gone, however that died. The other way round, when it is gone itself or a step is given up, this side
//! ends the group: all of it, because nothing smaller than a group is sure to have no way out. The steps of other threads
//! that were under way then are lost too, and told so.
//!
//! There is no thread of ours that reads what it answers, since a forked process would not have it. One of the threads that
//! wait reads, for all: it lays the others' answers down and wakes them, and when it leaves, another one takes its place.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::Read as _,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{OFlags, fcntl_setfl},
    io::Errno,
    process::{Pid, Signal, kill_process_group},
};
use serde_json::json;

use crate::{
    Error, Patience,
    worker::{Answer, Ended},
};

/// How often cancellation and the deadline are looked at.
pub(crate) const TICK: Duration = Duration::from_millis(20);
const POLL_TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// A running process. Dropping it ends it and everything it started, except in a forked process, which only lets go of it.
#[derive(Debug)]
pub(crate) struct Process {
    /// The process that started it. A forked copy of this value must not end it.
    owner: u32,
    /// `None` once it was ended, after which its number may be another's.
    child: Mutex<Option<(Child, ChildStderr)>>,
    stdin: ChildStdin,
    stdout: ChildStdout,
    state: Mutex<State>,
    /// Told when an answer was laid down, when nobody reads any more, and at the end.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the last step that was asked for.
    steps: u64,
    is_prepared: bool,
    /// What the pipe had no room for.
    outgoing: Vec<u8>,
    /// The beginning of a line.
    incoming: Vec<u8>,
    /// Lines that others than their reader wait for, by their step.
    answers: BTreeMap<u64, Answer>,
    is_read: bool,
    end: Option<End>,
}

/// How a process ended.
#[derive(Debug, Clone)]
enum End {
    /// A step was given up.
    GivenUp,
    /// By itself, or from outside.
    Died { what: &'static str, output: String },
}

/// Why a step has no answer. The process is gone.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The step of another thread was given up.
    EndedForAnother,
    /// The process died.
    Died(Error),
    /// This step was given up, or refused.
    Failed(Error),
}

/// When cancellation and the deadline of a step were last looked at.
struct Watch<'a> {
    patience: &'a Patience<'a>,
    started: Instant,
    looked: Instant,
}

impl Watch<'_> {
    /// Why the step shall be given up, looked at no more often than needed.
    fn exhausted(&mut self) -> Option<Error> {
        if self.looked.elapsed() < TICK {
            return None;
        }
        let error = self.patience.exhausted(self.started);
        self.looked = Instant::now();
        error
    }
}

impl Process {
    /// Starts a program that talks as `worker.py` does.
    pub(crate) fn start(program: &Path, arguments: &[OsString]) -> Result<Self, Error> {
        let failed = |output: String| Error::Worker { what: "could not be started", output };
        let mut child = Command::new(program)
            .args(arguments)
            // The caller's folder may be gone or be unmounted while the worker lives.
            .current_dir("/")
            .env_clear()
            // Sets in Cython would otherwise be walked in another order each time.
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONUTF8", "1")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            unreachable!("all three were asked for");
        };
        // Nobody may hang because the worker does not read.
        let nonblocking = fcntl_setfl(&stdin, OFlags::NONBLOCK);
        let process = Self {
            owner: std::process::id(),
            child: Mutex::new(Some((child, stderr))),
            stdin,
            stdout,
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        nonblocking.map_err(|error| failed(error.to_string()))?;
        Ok(process)
    }

    /// Whether something can be asked of it: it has not ended as far as is known, and is this process's own.
    pub(crate) fn is_usable(&self) -> bool {
        // In this order: another thread of the parent may have held the lock when this process was forked.
        self.owner == std::process::id() && self.state().end.is_none()
    }

    /// Whether a step was ever asked for.
    pub(crate) fn is_used(&self) -> bool {
        self.state().steps > 0
    }

    /// Has it import Cython, if nothing was asked of it yet.
    pub(crate) fn prepare(&self) {
        let mut state = self.state();
        if !state.is_prepared && state.steps == 0 {
            state.is_prepared = true;
            self.send(&mut state, &json!({ "prepare": true }));
        }
    }

    /// Asks for a step and waits for its end.
    pub(crate) fn ask(&self, step: &serde_json::Value, patience: &Patience<'_>) -> Result<Ended, Lost> {
        let now = Instant::now();
        if let Some(error) = patience.exhausted(now) {
            return Err(Lost::Failed(error));
        }
        let mut watch = Watch { patience, started: now, looked: now };
        let mut state = self.state();
        state.steps += 1;
        let number = state.steps;
        let mut message = step.clone();
        message["id"] = json!(number);
        self.send(&mut state, &message);
        drop(state);
        match self.answer(number, &mut watch)? {
            Answer::Done { code, output, report, .. } => Ok(Ended { code, output, report }),
            Answer::Refused { message, .. } => {
                // What is half imported stays so.
                self.end(|_| End::GivenUp);
                Err(Lost::Failed(Error::Worker { what: "could not import Cython", output: message }))
            }
        }
    }

    /// Waits until the answer is there: while another thread reads, for that, else reading.
    fn answer(&self, number: u64, watch: &mut Watch<'_>) -> Result<Answer, Lost> {
        loop {
            let mut state = self.state();
            if let Some(answer) = state.answers.remove(&number) {
                return Ok(answer);
            }
            match &state.end {
                None => {}
                Some(End::GivenUp) => return Err(Lost::EndedForAnother),
                Some(End::Died { what, output }) => {
                    return Err(Lost::Died(Error::Worker { what, output: output.clone() }));
                }
            }
            if state.is_read {
                drop(self.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner));
            } else {
                state.is_read = true;
                drop(state);
                let reading = Reading(self);
                let received = self.receive(number, watch);
                drop(reading);
                received?;
            }
            self.look(watch)?;
        }
    }

    /// Ends the process when the step shall be given up.
    fn look(&self, watch: &mut Watch<'_>) -> Result<(), Lost> {
        match watch.exhausted() {
            None => Ok(()),
            Some(error) => {
                self.end(|_| End::GivenUp);
                Err(Lost::Failed(error))
            }
        }
    }

    /// Reads for all until this answer or the end has come.
    fn receive(&self, number: u64, watch: &mut Watch<'_>) -> Result<(), Lost> {
        loop {
            let heard = self.listen();
            if let Err(what) = heard {
                self.end(|stderr| End::Died { what, output: printed(stderr) });
            }
            let state = self.state();
            if state.end.is_some() || state.answers.contains_key(&number) {
                return Ok(());
            }
            if heard.is_err() {
                // Another thread is just ending it.
                drop(self.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner));
            } else {
                drop(state);
            }
            self.look(watch)?;
        }
    }

    /// Waits one tick for output and lays down what was answered. What went wrong is an error.
    fn listen(&self) -> Result<(), &'static str> {
        const GONE: &str = "ended by itself";
        let is_behind = !self.state().outgoing.is_empty();
        let mut ready = vec![PollFd::new(&self.stdout, PollFlags::IN)];
        if is_behind {
            ready.push(PollFd::new(&self.stdin, PollFlags::OUT));
        }
        match poll(&mut ready, Some(&POLL_TICK)) {
            Ok(0) | Err(Errno::INTR) => return Ok(()),
            Ok(_) => {}
            Err(_) => return Err(GONE),
        }
        if is_behind {
            self.flush(&mut self.state());
        }
        if ready[0].revents().is_empty() {
            return Ok(());
        }
        let mut buffer = [0; 8 * 1024];
        let count = match rustix::io::read(&self.stdout, &mut buffer) {
            Ok(0) => return Err(GONE),
            Ok(count) => count,
            Err(Errno::INTR) => return Ok(()),
            Err(_) => return Err(GONE),
        };
        let mut state = self.state();
        state.incoming.extend_from_slice(&buffer[..count]);
        while let Some(end) = state.incoming.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = state.incoming.drain(..=end).collect();
            let Ok(answer) = serde_json::from_slice::<Answer>(&line) else { return Err("answered nonsense") };
            state.answers.insert(answer.number(), answer);
            self.changed.notify_all();
        }
        Ok(())
    }

    /// Writes a message, as much of it as the pipe takes now. The rest is for who reads.
    fn send(&self, state: &mut State, message: &serde_json::Value) {
        state.outgoing.extend_from_slice(message.to_string().as_bytes());
        state.outgoing.push(b'\n');
        self.flush(state);
    }

    fn flush(&self, state: &mut State) {
        while !state.outgoing.is_empty() {
            match rustix::io::write(&self.stdin, &state.outgoing) {
                Ok(count) => drop(state.outgoing.drain(..count)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // Nobody reads any more: it has ended, which its output will show, and may have said why.
                Err(Errno::PIPE) => state.outgoing.clear(),
                // Half a message may have gone, and nobody would ever answer it. Its end is seen by who waits.
                Err(_) => {
                    state.outgoing.clear();
                    if let Some((child, _)) = self.child.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                        signal(child);
                    }
                }
            }
        }
    }

    /// Ends the process and its whole group, once, and tells all who wait.
    fn end(&self, how: impl FnOnce(&mut ChildStderr) -> End) {
        let Some((mut child, mut stderr)) = self.child.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        kill(&mut child);
        let end = how(&mut stderr);
        self.state().end = Some(end);
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Without a lock, which another thread of the parent may have held when this process was forked.
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some((child, _)) = child
            && self.owner == std::process::id()
        {
            kill(child);
        }
    }
}

/// Lets another thread read, however reading ends.
struct Reading<'a>(&'a Process);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.state().is_read = false;
        self.0.changed.notify_all();
    }
}

/// Ends a process and its group, and waits for it.
fn kill(child: &mut Child) {
    signal(child);
    let _ = child.wait();
}

/// Ends a process and its group, and leaves it to be waited for.
fn signal(child: &Child) {
    // Nobody has waited for it, so the number is still its own.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // An error means that nothing is left to end.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// What a process that has ended has printed.
fn printed(stderr: &mut ChildStderr) -> String {
    let mut bytes = Vec::new();
    // What could be read before an error is better than nothing.
    let _ = stderr.read_to_end(&mut bytes);
    match String::from_utf8_lossy(&bytes).trim() {
        "" => "it printed nothing".into(),
        text => text.into(),
    }
}
