//! The Cython worker of a session, kept from one build to the next, and how many builds there are at a time.

use std::{
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use cython_driver::{Error, Job, Patience, Phase, Product, Tools, Utility, Worker, Workspace};
use fingerprint::{Cython, Interpreter};

/// How often a thread that waits for its turn looks whether it is cancelled.
const TICK: Duration = Duration::from_millis(20);

/// One worker for each set of tools that is in use, and as many builds at a time as there are processors.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    state: Mutex<State>,
    freed: Condvar,
    /// The number of processors, which takes a dozen system calls to find out: a hit does not ask.
    limit: OnceLock<usize>,
}

#[derive(Debug, Default)]
struct State {
    workers: Vec<(Made, Arc<Worker>)>,
    running: usize,
}

/// What a worker has imported, and where it looks for more.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    python: PathBuf,
    cython: Cython,
    search_path: Vec<PathBuf>,
}

impl Workers {
    /// Has the worker for these tools import Cython while its caller does something else.
    pub(crate) fn prepare(&self, interpreter: &Interpreter, cython: &Cython) -> Ahead<'_> {
        let worker = self.worker(interpreter, cython);
        worker.prepare();
        Ahead { workers: self, worker }
    }

    /// Runs a build when it is this thread's turn.
    pub(crate) fn build(
        &self,
        job: &Job,
        tools: &Tools<'_>,
        workspace: &Workspace,
        patience: &Patience<'_>,
        utility: &dyn Utility,
        phase: &dyn Fn(Phase),
    ) -> Result<Product, Error> {
        let _turn = self.turn(patience)?;
        let worker = self.worker(&tools.python.interpreter, tools.cython);
        cython_driver::build(&worker, job, tools, workspace, patience, utility, phase)
    }

    /// Waits for a turn.
    fn turn(&self, patience: &Patience<'_>) -> Result<Turn<'_>, Error> {
        let limit = *self.limit.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from));
        let mut state = self.lock();
        while state.running >= limit {
            drop(state);
            // Whoever answers may need what another thread has, which may want this lock.
            if (patience.cancelled)() {
                return Err(Error::Cancelled);
            }
            state = self.lock();
            if state.running >= limit {
                state = self.freed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        state.running += 1;
        Ok(Turn(self))
    }

    /// The worker for these tools. Those for others are ended unless they are in use.
    pub(crate) fn worker(&self, interpreter: &Interpreter, cython: &Cython) -> Arc<Worker> {
        let made = Made {
            python: interpreter.executable.clone(),
            cython: cython.clone(),
            search_path: interpreter.search_path.clone(),
        };
        let mut state = self.lock();
        state.workers.retain(|(other, worker)| *other == made || Arc::strong_count(worker) > 1);
        if let Some((_, worker)) = state.workers.iter().find(|(other, _)| *other == made) {
            return worker.clone();
        }
        let worker = Arc::new(Worker::new(interpreter, cython));
        state.workers.push((made, worker.clone()));
        worker
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker that is getting ready. If nobody has asked anything of it when this is dropped, it was not needed, and ends.
#[derive(Debug)]
#[must_use = "the worker may end when this is dropped"]
pub(crate) struct Ahead<'a> {
    workers: &'a Workers,
    worker: Arc<Worker>,
}

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        if self.worker.is_used() {
            return;
        }
        let mut state = self.workers.lock();
        // The list has one, and this is one: any other is in the hands of a thread that wants it.
        if Arc::strong_count(&self.worker) == 2 {
            state.workers.retain(|(_, worker)| !Arc::ptr_eq(worker, &self.worker));
        }
    }
}

/// Ends a turn, however it ends.
#[derive(Debug)]
#[must_use = "the turn ends when this is dropped"]
struct Turn<'a>(&'a Workers);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.freed.notify_one();
    }
}
