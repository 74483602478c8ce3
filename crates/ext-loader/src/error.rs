//! Why a module was not loaded.

use std::path::PathBuf;

use cache_key::BuildKey;

/// Why an entry was not verified, or a verified module not loaded. `I` is the importer's own error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error<I = std::convert::Infallible> {
    /// The entry is damaged, or cannot be read.
    #[error(transparent)]
    Entry(#[from] registry::Error),
    /// The entry was built for an interpreter that is not this one.
    #[error("the cache entry `{key}` was built for {built_for}, and this is {this}")]
    OtherInterpreter {
        /// The entry.
        key: BuildKey,
        /// For which interpreter.
        built_for: String,
        /// This interpreter.
        this: String,
    },
    /// The importer failed.
    #[error("cannot import `{module}`")]
    Import {
        /// The module.
        module: String,
        /// Why.
        source: I,
    },
    /// The file is not the one that was verified.
    #[error("`{}` was exchanged while it was imported", path.display())]
    Exchanged {
        /// The file.
        path: PathBuf,
    },
}
