//! The interpreter as an importer: it replaces this process, imports the module, and prints what an expression gives.

use std::{convert::Infallible, ffi::OsString, io, os::unix::process::CommandExt as _, path::Path, process::Command};

use pyxide::{Importer, Sources, Verified};

use crate::RAISED;

const SCRIPT: &str = include_str!("runner.py");

/// What to do with the module once it is imported.
#[derive(Debug)]
pub(crate) struct Runner<'a> {
    pub(crate) python: &'a Path,
    pub(crate) source: &'a Path,
    pub(crate) call: Option<&'a str>,
    pub(crate) json: bool,
}

impl Importer for Runner<'_> {
    /// There is none here: when the import begins, this program has ended.
    type Module = Infallible;
    type Error = io::Error;

    fn import(&mut self, verified: &Verified) -> Result<Infallible, io::Error> {
        let call: [OsString; 2] = match self.call {
            Some(expression) => ["call".into(), expression.into()],
            None => ["import".into(), OsString::new()],
        };
        let sources = verified.sources().iter().flat_map(|(name, path)| [name.as_ref(), path.as_os_str()]);
        // Signals, streams and the exit code are then the interpreter's own.
        Err(Command::new(self.python)
            .args(["-c", SCRIPT, verified.module().as_str()])
            .arg(verified.path())
            .arg(self.source)
            .arg(if self.json { "json" } else { "text" })
            .arg(RAISED.to_string())
            .args(call)
            .arg(Sources::LOADER_STATE)
            .args(sources)
            .exec())
    }
}
