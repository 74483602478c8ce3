//! Many files at once.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::{num::NonZero, path::PathBuf, sync::Arc};

use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};
use pyxide::{BuildRequest, Built, sources_in};

use crate::{
    errors,
    functions::{Asked, Given, import_shared, with_patience_for},
    packages::number_of,
    result::BuildResult,
    sessions,
};

/// A module that was built and is not imported yet.
#[pyclass(frozen, module = "pyxide")]
pub(crate) struct PendingModule {
    built: Arc<Built>,
    file: PathBuf,
}

/// Builds the files in a folder that match a pattern. For each its name in the folder, its path, and what became of it:
/// a [`PendingModule`] or an exception.
#[pyfunction]
pub(crate) fn build_files(
    py: Python<'_>,
    folder: PathBuf,
    pattern: &str,
    recursive: bool,
    jobs: Option<NonZero<usize>>,
    options: &Bound<'_, PyDict>,
) -> PyResult<Vec<(String, PathBuf, Py<PyAny>)>> {
    let Asked { request: options, settings, verbose } = Asked::new(py, PyString::new(py, "").as_any(), false, options)?;
    let raise = |error: pyxide::Error| errors::from(py, &error);
    let found = py.detach(|| sources_in(&folder, pattern, recursive)).map_err(raise)?;
    let requests: Vec<BuildRequest> =
        found.iter().map(|found| found.request(&options)).collect::<Result<_, _>>().map_err(raise)?;
    let session = sessions::session(settings);
    let jobs = number_of(jobs);
    let results =
        with_patience_for(py, verbose, requests.len(), |patience| Ok(session.build_many(&requests, jobs, patience)))?;
    let outcome = |(found, result): (pyxide::FoundSource, Result<Built, pyxide::Error>)| {
        let outcome = match result {
            Ok(built) => Py::new(py, PendingModule { built: Arc::new(built), file: found.path.clone() })?.into_any(),
            Err(error) => errors::from(py, &error).into_value(py).into_any(),
        };
        Ok((found.name, found.path, outcome))
    };
    found.into_iter().zip(results).map(outcome).collect()
}

#[pymethods]
impl PendingModule {
    /// The name that it was compiled for.
    #[getter]
    fn module_name(&self) -> &str {
        self.built.verified.module().as_str()
    }

    /// Imports it.
    fn load(&self, py: Python<'_>) -> PyResult<BuildResult> {
        import_shared(py, self.built.clone(), &Given::File(self.file.clone()))
    }
}
