//! What finders of the import system ask: they find modules of the cache by key or by name.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::path::PathBuf;

use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};
use pyxide::{BuildKey, ModuleName, NameError, Session};

use crate::{
    errors,
    functions::{Asked, with_patience},
    importer::Interpreter,
    memo, sessions,
};

/// The spec of the module of this name in the entry with this key, which is verified first. The import system loads it.
#[pyfunction]
pub(crate) fn cached_spec<'py>(
    py: Python<'py>,
    key: &str,
    name: &str,
    cache_dir: Option<PathBuf>,
) -> PyResult<Bound<'py, PyAny>> {
    let key: BuildKey = key.parse().map_err(|error: NameError| errors::from(py, &error.into()))?;
    let session = Session::new(sessions::settings(py, cache_dir.as_deref())?);
    let built = py.detach(|| session.cached(&key)).map_err(|error| errors::from(py, &error))?;
    let is = built.verified.module().as_str();
    if is != name {
        let message = format!("the cache entry `{key}` is the module `{is}`, not `{name}`");
        return Err(errors::raise(py, "LoadError", &message, Some("import it by its own name")));
    }
    Interpreter { py, text: None }.spec(&built.verified)
}

/// The spec of what a request asks for, which is built if needed. The import system, or a reload, loads it.
#[pyfunction]
pub(crate) fn build_spec<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    is_path: bool,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let Asked { request, settings, verbose } = Asked::new(py, source, is_path, options)?;
    let session = sessions::session(settings);
    let built = with_patience(py, verbose, |patience| session.build(&request, patience))?;
    let text = (!is_path).then(|| source.clone());
    Interpreter { py, text }.spec(&built.verified)
}

/// Refuses options that no request takes.
#[pyfunction]
pub(crate) fn check_options(py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<()> {
    Asked::new(py, PyString::new(py, "").as_any(), false, options).map(drop)
}

/// Forgets what this process was given: after a reload, a module may be other than what a request had for it.
#[pyfunction]
pub(crate) fn forget() {
    memo::forget();
}

/// The key of the newest entry for a module of this name that this interpreter can load.
#[pyfunction]
pub(crate) fn newest_key(py: Python<'_>, name: &str, cache_dir: Option<PathBuf>) -> PyResult<Option<String>> {
    let name: ModuleName = name.parse().map_err(|error: NameError| errors::from(py, &error.into()))?;
    let session = Session::new(sessions::settings(py, cache_dir.as_deref())?);
    let newest = py.detach(|| session.newest(&name)).map_err(|error| errors::from(py, &error))?;
    Ok(newest.map(|key| key.to_string()))
}
