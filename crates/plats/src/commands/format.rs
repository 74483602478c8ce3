//! `plats fmt`

use std::path::{Path, PathBuf};

use crate::{
    Error, FAILURE, SUCCESS, files, program,
    report::Report,
    source::{self, Source},
};

/// Lays programs out, or says which ones are not.
pub(crate) fn format(paths: &[PathBuf], check: bool, report: &Report) -> u8 {
    let mut status = SUCCESS;
    for path in source::expand(paths) {
        match path.and_then(|path| one(&path, check, report)) {
            Ok(false) => {}
            Ok(true) => status = if check { FAILURE } else { status },
            Err(error) => {
                report.error(&error);
                status = FAILURE;
            }
        }
    }
    status
}

/// Lays one program out, and tells whether it was not.
fn one(path: &Path, check: bool, report: &Report) -> Result<bool, Error> {
    let source = Source::read(path)?;
    let text = platskript::format(&source.text).map_err(|found| {
        for diagnostic in &found {
            report.tell(&program::frame(diagnostic, &source, report.voice));
        }
        program::faulty(&source, &found)
    })?;
    let changes = text != source.text || source.offset > 0;
    match &source.path {
        None if !check => report.data(&text),
        Some(path) if changes && !check => files::replace(path, &text)?,
        _ => {}
    }
    if changes && (check || source.path.is_some()) {
        report.line(&source.name);
    }
    Ok(changes)
}
