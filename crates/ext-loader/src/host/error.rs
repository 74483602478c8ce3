//! Why a program has no interpreter, or a call no result.

use std::{fmt, path::PathBuf};

use fingerprint::{Interpreter, Need, install_command};

use super::python::{Object, Raised};

/// Why there is no interpreter, no module, or no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The interpreter is a program only, and nothing that another program could load.
    #[error("`{}` has no shared library that a program could load", interpreter.executable.display())]
    NoLibrary {
        /// The interpreter.
        interpreter: Box<Interpreter>,
    },
    /// The system refused to load the library.
    #[error("cannot load the Python library `{}`", path.display())]
    Open {
        /// The library.
        path: PathBuf,
        /// Why.
        source: libloading::Error,
    },
    /// The library is none of Python, or not one of 3.10 or newer.
    #[error("the Python library `{}` has no `{name}`", path.display())]
    NoSymbol {
        /// The library.
        path: PathBuf,
        /// What is missing.
        name: &'static str,
        /// What the system said.
        source: libloading::Error,
    },
    /// The library is not the interpreter's.
    #[error("the Python library `{}` is {found}, and the interpreter is {wanted}", path.display())]
    OtherVersion {
        /// The library.
        path: PathBuf,
        /// What it says it is.
        found: String,
        /// What the interpreter says it is.
        wanted: String,
    },
    /// Two Pythons in one process would mistake each other's objects for their own.
    #[error("this process already has a Python in it that was not started here")]
    OtherPython,
    /// An interpreter was started here before, and it cannot be exchanged.
    #[error("this process already runs `{}`, and can have no second interpreter", running.display())]
    Running {
        /// The one that runs.
        running: PathBuf,
    },
    /// The module was built for an interpreter that is not the one that runs.
    #[error("`{module}` was built for {built_for}, and this is {this}")]
    OtherInterpreter {
        /// The module.
        module: String,
        /// For which interpreter.
        built_for: String,
        /// The one that runs.
        this: String,
    },
    /// Python's own modules would no longer find it.
    #[error("`{name}` is a module of Python's standard library, which would no longer be found")]
    StandardLibrary {
        /// The first part of the module's name.
        name: String,
    },
    /// Something else is imported under that name.
    #[error("the name `{module}` is taken by a module that is already imported")]
    Taken {
        /// The name.
        module: String,
    },
    /// The module has no such attribute.
    #[error("the module `{module}` has no `{name}`")]
    NoAttribute {
        /// The module.
        module: String,
        /// The attribute.
        name: String,
    },
    /// Python code raised an exception.
    #[error("{what} raised {exception}")]
    Raised {
        /// What was running: `the import`, or a function in backticks.
        what: String,
        /// The exception.
        exception: Box<Exception>,
    },
    /// A value that one side has and the other cannot.
    #[error("{what} cannot be converted: {} {reason}", if place.is_empty() { "it".to_owned() } else { format!("`{place}`") })]
    NotConvertible {
        /// Which value.
        what: String,
        /// Where in it, as `[0]["name"]`; empty when it is the value itself.
        place: String,
        /// What is there.
        reason: String,
    },
}

/// An exception of Python, as text. The exception itself does not outlive the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its class: `ValueError`, or with its module `json.decoder.JSONDecodeError`.
    pub type_name: String,
    /// What `str()` gives for it.
    pub message: String,
    /// What Python would have printed, with one line feed at the end.
    pub traceback: String,
}

impl HostError {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoLibrary { interpreter } => Some(how_to_get_a_library(interpreter)),
            Self::Open { .. } | Self::NoSymbol { .. } | Self::OtherVersion { .. } => {
                Some("repair this Python's installation, or choose another interpreter".into())
            }
            Self::OtherPython | Self::Running { .. } => Some("use a process of its own for each interpreter".into()),
            Self::OtherInterpreter { .. } => Some("build it for this interpreter from its source".into()),
            Self::StandardLibrary { .. } | Self::Taken { .. } => Some("choose another module name".into()),
            Self::NotConvertible { .. } => {
                Some("use None, bool, int of 64 bits, finite float, str, list, tuple, and dict with str keys".into())
            }
            Self::NoAttribute { .. } | Self::Raised { .. } => None,
        }
    }

    /// The exception, if Python code raised one.
    #[must_use]
    pub fn exception(&self) -> Option<&Exception> {
        match self {
            Self::Raised { exception, .. } => Some(exception),
            _ => None,
        }
    }

    pub(super) fn raised(what: impl Into<String>, raised: &Raised<'_>) -> Self {
        Self::Raised { what: what.into(), exception: Box::new(Exception::of(raised)) }
    }
}

/// The remedy depends on where the interpreter is from.
fn how_to_get_a_library(interpreter: &Interpreter) -> String {
    let folder = interpreter.prefix.parent().and_then(|folder| folder.file_name());
    if folder.is_some_and(|folder| folder == "versions") {
        let version = interpreter.prefix.file_name().unwrap_or_default().display();
        return format!(
            "build it again with its library: `PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force {version}`"
        );
    }
    if interpreter.prefix.as_os_str() == "/usr" {
        let command = install_command(Need::PythonLibrary { version: interpreter.version });
        return format!("install it, {command}, or choose an interpreter that has one");
    }
    "build it again with `./configure --enable-shared`, or choose an interpreter that has one".into()
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.type_name)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl Exception {
    /// What an exception says. Whatever is wrong with it in turn leaves a part empty.
    pub(super) fn of(raised: &Raised<'_>) -> Self {
        let Some(value) = &raised.0 else {
            let message = "an error without an exception".to_owned();
            return Self { type_name: "SystemError".to_owned(), message, traceback: String::new() };
        };
        Self {
            type_name: value.its_type().map_or_else(|_| String::new(), |its_type| type_name(&its_type)),
            message: value.display().map_or_else(|_| String::new(), |text| text.to_text_lossy()),
            traceback: traceback(raised, value).unwrap_or_default(),
        }
    }
}

/// A class as messages call it: without a module where it needs none.
pub(super) fn type_name(its_type: &Object<'_>) -> String {
    let text = |name| its_type.attribute(name).map_or_else(|_| String::new(), |text| text.to_text_lossy());
    match text("__module__").as_str() {
        "builtins" | "" => text("__qualname__"),
        module => format!("{module}.{}", text("__qualname__")),
    }
}

fn traceback(raised: &Raised<'_>, value: &Object<'_>) -> Option<String> {
    let mut trace = value.attribute("__traceback__").ok()?;
    // The frames of the import machinery are not the user's business.
    while let Ok(code) = trace.attribute("tb_frame").and_then(|frame| frame.attribute("f_code"))
        && code.attribute("co_filename").is_ok_and(|name| name.to_text_lossy().starts_with("<frozen importlib"))
    {
        trace = trace.attribute("tb_next").ok()?;
    }
    let format = raised.gil()?.import(c"traceback").and_then(|module| module.attribute("format_exception")).ok()?;
    let lines = format.call(vec![value.its_type().ok()?, value.clone(), trace], None).ok()?;
    Some(lines.items().ok()?.iter().map(Object::to_text_lossy).collect())
}
