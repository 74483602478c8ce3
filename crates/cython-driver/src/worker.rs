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

/// The second part calls what the first one defines, and does without it when that fails.
const SCRIPT: &str = concat!(include_str!("lexicon.py"), include_str!("worker.py"));

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
    /// Whether it ended because there are memoryviews.
    #[serde(default)]
    pub(crate) memoryviews: bool,
    #[serde(default)]
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

    /// Has Cython's code for memoryviews written to a file, as a module with this name.
    pub(crate) fn generate_utility(
        &self,
        name: &str,
        output: &str,
        folder: &Path,
        patience: &Patience<'_>,
    ) -> Result<Ended, Error> {
        self.ask(json!({ "utility": { "name": name, "output": output, "folder": text(folder)? } }), patience)
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

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

    use super::*;

    /// Talks as `worker.py` does. It notes that it was started, then takes one line after the other: `$1` is a folder, `$2`
    /// what it does with one, with `$id` set, after so many starts as `$starts` says.
    const STUB: &str = r#"
        echo >> "$1/starts"
        starts=$(wc -l < "$1/starts")
        answer() { echo "{\"result\": \"done\", \"id\": $1, \"code\": $1, \"output\": \"$2\", \"report\": null}"; }
        while read -r line; do
            id=${line##*\"id\":}
            id=${id%%,*}
            # Shells take long to cut long texts.
            step="${#line} bytes"
            if [ "${#line}" -lt 1000 ]; then
                step=${line#*\"name\":\"}
                step=${step%%\"*}
            fi
            eval "$2"
        done
    "#;

    struct Stub {
        folder: tempfile::TempDir,
        worker: Worker,
    }

    impl Stub {
        fn new(behaviour: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let mut arguments: Vec<OsString> = ["-c", STUB, "stub"].map(OsString::from).into();
            arguments.extend([folder.path().into(), behaviour.into()]);
            let worker = Worker { program: "/bin/sh".into(), arguments, current: Mutex::default() };
            Self { folder, worker }
        }

        /// Asks for a step that has this name, and gives what is printed.
        fn ask(&self, name: &str, patience: &Patience<'_>) -> Result<String, Error> {
            self.worker.ask(json!({ "execute": { "name": name } }), patience).map(|ended| ended.output)
        }

        fn starts(&self) -> usize {
            fs_err::read_to_string(self.folder.path().join("starts")).unwrap_or_default().lines().count()
        }

        /// Waits until the stub has made a file.
        fn await_file(&self, name: &str) {
            while !self.folder.path().join(name).exists() {
                thread::yield_now();
            }
        }
    }

    const PATIENT: Patience<'static> = Patience { cancelled: &|| false, limit: None, memory: None };

    #[test]
    fn many_threads_share_one_process_and_each_gets_its_own_answer() {
        // Two lines at a time, answered the other way round.
        let stub = Stub::new(
            r#"if [ -n "$held" ]; then answer "$id" "$step"; answer "$held" "$held_step"; held=; else held=$id; held_step=$step; fi"#,
        );
        thread::scope(|scope| {
            let threads: Vec<_> = (0..32)
                .map(|number| {
                    let (stub, name) = (&stub, format!("step {number}"));
                    scope.spawn(move || assert_eq!(stub.ask(&name, &PATIENT).unwrap(), name))
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
        });
        assert_eq!(stub.starts(), 1);
    }

    #[test]
    fn who_gives_up_ends_the_process_and_the_steps_of_others_are_done_again() {
        // The first process hangs with whatever it is asked; the second one answers.
        let stub = Stub::new(
            r#"if [ "$starts" = 1 ]; then touch "$1/$step"; sleep 1000 & echo $! > "$1/pid.$step"; else answer "$id" "$step"; fi"#,
        );
        let given_up = AtomicBool::new(false);
        thread::scope(|scope| {
            let impatient = scope.spawn(|| {
                let cancelled = || given_up.load(Ordering::Relaxed);
                stub.ask("impatient", &Patience { cancelled: &cancelled, ..PATIENT })
            });
            let patient: Vec<_> = (0..3)
                .map(|number| {
                    let (stub, name) = (&stub, format!("patient{number}"));
                    stub.await_file("impatient");
                    scope.spawn(move || assert_eq!(stub.ask(&name, &PATIENT).unwrap(), name))
                })
                .collect();
            for number in 0..3 {
                stub.await_file(&format!("pid.patient{number}"));
            }
            given_up.store(true, Ordering::Relaxed);
            assert!(matches!(impatient.join().unwrap(), Err(Error::Cancelled)));
            for thread in patient {
                thread.join().unwrap();
            }
        });
        assert_eq!(stub.starts(), 2);
        // What the first one started has ended with it.
        let pid = fs_err::read_to_string(stub.folder.path().join("pid.patient0")).unwrap();
        let status = std::path::Path::new("/proc").join(pid.trim()).join("stat");
        while fs_err::read_to_string(&status).is_ok_and(|text| !text.contains(") Z")) {
            thread::yield_now();
        }
    }

    #[test]
    fn a_deadline_is_that_of_a_step() {
        let stub = Stub::new(r#"if [ "$step" = quick ]; then answer "$id" done; fi"#);
        let limit = Duration::from_millis(50);
        let error = stub.ask("slow", &Patience { limit: Some(limit), ..PATIENT }).unwrap_err();
        assert!(matches!(error, Error::TimedOut { .. }));
        assert_eq!(stub.ask("quick", &PATIENT).unwrap(), "done");
        assert_eq!(stub.starts(), 2);
    }

    #[test]
    fn a_process_that_died_is_replaced_once() {
        let stub = Stub::new(r#"if [ "$starts" = 1 ]; then exit; fi; answer "$id" done"#);
        assert_eq!(stub.ask("step", &PATIENT).unwrap(), "done");
        assert_eq!(stub.starts(), 2);

        let stub = Stub::new("echo because >&2; exit");
        let error = stub.ask("step", &PATIENT).unwrap_err();
        assert_eq!(error.to_string(), "the Cython worker ended by itself: because");
        assert_eq!(stub.starts(), 2);
    }

    #[test]
    fn a_process_that_talks_nonsense_or_refuses_is_not_used_again() {
        let stub = Stub::new(r"echo nonsense");
        let error = stub.ask("step", &PATIENT).unwrap_err();
        assert!(error.to_string().starts_with("the Cython worker answered nonsense"), "{error}");
        let refusal = r#"echo "{\"result\": \"refused\", \"id\": $id, \"message\": \"no\"}""#;
        let stub = Stub::new(&format!(r#"if [ "$starts" = 1 ]; then {refusal}; else answer "$id" done; fi"#));
        let error = stub.ask("step", &PATIENT).unwrap_err();
        assert_eq!(error.to_string(), "the Cython worker could not import Cython: no");
        assert_eq!(stub.ask("step", &PATIENT).unwrap(), "done");
    }

    #[test]
    fn a_message_that_no_pipe_has_room_for_arrives() {
        let stub = Stub::new(r#"answer "$id" "$step""#);
        let name = "x".repeat(300_000);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert!(stub.ask(&name, &PATIENT).unwrap().starts_with("3000")));
            }
        });
        // And who does not read can be left.
        let stub = Stub::new("sleep 1000");
        let limit = Some(Duration::from_millis(50));
        assert!(matches!(stub.ask(&name, &Patience { limit, ..PATIENT }), Err(Error::TimedOut { .. })));
    }

    #[test]
    fn what_is_prepared_is_not_used() {
        let stub = Stub::new(r#"case $line in *prepare*) touch "$1/prepared" ;; *) answer "$id" "$step" ;; esac"#);
        assert!(!stub.worker.is_used());
        stub.worker.prepare();
        stub.worker.prepare();
        stub.await_file("prepared");
        assert!(!stub.worker.is_used());
        assert_eq!(stub.ask("step", &PATIENT).unwrap(), "step");
        assert!(stub.worker.is_used());
        assert_eq!(stub.starts(), 1);
    }
}
