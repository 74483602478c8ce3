//! Why a build gave no module.

use std::{io, path::PathBuf, time::Duration};

use crate::Failure;

/// Why a build gave no module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source is in another encoding.
    #[error("the source is not UTF-8: byte {byte:#04x} on line {line}")]
    NotUtf8 {
        /// The line, counted from 1.
        line: usize,
        /// The first byte that does not fit.
        byte: u8,
    },
    /// The source is not text.
    #[error("the source has a NUL byte on line {line}")]
    NulByte {
        /// The line, counted from 1.
        line: usize,
    },
    /// A path that cannot be passed on.
    #[error("the path `{}` is not UTF-8", path.display())]
    PathNotUtf8 {
        /// The path.
        path: PathBuf,
    },
    /// A support file with an unusable name.
    #[error("{}", support_file(name, *taken))]
    SupportFile {
        /// Its name.
        name: String,
        /// Whether the name is good but taken.
        taken: bool,
    },
    /// A tool found errors.
    #[error("{0}")]
    Failed(Box<Failure>),
    /// Cython's code for memoryviews could not be made on its own.
    #[error("Cython's code for memoryviews could not be compiled on its own: {output}")]
    Utility {
        /// What the tool printed.
        output: String,
    },
    /// The worker could not be started, or ended without an answer.
    #[error("the Cython worker {what}: {output}")]
    Worker {
        /// What happened to it.
        what: &'static str,
        /// What it printed.
        output: String,
    },
    /// The caller cancelled.
    #[error("the build was cancelled")]
    Cancelled,
    /// The deadline passed.
    #[error("the build took longer than {} s and was ended", limit.as_secs_f64())]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The file system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotUtf8 { .. } => Some("save the file as UTF-8".into()),
            Self::NulByte { .. } => Some("is this a source file? Cython source is text".into()),
            Self::PathNotUtf8 { .. } => Some("move or link it to a path that is UTF-8".into()),
            Self::SupportFile { .. } => {
                Some("give it a name of letters, digits, `.`, `_` and `-` that is not the module's own".into())
            }
            Self::TimedOut { .. } => Some("allow it more time".into()),
            Self::Failed(failure) => failure.hint.clone(),
            Self::Utility { .. } | Self::Worker { .. } | Self::Cancelled | Self::Io { .. } => None,
        }
    }
}

fn support_file(name: &str, taken: bool) -> String {
    let name = name.escape_debug();
    if taken {
        format!("the support file `{name}` has a name that the build itself uses")
    } else {
        format!("`{name}` is not a plain file name")
    }
}
