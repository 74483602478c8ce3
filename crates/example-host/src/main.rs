#![doc = include_str!("../README.md")]

use std::{
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use pyxide::{BuildRequest, Host, HostError, LoadError, Session, Settings, Severity, chain};
use serde_json::{Map, Value};

const USAGE: &str = "example-host FILE.pyx FUNCTION ['[ARGUMENT, …]' | '{\"NAME\": ARGUMENT, …}']";

/// The function did not give a result.
const FAILED: u8 = 1;
/// The command line is wrong.
const WRONG_USE: u8 = 2;

/// What to tell when there is no result.
struct Problem {
    status: u8,
    message: String,
    /// What Python would have printed.
    traceback: Option<String>,
    hint: Option<String>,
}

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let outcome = match words.as_slice() {
        [file, function] => evaluate(Path::new(file), &function.to_string_lossy(), "[]"),
        [file, function, arguments] => {
            evaluate(Path::new(file), &function.to_string_lossy(), &arguments.to_string_lossy())
        }
        _ => Err(Problem::usage("there should be a file, a function and, if it takes some, its arguments".into())),
    };
    let printed = match outcome {
        Ok(value) => match writeln!(io::stdout(), "{value}") {
            // Whoever closed the pipe has seen enough.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let message = format!("cannot write to standard output: {error}");
                Err(Problem { status: FAILED, message, traceback: None, hint: None })
            }
            _ => Ok(()),
        },
        Err(problem) => Err(problem),
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            problem.print(&mut io::stderr());
            problem.status.into()
        }
    }
}

/// Builds `file` if it is not in the cache, and calls its function in this process.
fn evaluate(file: &Path, function: &str, arguments: &str) -> Result<Value, Problem> {
    let (arguments, keywords) = parse(arguments)?;
    let session = Session::new(Settings::from_environment(None, None, &|| false)?);
    let built = session.build(&BuildRequest::file(file), &session.patient())?;
    let mut host = Host::start(&session.python()?.interpreter)?;
    let module = built.verified.load(&mut host)?;
    Ok(module.call_with(function, &arguments, &keywords)?)
}

/// Positional arguments, or keyword arguments.
fn parse(arguments: &str) -> Result<(Vec<Value>, Map<String, Value>), Problem> {
    match serde_json::from_str(arguments) {
        Ok(Value::Array(arguments)) => Ok((arguments, Map::new())),
        Ok(Value::Object(keywords)) => Ok((vec![], keywords)),
        Ok(_) => Err(Problem::usage(format!("the arguments `{arguments}` are neither a JSON array nor a JSON object"))),
        Err(error) => Err(Problem::usage(format!("the arguments `{arguments}` are not JSON: {error}"))),
    }
}

impl Problem {
    fn usage(message: String) -> Self {
        Self { status: WRONG_USE, message, traceback: None, hint: Some(format!("use it as `{USAGE}`")) }
    }

    fn print(&self, stderr: &mut impl io::Write) {
        let mut text = format!("{}\n", self.message);
        if !text.starts_with("error: ") {
            text.insert_str(0, "error: ");
        }
        text.push_str(self.traceback.as_deref().unwrap_or_default());
        if let Some(hint) = &self.hint {
            text.extend(["hint: ", hint, "\n"]);
        }
        // There is nobody left to tell.
        let _ = stderr.write_all(text.as_bytes());
    }
}

impl From<pyxide::Error> for Problem {
    fn from(error: pyxide::Error) -> Self {
        // The tools' errors point into the file, and say more than one sentence about them.
        let diagnostics = error.failure().into_iter().flat_map(|failure| &failure.diagnostics);
        let errors = diagnostics.filter(|diagnostic| diagnostic.severity == Severity::Error);
        let rendered: Vec<_> = errors.map(|diagnostic| diagnostic.render(false).trim_end().to_owned()).collect();
        let message = if rendered.is_empty() { chain(&error) } else { rendered.join("\n") };
        Self { status: FAILED, message, traceback: None, hint: error.hint() }
    }
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        let traceback = error.exception().map(|exception| exception.traceback.clone());
        Self { status: FAILED, message: chain(&error), traceback, hint: error.hint() }
    }
}

impl From<LoadError<HostError>> for Problem {
    fn from(error: LoadError<HostError>) -> Self {
        let message = chain(&error);
        match error {
            LoadError::Import { source, .. } => Self { message, ..source.into() },
            _ => Self { status: FAILED, message, traceback: None, hint: None },
        }
    }
}
