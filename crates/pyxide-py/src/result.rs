//! What a build gave, for Python.

use std::sync::Arc;

use pyo3::{prelude::*, types::PyDict};
use pyxide::Built;

/// A module, and how it came about.
#[pyclass(frozen, module = "pyxide")]
pub(crate) struct BuildResult {
    module: Py<PyAny>,
    built: Arc<Built>,
    used_cache: bool,
}

impl BuildResult {
    pub(crate) fn shared(module: Py<PyAny>, built: Arc<Built>) -> Self {
        Self { module, used_cache: built.used_cache, built }
    }

    pub(crate) fn built(&self) -> &Built {
        &self.built
    }

    /// The same for who asks again.
    pub(crate) fn repeated(&self, py: Python<'_>) -> Self {
        Self { module: self.module.clone_ref(py), built: self.built.clone(), used_cache: true }
    }
}

#[pymethods]
impl BuildResult {
    /// The imported module.
    #[getter]
    pub(crate) fn module(&self, py: Python<'_>) -> Py<PyAny> {
        self.module.clone_ref(py)
    }

    /// The key of the cache entry.
    #[getter]
    fn key(&self) -> String {
        self.built.verified.key().to_string()
    }

    /// The key of the request, if it was built for one.
    #[getter]
    fn request_key(&self) -> Option<String> {
        self.built.request_key.map(String::from)
    }

    /// The name that the module was compiled for.
    #[getter]
    fn module_name(&self) -> &str {
        self.built.verified.module().as_str()
    }

    /// The folder of the cache entry.
    #[getter]
    fn build_dir<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("pathlib")?.getattr("Path")?.call1((&self.built.folder,))
    }

    /// The extension module's file.
    #[getter]
    fn artifact_path<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("pathlib")?.getattr("Path")?.call1((self.built.verified.path(),))
    }

    /// Whether it was in the cache.
    #[getter]
    fn used_cache(&self) -> bool {
        self.used_cache
    }

    /// When it was built.
    #[getter]
    fn created_utc(&self) -> &str {
        &self.built.meta.created_utc
    }

    /// Who built it: versions of Python, Cython, NumPy, compiler and platform.
    #[getter]
    fn fingerprint<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fingerprint = PyDict::new(py);
        for (name, value) in &self.built.meta.fingerprint {
            fingerprint.set_item(name, value)?;
        }
        Ok(fingerprint)
    }

    /// The page that shows what each line costs, if one was made.
    #[getter]
    fn annotation_path<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.built.annotation().map(|path| py.import("pathlib")?.getattr("Path")?.call1((path,))).transpose()
    }

    /// The generated code, if it was kept.
    #[getter]
    fn generated_path<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.built.generated().map(|path| py.import("pathlib")?.getattr("Path")?.call1((path,))).transpose()
    }

    /// Whether its author says that it needs no global lock (`freethreading_compatible`).
    #[getter]
    fn freethreading_compatible(&self) -> bool {
        self.built.is_freethreading_compatible()
    }

    /// What the tools remarked when it was built.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.built.meta.warnings.clone()
    }

    /// All that is known about it.
    #[getter]
    fn meta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let meta = crate::functions::to_python(py, &self.built.meta)?;
        // The name and the meaning that the field has in the format's origin: a path that exists.
        if let Some(path) = self.built.annotation() {
            meta.set_item("annotate_html", path.into_os_string())?;
        }
        Ok(meta)
    }

    /// The annotation page in a notebook, if one was made.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.built.framed_annotation().map_err(|error| crate::errors::from(py, &error))
    }

    fn __repr__(&self) -> String {
        format!(
            "BuildResult(module_name='{}', key='{}', used_cache={}, build_dir='{}', created_utc='{}')",
            self.module_name(),
            self.key(),
            if self.used_cache { "True" } else { "False" },
            self.built.folder.display(),
            self.built.meta.created_utc,
        )
    }
}
