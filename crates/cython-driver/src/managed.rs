//! A Cython of our own, for interpreters that have none.
//!
//! What is installed is pinned by version and by digest in `data/toolchain/`, one file per minor version of Python. pip
//! checks the digests. Nothing is installed into the interpreter's own environment.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
};

use fingerprint::Interpreter;

/// The pinned requirements for a minor version of Python.
pub fn requirements(version: (u16, u16)) -> Option<&'static str> {
    Some(match version {
        (3, 10) => include_str!("../../../data/toolchain/cython-3.10.txt"),
        (3, 11) => include_str!("../../../data/toolchain/cython-3.11.txt"),
        (3, 12) => include_str!("../../../data/toolchain/cython-3.12.txt"),
        (3, 13) => include_str!("../../../data/toolchain/cython-3.13.txt"),
        (3, 14) => include_str!("../../../data/toolchain/cython-3.14.txt"),
        _ => return None,
    })
}

/// Why no Cython could be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// No version was pinned for this Python.
    #[error("no Cython is pinned for Python {}.{}", .0.0, .0.1)]
    NotPinned((u16, u16)),
    /// The interpreter has no pip.
    #[error("`{python}` has no pip to install Cython with")]
    NoPip {
        /// The interpreter.
        python: String,
    },
    /// pip failed.
    #[error("pip could not install Cython: {output}")]
    Pip {
        /// Its last words.
        output: String,
    },
    /// The file system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

/// Installs the pinned Cython for `interpreter` into the existing, empty `folder`, where the package is importable afterwards.
///
/// pip gets the caller's environment, because proxies, indexes and certificates are set there.
///
/// # Errors
/// [`InstallError::NoPip`] when the interpreter has none, [`InstallError::Pip`] with pip's reason, for example that there is no network.
pub fn install_cython(interpreter: &Interpreter, folder: &Path) -> Result<(), InstallError> {
    let pinned = requirements(interpreter.version).ok_or(InstallError::NotPinned(interpreter.version))?;
    let list = folder.join("requirements.txt");
    fs_err::write(&list, pinned).map_err(|source| InstallError::Io { action: "write the requirements", source })?;
    let output = Command::new(&interpreter.executable)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"])
        .args(["--only-binary=:all:", "--require-hashes", "--no-warn-script-location", "--target"])
        .arg(folder)
        .arg("--requirement")
        .arg(&list)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| InstallError::Io { action: "start the interpreter", source })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    if text.contains("No module named pip") {
        return Err(InstallError::NoPip { python: interpreter.executable.display().to_string() });
    }
    let errors: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("ERROR: ")).collect();
    let output = if errors.is_empty() { text.trim().to_owned() } else { errors.join("; ") };
    Err(InstallError::Pip { output })
}
