//! The session of this process. Its Cython workers are kept, whatever settings change from call to call.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use pyo3::{prelude::*, types::PyList};
use pyxide::{InterpreterQuery, SearchPath, Session, Settings};

use crate::{arguments::Paths, errors};

static CURRENT: Mutex<Option<Arc<Session>>> = Mutex::new(None);

/// The settings of this interpreter, as its environment has them now.
pub(crate) fn settings(py: Python<'_>, cache_dir: Option<&Path>) -> PyResult<Settings> {
    read(py, cache_dir)?.map_err(|error| errors::from(py, &error))
}

/// The same, as the library has it.
pub(crate) fn read(py: Python<'_>, cache_dir: Option<&Path>) -> PyResult<Result<Settings, pyxide::Error>> {
    let sys = py.import("sys")?;
    let executable: Option<PathBuf> = sys.getattr("executable")?.extract()?;
    let Some(executable) = executable.filter(|path| path.is_absolute()) else {
        return Err(errors::raise(
            py,
            "ToolchainError",
            "this interpreter does not know its own program, so nobody can be asked how to build for it",
            Some("set sys.executable, for example to sys._base_executable"),
        ));
    };
    let folders = sys.getattr("path")?.cast_into::<PyList>()?;
    // Entries that are not folders by an absolute path change their meaning with the working directory.
    let folders = folders.iter().filter_map(|folder| folder.extract::<PathBuf>().ok());
    let search_path = SearchPath::Given(folders.filter(|folder| folder.is_absolute()).collect());
    let settings = Settings::for_interpreter(InterpreterQuery { executable, search_path }, cache_dir);
    // In Python, Cython is a dependency of the distribution.
    Ok(settings.map(|settings| Settings { may_install_cython: false, ..settings }))
}

/// The settings with these layers, where some are given.
pub(crate) fn use_layers(settings: &mut Settings, layers: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let Some(layers) = layers.filter(|layers| !layers.is_none()) else { return Ok(()) };
    settings.layers = layers.extract::<Paths>()?.0.iter().map(std::path::absolute).collect::<std::io::Result<_>>()?;
    Ok(())
}

/// A session that looks for what is in a cache and in these layers.
pub(crate) fn of_cache(
    py: Python<'_>,
    cache_dir: Option<&Path>,
    layers: Option<&Bound<'_, PyAny>>,
) -> PyResult<Session> {
    let mut settings = settings(py, cache_dir)?;
    use_layers(&mut settings, layers)?;
    Ok(Session::new(settings))
}

/// The session for these settings.
pub(crate) fn session(settings: Settings) -> Arc<Session> {
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(session) = current.as_ref().filter(|session| *session.settings() == settings) {
        return session.clone();
    }
    let session = Arc::new(match current.as_ref() {
        Some(session) => session.with(settings),
        None => Session::new(settings),
    });
    *current = Some(session.clone());
    session
}

/// Lets go of what a forked process has inherited.
pub(crate) fn forget() {
    pyxide::after_fork_in_child();
    // Another thread may have held the mutex when the process forked; then what it guards is left alone.
    if let Ok(mut current) = CURRENT.try_lock() {
        *current = None;
    }
}
