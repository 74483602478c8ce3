//! This interpreter as an importer.
//!
//! A module is in `sys.modules` under its name while and after it is imported, as with any import; when importing fails,
//! what was there before is back. A module that is not ours is never replaced: a build named `json` is an error, not a trap.

use std::os::unix::ffi::OsStrExt as _;

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyString},
};
use pyxide::{Importer, MARK, Sources, Verified};

use crate::errors;

/// Brings modules into this interpreter.
pub(crate) struct Interpreter<'py> {
    pub(crate) py: Python<'py>,
    /// The source, if it was given as text: a `str`.
    pub(crate) text: Option<Bound<'py, PyAny>>,
}

impl<'py> Importer for Interpreter<'py> {
    type Module = Bound<'py, PyAny>;
    type Error = PyErr;

    fn import(&mut self, verified: &Verified) -> PyResult<Bound<'py, PyAny>> {
        let (py, module, key) = (self.py, verified.module(), verified.key().to_string());
        let name = PyString::new(py, module.as_str());
        let sys = py.import("sys")?;
        let top = module.as_str().split('.').next().unwrap_or_default();
        if sys.getattr("stdlib_module_names")?.contains(top)? {
            let message = format!("`{top}` is a module of Python's standard library, which would no longer be found");
            return Err(errors::raise(py, "LoadError", &message, Some("choose another module_name")));
        }
        let modules = sys.getattr("modules")?.cast_into::<PyDict>()?;
        let before = modules.get_item(&name)?;
        if let Some(before) = &before {
            match before.getattr_opt(MARK)? {
                Some(marked) if marked.extract::<String>().is_ok_and(|marked| marked == key) => {
                    return Ok(before.clone());
                }
                Some(_) => {}
                None => {
                    let message = format!("the name `{module}` is taken by a module that is already imported");
                    return Err(errors::raise(py, "LoadError", &message, Some("choose another module_name")));
                }
            }
        }
        let load = || py.import("_frozen_importlib")?.getattr("_load")?.call1((self.spec(verified)?,));
        let loaded = load();
        if loaded.is_err() {
            match before {
                Some(before) => modules.set_item(&name, before)?,
                None if modules.contains(&name)? => modules.del_item(&name)?,
                None => {}
            }
        }
        let loaded = loaded?;
        // A module may have put something else in its own place, which is ours as well.
        if loaded.getattr_opt(MARK)?.is_none() {
            loaded.setattr(MARK, key)?;
        }
        Ok(loaded)
    }
}

impl<'py> Interpreter<'py> {
    /// What the import system loads the module by. The loader marks it as ours.
    pub(crate) fn spec(&self, verified: &Verified) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let name = PyString::new(py, verified.module().as_str());
        // As text: a `Path` would make PyO3 import pathlib.
        let path = verified.path().as_os_str();
        let given = (&name, path, verified.key().to_string(), self.text.as_ref());
        let loader = py.import("pyxide")?.getattr("_Loader")?.call1(given)?;
        let arguments = PyDict::new(py);
        arguments.set_item("loader", loader)?;
        // The frozen halves of importlib are always there; `importlib.util` would have to be imported.
        let external = py.import("_frozen_importlib_external")?;
        let spec = external.getattr("spec_from_file_location")?.call((name, path), Some(&arguments))?;
        // The module asks for it when it is created, so that its tracebacks lead to its sources.
        let places = PyDict::new(py);
        for (name, path) in verified.sources().iter() {
            places.set_item(PyBytes::new(py, name.as_bytes()), PyBytes::new(py, path.as_os_str().as_bytes()))?;
        }
        let state = PyDict::new(py);
        state.set_item(Sources::LOADER_STATE, places)?;
        spec.setattr("loader_state", state)?;
        Ok(spec)
    }
}
