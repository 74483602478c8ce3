//! Python environments of our own, kept below `target/xtask/envs` for the next run.
//!
//! An environment is remembered by a stamp, the text that it was made from: interpreter, version, requirements. The
//! stamp is written last, so one that was interrupted is made anew, and so is one whose stamp differs.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use xshell::Cmd;

use super::interpreters::Interpreter;
use super::{NotRun, Workshop, run, status};

const STAMP: &str = "xtask-stamp.txt";

/// A Python environment.
pub(crate) struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The environment of this name, and whether it is new.
    ///
    /// Whoever gets a new one fills it and then calls [`Environment::finish`] with the same `stamp`.
    pub(crate) fn open(
        workshop: &Workshop,
        name: &str,
        interpreter: &Interpreter,
        stamp: &str,
    ) -> anyhow::Result<(Self, bool)> {
        let folder = workshop.folder.join("envs").join(name);
        let environment = Self { folder };
        let known = fs_err::read_to_string(environment.folder.join(STAMP)).is_ok_and(|known| known == stamp);
        if known && environment.python().exists() {
            return Ok((environment, false));
        }
        if environment.folder.exists() {
            fs_err::remove_dir_all(&environment.folder)?;
        }
        create(workshop, interpreter, &environment.folder)?;
        Ok((environment, true))
    }

    /// Remembers that the environment is complete.
    pub(crate) fn finish(&self, stamp: &str) -> anyhow::Result<()> {
        Ok(fs_err::write(self.folder.join(STAMP), stamp)?)
    }

    /// Its interpreter.
    pub(crate) fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// `python -m pip` of this environment, as quiet as it can be.
    pub(crate) fn pip<'a>(&self, workshop: &'a Workshop, command: &str) -> Cmd<'a> {
        workshop.program(self.python()).args(["-m", "pip", command, "--quiet", "--disable-pip-version-check"])
    }
}

/// The text that an environment is made from.
pub(crate) fn stamp(interpreter: &Interpreter, texts: &[&str]) -> String {
    let mut stamp = format!("{} {}\n", interpreter.executable.display(), interpreter.version);
    for text in texts {
        stamp.push_str("--\n");
        stamp.push_str(text);
    }
    stamp
}

/// Makes an empty environment with pip in it, by whichever tool there is.
fn create(workshop: &Workshop, interpreter: &Interpreter, folder: &Path) -> anyhow::Result<()> {
    let python = &interpreter.executable;
    // Some distributions have the module without what it needs, so it is not enough that `venv` can be imported.
    let complete = workshop.program(python).args(["-I", "-c", "import venv, ensurepip"]);
    if complete.ignore_stderr().ignore_status().output()?.status.success() {
        return run(workshop.program(python).args(["-I", "-m", "venv"]).arg(folder));
    }
    let exists = |tool: &str| workshop.program(tool).arg("--version").ignore_stdout().ignore_stderr().run().is_ok();
    if exists("uv") {
        return run(workshop.program("uv").args(["venv", "--quiet", "--seed", "--python"]).arg(python).arg(folder));
    }
    if exists("virtualenv") {
        return run(workshop.program("virtualenv").args(["--quiet", "--python"]).arg(python).arg(folder));
    }
    NotRun::because(format!("`{}` cannot make environments; install python3-venv, uv or virtualenv", python.display()))
}

/// Runs pytest on a folder of tests; a folder without tests is not run.
pub(crate) fn pytest(
    workshop: &Workshop,
    environment: &Environment,
    folder: &str,
    except: &[&str],
    pyxide: Option<&Path>,
    full: bool,
) -> anyhow::Result<()> {
    let python = environment.python();
    let example = pyxide.map(|pyxide| pyxide.with_file_name("example-host"));
    let mut variables = vec![("PYXIDE_TEST_PYTHON", python.as_path())];
    variables.extend(pyxide.map(|pyxide| ("PYXIDE_BIN", pyxide)));
    variables.extend(example.as_deref().map(|example| ("PYXIDE_EXAMPLE_HOST", example)));
    variables.extend(full.then_some(("PYXIDE_TEST_FULL", Path::new("1"))));
    pytest_with(workshop, environment, folder, except, &variables)
}

/// The same with other variables.
pub(crate) fn pytest_with(
    workshop: &Workshop,
    environment: &Environment,
    folder: &str,
    except: &[&str],
    variables: &[(&str, &Path)],
) -> anyhow::Result<()> {
    const NO_TESTS: i32 = 5;
    const MOST_WORKERS: usize = 4;
    if !workshop.root.join(folder).is_dir() {
        return NotRun::because(format!("there is no `{folder}`"));
    }
    // Builds wait for a compiler that uses one processor; tests lie in folders of their own, so that several can run at once.
    let workers = available_parallelism().map_or(1, NonZero::get).min(MOST_WORKERS).to_string();
    let mut command = workshop.program(environment.python()).args(["-m", "pytest", "-q", folder]);
    command = command.args(["-n", &workers, "--dist", "worksteal"]);
    command = command.args(except.iter().map(|name| format!("--ignore={folder}/{name}")));
    for (name, path) in variables {
        command = command.env(name, path);
    }
    let command = workshop.at_home(command);
    let status = status(command)?;
    match status.code() {
        Some(0) => Ok(()),
        Some(NO_TESTS) => NotRun::because(format!("there are no tests in `{folder}`")),
        _ => anyhow::bail!("pytest on `{folder}` ended with {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_everything() {
        let interpreter = super::super::interpreters::given(Path::new("python3"));
        // A machine without Python has nothing to remember.
        if let Ok(interpreter) = interpreter {
            let one = stamp(&interpreter, &["a", "b"]);
            assert!(one.contains(&interpreter.version));
            assert_ne!(one, stamp(&interpreter, &["ab"]));
            assert_ne!(one, stamp(&interpreter, &["a", "c"]));
        }
    }
}
