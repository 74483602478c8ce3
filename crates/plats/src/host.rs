//! What the caller of the command line knows already.

use std::path::PathBuf;

/// Who calls: the binary knows nothing, the Python distribution knows its own folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// The interpreter that called, which runs programs unless `--python` names another.
    pub interpreter: Option<PathBuf>,
    /// The folder of packs that belongs to the caller.
    pub packs: Option<PathBuf>,
}
