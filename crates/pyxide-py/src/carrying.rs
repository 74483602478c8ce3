//! Entries that come and go: bundles, exports, wheels, and modules that come as files.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyxide::{
    Abi, Artifact, ArtifactFile, BuildKey, Error, LoadError, ModuleName, NameError, Overwrite, Registry, RegistryError,
    RestoreOptions, Session, Settings, WheelOptions,
};

use crate::{
    errors,
    functions::{Given, import, to_python},
    importer::Interpreter,
    result::BuildResult,
    sessions,
};

/// Writes entries into one file and returns its path.
#[pyfunction]
pub(crate) fn bundle_cached(
    py: Python<'_>,
    keys: Vec<String>,
    dest: PathBuf,
    pins: bool,
    overwrite: bool,
    cache_dir: Option<PathBuf>,
    layers: Option<&Bound<'_, PyAny>>,
) -> PyResult<PathBuf> {
    let keys = keys.iter().map(|key| parsed(py, key)).collect::<PyResult<Vec<BuildKey>>>()?;
    let session = sessions::of_cache(py, cache_dir.as_deref(), layers)?;
    let packed = py.detach(|| session.registry().pack(&keys, session.layers(), pins, &dest, replacing(overwrite)));
    packed.map(|packed| packed.path).map_err(|error| of_registry(py, error))
}

/// Publishes what is in such a file.
#[pyfunction]
pub(crate) fn restore_cached(
    py: Python<'_>,
    path: PathBuf,
    any_interpreter: bool,
    pins: bool,
    cache_dir: Option<PathBuf>,
) -> PyResult<Bound<'_, PyAny>> {
    let session = session(py, cache_dir.as_deref())?;
    let restored = py.detach(|| {
        let abi = if any_interpreter { None } else { Some(this(&session)?) };
        let options = RestoreOptions { abi, pins, wait: session.settings().wait, cancelled: &|| false };
        pyxide::restore(session.registry(), &path, &options)
    });
    to_python(py, &restored.map_err(|error| raised(py, error))?)
}

/// Copies an artifact, or a whole entry, and returns where it is.
#[pyfunction]
pub(crate) fn export_cached(
    py: Python<'_>,
    key: &str,
    destination: PathBuf,
    whole: bool,
    overwrite: bool,
    cache_dir: Option<PathBuf>,
) -> PyResult<PathBuf> {
    let (key, registry) = (parsed(py, key)?, registry(py, cache_dir.as_deref())?);
    let exported = py.detach(|| registry.export(&key, &destination, replacing(overwrite), whole));
    exported.map_err(|error| of_registry(py, error))
}

/// Makes a wheel and returns what is known about it.
#[pyfunction]
pub(crate) fn export_wheel<'py>(
    py: Python<'py>,
    key: &str,
    folder: PathBuf,
    name: Option<String>,
    version: Option<String>,
    overwrite: bool,
    cache_dir: Option<PathBuf>,
) -> PyResult<Bound<'py, PyAny>> {
    let (key, registry) = (parsed(py, key)?, registry(py, cache_dir.as_deref())?);
    let epoch = Settings::source_date_epoch().map_err(|error| errors::from(py, &error))?;
    let options = WheelOptions { name, version, overwrite, epoch };
    let wheel = py.detach(|| pyxide::export_wheel(&registry, &key, &folder, &options));
    to_python(py, &wheel.map_err(|error| raised(py, error))?)
}

/// Imports an extension module from where it lies.
#[pyfunction]
pub(crate) fn import_artifact_path(py: Python<'_>, path: PathBuf, name: Option<&str>) -> PyResult<Py<PyAny>> {
    let (session, name) = (session(py, None)?, module_name(py, name)?);
    let file = py.detach(|| ArtifactFile::open(&path, name.as_ref(), &this(&session)?));
    load(py, &file.map_err(|error| raised(py, error))?)
}

/// Writes an extension module to a private folder and imports it; returns it and the folder.
#[pyfunction]
pub(crate) fn import_artifact_bytes(
    py: Python<'_>,
    data: Vec<u8>,
    file_name: &str,
    name: Option<&str>,
    folder: PathBuf,
) -> PyResult<(Py<PyAny>, Option<PathBuf>)> {
    let (session, name) = (session(py, None)?, module_name(py, name)?);
    let file = py.detach(|| ArtifactFile::stage(&data, file_name, &folder, name.as_ref(), &this(&session)?));
    let file = file.map_err(|error| raised(py, error))?;
    let module = load(py, &file)?;
    Ok((module, file.keep()))
}

/// Puts an extension module into the cache and imports it.
#[pyfunction]
pub(crate) fn register_cached_artifact_path(
    py: Python<'_>,
    path: PathBuf,
    name: Option<&str>,
    cache_dir: Option<PathBuf>,
) -> PyResult<BuildResult> {
    let (session, name) = (session(py, cache_dir.as_deref())?, module_name(py, name)?);
    let built = py.detach(|| session.register(ArtifactFile::open(&path, name.as_ref(), &this(&session)?)?.artifact()));
    import(py, built.map_err(|error| raised(py, error))?, &Given::Cache)
}

/// The same for bytes, which are never written anywhere but to the cache.
#[pyfunction]
pub(crate) fn register_cached_artifact_bytes(
    py: Python<'_>,
    data: Vec<u8>,
    file_name: &str,
    name: Option<&str>,
    cache_dir: Option<PathBuf>,
) -> PyResult<BuildResult> {
    let (session, name) = (session(py, cache_dir.as_deref())?, module_name(py, name)?);
    let built =
        py.detach(|| session.register(&Artifact::from_bytes(data, file_name, name.as_ref(), &this(&session)?)?));
    import(py, built.map_err(|error| raised(py, error))?, &Given::Cache)
}

fn load(py: Python<'_>, file: &ArtifactFile) -> PyResult<Py<PyAny>> {
    let loaded = file.verified().load(&mut Interpreter { py, text: None });
    loaded.map(Bound::unbind).map_err(|error| match error {
        // What the module itself raised, and what the loader says, is the caller's business.
        LoadError::Import { source, .. } => source,
        other => errors::raise(py, "LoadError", &pyxide::chain(&other), None),
    })
}

/// The interface of this interpreter.
fn this(session: &Session) -> Result<Abi, Error> {
    Ok((&session.python()?.interpreter).into())
}

fn session(py: Python<'_>, cache_dir: Option<&Path>) -> PyResult<std::sync::Arc<Session>> {
    Ok(sessions::session(sessions::settings(py, cache_dir)?))
}

fn registry(py: Python<'_>, cache_dir: Option<&Path>) -> PyResult<Registry> {
    let root = Settings::cache_folder(cache_dir).map_err(|error| errors::from(py, &error))?;
    let options = Settings::cache_options().map_err(|error| errors::from(py, &error))?;
    Ok(Registry::with(root, options))
}

fn replacing(overwrite: bool) -> Overwrite {
    if overwrite { Overwrite::Yes } else { Overwrite::No }
}

fn parsed(py: Python<'_>, key: &str) -> PyResult<BuildKey> {
    key.parse().map_err(|error: NameError| errors::from(py, &error.into()))
}

fn module_name(py: Python<'_>, name: Option<&str>) -> PyResult<Option<ModuleName>> {
    name.map(str::parse).transpose().map_err(|error: NameError| errors::from(py, &error.into()))
}

fn of_registry(py: Python<'_>, error: RegistryError) -> PyErr {
    raised(py, error.into())
}

fn raised(py: Python<'_>, error: Error) -> PyErr {
    // One mistake has one exception, whoever saw it first.
    match error {
        Error::Registry(RegistryError::NoEntry { key }) => errors::from(py, &Error::NoEntry { key }),
        error => errors::from(py, &error),
    }
}
