//! What the environment says. No other file of this crate reads environment variables.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::Host;

/// The variable that names the folder of packs.
pub(crate) const DIALECTS: &str = "VLAAMSCODEX_DIALECTS_DIR";

/// Everything that is neither typed nor in a file.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// What [`DIALECTS`] names.
    pub(crate) dialects: Option<PathBuf>,
    /// This program, with links followed.
    pub(crate) program: Option<PathBuf>,
    /// Where the user stands.
    pub(crate) folder: Option<PathBuf>,
    /// What the caller knows.
    pub(crate) host: Host,
    /// PATH, as it is.
    pub(crate) search: OsString,
}

impl Settings {
    /// Reads the environment.
    pub(crate) fn read(host: &Host) -> Self {
        Self {
            dialects: env::var_os(DIALECTS).filter(|value| !value.is_empty()).map(PathBuf::from),
            program: env::current_exe().and_then(fs_err::canonicalize).ok(),
            folder: env::current_dir().ok(),
            host: host.clone(),
            search: env::var_os("PATH").unwrap_or_default(),
        }
    }

    /// The options of a translation, by the variables that `dialect` names.
    pub(crate) fn dialect_options() -> dialect::Options {
        dialect::Options::from_environment(|name| env::var(name).ok())
    }

    /// The folders in which programs are looked for.
    pub(crate) fn search(&self) -> impl Iterator<Item = PathBuf> {
        env::split_paths(&self.search).filter(|folder| folder.is_absolute())
    }

    /// The folder of this program: the `bin` of an environment, when it is installed in one.
    pub(crate) fn beside(&self) -> Option<&Path> {
        self.program.as_deref().and_then(Path::parent)
    }
}
