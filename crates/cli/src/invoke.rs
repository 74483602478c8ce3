//! From words to a command.

use std::{ffi::OsString, path::Path};

use clap::Parser as _;
use pyxide::{Error, Session, Settings};

use crate::{
    BUILD_FAILED, SUCCESS, USAGE,
    args::{Arguments, Command, Global},
    commands, exit,
    report::Report,
};

/// Runs the command with these words, the first of which is the program's name, and returns its exit code.
///
/// `python` is the interpreter to use when the user names none: the one that called, if one did.
pub fn main(words: impl IntoIterator<Item = OsString>, python: Option<&Path>) -> u8 {
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(message) => {
            // Help and version are no errors, and clap knows which stream they go to.
            let status = if message.use_stderr() { USAGE } else { SUCCESS };
            let _ = message.print();
            return status;
        }
    };
    let report = Report::new(&arguments.global);
    let status = run(&arguments, &report, python).unwrap_or_else(|error| {
        let (status, kind) = exit::code(&error);
        report.error(kind, &error, None);
        status
    });
    match report.lost() {
        Some(message) if status == SUCCESS => {
            report.failure("output", &message, None);
            BUILD_FAILED
        }
        _ => status,
    }
}

fn run(arguments: &Arguments, report: &Report, python: Option<&Path>) -> Result<u8, Error> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Run { file, call, name, build } => {
            let session = session(global, python, build.no_build)?;
            commands::run(&session, report, file, call.as_deref(), name.as_deref(), build)
        }
        Command::Build { files, build } => {
            let session = session(global, python, build.no_build)?;
            Ok(commands::build(&session, report, files, build))
        }
        Command::Cache(command) => commands::cache(&root(global)?, report, command),
        Command::Doctor => Ok(commands::doctor(report, settings(global, python))),
        Command::Completions { shell } => {
            commands::completions(*shell);
            Ok(SUCCESS)
        }
    }
}

fn session(global: &Global, python: Option<&Path>, no_build: bool) -> Result<Session, Error> {
    let mut settings = settings(global, python)?;
    settings.may_build &= !no_build;
    Ok(Session::new(settings))
}

fn settings(global: &Global, python: Option<&Path>) -> Result<Settings, Error> {
    let root = global.cache_dir.as_deref();
    match (&global.python, python) {
        (Some(named), _) => Settings::from_environment(Some(named), root),
        (None, Some(caller)) if !Settings::names_an_interpreter() => Settings::from_environment(Some(caller), root),
        (None, _) => Settings::from_environment(None, root),
    }
}

fn root(global: &Global) -> Result<std::path::PathBuf, Error> {
    Settings::cache_folder(global.cache_dir.as_deref())
}
