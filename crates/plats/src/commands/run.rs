//! `plats run`

use crate::{Error, args::RunOptions, program, python, report::Report, settings::Settings, source::Source};

/// Compiles a program and becomes the interpreter that runs it.
pub(crate) fn run(options: &RunOptions, report: &Report, settings: &Settings) -> Result<u8, Error> {
    let source = Source::read(&options.file)?;
    let compiled = program::compile(&source, options.language, report)?;
    let interpreter = python::find(&options.python, settings)?;
    match python::run(&interpreter, &source, &compiled.python, &options.arguments)? {}
}
