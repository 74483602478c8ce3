//! Where templates are, for the functions in Python that read and build them.

use std::path::PathBuf;

use pyo3::{exceptions::PyValueError, prelude::*};
use pyxide::{Template, TemplateKind, Templates};

use crate::errors;

/// What is known of a template: its name, its kind, its path, its sidecar, and whether it is a package.
type Found = (String, &'static str, PathBuf, Option<PathBuf>, bool);

/// The folder of the templates, for the package that lies at `package`.
#[pyfunction]
pub(crate) fn template_root(py: Python<'_>, package: PathBuf) -> PyResult<PathBuf> {
    Ok(located(py, package)?.root().to_owned())
}

/// All templates of a kind.
#[pyfunction]
pub(crate) fn templates(py: Python<'_>, package: PathBuf, kind: &str) -> PyResult<Vec<Found>> {
    let kind = parsed(kind)?;
    let all = located(py, package)?.list(kind).map_err(|error| errors::from(py, &error))?;
    Ok(all.into_iter().map(found).collect())
}

/// The template of a name.
#[pyfunction]
pub(crate) fn find_template(py: Python<'_>, package: PathBuf, name: &str, kind: Option<&str>) -> PyResult<Found> {
    let kind = kind.map(parsed).transpose()?;
    located(py, package)?.find(name, kind).map(found).map_err(|error| errors::from(py, &error))
}

fn located(py: Python<'_>, package: PathBuf) -> PyResult<Templates> {
    Templates::locate(Some(package)).map_err(|error| errors::from(py, &error))
}

fn parsed(kind: &str) -> PyResult<TemplateKind> {
    let known = TemplateKind::ALL.into_iter().find(|it| it.name() == kind);
    known.ok_or_else(|| PyValueError::new_err(format!("kind must be \"cython\" or \"python\", not {kind:?}")))
}

fn found(template: Template) -> Found {
    (template.id, template.kind.name(), template.path, template.sidecar, template.is_package)
}
