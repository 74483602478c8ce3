//! The Cython worker of a session, kept from one build to the next.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use cython_driver::{Job, Patience, Phase, Product, Tools, Worker, Workspace};
use fingerprint::Cython;

/// At most one worker at rest. It is started for the first build, and again when it is for other tools.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    resting: Mutex<Option<(Made, Worker)>>,
}

/// What a worker has imported, and where it looks for more.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    python: PathBuf,
    cython: Cython,
    search_path: Vec<PathBuf>,
}

impl Workers {
    /// Runs a build. One that comes while another is under way gets a worker of its own.
    pub(crate) fn build(
        &self,
        job: &Job,
        tools: &Tools<'_>,
        workspace: &Workspace,
        patience: &Patience<'_>,
        phase: &dyn Fn(Phase),
    ) -> Result<Product, cython_driver::Error> {
        let made = Made {
            python: tools.python.interpreter.executable.clone(),
            cython: tools.cython.clone(),
            search_path: tools.python.interpreter.search_path.clone(),
        };
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut worker = match resting {
            Some((other, worker)) if other == made => worker,
            _ => Worker::start(tools)?,
        };
        let product = cython_driver::build(&mut worker, job, tools, workspace, patience, phase);
        // Errors in the source leave the worker as it was; after any other error it is gone.
        if matches!(product, Ok(_) | Err(cython_driver::Error::Failed(_))) {
            *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = Some((made, worker));
        }
        product
    }
}
