//! Progress on the terminal of an interpreter, one line for all of its threads.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cli::Progress;
use pyo3::prelude::*;
use pyxide::{Event, Settings};

/// Locked only by who is attached to the interpreter: so it is free whenever Python forks.
static CURRENT: Mutex<Option<Arc<Progress>>> = Mutex::new(None);

/// The part that one call has in it. Whether there is a terminal is asked when there is something to show.
pub(crate) struct Part {
    is_wanted: bool,
    /// How many requests it has, where they are counted.
    requests: usize,
    progress: OnceLock<Option<Arc<Progress>>>,
}

impl Part {
    pub(crate) fn new(is_wanted: bool, requests: usize) -> Self {
        Self { is_wanted, requests, progress: OnceLock::new() }
    }

    /// Takes from an event what this call is at.
    pub(crate) fn observe(&self, event: &Event) {
        if let Event::Building { .. } | Event::Waiting { .. } | Event::InstallingCython { .. } = event
            && let Some(progress) = self.progress.get_or_init(|| if self.is_wanted { self.begin() } else { None })
        {
            progress.observe(event);
        } else if let (Event::Finished, Some(Some(progress))) = (event, self.progress.get()) {
            progress.observe(event);
        }
    }

    fn begin(&self) -> Option<Arc<Progress>> {
        let progress = current()?;
        if self.requests > 1 {
            progress.expect(self.requests);
        }
        Some(progress)
    }

    /// Says that time passes.
    pub(crate) fn tick(&self) {
        if let Some(Some(progress)) = self.progress.get() {
            progress.tick();
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(Some(progress)) = self.progress.get() {
            if self.requests > 1 {
                progress.expect(0);
            }
            progress.leave();
        }
    }
}

/// Lets go of what a forked process has inherited, without a trace on its parent's terminal.
pub(crate) fn forget() {
    if let Ok(mut current) = CURRENT.try_lock() {
        std::mem::forget(current.take());
    }
}

/// The progress of this process, if it has a terminal.
fn current() -> Option<Arc<Progress>> {
    if !Settings::may_show_progress() {
        return None;
    }
    Python::attach(|py| {
        if !has_terminal(py).unwrap_or(false) {
            return None;
        }
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        Some(current.get_or_insert_with(|| Arc::new(Progress::new(true))).clone())
    })
}

/// Whether `sys.stderr` is the process's own, on a terminal: not a notebook's, not a test runner's.
fn has_terminal(py: Python<'_>) -> PyResult<bool> {
    let stderr = py.import("sys")?.getattr("stderr")?;
    Ok(stderr.call_method0("fileno")?.extract::<i32>()? == 2 && stderr.call_method0("isatty")?.is_truthy()?)
}
