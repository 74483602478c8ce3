//! Programs: from a file to Python, with all that is wrong told on the way.

use platskript::{Compiled, Diagnostic, Options, Severity, Voice};

use crate::{Error, args::LanguageOptions, report::Report, source::Source};

/// How the language is read.
pub(crate) fn options(language: LanguageOptions) -> Options {
    Options { raw_python: language.raw_python }
}

/// Compiles a program; what is wrong with it goes to standard error.
pub(crate) fn compile(source: &Source, language: LanguageOptions, report: &Report) -> Result<Compiled, Error> {
    platskript::compile(&source.text, &options(language)).map_err(|found| {
        for diagnostic in &found {
            report.tell(&frame(diagnostic, source, report.voice));
        }
        faulty(source, &found)
    })
}

/// A program with errors that have been shown.
pub(crate) fn faulty(source: &Source, found: &[Diagnostic]) -> Error {
    let count = found.iter().filter(|one| one.severity == Severity::Error).count();
    Error::Faulty { file: source.name.clone(), count }
}

/// A diagnostic as people read it.
pub(crate) fn frame(diagnostic: &Diagnostic, source: &Source, voice: Voice) -> String {
    diagnostic.frame(&source.text, &source.name, voice).trim_end().to_owned()
}
