//! What can go wrong while asking who compiles and loads.

use std::{io, path::PathBuf, time::Duration};

use crate::{Language, Need, install_command};

/// What a [`Error::NoAnswer`] expected.
pub(crate) const COMPILER: &str = "a compiler";

/// The other thing that it may have expected.
pub(crate) const INTERPRETER: &str = "a Python interpreter";

/// Why an interpreter, a compiler or the memory of them could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No file with that name, or none that may be executed.
    #[error("{}", not_found(name))]
    ProgramNotFound {
        /// What was asked for: a name, or a path.
        name: String,
    },
    /// The compiler that the user named is not there.
    #[error("{}, and {} names it as the compiler", not_found(name), language.variable())]
    CompilerNotFound {
        /// The language.
        language: Language,
        /// What was asked for: a name, or a path.
        name: String,
    },
    /// The compiler that the user named is not words as a shell has them.
    #[error("{} is `{command}`, and a quote in it does not close", language.variable())]
    UnclosedQuote {
        /// The language.
        language: Language,
        /// The value of `CC` or `CXX`.
        command: String,
    },
    /// A version manager's script did not lead to an interpreter.
    #[error("`{}` is a script, and it did not lead to an interpreter: {output}", path.display())]
    Script {
        /// The script.
        path: PathBuf,
        /// What it printed.
        output: String,
    },
    /// The interpreter answered, but is not one that extension modules can be built for.
    #[error("`{}` {refusal}", path.display())]
    Refused {
        /// The interpreter.
        path: PathBuf,
        /// Why.
        refusal: Refusal,
    },
    /// A program did not answer as an interpreter or compiler does.
    #[error("`{}` does not answer as {expected}: {output}", program.display())]
    NoAnswer {
        /// The program.
        program: PathBuf,
        /// What it should have been.
        expected: &'static str,
        /// What it printed, shortened.
        output: String,
    },
    /// A program did not say in time what it is, and was ended.
    #[error("`{}` should be {expected}, and did not answer within {} s", program.display(), limit.as_secs())]
    Silent {
        /// The program.
        program: PathBuf,
        /// What it should have been.
        expected: &'static str,
        /// How long it was listened to.
        limit: Duration,
    },
    /// The caller no longer wanted the answer.
    #[error("cancelled")]
    Cancelled,
    /// None of the usual compilers was found.
    #[error("no {language} compiler: looked for {} on PATH", candidates.join(", "))]
    NoCompiler {
        /// The language.
        language: Language,
        /// The names that were looked for.
        candidates: Vec<String>,
    },
    /// The compiler is of a kind whose options are not known here.
    #[error("`{}` is neither GCC nor Clang", program.display())]
    UnknownCompiler {
        /// The compiler.
        program: PathBuf,
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

/// Why extension modules cannot be built for an interpreter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Older than 3.10.
    #[error("is Python {version}, and CPython 3.10 or newer is needed")]
    TooOld {
        /// Its version.
        version: String,
    },
    /// Not CPython.
    #[error("is {implementation}, and only CPython's C interface is supported")]
    NotCpython {
        /// What it is.
        implementation: String,
    },
}

impl Error {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::CompilerNotFound { language, .. } => {
                let variable = language.variable();
                Some(format!("set {variable} to a compiler that is there, or unset it to have one chosen"))
            }
            Self::NoCompiler { language, .. } => {
                let command = install_command(Need::Compiler(*language));
                Some(format!("install one, {command}, or set {} to where one is", language.variable()))
            }
            Self::UnclosedQuote { language, .. } => {
                Some(format!("write {} as in a shell, for example `gcc '-I/with a space'`", language.variable()))
            }
            Self::UnknownCompiler { .. }
            | Self::NoAnswer { expected: COMPILER, .. }
            | Self::Silent { expected: COMPILER, .. } => Some("set CC (or CXX) to GCC or Clang".into()),
            Self::ProgramNotFound { .. }
            | Self::Script { .. }
            | Self::Refused { .. }
            | Self::NoAnswer { .. }
            | Self::Silent { .. } => Some(
                "name an interpreter with `--python`, for example `--python /usr/bin/python3`, or with PYXIDE_PYTHON"
                    .into(),
            ),
            Self::Cancelled | Self::Io { .. } => None,
        }
    }
}

fn not_found(name: &str) -> String {
    if name.contains('/') {
        format!("`{name}` is not a program")
    } else {
        format!("there is no program `{name}` on PATH")
    }
}
