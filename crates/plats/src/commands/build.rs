//! `plats build`

use std::path::{Path, PathBuf};

use crate::{Error, SUCCESS, args::BuildOptions, files, program, report::Report, source::Source};

/// Writes the Python that a program becomes.
pub(crate) fn build(options: &BuildOptions, report: &Report) -> Result<u8, Error> {
    let source = Source::read(&options.file)?;
    let out = match (&options.out, &source.path) {
        (Some(out), _) => out.clone(),
        (None, Some(path)) => path.with_extension("py"),
        // What came through standard input has no name of its own.
        (None, None) => PathBuf::from("plats.py"),
    };
    // A program called `x.py` must not become its own Python.
    let itself = source.path.as_deref().is_some_and(|path| is_same(path, &out));
    let compiled = program::compile(&source, options.language, report)?;
    for warning in &compiled.warnings {
        report.tell(&program::frame(warning, &source, report.voice));
    }
    let name = source
        .path
        .as_deref()
        .and_then(Path::file_name)
        .map_or_else(|| source.name.clone(), |name| name.to_string_lossy().into_owned());
    let text = files::marked(&compiled.python, &name);
    let file = out.display().to_string();
    if out.is_dir() {
        return Err(Error::Exists { file });
    }
    match fs_err::read(&out) {
        Ok(before) if before == text.as_bytes() => {}
        Ok(before) if (options.force && !itself) || str::from_utf8(&before).is_ok_and(files::is_ours) => {
            files::replace(&out, &text)?;
        }
        Ok(_) => return Err(Error::NotOurs { file }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => files::replace(&out, &text)?,
        Err(source) => return Err(Error::Io { source }),
    }
    report.line(&file);
    Ok(SUCCESS)
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs_err::canonicalize(one), fs_err::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}
