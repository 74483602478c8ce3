//! From Rust's errors to Python's.

use pyo3::{
    exceptions::{PyFileNotFoundError, PyKeyError, PyOSError, PyRuntimeError, PyValueError},
    prelude::*,
};

/// The exception for an error of the packs.
pub(crate) fn from(error: &dialect::Error) -> PyErr {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    if let Some(hint) = error.hint() {
        message = format!("{message}\nhint: {hint}");
    }
    match error {
        dialect::Error::UnknownDialect { .. } => PyKeyError::new_err(message),
        dialect::Error::NoRest { .. } => PyRuntimeError::new_err(message),
        dialect::Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            PyFileNotFoundError::new_err(message)
        }
        dialect::Error::Io { .. } => PyOSError::new_err(message),
        _ => PyValueError::new_err(message),
    }
}
