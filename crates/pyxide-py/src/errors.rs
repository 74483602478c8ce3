//! From Rust's errors to Python's.

use std::path::Path;

use pyo3::{
    exceptions::{PyFileNotFoundError, PyImportError, PyOSError, PyRuntimeError},
    prelude::*,
    types::PyDict,
};
use pyxide::{Built, DriverError, Error, Failure, LoadError, LockError};

/// An exception of `pyxide._errors`.
pub(crate) fn raise(py: Python<'_>, class: &str, message: &str, hint: Option<&str>) -> PyErr {
    make(py, class, message, hint, None).unwrap_or_else(|error| error)
}

/// The exception for an error.
pub(crate) fn from(py: Python<'_>, error: &Error) -> PyErr {
    let message = pyxide::chain(error);
    let hint = error.hint();
    let hint = hint.as_deref();
    let plain = || hint.map_or_else(|| message.clone(), |hint| format!("{message}\nhint: {hint}"));
    match error {
        Error::Build(DriverError::Failed(failure)) => {
            make(py, "CompileError", &message, hint, Some(failure)).unwrap_or_else(|error| error)
        }
        Error::Build(DriverError::TimedOut { .. }) => raise(py, "BuildTimeout", &message, hint),
        Error::PackageFailed { failures, .. } => {
            let told: Vec<String> = failures.iter().map(|(_, error)| pyxide::chain(error)).collect();
            // What is wrong with none of them is wrong with the tools or the cache.
            if failures.iter().all(|(_, error)| error.failure().is_none()) && told.iter().all(|text| *text == told[0]) {
                return from(py, &failures[0].1);
            }
            let failures = failures.iter().map(|(name, error)| (name.to_string(), from(py, error)));
            batch(py, &message, hint, failures).unwrap_or_else(|error| error)
        }
        Error::Unloadable { .. } => raise(py, "CompileError", &message, hint),
        Error::Artifact { .. } => raise(py, "ArtifactError", &message, hint),
        Error::ForAnother { .. } | Error::Registry(pyxide::RegistryError::Bundle { .. }) => {
            raise(py, "BundleError", &message, hint)
        }
        Error::NoWheel { .. } => raise(py, "WheelError", &message, hint),
        Error::Registry(pyxide::RegistryError::Exists { .. })
        | Error::Wheel(wheel_patch::Error::OutputExists { .. }) => raise(py, "ExistsError", &message, hint),
        Error::Tools(_) | Error::NoCython { .. } | Error::NoNumPy { .. } | Error::Install { .. } => {
            raise(py, "ToolchainError", &message, hint)
        }
        Error::UnknownAlias { .. } => raise(py, "UnknownAlias", &message, hint),
        Error::ManyModules { .. }
        | Error::Registry(pyxide::RegistryError::NotAnAlias { .. } | pyxide::RegistryError::AliasTaken { .. }) => {
            raise(py, "InputError", &message, hint)
        }
        Error::Name(_)
        | Error::FileName { .. }
        | Error::NotPyx { .. }
        | Error::Language { .. }
        | Error::Profile { .. }
        | Error::LimitedApi { .. }
        | Error::SupportTwice { .. }
        | Error::Package { .. }
        | Error::Pattern { .. }
        | Error::NotAPackage { .. }
        | Error::NotAModule { .. }
        | Error::Registry(pyxide::RegistryError::IsPackage { .. })
        | Error::TooLarge { .. }
        | Error::ExtraSource { .. }
        | Error::Flag { .. }
        | Error::Setting { .. }
        | Error::Source { .. }
        | Error::TemplateName { .. }
        | Error::ManyTemplates { .. } => raise(py, "InputError", &message, hint),
        Error::NoEntry { .. }
        | Error::NoModule { .. }
        | Error::Registry(pyxide::RegistryError::NoEntry { .. } | pyxide::RegistryError::IncompletePackage { .. }) => {
            raise(py, "NotCached", &message, hint)
        }
        Error::NoFile { .. } | Error::NoTemplate { .. } | Error::NoTemplates { .. } => {
            PyFileNotFoundError::new_err(plain())
        }
        Error::Io { .. } | Error::NotAFile { .. } | Error::NotAFolder { .. } => PyOSError::new_err(plain()),
        Error::Lock(LockError::TimedOut { .. } | LockError::Busy { .. }) => raise(py, "LockTimeout", &message, hint),
        Error::Registry(pyxide::RegistryError::Damaged { .. })
        | Error::Load(LoadError::OtherInterpreter { .. })
        | Error::OtherModules { .. } => raise(py, "LoadError", &message, hint),
        _ => raise(py, "PyxideError", &message, hint),
    }
}

/// What an import raised, or, where the system's loader refused the module, an exception that says what to do.
pub(crate) fn of_loader(py: Python<'_>, raised: PyErr, built: &Built, file: Option<&Path>) -> PyErr {
    if !raised.get_type(py).is(py.get_type::<PyImportError>()) {
        return raised;
    }
    let Some(explained) = pyxide::unloaded(&raised.value(py).to_string(), built, file) else { return raised };
    let error = raise(py, "LoadError", &explained.message, Some(&explained.hint));
    // What the import system would say of it. An exception that cannot be given that is still the right one.
    let value = error.value(py);
    let _ = value.setattr("name", built.verified.module().as_str());
    let _ = value.setattr("path", built.verified.path().as_os_str());
    error.set_cause(py, Some(raised));
    error
}

/// The error that holds those of several builds, by their names.
fn batch(
    py: Python<'_>,
    message: &str,
    hint: Option<&str>,
    failures: impl Iterator<Item = (String, PyErr)>,
) -> PyResult<PyErr> {
    let all = PyDict::new(py);
    for (name, error) in failures {
        all.set_item(name, error.into_value(py))?;
    }
    let class = py.import("pyxide._errors")?.getattr("BatchBuildError")?;
    Ok(PyErr::from_value(class.call1((message, hint, all))?))
}

fn make(py: Python<'_>, class: &str, message: &str, hint: Option<&str>, failure: Option<&Failure>) -> PyResult<PyErr> {
    let class = py.import("pyxide._errors")?.getattr(class)?;
    let arguments = PyDict::new(py);
    if let Some(failure) = failure {
        let text = serde_json::to_string(failure).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        let data = py.import("json")?.call_method1("loads", (text,))?;
        for item in data.cast::<PyDict>()?.iter() {
            arguments.set_item(item.0, item.1)?;
        }
        // It is part of the message, and given beside it.
        arguments.del_item("hint")?;
    }
    Ok(PyErr::from_value(class.call((message, hint), Some(&arguments))?))
}
