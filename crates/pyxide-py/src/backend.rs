//! The native half of `pyxide.build_backend`.
//!
//! Its exceptions are `ValueError(message, hint)`: the backend shows them, and pyxide's own build uses this half without the
//! package that has our exceptions.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands over paths by value")]

use std::path::{Path, PathBuf};

use pyo3::{exceptions::PyValueError, prelude::*, types::PyDict};
use wheel_config::{Finished, Kind, Payload, Settings, sdist_files};

/// What a project says about its backends.
#[pyfunction]
pub(crate) fn backend_settings(py: Python<'_>, root: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let settings = read(&root)?;
    let build = &settings.build;
    let folders =
        |build: &wheel_config::Build| -> Vec<String> { build.backend_path.iter().map(ToString::to_string).collect() };
    let mut in_tree = folders(build);
    in_tree.extend(settings.outer.iter().flat_map(folders));
    let answer = PyDict::new(py);
    answer.set_item("backend", build.backend.to_string())?;
    answer.set_item("module", &build.backend.module)?;
    answer.set_item("object", &build.backend.object)?;
    answer.set_item("backend_path", folders(build))?;
    answer.set_item("requires", &build.requires)?;
    answer.set_item("in_tree", in_tree)?;
    answer.set_item("place", build.place.to_string())?;
    Ok(answer)
}

/// Looks for everything that is to go into a wheel.
#[pyfunction]
pub(crate) fn backend_check(root: PathBuf, editable: bool) -> PyResult<()> {
    let settings = read(&root)?;
    Payload::gather(&settings, &root, kind(editable)).map_err(refused)?;
    // What a source distribution could not hold is not to be in a wheel.
    sdist_files(&settings, &root).map_err(refused)?;
    Ok(())
}

/// Finishes a wheel that a backend has made, and returns what its author should know.
#[pyfunction]
#[pyo3(signature = (root, wheel, editable, backend, epoch=None))]
pub(crate) fn backend_finish(
    py: Python<'_>,
    root: PathBuf,
    wheel: PathBuf,
    editable: bool,
    backend: &str,
    epoch: Option<u64>,
) -> PyResult<Vec<String>> {
    py.detach(|| {
        let payload = Payload::gather(&read(&root)?, &root, kind(editable)).map_err(refused)?;
        let finished = Finished::open(&wheel, backend).map_err(refused)?;
        let changes = payload.changes(&finished).map_err(refused)?;
        if !changes.changes.is_empty() {
            let options = wheel_patch::Options { epoch, ..wheel_patch::Options::default() };
            wheel_patch::apply(&wheel, &changes.changes, &options).map_err(|error| {
                let said = pyxide::chain(&error);
                let Some(place) = changes.blame(&error) else {
                    return PyValueError::new_err((said, error.hint()));
                };
                let message = format!("{place}: what `{}` asks for cannot be put into the wheel: {said}", place.key);
                let hint = format!("change that entry, or what `{backend}` puts into the wheel");
                PyValueError::new_err((message, hint))
            })?;
        }
        let mut notes = changes.notes;
        notes.extend(payload.lint(&wheel).map_err(refused)?);
        Ok(notes)
    })
}

/// What a source distribution must hold: names, where the files are, and whether they can be run.
#[pyfunction]
pub(crate) fn backend_sdist(root: PathBuf) -> PyResult<Vec<(String, String, bool)>> {
    let settings = read(&root)?;
    // A source distribution from which no wheel can be made is none.
    Payload::gather(&settings, &root, Kind::Regular).map_err(refused)?;
    let files = sdist_files(&settings, &root).map_err(refused)?;
    Ok(files.into_iter().map(|file| (file.path, file.source.to_string(), file.executable)).collect())
}

/// The pyproject.toml of a source distribution, in which nothing leads out of it.
#[pyfunction]
pub(crate) fn backend_relocated(_root: PathBuf, text: &str) -> PyResult<String> {
    wheel_config::relocated(text).map_err(refused)
}

fn read(root: &Path) -> PyResult<Settings> {
    Settings::open(root).map_err(refused)
}

fn kind(editable: bool) -> Kind {
    if editable { Kind::Editable } else { Kind::Regular }
}

fn refused(error: wheel_config::Error) -> PyErr {
    PyValueError::new_err((pyxide::chain(&error), error.hint()))
}
