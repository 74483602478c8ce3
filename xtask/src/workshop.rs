//! Where our commands work: their folders, their interpreters, and the environment that their processes see.

pub(crate) mod environment;
pub(crate) mod interpreters;

use std::cell::OnceCell;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context as _, bail};
use xshell::{Cmd, Shell};

use self::environment::Environment;
use self::interpreters::Interpreter;
use crate::say::note;

/// A phase could not be run, which is not its fault.
#[derive(Debug)]
pub(crate) struct NotRun(pub(crate) String);

impl NotRun {
    /// Ends a phase with the reason why it cannot run.
    pub(crate) fn because<T>(reason: impl Into<String>) -> anyhow::Result<T> {
        Err(Self(reason.into()).into())
    }
}

impl std::fmt::Display for NotRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotRun {}

/// What the phases share.
pub(crate) struct Workshop {
    /// The folder of the workspace.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever it is configured to be.
    pub(crate) target: PathBuf,
    /// Our own folder in it.
    pub(crate) folder: PathBuf,
    shell: Shell,
    given: Vec<Interpreter>,
    clean: OnceCell<Option<Environment>>,
    wheel: OnceCell<Option<PathBuf>>,
}

impl Workshop {
    /// Makes the folders and asks the given interpreters.
    pub(crate) fn open(root: PathBuf, given: &[PathBuf]) -> anyhow::Result<Self> {
        let program = env::current_exe().context("cannot find the running program")?;
        // <target>/<profile>/xtask
        let target = program.ancestors().nth(2).context("the running program is not in a target folder")?.to_path_buf();
        let folder = target.join("xtask");
        let home = folder.join("home");
        if home.exists() {
            fs_err::remove_dir_all(&home)?;
        }
        fs_err::create_dir_all(&home)?;
        let shell = Shell::new()?;
        shell.change_dir(&root);
        let given = given.iter().map(|path| interpreters::given(path)).collect::<anyhow::Result<_>>()?;
        Ok(Self { root, target, folder, shell, given, clean: OnceCell::new(), wheel: OnceCell::new() })
    }

    /// The interpreter of the phases that use one.
    pub(crate) fn interpreter(&self) -> anyhow::Result<Interpreter> {
        match self.given.first().cloned().or_else(interpreters::default) {
            Some(interpreter) => Ok(interpreter),
            None => NotRun::because(
                "no CPython 3.10 or newer with its header files is on PATH; install python3-dev, or give one with --python",
            ),
        }
    }

    /// The phases of the matrix by name, each with its interpreter if there is one.
    pub(crate) fn matrix(&self) -> Vec<(String, Option<Interpreter>)> {
        let mut found = interpreters::all(&self.given);
        let mut phases: Vec<_> =
            interpreters::MATRIX.map(|minor| (format!("matrix-3.{minor}"), found.remove(&minor))).collect();
        // What is left was given on the command line.
        phases.extend(found.into_iter().map(|(minor, it)| (format!("matrix-3.{minor}"), Some(it))));
        phases
    }

    /// The environment of `python` and `stories`; it is made once, and a failure is reported once.
    pub(crate) fn clean_environment(
        &self,
        make: impl FnOnce() -> anyhow::Result<Environment>,
    ) -> anyhow::Result<&Environment> {
        once(&self.clean, make, "its environment could not be made, see above")
    }

    /// The wheel of the matrix; it is built once, and a failure is reported once.
    pub(crate) fn wheel(&self, build: impl FnOnce() -> anyhow::Result<PathBuf>) -> anyhow::Result<&PathBuf> {
        once(&self.wheel, build, "the wheel could not be built, see above")
    }

    /// Cargo: the one that runs us, without another way through a version manager.
    pub(crate) fn cargo(&self) -> Cmd<'_> {
        self.program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Builds the `pyxide` command, and beside it the example and `plats`, and returns the command's path.
    pub(crate) fn build_program(&self) -> anyhow::Result<PathBuf> {
        let packages = ["--package", "cli", "--package", "example-host", "--package", "plats", "--bins"];
        run(self.cargo().arg("build").args(packages).arg("--locked"))?;
        Ok(self.target.join("debug").join("pyxide"))
    }

    /// A program without what the caller's environment would change about a test.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Cmd<'_> {
        let mut command = self.shell.cmd(Path::new(program.as_ref())).quiet();
        for (name, _) in env::vars_os().filter(|(name, _)| is_cleared(name)) {
            command = command.env_remove(name);
        }
        match library_path(&self.target, &rustup_home()) {
            Some(path) => command.env("LD_LIBRARY_PATH", path),
            None => command.env_remove("LD_LIBRARY_PATH"),
        }
    }

    /// Gives a command the home folder of this run, which was empty when the run began.
    ///
    /// What tools keep in a home folder by default is named, so that it is found where it was, and pip's downloads are
    /// kept between runs.
    pub(crate) fn at_home<'a>(&self, command: Cmd<'a>) -> Cmd<'a> {
        let mut command = command
            .env("HOME", self.folder.join("home"))
            .env("CARGO_HOME", set_or_below_home("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", rustup_home());
        if env::var_os("PIP_CACHE_DIR").is_none() {
            command = command.env("PIP_CACHE_DIR", self.folder.join("pip-cache"));
        }
        let pyenv = set_or_below_home("PYENV_ROOT", ".pyenv");
        if pyenv.is_dir() { command.env("PYENV_ROOT", pyenv) } else { command }
    }
}

/// Shows a command and runs it.
pub(crate) fn run(command: Cmd<'_>) -> anyhow::Result<()> {
    let shown = command.to_string();
    let status = status(command)?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Shows a command, runs it, and tells how it ended.
pub(crate) fn status(command: Cmd<'_>) -> anyhow::Result<ExitStatus> {
    let shown = command.to_string();
    note(format_args!("$ {shown}"));
    Command::from(command).status().with_context(|| format!("cannot start `{shown}`"))
}

/// Makes something at most once; who asks again after a failure was not run for that reason.
fn once<'a, T>(
    cell: &'a OnceCell<Option<T>>,
    make: impl FnOnce() -> anyhow::Result<T>,
    reason: &str,
) -> anyhow::Result<&'a T> {
    let mut failure = None;
    let result = cell.get_or_init(|| make().map_err(|error| failure = Some(error)).ok());
    match (result, failure) {
        (Some(value), _) => Ok(value),
        (None, Some(failure)) => Err(failure),
        (None, None) => NotRun::because(reason),
    }
}

/// Whether a variable of the caller is kept from what we start.
fn is_cleared(name: &OsStr) -> bool {
    const CLEARED: &[&str] = &[
        "PYTHONPATH",
        "PYTHONHOME",
        "VIRTUAL_ENV",
        "CC",
        "CXX",
        "CFLAGS",
        "CXXFLAGS",
        "CPPFLAGS",
        "LDFLAGS",
        "XDG_CACHE_HOME",
    ];
    name.to_str().is_some_and(|name| name.starts_with("PYXIDE_") || CLEARED.contains(&name))
}

/// The caller's library path without the folders that `cargo run` put into it for us.
fn library_path(target: &Path, rustup: &Path) -> Option<OsString> {
    let path = env::var_os("LD_LIBRARY_PATH")?;
    let kept: Vec<_> =
        env::split_paths(&path).filter(|it| !it.starts_with(target) && !it.starts_with(rustup)).collect();
    if kept.is_empty() { None } else { env::join_paths(kept).ok() }
}

fn rustup_home() -> PathBuf {
    set_or_below_home("RUSTUP_HOME", ".rustup")
}

/// The folder that a variable names, or the default below the caller's home.
fn set_or_below_home(variable: &str, default: &str) -> PathBuf {
    env::var_os(variable).map_or_else(|| env::home_dir().unwrap_or_default().join(default), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_change_tests_are_cleared() {
        for name in ["PYXIDE_CACHE_DIR", "PYTHONPATH", "CC", "LDFLAGS", "XDG_CACHE_HOME"] {
            assert!(is_cleared(OsStr::new(name)), "{name}");
        }
        for name in ["PATH", "PIP_CERT", "SSL_CERT_FILE", "CARGO_HOME", "HTTPS_PROXY"] {
            assert!(!is_cleared(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn a_failure_is_reported_once() {
        let cell: OnceCell<Option<()>> = OnceCell::new();
        let first = once(&cell, || bail!("broken"), "see above").unwrap_err();
        assert!(!first.is::<NotRun>());
        let second = once(&cell, || Ok(()), "see above").unwrap_err();
        assert!(second.is::<NotRun>());
    }
}
