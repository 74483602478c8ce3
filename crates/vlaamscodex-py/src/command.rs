//! The `plats` command.

use std::{ffi::OsString, path::PathBuf};

use plats::Host;
use pyo3::prelude::*;

/// Runs the command with these words, the first of which is its name, and returns its status.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, words: Vec<OsString>, packs: Option<PathBuf>) -> PyResult<u8> {
    let interpreter: Option<PathBuf> = py.import("sys")?.getattr("executable")?.extract()?;
    let host = Host { interpreter: interpreter.filter(|path| path.is_absolute()), packs };
    // The tool is a program of its own: Ctrl-C ends it, rather than waiting for Python to be asked.
    let signal = py.import("signal")?;
    signal.call_method1("signal", (signal.getattr("SIGINT")?, signal.getattr("SIG_DFL")?))?;
    Ok(py.detach(|| plats::run(words, &host)))
}
