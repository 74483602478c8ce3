//! What runs Cython and the compiler for us, for any number of threads at once.
//!
//! It is one [process](Process) for all of them, started when it is first needed, and again when it is gone. A step that was
//! under way when it went is asked again: steps overwrite what they write, so doing one twice is doing it once.
//!
//! | how the process ended | a step that was under way |
//! |---|---|
//! | the caller of this step cancelled, or its time was over | fails with that |
//! | the same happened to another thread's step | is asked again |
//! | by itself, or from outside | is asked again, and fails when that happens to it a second time |

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use fingerprint::{Cython, Interpreter};
use rustix::process::Signal;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Error, plan,
    plan::text,
    process::{Lost, Process},
};

const SCRIPT: &str = include_str!("worker.py");

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

/// One process that serves all threads, started when it is needed.
///
/// Dropping it ends the process and everything that it started, except in a forked process, which only lets go of it.
#[derive(Debug)]
pub struct Worker {
    program: PathBuf,
    arguments: Vec<OsString>,
    current: Mutex<Option<Arc<Process>>>,
}

/// What the worker says about a step.
#[derive(Debug, Deserialize)]
#[serde(tag = "result", rename_all = "lowercase")]
pub(crate) enum Answer {
    Done { id: u64, code: i32, output: String, report: Option<Report> },
    Refused { id: u64, message: String },
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

impl Answer {
    /// The step that it is about.
    pub(crate) fn number(&self) -> u64 {
        match self {
            Self::Done { id, .. } | Self::Refused { id, .. } => *id,
        }
    }
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
    pub(crate) fn exhausted(&self, started: Instant) -> Option<Error> {
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
    /// A worker that runs this interpreter's Python and this Cython. Starts nothing yet.
    pub fn new(interpreter: &Interpreter, cython: &Cython) -> Self {
        let cython = cython.folder.parent().unwrap_or(Path::new("/"));
        // No site: neither startup hooks nor user folders, only what is named here.
        let mut arguments: Vec<OsString> = ["-s", "-S", "-B", "-c", SCRIPT].map(OsString::from).into();
        arguments.extend([std::process::id().to_string().into(), cython.into()]);
        arguments.extend(interpreter.search_path.iter().map(OsString::from));
        Self { program: interpreter.executable.clone(), arguments, current: Mutex::default() }
    }

    /// Has the process started, and has it import Cython while the caller does something else. Waits for nothing.
    pub fn prepare(&self) {
        // Whatever is wrong is told to who asks for something.
        if let Ok(process) = self.process() {
            process.prepare();
        }
    }

    /// Whether a step was ever asked for of the process that is there.
    pub fn is_used(&self) -> bool {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|process| process.is_used())
    }

    pub(crate) fn transpile(
        &self,
        job: &plan::Transpile,
        folder: &Path,
        patience: &Patience<'_>,
    ) -> Result<Ended, Error> {
        let mut job = json!(job);
        job["folder"] = json!(text(folder)?);
        self.ask(json!({ "transpile": job }), patience)
    }

    pub(crate) fn execute(
        &self,
        command: &plan::Command,
        folder: &Path,
        patience: &Patience<'_>,
    ) -> Result<Ended, Error> {
        let mut command = json!(command);
        command["folder"] = json!(text(folder)?);
        self.ask(json!({ "execute": command }), patience)
    }

    /// Asks for a step and waits for its end.
    fn ask(&self, mut job: serde_json::Value, patience: &Patience<'_>) -> Result<Ended, Error> {
        job["limits"] = patience.limits();
        let mut died_before = false;
        loop {
            match self.process()?.ask(&job, patience) {
                Ok(ended) => return Ok(ended),
                Err(Lost::EndedForAnother) => {}
                Err(Lost::Died(_)) if !died_before => died_before = true,
                Err(Lost::Died(error) | Lost::Failed(error)) => return Err(error),
            }
        }
    }

    /// The process that is there, or a new one.
    fn process(&self) -> Result<Arc<Process>, Error> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(process) = current.as_ref().filter(|process| process.is_usable()) {
            return Ok(process.clone());
        }
        let process = Arc::new(Process::start(&self.program, &self.arguments)?);
        *current = Some(process.clone());
        Ok(process)
    }
}
