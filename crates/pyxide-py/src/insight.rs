//! What is in a module, and what its lines cost.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands paths over by value")]

use std::{ffi::CString, path::PathBuf};

use pyo3::{exceptions::PyValueError, prelude::*, types::PyDict};
use pyxide::{Registry, Settings};
use serde_json::json;

use crate::{
    errors,
    functions::{Asked, root, to_python, with_patience},
    sessions,
};

/// Builds with the annotation page, imports nothing, and says where the page is and what is in it, as data.
#[pyfunction]
pub(crate) fn annotate<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    is_path: bool,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let Asked { mut request, settings, verbose } = Asked::new(py, source, is_path, options)?;
    request.annotate = Some(true);
    let session = sessions::session(settings);
    let built = with_patience(py, verbose, |patience| session.build(&request, patience))?;
    let read = || Ok::<_, pyxide::Error>((built.costs()?, built.framed_annotation()?));
    let (lines, frame) = py.detach(read).map_err(|error| errors::from(py, &error))?;
    let answer = json!({
        "path": built.annotation(),
        "module_name": built.verified.module(),
        "key": built.verified.key(),
        "used_cache": built.used_cache,
        "lines": lines,
        "frame": frame,
    });
    to_python(py, &answer)
}

/// The lines of a source that a cached build reports to tracers. `None` where there is no such build.
#[pyfunction]
pub(crate) fn traced_lines(py: Python<'_>, file: PathBuf, cache_dir: Option<PathBuf>) -> PyResult<Option<Vec<usize>>> {
    let options = Settings::cache_options().map_err(|error| errors::from(py, &error))?;
    let registry = Registry::with(root(py, cache_dir.as_deref())?, options);
    let lines = py.detach(|| pyxide::traced_lines(&registry, &file)).map_err(|error| errors::from(py, &error))?;
    Ok(lines.map(|lines| lines.into_iter().collect()))
}

/// The text of a stub for a module.
#[pyfunction]
pub(crate) fn stub(py: Python<'_>, module: &Bound<'_, PyAny>) -> PyResult<String> {
    let code = CString::new(pyxide::DESCRIBE)?;
    let script = PyModule::from_code(py, &code, c"describe.py", c"pyxide._describe")?;
    // It is used once.
    py.import("sys")?.getattr("modules")?.call_method1("pop", ("pyxide._describe", py.None()))?;
    let description: String = script.getattr("describe")?.call1((module,))?.extract()?;
    pyxide::stub(&description).map_err(|error| PyValueError::new_err(error.to_string()))
}
