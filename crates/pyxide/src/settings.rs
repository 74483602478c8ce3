//! What the environment says. No other file reads environment variables.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    time::Duration,
};

use fingerprint::{InterpreterQuery, SearchPath, find_program};
use lock_dir::Wait;

use crate::Error;

/// An environment variable and its meaning, for reference pages.
#[derive(Debug, Clone, Copy)]
pub struct VariableDoc {
    /// Its name.
    pub name: &'static str,
    /// Its meaning, as one sentence.
    pub meaning: &'static str,
}

/// The environment variables that are read.
pub const SETTINGS: &[VariableDoc] = &[
    VariableDoc {
        name: "PYXIDE_CACHE_DIR",
        meaning: "The cache's folder; else `pyxide` in XDG_CACHE_HOME, else in ~/.cache.",
    },
    VariableDoc {
        name: "PYXIDE_PYTHON",
        meaning: "The interpreter of the command-line tool, unless `--python` names one.",
    },
    VariableDoc {
        name: "PYXIDE_NO_BUILD",
        meaning: "Set to 1: only what is in the cache is used, nothing is built or installed.",
    },
    VariableDoc { name: "PYXIDE_SALT", meaning: "Any text; builds made under one are not used under another." },
    VariableDoc { name: "CC", meaning: "The C compiler: a program, possibly with arguments." },
    VariableDoc { name: "CXX", meaning: "The C++ compiler: a program, possibly with arguments." },
    VariableDoc { name: "CFLAGS", meaning: "Arguments of the compiler, before those of the request." },
    VariableDoc { name: "CPPFLAGS", meaning: "Arguments of the compiler, after CFLAGS." },
    VariableDoc { name: "LDFLAGS", meaning: "Arguments of the linker, before those of the request." },
    VariableDoc {
        name: "VIRTUAL_ENV",
        meaning: "The active virtual environment, whose interpreter the command-line tool takes.",
    },
];

/// Variables that decide what an interpreter finds when it is started.
const PYTHON_VARIABLES: [&str; 7] =
    ["PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "PYTHONPLATLIBDIR", "HOME", "USERPROFILE"];

/// Everything a session needs to know that is not in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The cache's folder.
    pub root: PathBuf,
    /// The interpreter that will load the modules.
    pub interpreter: InterpreterQuery,
    /// Where compilers are looked for.
    pub path: OsString,
    /// The C compiler, if one is set.
    pub cc: Option<String>,
    /// The C++ compiler, if one is set.
    pub cxx: Option<String>,
    /// Arguments of the compiler.
    pub compile_args: Vec<String>,
    /// Arguments of the linker.
    pub link_args: Vec<String>,
    /// What tells builds of otherwise equal requests apart.
    pub salt: Option<String>,
    /// Whether something may be built.
    pub may_build: bool,
    /// Whether a Cython may be installed into the cache's folder when the interpreter has none.
    pub may_install_cython: bool,
    /// How long to wait for another process that builds the same.
    pub wait: Wait,
    /// How long one step of a build may take.
    pub limit: Option<Duration>,
}

impl Settings {
    /// Settings as the environment has them, with the interpreter and the cache's folder given or chosen by it.
    ///
    /// The interpreter is `python`, else `PYXIDE_PYTHON`, else the one of `VIRTUAL_ENV`, else `.venv/bin/python`, else
    /// `python3` or `python` on `PATH`.
    ///
    /// # Errors
    /// [`Error::Tools`] when no interpreter is found, [`Error::NoCacheFolder`] when there is no place for a cache.
    pub fn from_environment(python: Option<&Path>, root: Option<&Path>) -> Result<Self, Error> {
        let executable = match python {
            Some(python) => find_program(python.as_os_str(), &path())?,
            None => selected_interpreter()?,
        };
        let executable = std::path::absolute(fingerprint::resolve_script(&executable)?)
            .map_err(|source| Error::Io { action: "find the interpreter", source })?;
        let own = PYTHON_VARIABLES.iter().filter_map(|name| Some((name.into(), env::var_os(name)?)));
        let interpreter = InterpreterQuery { executable, search_path: SearchPath::Own(own.collect()) };
        Self::for_interpreter(interpreter, root)
    }

    /// Settings as the environment has them, for an interpreter that is already running.
    ///
    /// # Errors
    /// [`Error::NoCacheFolder`] when there is no place for a cache.
    pub fn for_interpreter(interpreter: InterpreterQuery, root: Option<&Path>) -> Result<Self, Error> {
        let words =
            |name: &str| text(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        Ok(Self {
            root: cache_folder(root)?,
            interpreter,
            path: path(),
            cc: text("CC"),
            cxx: text("CXX"),
            compile_args: [words("CFLAGS"), words("CPPFLAGS")].concat(),
            link_args: words("LDFLAGS"),
            salt: text("PYXIDE_SALT"),
            may_build: text("PYXIDE_NO_BUILD").is_none_or(|value| value == "0"),
            may_install_cython: true,
            wait: Wait::Forever,
            limit: None,
        })
    }

    /// Whether `PYXIDE_PYTHON` names an interpreter.
    pub fn names_an_interpreter() -> bool {
        text("PYXIDE_PYTHON").is_some()
    }

    /// The cache's folder: the one given, else `PYXIDE_CACHE_DIR`, else the platform's.
    ///
    /// # Errors
    /// [`Error::NoCacheFolder`] when there is no place for a cache.
    pub fn cache_folder(given: Option<&Path>) -> Result<PathBuf, Error> {
        cache_folder(given)
    }
}

fn cache_folder(given: Option<&Path>) -> Result<PathBuf, Error> {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // The basedir specification: relative paths in XDG variables are ignored.
    let platform =
        || folder("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(|| Some(folder("HOME")?.join(".cache")));
    let root = given.map(Path::to_owned).or_else(|| folder("PYXIDE_CACHE_DIR"));
    let root = root.or_else(|| Some(platform()?.join("pyxide"))).ok_or(Error::NoCacheFolder)?;
    std::path::absolute(root).map_err(|source| Error::Io { action: "find the cache folder", source })
}

fn selected_interpreter() -> Result<PathBuf, Error> {
    if let Some(python) = env::var_os("PYXIDE_PYTHON").filter(|value| !value.is_empty()) {
        return Ok(find_program(&python, &path())?);
    }
    let environment = env::var_os("VIRTUAL_ENV").filter(|value| !value.is_empty()).map(PathBuf::from);
    for folder in environment.into_iter().chain([PathBuf::from(".venv")]) {
        let python = folder.join("bin").join("python");
        if python.exists() {
            return Ok(python);
        }
    }
    let found = find_program(OsStr::new("python3"), &path());
    Ok(found.or_else(|error| find_program(OsStr::new("python"), &path()).map_err(|_| error))?)
}

fn path() -> OsString {
    env::var_os("PATH").unwrap_or_default()
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_variable() {
        let readme = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
        for variable in SETTINGS {
            assert!(readme.contains(&format!("`{}`", variable.name)), "README.md does not mention {}", variable.name);
        }
    }
}
