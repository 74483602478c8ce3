//! `plats check`

use std::path::PathBuf;

use platskript::{Diagnostic, Severity, Voice};
use serde_json::{Value, json};

use crate::{
    FAILURE, SUCCESS,
    alias::Name,
    args::{self, LanguageOptions},
    program,
    report::Report,
    source::{self, Source},
    texts::{Phrase, phrase},
};

/// Says what is wrong with programs.
pub(crate) fn check(paths: &[PathBuf], json: bool, language: LanguageOptions, report: &Report) -> u8 {
    report.speak_json(json);
    if paths.is_empty() && !json {
        report.data(args::page(Name::Check, report.voice));
        return SUCCESS;
    }
    let mut status = SUCCESS;
    for path in source::expand(paths) {
        match path.and_then(|path| Source::read(&path)) {
            Ok(source) => {
                let found = platskript::check(&source.text, &program::options(language));
                for diagnostic in &found {
                    report.object("diagnostic", object(diagnostic, &source, report.voice));
                    report.line(&program::frame(diagnostic, &source, report.voice));
                }
                if found.iter().any(|one| one.severity == Severity::Error) {
                    status = FAILURE;
                } else if found.is_empty() {
                    report.line(&format!("{}: {}", source.name, phrase(Phrase::Fine, report.voice)));
                }
            }
            Err(error) => {
                report.error(&error);
                status = FAILURE;
            }
        }
    }
    status
}

/// A diagnostic for programs. Offsets count the bytes of the file.
fn object(diagnostic: &Diagnostic, source: &Source, voice: Voice) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let suggestion = diagnostic.suggestion.as_ref().map(|suggestion| {
        json!({
            "start": suggestion.span.start + source.offset,
            "end": suggestion.span.end + source.offset,
            "replacement": suggestion.replacement,
        })
    });
    json!({
        "file": source.name,
        "code": diagnostic.code.as_str(),
        "name": diagnostic.code.name(),
        "severity": severity,
        "message": diagnostic.message(voice),
        "hint": diagnostic.hint(voice),
        "line": diagnostic.start.line,
        "column": diagnostic.start.column,
        "end_line": diagnostic.end.line,
        "end_column": diagnostic.end.column,
        "start": diagnostic.span.start + source.offset,
        "end": diagnostic.span.end + source.offset,
        "suggestion": suggestion,
    })
}
