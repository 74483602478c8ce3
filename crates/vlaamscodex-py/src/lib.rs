#![doc = include_str!("../README.md")]

mod command;
mod dialects;
mod errors;
mod language;
mod settings;

/// The extension module behind the Python package.
#[pyo3::pymodule]
mod _vlaamscodex {
    /// The version of the distribution.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "it is what Python calls it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use crate::command::run_command;
    #[pymodule_export]
    use crate::dialects::{available_packs, transform};
    #[pymodule_export]
    use crate::language::{check, compile, decode, format, is_complete, place_of_byte};
}
