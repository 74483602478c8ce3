//! What Python callers may write for an argument.

use std::{collections::BTreeMap, path::PathBuf};

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyDict, PyString},
};
use pyxide::LimitedApi;

/// One path or several.
pub(crate) struct Paths(pub(crate) Vec<PathBuf>);

/// One word or several.
pub(crate) struct Words(pub(crate) Vec<String>);

/// C macros: pairs of a name and a value that may be None.
pub(crate) struct Macros(pub(crate) Vec<(String, Option<String>)>);

impl<'py> FromPyObject<'_, 'py> for Paths {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_none() {
            return Ok(Self(vec![]));
        }
        if let Ok(one) = object.extract::<PathBuf>() {
            return Ok(Self(vec![one]));
        }
        object.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>().map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for Words {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_none() {
            return Ok(Self(vec![]));
        }
        if object.is_instance_of::<PyString>() {
            return Ok(Self(vec![object.extract()?]));
        }
        object.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>().map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for Macros {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_none() {
            return Ok(Self(vec![]));
        }
        let pair = |item: Bound<'py, PyAny>| -> PyResult<(String, Option<String>)> {
            let (name, value): (String, Bound<'py, PyAny>) = item
                .extract()
                .map_err(|_| PyTypeError::new_err("define_macros must hold pairs of a name and a value or None"))?;
            Ok((name, if value.is_none() { None } else { Some(value.str()?.extract()?) }))
        };
        object.try_iter()?.map(|item| pair(item?)).collect::<PyResult<_>>().map(Self)
    }
}

/// Directives by name, written as Cython writes them: `True`, `3`, `ascii`.
pub(crate) fn directives(given: Option<&Bound<'_, PyAny>>) -> PyResult<BTreeMap<String, String>> {
    items(given)?.into_iter().map(|(name, value)| Ok((name, value.str()?.extract()?))).collect()
}

/// The version from which on a module shall be loadable: `True` for the oldest, `"3.11"`, or `(3, 11)`.
pub(crate) fn limited_api(given: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if let Ok(wanted) = given.extract::<Option<bool>>() {
        return Ok(wanted.filter(|wanted| *wanted).map(|_| LimitedApi::OLDEST.to_string()));
    }
    if let Ok((major, minor)) = given.extract::<(u32, u32)>() {
        return Ok(Some(format!("{major}.{minor}")));
    }
    let text = given
        .extract()
        .map_err(|_| PyTypeError::new_err("limited_api must be True, False or a version such as '3.11'"))?;
    Ok(Some(text))
}

/// Text or bytes by file name.
pub(crate) fn support_files(given: Option<&Bound<'_, PyAny>>) -> PyResult<BTreeMap<String, Vec<u8>>> {
    let content = |name: &str, value: &Bound<'_, PyAny>| -> PyResult<Vec<u8>> {
        if let Ok(text) = value.extract::<String>() {
            return Ok(text.into_bytes());
        }
        value
            .extract::<Vec<u8>>()
            .map_err(|_| PyTypeError::new_err(format!("support_files[{name:?}] must be str or bytes")))
    };
    items(given)?.into_iter().map(|(name, value)| Ok((name.clone(), content(&name, &value)?))).collect()
}

fn items<'py>(given: Option<&Bound<'py, PyAny>>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let Some(given) = given.filter(|given| !given.is_none()) else { return Ok(vec![]) };
    let copy = PyDict::new(given.py());
    copy.update(given.cast()?)?;
    copy.iter().map(|(name, value)| Ok((name.extract()?, value))).collect()
}
