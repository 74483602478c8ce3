//! `plats show-python`

use std::path::Path;

use crate::{Error, SUCCESS, args::LanguageOptions, program, report::Report, source::Source};

/// Shows the Python that a program becomes.
pub(crate) fn show_python(file: &Path, language: LanguageOptions, report: &Report) -> Result<u8, Error> {
    let source = Source::read(file)?;
    report.data(program::compile(&source, language, report)?.python);
    Ok(SUCCESS)
}
