//! The Cython workers of a session, kept from one build to the next.

use std::{
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cython_driver::{Error, Job, Patience, Phase, Product, Tools, Worker, Workspace};
use fingerprint::Cython;

/// How often a thread that waits for its turn looks whether it is cancelled.
const TICK: Duration = Duration::from_millis(20);

/// As many workers as there are processors, each started when it is first needed.
#[derive(Debug)]
pub(crate) struct Workers {
    state: Mutex<State>,
    freed: Condvar,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<(Made, Worker)>,
    running: usize,
}

/// What a worker has imported, and where it looks for more.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    python: PathBuf,
    cython: Cython,
    search_path: Vec<PathBuf>,
}

impl Default for Workers {
    fn default() -> Self {
        let limit = std::thread::available_parallelism().map_or(1, usize::from);
        Self { state: Mutex::default(), freed: Condvar::new(), limit }
    }
}

impl Workers {
    /// Runs a build when it is this thread's turn.
    pub(crate) fn build(
        &self,
        job: &Job,
        tools: &Tools<'_>,
        workspace: &Workspace,
        patience: &Patience<'_>,
        phase: &dyn Fn(Phase),
    ) -> Result<Product, Error> {
        let made = Made {
            python: tools.python.interpreter.executable.clone(),
            cython: tools.cython.clone(),
            search_path: tools.python.interpreter.search_path.clone(),
        };
        let idle = self.take(&made, patience)?;
        let _turn = Turn(self);
        let mut worker = match idle {
            Some(worker) => worker,
            None => Worker::start(tools)?,
        };
        let product = cython_driver::build(&mut worker, job, tools, workspace, patience, phase);
        // Errors in the source leave the worker as it was; after any other error it is gone.
        if matches!(product, Ok(_) | Err(Error::Failed(_))) {
            self.lock().idle.push((made, worker));
        }
        product
    }

    /// Waits for a turn. Gives an idle worker for these tools, if there is one; those for other tools are ended.
    fn take(&self, made: &Made, patience: &Patience<'_>) -> Result<Option<Worker>, Error> {
        let mut state = self.lock();
        while state.running >= self.limit {
            if (patience.cancelled)() {
                return Err(Error::Cancelled);
            }
            state = self.freed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.running += 1;
        state.idle.retain(|(other, _)| other == made);
        Ok(state.idle.pop().map(|(_, worker)| worker))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a turn, however it ends.
struct Turn<'a>(&'a Workers);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.freed.notify_one();
    }
}
