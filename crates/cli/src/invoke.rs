//! From words to a command.

use std::{ffi::OsString, path::Path};

use clap::Parser as _;
use pyxide::{Error, Registry, Session, Settings, Templates};

use crate::{
    BUILD_FAILED, SUCCESS, USAGE,
    args::{Arguments, Command, Global},
    commands, exit,
    report::Report,
    signals::Signals,
};

/// Who runs the command, if it is not a program of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller<'a> {
    /// The interpreter that called, which is used when the user names none.
    pub python: Option<&'a Path>,
    /// The folder of the Python package that called. Templates are looked for in it and around it.
    pub package: Option<&'a Path>,
}

/// Runs the command with these words, the first of which is the program's name, and returns its exit code.
pub fn main(words: impl IntoIterator<Item = OsString>, caller: &Caller<'_>) -> u8 {
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
    let signals = Signals::listen().unwrap_or_default();
    let status = run(&arguments, &report, &signals, caller).unwrap_or_else(|error| {
        let (status, kind) = exit::code(&error);
        report.error(kind, &error, None);
        status
    });
    // As shells have it: 130 after Ctrl-C, 143 after SIGTERM. Whatever failed afterwards failed because of it.
    let status = match signals.received() {
        Some(signal) if status != SUCCESS => 128 + signal,
        _ => status,
    };
    match report.lost() {
        Some(message) if status == SUCCESS => {
            report.failure("output", &message, None);
            BUILD_FAILED
        }
        _ => status,
    }
}

fn run(arguments: &Arguments, report: &Report, signals: &Signals, caller: &Caller<'_>) -> Result<u8, Error> {
    let Caller { python, package } = *caller;
    let global = &arguments.global;
    let cancelled = || signals.received().is_some();
    let session = |no_build| session(global, python, no_build, &cancelled);
    match &arguments.command {
        Command::Run { file, call, name, warnings, build } => {
            let call = commands::Call { expression: call.as_deref(), name: name.as_deref(), warnings: *warnings };
            commands::run(&session(build.no_build)?, report, signals, file, &call, build)
        }
        Command::Template(command) => {
            let templates = Templates::locate(package.map(Path::to_owned))?;
            commands::template(&session, report, signals, &templates, command)
        }
        Command::Build { files, package, recursive, pattern, jobs, warnings, build } => {
            let how = commands::How { jobs: *jobs, warnings: *warnings, options: build };
            let session = session(build.no_build)?;
            match package {
                Some(name) => commands::build_package(&session, report, signals, name, files, &how),
                None => {
                    let found = commands::sources(files, pattern, *recursive)?;
                    commands::build(&session, report, signals, &found, &how)
                }
            }
        }
        Command::Explain { file, build } => commands::explain(&session(true)?, report, file, build),
        Command::Signature { file, build } => commands::signature(&session(true)?, report, file, build),
        Command::Cache(command) => {
            let registry = Registry::with(root(global)?, Settings::cache_options()?);
            commands::cache(&registry, report, command)
        }
        Command::Wheel(command) => commands::wheel(report, command),
        Command::Hook(command) => {
            let interpreter = || Ok(settings(global, python, &cancelled)?.interpreter.executable);
            commands::hook(report, command, &interpreter, &cancelled)
        }
        Command::Doctor => Ok(commands::doctor(report, settings(global, python, &cancelled), &cancelled)),
        Command::Completions { shell } => {
            commands::completions(*shell);
            Ok(SUCCESS)
        }
    }
}

fn session(
    global: &Global,
    python: Option<&Path>,
    no_build: bool,
    cancelled: &dyn Fn() -> bool,
) -> Result<Session, Error> {
    let mut settings = settings(global, python, cancelled)?;
    settings.may_build &= !no_build;
    Ok(Session::new(settings))
}

fn settings(global: &Global, python: Option<&Path>, cancelled: &dyn Fn() -> bool) -> Result<Settings, Error> {
    let root = global.cache_dir.as_deref();
    match (&global.python, python) {
        (Some(named), _) => Settings::from_environment(Some(named), root, cancelled),
        (None, Some(caller)) if !Settings::names_an_interpreter() => {
            Settings::from_environment(Some(caller), root, cancelled)
        }
        (None, _) => Settings::from_environment(None, root, cancelled),
    }
}

fn root(global: &Global) -> Result<std::path::PathBuf, Error> {
    Settings::cache_folder(global.cache_dir.as_deref())
}
