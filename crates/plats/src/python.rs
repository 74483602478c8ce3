//! The interpreters that run programs: which one, and how it is handed what to do.

mod repl;

use std::{
    convert::Infallible,
    ffi::{OsStr, OsString},
    io::{Seek as _, SeekFrom, Write as _},
    os::{fd::AsFd, fd::AsRawFd as _, unix::process::CommandExt as _},
    path::{Path, PathBuf, absolute},
    process::{Command, Stdio},
};

use serde_json::Value;

pub(crate) use self::repl::{Answer, Worker};
use crate::{Error, args::PythonOptions, settings::Settings, source::Source};

/// The first script of each pair is what both share.
const RUN: &str = concat!(include_str!("python/trace.py"), include_str!("python/run.py"));
const REPL: &str = concat!(include_str!("python/trace.py"), include_str!("python/repl.py"));
const PROBE: &str = include_str!("python/probe.py");

/// The interpreter to use: the one that is named, the caller's, the one beside this program, the first on PATH.
pub(crate) fn find(options: &PythonOptions, settings: &Settings) -> Result<PathBuf, Error> {
    if let Some(named) = &options.python {
        return Ok(named.clone());
    }
    if let Some(caller) = &settings.host.interpreter {
        return Ok(caller.clone());
    }
    let beside = settings.beside().into_iter().flat_map(|folder| ["python3", "python"].map(|name| folder.join(name)));
    let on_path = settings.search().map(|folder| folder.join("python3"));
    beside.chain(on_path).find(|program| is_program(program)).ok_or(Error::NoPython)
}

/// Replaces this process by an interpreter that runs a program. Only failing to do so comes back.
pub(crate) fn run(
    interpreter: &Path,
    source: &Source,
    python: &str,
    arguments: &[OsString],
) -> Result<Infallible, Error> {
    let failed = |source| Error::Io { source };
    let mut file = tempfile::tempfile().map_err(failed)?;
    file.write_all(source.text.as_bytes()).map_err(failed)?;
    file.write_all(python.as_bytes()).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    hand_down(&file).map_err(failed)?;
    let name: &OsStr = source.path.as_deref().map_or(OsStr::new(&source.name), Path::as_os_str);
    // As `python FILE` does it: what lies beside the program can be imported.
    let folder = source.path.as_deref().and_then(|path| absolute(path).ok()?.parent().map(Path::to_owned));
    let error = Command::new(interpreter)
        .args(["-c", RUN, &file.as_raw_fd().to_string(), &source.text.len().to_string()])
        .arg(name)
        .arg(folder.unwrap_or_default())
        .args(arguments)
        .exec();
    Err(Error::Start { program: interpreter.to_owned(), source: error })
}

/// What an interpreter says about itself and what is installed for it.
pub(crate) fn probe(interpreter: &Path) -> Result<Value, Error> {
    let mut command = Command::new(interpreter);
    let output = command.args(["-c", PROBE]).stdin(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.map_err(|source| Error::Start { program: interpreter.to_owned(), source })?;
    let ended = |status: String| Error::Ended { program: interpreter.to_owned(), status };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(ended(format!("{}, {}", output.status, said.trim().lines().last().unwrap_or_default())));
    }
    // Hooks of others may print at startup, so the answer is the last line.
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.trim().lines().last().unwrap_or_default()).map_err(|error| ended(error.to_string()))
}

/// Lets programs that this process becomes or starts keep a file open.
fn hand_down(file: impl AsFd) -> std::io::Result<()> {
    Ok(rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty())?)
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Host;

    #[test]
    fn the_nearest_interpreter_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let bin = root.path().join("bin");
        fs_err::create_dir(&bin).unwrap();
        let named = PythonOptions { python: Some("named".into()) };
        let nobody = PythonOptions { python: None };
        let mut settings = Settings { program: Some(bin.join("plats")), ..Settings::default() };
        assert!(matches!(find(&nobody, &settings), Err(Error::NoPython)));

        fs_err::write(bin.join("python3"), "").unwrap();
        assert!(matches!(find(&nobody, &settings), Err(Error::NoPython)), "it cannot be run");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs_err::set_permissions(bin.join("python3"), executable).unwrap();
        assert_eq!(find(&nobody, &settings).unwrap(), bin.join("python3"));

        settings.host = Host { interpreter: Some("caller".into()), packs: None };
        assert_eq!(find(&nobody, &settings).unwrap(), Path::new("caller"));
        assert_eq!(find(&named, &settings).unwrap(), Path::new("named"));
    }
}
