//! A Cython of our own, for interpreters that have none.
//!
//! What is installed is pinned by version and by digest in `data/toolchain/`, one file per minor version of Python. pip
//! checks the digests. Nothing is installed into the interpreter's own environment.

use std::{
    io,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fingerprint::Interpreter;

/// How often it is asked whether an installation is still wanted.
const TICK: Duration = Duration::from_millis(20);

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
    #[error("`{python}` has no pip, and there is no uv")]
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
    /// The caller cancelled.
    #[error("the installation was cancelled")]
    Cancelled,
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
/// It takes the interpreter's pip, else the one of the interpreter that its virtual environment was made with, else uv.
/// They get the caller's environment, because proxies, indexes and certificates are set there. `cancelled` is asked every
/// few milliseconds; `true` ends the installer.
///
/// # Errors
/// [`InstallError::NoPip`] when there is none of them, [`InstallError::Pip`] with pip's reason, for example that there is no network.
pub fn install_cython(
    interpreter: &Interpreter,
    folder: &Path,
    cancelled: &dyn Fn() -> bool,
) -> Result<(), InstallError> {
    let pinned = requirements(interpreter.version).ok_or(InstallError::NotPinned(interpreter.version))?;
    let list = folder.join("requirements.txt");
    fs_err::write(&list, pinned).map_err(io("write the requirements"))?;
    for mut installer in installers(interpreter) {
        installer.args(["--no-deps", "--only-binary=:all:", "--require-hashes", "--target"]).arg(folder);
        let log = folder.join("installer.log");
        let stderr = fs_err::File::create(&log).map_err(io("write the installer's log"))?;
        installer.arg("--requirement").arg(&list);
        installer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr.into_parts().0);
        let succeeded = match installer.spawn() {
            Ok(mut child) => wait(&mut child, cancelled)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(InstallError::Io { action: "start the installer", source }),
        };
        let text = fs_err::read(&log).map_err(io("read the installer's log"))?;
        let text = String::from_utf8_lossy(&text);
        if succeeded {
            return fs_err::remove_file(&log).map_err(io("remove the installer's log"));
        }
        if !text.contains("No module named pip") {
            return Err(InstallError::Pip { output: reason(&text) });
        }
    }
    Err(InstallError::NoPip { python: interpreter.executable.display().to_string() })
}

fn io(action: &'static str) -> impl Fn(io::Error) -> InstallError {
    move |source| InstallError::Io { action, source }
}

/// Waits until a child ends, or ends it.
fn wait(child: &mut Child, cancelled: &dyn Fn() -> bool) -> Result<bool, InstallError> {
    loop {
        if let Some(status) = child.try_wait().map_err(io("wait for the installer"))? {
            return Ok(status.success());
        }
        if cancelled() {
            // It has no children of its own that would live on.
            child.kill().and_then(|()| child.wait()).map_err(io("end the installer"))?;
            return Err(InstallError::Cancelled);
        }
        std::thread::sleep(TICK);
    }
}

/// The programs that can install packages for an interpreter, in the order in which they are tried.
fn installers(interpreter: &Interpreter) -> Vec<Command> {
    let pip = |python: &Path| {
        let mut command = Command::new(python);
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        command.arg("--no-warn-script-location");
        command
    };
    let mut uv = Command::new("uv");
    uv.args(["pip", "install", "--quiet", "--python"]).arg(&interpreter.executable);
    vec![pip(&interpreter.executable), pip(&interpreter.base_executable), uv]
}

/// What pip says went wrong, without what it did before.
fn reason(text: &str) -> String {
    let errors: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("ERROR: ")).collect();
    if errors.is_empty() { text.trim().to_owned() } else { errors.join("; ") }
}
