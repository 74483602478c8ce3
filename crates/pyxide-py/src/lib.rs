#![doc = include_str!("../README.md")]

mod arguments;
mod backend;
mod batch;
mod errors;
mod finders;
mod functions;
mod importer;
mod memo;
mod packages;
mod progress;
mod result;
mod sessions;
mod templates;

use pyo3::prelude::*;

/// The extension module behind the Python package.
#[pymodule]
mod _pyxide {
    #[pymodule_export]
    use crate::backend::{backend_check, backend_finish, backend_relocated, backend_sdist, backend_settings};
    #[pymodule_export]
    use crate::batch::{PendingModule, build_files};
    #[pymodule_export]
    use crate::finders::{cached_spec, newest_key};
    #[pymodule_export]
    use crate::functions::{
        after_fork, compile_and_load_result, compile_signature, explain, get_cache_dir, import_cached_result,
        list_cached, prerequisites, run_command,
    };
    #[pymodule_export]
    use crate::packages::{Package, build_package, cached_package, list_cached_packages};
    #[pymodule_export]
    use crate::result::BuildResult;
    #[pymodule_export]
    use crate::templates::{find_template, template_root, templates};

    use super::{Bound, PyAnyMethods as _, PyModule, PyModuleMethods as _, PyResult, Python};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        // A forked process must neither use its parent's worker nor free its locks.
        let python: Python<'_> = module.py();
        let hook = module.getattr("after_fork")?;
        let arguments = pyo3::types::PyDict::new(python);
        arguments.set_item("after_in_child", hook)?;
        python.import("os")?.call_method("register_at_fork", (), Some(&arguments))?;
        Ok(())
    }
}
