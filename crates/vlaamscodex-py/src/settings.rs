//! What the environment says. No other file of this crate reads environment variables.

use std::env;

/// The options of a transform, by the variables that `dialect` names.
///
/// Python's `os.environ` writes through to the process's environment, so what a program sets counts.
pub(crate) fn dialect_options() -> dialect::Options {
    dialect::Options::from_environment(|name| env::var(name).ok())
}
