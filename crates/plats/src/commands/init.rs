//! `plats init`

use std::path::{Component, Path};

use crate::{
    Error, SUCCESS,
    alias::Name,
    args, files,
    report::Report,
    texts::{Phrase, phrase},
};

const PROGRAM: &str = include_str!("../examples/hallo.plats");
const README: &str = include_str!("../examples/LEESMIJ.md");

/// Makes a folder with a program that runs.
pub(crate) fn init(name: Option<&Path>, report: &Report) -> Result<u8, Error> {
    let Some(folder) = name else {
        report.data(args::page(Name::Init, report.voice));
        return Ok(SUCCESS);
    };
    let named = matches!(folder.components().next_back(), Some(Component::Normal(_)));
    if !named || folder.as_os_str().as_encoded_bytes().starts_with(b"-") {
        return Err(Error::Name { name: folder.display().to_string() });
    }
    fs_err::create_dir(folder).map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Exists { file: folder.display().to_string() },
        _ => Error::Io { source },
    })?;
    report.line(phrase(Phrase::Made, report.voice));
    for (name, text) in [("hallo.plats", PROGRAM), ("LEESMIJ.md", README)] {
        let file = folder.join(name);
        files::replace(&file, text)?;
        report.line(&format!("  {}", file.display()));
    }
    let program = folder.join("hallo.plats").display().to_string();
    report.line(&phrase(Phrase::Next, report.voice).replace("{}", &program));
    Ok(SUCCESS)
}
