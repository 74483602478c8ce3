//! From words to a command, and from its end to an exit code.

use std::{ffi::OsString, process::ExitCode};

use crate::{
    Error, Host,
    args::{self, Command, Other, PythonOptions, Typed},
    commands,
    report::Report,
    settings::Settings,
};

/// All went well.
pub const SUCCESS: u8 = 0;
/// The action failed: a program with errors, a missing file, no Python.
pub const FAILURE: u8 = 1;
/// The words make no command.
pub const USAGE: u8 = 2;

/// Runs the command with these words, the first of which is the program's name.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    ExitCode::from(run(arguments, &Host::default()))
}

/// Runs the command for a caller who knows more, and returns the exit code.
pub fn run(arguments: Vec<OsString>, host: &Host) -> u8 {
    let (report, result) = match args::read(arguments) {
        Ok(typed) => {
            let report = Report::new(typed.voice);
            let result = act(typed, &report, &Settings::read(host));
            (report, result)
        }
        Err(Other::Show(text)) => {
            let report = Report::new(platskript::Voice::default());
            report.data(text);
            (report, Ok(SUCCESS))
        }
        Err(Other::Wrong(voice, error)) => (Report::new(voice), Err(error)),
    };
    let status = result.unwrap_or_else(|error| {
        report.error(&error);
        if error.is_usage() { USAGE } else { FAILURE }
    });
    match report.lost() {
        Some(source) if status == SUCCESS => {
            report.error(&Error::Io { source });
            FAILURE
        }
        _ => status,
    }
}

fn act(typed: Typed, report: &Report, settings: &Settings) -> Result<u8, Error> {
    let Some(command) = typed.arguments.command else {
        return commands::repl(&PythonOptions { python: None }, report, settings);
    };
    match command {
        Command::Run(options) => commands::run(&options, report, settings),
        Command::Build(options) => commands::build(&options, report),
        Command::ShowPython { file, language } => commands::show_python(&file, language, report),
        Command::Check { paths, json, language } => Ok(commands::check(&paths, json, language, report)),
        Command::Fmt { paths, check } => Ok(commands::format(&paths, check, report)),
        Command::Repl(python) => commands::repl(&python, report, settings),
        Command::Examples(options) => commands::examples(&options, report, settings),
        Command::Init { name } => commands::init(name.as_deref(), report),
        Command::Fortune { seed } => Ok(commands::fortune(seed, report)),
        Command::Dialecten => commands::dialects(report, settings),
        Command::Vertaal(options) => commands::translate(&options, report, settings),
        Command::Packs(command) => commands::packs(&command, report, settings),
        Command::Doctor { json, python } => Ok(commands::doctor(&python, json, report, settings)),
        Command::Version => Ok(commands::version(report)),
        Command::Help { command } => commands::help(command.as_deref(), report),
    }
}
