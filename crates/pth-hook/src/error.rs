//! Why something could not be done.

use std::{io, path::PathBuf, process::ExitStatus};

/// Why a hook was not written, read or measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An entry point that is none.
    #[error("`{text}` is no entry point: {reason}")]
    EntryPoint {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A version that is none of CPython 3.
    #[error("`{text}` is no version of Python 3")]
    Version {
        /// What was given.
        text: String,
    },
    /// The name of a file that a hook must not have.
    #[error("a hook cannot be called `{stem}`: {reason}")]
    Stem {
        /// What was given.
        stem: String,
        /// Why not.
        reason: String,
    },
    /// The name of a module that a hook must not have.
    #[error("the module of a hook cannot be called `{name}`: {reason}")]
    Shim {
        /// What was given.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A `requires-python` that cannot be read.
    #[error("`{text}` does not say which versions of Python it means: {reason}")]
    RequiresPython {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is nothing that an interpreter would read.
    #[error("`{}` is {reason}", path.display())]
    NotAnEnvironment {
        /// What was given.
        path: PathBuf,
        /// What it is instead.
        reason: &'static str,
    },
    /// A wheel that cannot be read.
    #[error("cannot read the wheel `{}`", path.display())]
    Wheel {
        /// The wheel.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A member of a wheel that is too large for a hook.
    #[error("`{member}` in `{}` has more than {limit} bytes", path.display())]
    TooLarge {
        /// The wheel.
        path: PathBuf,
        /// The member.
        member: String,
        /// How many are read.
        limit: u64,
    },
    /// The file system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// An interpreter did not answer.
    #[error("`{}` cannot be measured: {reason}", interpreter.display())]
    Interpreter {
        /// The interpreter.
        interpreter: PathBuf,
        /// What it did.
        reason: String,
    },
    /// An interpreter ended with an error.
    #[error("`{} -E -c pass` ended with {status}{}", interpreter.display(), said(stderr))]
    Start {
        /// The interpreter, in the environment of the measurement.
        interpreter: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        stderr: String,
    },
    /// The caller cancelled it.
    #[error("interrupted")]
    Cancelled,
}

impl Error {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::EntryPoint { .. } => Some("write the module, a colon and the function: `package.module:function`"),
            Self::Version { .. } => Some("write it as `3.12` or `3.12.1`"),
            Self::Stem { .. } => {
                Some("name it after the package, with an ending that tells what it is for, such as `package_hook`")
            }
            Self::Shim { .. } => {
                Some("name it after the package, with an underscore before it, such as `_package_hook`")
            }
            Self::RequiresPython { .. } => Some("copy `requires-python` of the project, such as `>=3.10`"),
            Self::NotAnEnvironment { .. } => {
                Some("name a virtual environment, a `site-packages` folder, a wheel, or a folder with the files")
            }
            Self::Start { .. } => Some(
                "without a hook that works there is nothing to measure: mend what the interpreter names; `pyxide hook lint` finds common mistakes, and not all",
            ),
            Self::Wheel { .. }
            | Self::TooLarge { .. }
            | Self::Io { .. }
            | Self::Interpreter { .. }
            | Self::Cancelled => None,
        }
    }

    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(" and said:\n{stderr}") }
}
