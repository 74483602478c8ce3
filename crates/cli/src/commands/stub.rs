//! `pyxide stub`

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use pyxide::{DESCRIBE, Error, Importer, Patience, Session, Sources, Verified};
use serde_json::json;

use crate::{
    RAISED, SUCCESS,
    args::BuildOptions,
    commands::build::request,
    report::{Report, text},
    signals::Signals,
};

/// Imports a module, whatever that prints, and says what is in it.
const SCRIPT: &str = include_str!("stub.py");

/// The interpreter as an importer: a module is what is in it.
struct Describer<'a> {
    python: &'a Path,
    source: &'a Path,
}

/// Builds `file` if needed, and writes the types of what is in it.
pub(crate) fn stub(
    session: &Session,
    report: &Report,
    signals: &Signals,
    file: &Path,
    output: Option<&Path>,
    options: &BuildOptions,
) -> Result<u8, Error> {
    let (observe, cancelled) = (|event| report.event(event), || report.is_cancelled(signals));
    let built = session.build(&request(file, options)?, &Patience { observe: &observe, cancelled: &cancelled });
    report.end_progress();
    let built = built?;
    let mut describer = Describer { python: &session.settings().interpreter.executable, source: file };
    let stub = match built.verified.load(&mut describer) {
        Ok(stub) => stub,
        // The interpreter has said what was raised.
        Err(error) => {
            report.failure("load", &pyxide::chain(&error), None);
            return Ok(RAISED);
        }
    };
    let path = output.map(|path| place(path, built.verified.module().last()));
    match &path {
        Some(path) => {
            fs_err::write(path, &stub).map_err(|source| Error::Io { action: "write the stub", source })?;
            report.line(&path.display().to_string());
        }
        None => report.line(stub.trim_end()),
    }
    report.object(
        "stub",
        json!({ "file": text(file), "module": built.verified.module(), "key": built.verified.key(), "path": path.as_deref().map(text), "text": stub }),
    );
    Ok(SUCCESS)
}

/// Where to write: in a folder, as what type checkers look for.
fn place(path: &Path, module: &str) -> PathBuf {
    if path.is_dir() { path.join(format!("{module}.pyi")) } else { path.to_owned() }
}

impl Importer for Describer<'_> {
    type Module = String;
    type Error = io::Error;

    fn import(&mut self, verified: &Verified) -> io::Result<String> {
        let sources = verified.sources().iter().flat_map(|(name, path)| [name.as_ref(), path.as_os_str()]);
        let output = Command::new(self.python)
            .args(["-c", &format!("{DESCRIBE}\n{SCRIPT}"), verified.module().as_str()])
            .arg(verified.path())
            .arg(self.source)
            .arg(Sources::LOADER_STATE)
            .args(sources)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!("the interpreter ended with {}", output.status)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        pyxide::stub(&text).map_err(io::Error::other)
    }
}
