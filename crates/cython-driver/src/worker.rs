//! The process that runs Cython and the compiler for us.
//!
//! It is a Python of the selected interpreter that runs `worker.py`, leads a process group of its own, and ends that group
//! when its standard input ends, which happens however this process dies. The other way round, when the worker is gone or a
//! build is given up, this side ends the group.

use std::{
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, kill_process_group},
};
use serde::Deserialize;
use serde_json::json;

use crate::{Error, plan, plan::text};

const SCRIPT: &str = include_str!("worker.py");

/// How often cancellation and the deadline are looked at.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// No file of a build may grow larger. Generated C has a few megabytes at most, and so have modules.
const LARGEST_FILE: u64 = 1 << 30;

/// What a build may use, and who may end it.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    /// Asked every few milliseconds; `true` ends the build and its processes.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// A step is ended after this time.
    pub limit: Option<Duration>,
    /// A process may have no more memory than these bytes of addresses.
    pub memory: Option<u64>,
}

/// A running worker. Dropping it ends it and everything it started, except in a forked process, which only lets go of it.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    /// The process that started it. A forked copy of this value must not end the worker.
    owner: u32,
    pending: Vec<u8>,
    jobs: u64,
}

/// What the worker says about a job.
#[derive(Debug, Deserialize)]
#[serde(tag = "result", rename_all = "lowercase")]
enum Answer {
    Done { code: i32, output: String, report: Option<Report> },
    Refused { message: String },
}

/// What a translation reports.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) ok: bool,
    pub(crate) diagnostics: Vec<Complaint>,
    /// Directives in the source's header that Cython does not know, and passes over.
    #[serde(default)]
    pub(crate) unknown: Vec<String>,
    #[serde(default)]
    pub(crate) reads: Vec<String>,
    #[serde(default)]
    pub(crate) looks: Vec<(String, bool)>,
}

/// An error that Cython reported.
#[derive(Debug, Deserialize)]
pub(crate) struct Complaint {
    pub(crate) file: Option<String>,
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
    pub(crate) message: String,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) report: Option<Report>,
}

impl Ended {
    /// `ended with exit code 1`, or `was ended by SIGKILL`.
    pub(crate) fn status(&self) -> String {
        match self.code {
            code @ ..0 => match Signal::from_named_raw(-code) {
                Some(signal) => format!("was ended by signal {signal:?}"),
                None => format!("was ended by signal {}", -code),
            },
            code => format!("ended with exit code {code}"),
        }
    }
}

impl Patience<'_> {
    fn exhausted(&self, started: Instant) -> Option<Error> {
        if (self.cancelled)() {
            return Some(Error::Cancelled);
        }
        self.limit.filter(|limit| started.elapsed() >= *limit).map(|limit| Error::TimedOut { limit })
    }

    /// The limits of one process, by the names that Python's module `resource` has for them.
    fn limits(&self) -> serde_json::Value {
        let mut limits = json!({ "RLIMIT_CORE": 0, "RLIMIT_FSIZE": LARGEST_FILE });
        if let Some(memory) = self.memory {
            limits["RLIMIT_AS"] = json!(memory);
        }
        limits
    }
}

impl Worker {
    /// Starts a worker that runs this interpreter's Python and this Cython.
    ///
    /// # Errors
    /// [`Error::Worker`] when the interpreter cannot be started.
    pub fn start(tools: &crate::Tools<'_>) -> Result<Self, Error> {
        let cython = tools.cython.folder.parent().unwrap_or(Path::new("/"));
        let interpreter = &tools.python.interpreter;
        let child = Command::new(&interpreter.executable)
            // No site: neither startup hooks nor user folders, only what is named here.
            .args(["-s", "-S", "-B", "-c", SCRIPT])
            .arg(cython)
            .args(&interpreter.search_path)
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
            .map_err(|error| Error::Worker { what: "could not be started", output: error.to_string() })?;
        Ok(Self { child, owner: std::process::id(), pending: Vec::new(), jobs: 0 })
    }

    pub(crate) fn transpile(
        &mut self,
        job: &plan::Transpile,
        folder: &Path,
        patience: &Patience<'_>,
    ) -> Result<Ended, Error> {
        let mut job = json!(job);
        job["folder"] = json!(text(folder)?);
        self.ask(json!({ "transpile": job }), patience)
    }

    pub(crate) fn execute(
        &mut self,
        command: &plan::Command,
        folder: &Path,
        patience: &Patience<'_>,
    ) -> Result<Ended, Error> {
        let mut command = json!(command);
        command["folder"] = json!(text(folder)?);
        self.ask(json!({ "execute": command }), patience)
    }

    /// Sends a job and waits for its answer. After an error the worker is gone.
    fn ask(&mut self, mut job: serde_json::Value, patience: &Patience<'_>) -> Result<Ended, Error> {
        self.jobs += 1;
        job["id"] = json!(self.jobs);
        job["limits"] = patience.limits();
        let started = Instant::now();
        let mut line = job.to_string();
        line.push('\n');
        let sent = match self.child.stdin.as_mut() {
            Some(stdin) => stdin.write_all(line.as_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        match sent {
            Ok(()) => {}
            // Nobody reads any more: it has ended, and may have said why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(self.died()),
            Err(error) => {
                self.end();
                return Err(Error::Worker { what: "could not be told what to do", output: error.to_string() });
            }
        }
        loop {
            if let Some(end) = self.pending.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.pending.drain(..=end).collect();
                return match serde_json::from_slice(&line) {
                    Ok(Answer::Done { code, output, report }) => Ok(Ended { code, output, report }),
                    Ok(Answer::Refused { message }) => {
                        Err(Error::Worker { what: "could not import Cython", output: message })
                    }
                    Err(error) => Err(Error::Worker { what: "answered nonsense", output: error.to_string() }),
                };
            }
            if let Some(error) = patience.exhausted(started) {
                self.end();
                return Err(error);
            }
            if !self.receive() {
                return Err(self.died());
            }
        }
    }

    /// Waits one tick for output. False when there will be none.
    fn receive(&mut self) -> bool {
        let Some(stdout) = self.child.stdout.as_ref() else { return false };
        let mut ready = [PollFd::new(stdout, PollFlags::IN)];
        match poll(&mut ready, Some(&TICK)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
        let mut buffer = [0; 8 * 1024];
        match rustix::io::read(stdout, &mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.pending.extend_from_slice(&buffer[..count]);
                true
            }
            Err(error) => error == rustix::io::Errno::INTR,
        }
    }

    /// Ends what is left of a worker that ended by itself, and says what it printed.
    fn died(&mut self) -> Error {
        self.end();
        let mut output = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let mut bytes = Vec::new();
            if std::io::Read::read_to_end(&mut stderr, &mut bytes).is_ok() {
                String::from_utf8_lossy(&bytes).trim().clone_into(&mut output);
            }
        }
        if output.is_empty() {
            "it printed nothing".clone_into(&mut output);
        }
        Error::Worker { what: "ended by itself", output }
    }

    /// Ends the worker and its whole process group.
    fn end(&mut self) {
        if self.owner != std::process::id() {
            return;
        }
        if let Some(group) = Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(0)) {
            // An error means that nothing is left to end.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}
