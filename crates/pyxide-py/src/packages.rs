//! Packages of several modules, for the finder in Python that imports them.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    num::NonZero,
    path::PathBuf,
    sync::Arc,
    thread,
};

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyString},
};
use pyxide::{
    BuildKey, Built, BuiltPackage, ModuleName, PackageMeta, PackageRequest, PackageSummary, PythonFile, Session,
    SourceText, circle_hint,
};

use crate::{
    errors,
    functions::{Asked, to_python, warn, with_patience_for},
    importer::Interpreter,
    result::BuildResult,
    sessions,
};

/// A package whose modules can be imported, and how it came about.
#[pyclass(frozen, module = "pyxide")]
pub(crate) struct Package {
    meta: PackageMeta,
    folder: PathBuf,
    used_cache: bool,
    circle: Vec<ModuleName>,
    imports: BTreeMap<ModuleName, BTreeSet<ModuleName>>,
    modules: BTreeMap<String, Arc<Built>>,
    python: BTreeMap<String, PythonFile>,
}

/// Builds what is needed of a package. `options` are the keyword arguments that Python's functions document.
#[pyfunction]
pub(crate) fn build_package(
    py: Python<'_>,
    sources: &Bound<'_, PyDict>,
    are_paths: bool,
    package_name: &str,
    jobs: Option<NonZero<usize>>,
    options: &Bound<'_, PyDict>,
) -> PyResult<Package> {
    let Asked { request: options, settings, verbose } = Asked::new(py, PyString::new(py, "").as_any(), false, options)?;
    let source = |(name, source): (Bound<'_, PyAny>, Bound<'_, PyAny>)| -> PyResult<(String, SourceText)> {
        let source = if are_paths {
            SourceText::File(source.extract::<PathBuf>()?)
        } else {
            SourceText::Text(source.extract::<String>()?)
        };
        Ok((name.extract()?, source))
    };
    let sources = sources.iter().map(source).collect::<PyResult<Vec<_>>>()?;
    let raise = |error: pyxide::Error| errors::from(py, &error);
    let name = package_name.parse().map_err(|error: pyxide::NameError| raise(error.into()))?;
    let request = PackageRequest::new(name, sources, &options).map_err(raise)?;
    let session = sessions::session(settings);
    let jobs = number_of(jobs);
    let built = with_patience_for(py, verbose, request.modules().len(), |patience| {
        session.build_package(&request, jobs, patience)
    })?;
    Ok(Package::new(built))
}

/// The package with this key, verified.
#[pyfunction]
pub(crate) fn cached_package(
    py: Python<'_>,
    key: &str,
    cache_dir: Option<PathBuf>,
    layers: Option<&Bound<'_, PyAny>>,
) -> PyResult<Package> {
    let key: BuildKey = key.parse().map_err(|error: pyxide::NameError| errors::from(py, &error.into()))?;
    let session = sessions::of_cache(py, cache_dir.as_deref(), layers)?;
    let built = py.detach(|| session.cached_package(&key)).map_err(|error| errors::from(py, &error))?;
    Ok(Package::new(built))
}

/// The packages in the cache, as data.
#[pyfunction]
pub(crate) fn list_cached_packages(py: Python<'_>, cache_dir: Option<PathBuf>) -> PyResult<Bound<'_, PyAny>> {
    let session = Session::new(sessions::settings(py, cache_dir.as_deref())?);
    let listed = py.detach(|| session.registry().list_packages()).map_err(|error| errors::from(py, &error.into()))?;
    let mut packages = Vec::new();
    for item in listed {
        let package = item.package.map_err(pyxide::Error::from);
        match package.and_then(|package| PackageSummary::new(&session, package, item.path)) {
            Ok(package) => packages.push(package),
            Err(error) => warn(py, &error.to_string())?,
        }
    }
    to_python(py, &packages)
}

/// As many jobs as were asked for, or as there are processors.
pub(crate) fn number_of(jobs: Option<NonZero<usize>>) -> NonZero<usize> {
    jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN)
}

impl Package {
    fn new(built: BuiltPackage) -> Self {
        let circle = built.circle();
        let BuiltPackage { meta, folder, modules, python, used_cache, imports } = built;
        Self {
            imports,
            meta,
            folder,
            used_cache,
            circle,
            modules: modules.into_iter().map(|(name, built)| (name.to_string(), Arc::new(built))).collect(),
            python: python.into_iter().map(|(name, file)| (name.to_string(), file)).collect(),
        }
    }
}

#[pymethods]
impl Package {
    /// Its name.
    #[getter]
    fn package_name(&self) -> &str {
        self.meta.package_name.as_str()
    }

    /// Its key.
    #[getter]
    fn key(&self) -> String {
        self.meta.key.to_string()
    }

    /// The folder of its entry.
    #[getter]
    fn build_dir(&self) -> OsString {
        self.folder.clone().into_os_string()
    }

    /// When it was published.
    #[getter]
    fn created_utc(&self) -> &str {
        &self.meta.created_utc
    }

    /// Who built it.
    #[getter]
    fn fingerprint(&self) -> BTreeMap<String, String> {
        self.meta.fingerprint.clone()
    }

    /// What its entry says.
    #[getter]
    fn meta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.meta)
    }

    /// Whether nothing of it had to be built.
    #[getter]
    fn used_cache(&self) -> bool {
        self.used_cache
    }

    /// The compiled modules by their names, and their keys.
    #[getter]
    fn compiled(&self) -> BTreeMap<&str, String> {
        self.modules.iter().map(|(name, built)| (name.as_str(), built.verified.key().to_string())).collect()
    }

    /// The names of the modules in Python.
    #[getter]
    fn python(&self) -> Vec<&str> {
        self.python.keys().map(String::as_str).collect()
    }

    /// What may be wrong when an import fails in a circle.
    #[getter]
    fn circle_hint(&self) -> Option<String> {
        circle_hint(&self.circle)
    }

    /// The names of the modules that a module imports, directly or not, as far as that is known.
    fn needs(&self, name: &str) -> BTreeSet<&str> {
        let (mut needs, mut left) = (BTreeSet::new(), vec![name]);
        while let Some(next) = left.pop() {
            let found = self.imports.iter().filter(|(module, _)| module.as_str() == next);
            for module in found.flat_map(|(_, imports)| imports) {
                if needs.insert(module.as_str()) {
                    left.push(module.as_str());
                }
            }
        }
        needs
    }

    /// How a compiled module is imported.
    fn spec<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(built) = self.modules.get(name) else { return Ok(None) };
        Interpreter { py, text: None }.spec(&built.verified).map(Some)
    }

    /// A module in Python: its text, its file if there is one, and whether it is a package.
    fn text<'py>(&self, py: Python<'py>, name: &str) -> Option<(Bound<'py, PyBytes>, Option<String>, bool)> {
        let file = self.python.get(name)?;
        let place = file.place.as_ref().map(|path| path.display().to_string());
        Some((PyBytes::new(py, &file.content), place, file.is_package))
    }

    /// What an import of a compiled module raised, with what there is to say about it.
    fn explained(&self, py: Python<'_>, name: &str, raised: Bound<'_, PyAny>) -> Py<PyAny> {
        let raised = PyErr::from_value(raised);
        match self.modules.get(name) {
            Some(built) => errors::of_loader(py, raised, built, None).into_value(py).into_any(),
            None => raised.into_value(py).into_any(),
        }
    }

    /// What is known of a compiled module that is imported.
    fn result(&self, module: Py<PyAny>, name: &str) -> Option<BuildResult> {
        Some(BuildResult::shared(module, self.modules.get(name)?.clone()))
    }
}
