//! The Python side of a fingerprint: interpreter, Cython, NumPy.

use std::{ffi::OsString, path::PathBuf, process::Command};

use serde::{Deserialize, Serialize};

use crate::{
    Error, Refusal,
    error::INTERPRETER,
    talk::{Listener, talk},
};

const SCRIPT: &str = include_str!("probe.py");

/// Which interpreter is asked about, and where it looks for packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterpreterQuery {
    /// The interpreter as it is started; in a virtual environment, that environment's own `python`.
    pub executable: PathBuf,
    /// Where Cython and NumPy are looked for.
    pub search_path: SearchPath,
}

/// Where an interpreter looks for packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchPath {
    /// Exactly here: the `sys.path` of a running interpreter.
    Given(Vec<PathBuf>),
    /// Where the interpreter itself looks when it is started with these environment variables.
    Own(Vec<(OsString, OsString)>),
}

/// What an interpreter said about itself and its packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Python {
    /// The interpreter.
    pub interpreter: Interpreter,
    /// The Cython on its search path.
    pub cython: Option<Cython>,
    /// The NumPy on its search path.
    pub numpy: Option<NumPy>,
}

/// An interpreter that extension modules can be built for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// The program.
    pub executable: PathBuf,
    /// The program that its virtual environment was made with, or the same again.
    pub base_executable: PathBuf,
    /// Its kind: `cpython`.
    pub implementation: String,
    /// Major and minor version: what decides the C interface.
    pub version: (u16, u16),
    /// The version in full, for people.
    pub full_version: String,
    /// `SOABI`, for example `cpython-311-x86_64-linux-gnu`.
    pub soabi: String,
    /// `EXT_SUFFIX`, for example `.cpython-311-x86_64-linux-gnu.so`.
    pub extension_suffix: String,
    /// Whether it was built with `Py_DEBUG`.
    pub debug: bool,
    /// Whether it was built without the global lock.
    pub free_threaded: bool,
    /// `sysconfig.get_platform()`, for example `linux-x86_64`.
    pub platform: String,
    /// The C library and its version, for example `glibc 2.36`; empty where the system does not tell.
    pub libc: String,
    /// Compiler flags of the interpreter's own build that change the meaning of code.
    pub abi_flags: Vec<String>,
    /// The folders of its C headers.
    pub include: Vec<PathBuf>,
    /// Whether `Python.h` is in one of them.
    pub has_headers: bool,
    /// Its shared library, for programs that have it inside them. Some builds have none.
    pub libpython: Option<PathBuf>,
    /// Where it is installed.
    pub prefix: PathBuf,
    /// Where it looks for packages.
    pub search_path: Vec<PathBuf>,
}

/// A Cython that can be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cython {
    /// The package's folder.
    pub folder: PathBuf,
    /// Its version.
    pub version: String,
}

/// A NumPy whose headers are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumPy {
    /// The package's folder.
    pub folder: PathBuf,
    /// Its version.
    pub version: String,
    /// The folder with `numpy/arrayobject.h`.
    pub include: PathBuf,
}

/// The probe's answer on the wire.
#[derive(Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
enum Answer {
    Interpreter {
        #[serde(flatten)]
        interpreter: Box<Interpreter>,
        cython: Option<Cython>,
        numpy: Option<NumPy>,
        witnesses: Vec<PathBuf>,
    },
    Refused {
        reason: Reason,
        #[serde(default)]
        version: String,
        #[serde(default)]
        implementation: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reason {
    TooOld,
    NotCpython,
}

impl Cython {
    /// Whether this version can be driven: 3.1 or newer.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        let mut numbers = self.version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (3, 1)
    }
}

/// Starts the interpreter and asks. Returns the answer and the files and folders that it rests on.
pub(crate) fn ask(query: &InterpreterQuery, listener: &Listener<'_>) -> Result<(Python, Vec<PathBuf>), Error> {
    let mut command = Command::new(&query.executable);
    // Python puts the current folder on its search path; in the root folder that finds nothing.
    command.current_dir("/").env_clear().env("PYTHONUTF8", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    match &query.search_path {
        SearchPath::Given(folders) => command.args(["-I", "-S", "-"]).args(folders),
        SearchPath::Own(variables) => command.envs(variables.iter().map(|(name, value)| (name, value))).arg("-"),
    };
    let output = talk(&mut command, SCRIPT.as_bytes(), listener)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
    match serde_json::from_str(line) {
        Ok(Answer::Interpreter { mut interpreter, cython, numpy, mut witnesses }) => {
            // The answer's own idea of its program may be empty or resolved; what was asked is what gets started.
            interpreter.executable.clone_from(&query.executable);
            witnesses.push(query.executable.clone());
            Ok((Python { interpreter: *interpreter, cython, numpy }, witnesses))
        }
        Ok(Answer::Refused { reason, version, implementation }) => Err(Error::Refused {
            path: query.executable.clone(),
            refusal: match reason {
                Reason::TooOld => Refusal::TooOld { version },
                Reason::NotCpython => Refusal::NotCpython { implementation },
            },
        }),
        Err(_) => {
            let all = format!("{text}{}", String::from_utf8_lossy(&output.stderr));
            let last = all.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it printed nothing");
            Err(Error::NoAnswer {
                program: query.executable.clone(),
                expected: INTERPRETER,
                output: last.chars().take(200).collect(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{find_program, programs::tests::script};

    #[test]
    fn cython_from_3_1() {
        let check = |version: &str| Cython { folder: PathBuf::new(), version: version.into() }.is_supported();
        assert!(["3.1", "3.1.0", "3.3.1", "3.10.0a1", "4.0"].into_iter().all(check));
        assert!(!["3.0.12", "3", "0.29.37", "", "next"].into_iter().any(check));
    }

    #[test]
    fn a_program_that_is_no_interpreter_is_named() {
        let query = InterpreterQuery { executable: "/bin/echo".into(), search_path: SearchPath::Given(vec![]) };
        let error = ask(&query, &Listener::to_interpreter(&|| false)).unwrap_err();
        assert!(error.to_string().starts_with("`/bin/echo` does not answer as a Python interpreter"), "{error}");
    }

    #[test]
    fn an_interpreter_that_hangs_can_be_left() {
        let folder = tempfile::tempdir().unwrap();
        let executable = script(folder.path(), "python", "#!/bin/sh\nexec sleep 1000\n");
        let query = InterpreterQuery { executable, search_path: SearchPath::Given(vec![]) };
        assert!(matches!(ask(&query, &Listener::to_interpreter(&|| true)), Err(Error::Cancelled)));
    }

    #[test]
    fn the_shared_library_is_named_when_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libpython3.so.1.0");
        // The interpreter as it would be had it been built for this folder.
        let customized = format!(
            "import sys, sysconfig\nsys.base_prefix = '/nonexistent'\n\
             sysconfig.get_config_vars().update(LIBDIR={:?}, LIBPL='', LDLIBRARY='libpython3.a', INSTSONAME={:?})\n",
            folder.path(),
            "libpython3.so.1.0",
        );
        fs_err::write(folder.path().join("sitecustomize.py"), customized).unwrap();
        let search_path = SearchPath::Own(vec![("PYTHONPATH".into(), folder.path().into())]);
        let executable = find_program("python3".as_ref(), &std::env::var_os("PATH").unwrap()).unwrap();
        let query = InterpreterQuery { executable, search_path };
        let ask = || ask(&query, &Listener::to_interpreter(&|| false)).unwrap();
        let (python, witnesses) = ask();
        assert_eq!(python.interpreter.libpython, None);
        assert!(witnesses.contains(&library), "installing it is noticed: {witnesses:?}");
        fs_err::write(&library, "").unwrap();
        assert_eq!(ask().0.interpreter.libpython, Some(library));
    }

    #[test]
    fn what_an_interpreter_imports_as_it_starts_is_a_witness() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sitecustomize.py");
        let search_path = SearchPath::Own(vec![("PYTHONPATH".into(), folder.path().into())]);
        let executable = find_program("python3".as_ref(), &std::env::var_os("PATH").unwrap()).unwrap();
        let query = InterpreterQuery { executable, search_path };
        let ask = || ask(&query, &Listener::to_interpreter(&|| false)).unwrap().1;
        assert!(ask().contains(&file), "the place where it would be");
        // Its own folder leaves the search path, so only the module itself can say where it is.
        fs_err::write(&file, "import sys\nsys.path.pop(0)\n").unwrap();
        let witnesses = ask();
        assert!(witnesses.contains(&file), "{witnesses:?}");
    }
}
