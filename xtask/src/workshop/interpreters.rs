//! Which Python interpreters there are.
//!
//! A program called `python3.12` on PATH need not be one: a version manager puts a script there that fails when the
//! version is not selected. So every candidate is asked, and only what answers counts, by its real path.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::env;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// The minor versions of Python 3 that `--full` looks for.
pub(crate) const MATRIX: RangeInclusive<u32> = 10..=13;

/// What an interpreter answers, one line each.
const QUESTION: &str = "\
import os, sys, sysconfig
print(sys.executable)
print(sys.implementation.name)
print(sys.version_info[1] if sys.version_info[0] == 3 else 0)
print(sys.version.split()[0])
print(os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h')))
print(bool(sysconfig.get_config_var('Py_GIL_DISABLED')))
";

/// A CPython that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// Its real path.
    pub(crate) executable: PathBuf,
    /// The 12 of 3.12.
    pub(crate) minor: u32,
    /// The whole version.
    pub(crate) version: String,
    /// Whether extension modules can be compiled for it.
    headers: bool,
}

/// The interpreter that somebody named; one that cannot be used is an error.
pub(crate) fn given(path: &Path) -> anyhow::Result<Interpreter> {
    match ask(path).with_context(|| format!("cannot use `{}`", path.display()))? {
        it if !it.headers => bail!("`{}` has no Python.h; install its header files", path.display()),
        it => Ok(it),
    }
}

/// The first `python3`, then `python`, on PATH that can be tested with.
pub(crate) fn default() -> Option<Interpreter> {
    let names = ["python3".to_owned(), "python".to_owned()];
    names.iter().flat_map(|name| on_path(name)).filter_map(|path| ask(&path).ok()).find(|it| it.headers)
}

/// One interpreter per minor version of the matrix: the given ones first, then PATH, then version managers.
pub(crate) fn all(given: &[Interpreter]) -> BTreeMap<u32, Interpreter> {
    let mut found = BTreeMap::new();
    for interpreter in given {
        found.entry(interpreter.minor).or_insert_with(|| interpreter.clone());
    }
    for minor in MATRIX {
        let usable = |path: PathBuf| ask(&path).ok().filter(|it| it.minor == minor && it.headers);
        if let Entry::Vacant(place) = found.entry(minor)
            && let Some(interpreter) = candidates(minor).into_iter().find_map(usable)
        {
            place.insert(interpreter);
        }
    }
    found
}

/// Where an interpreter of this minor version may be.
fn candidates(minor: u32) -> Vec<PathBuf> {
    let name = format!("python3.{minor}");
    let mut found = on_path(&name);
    found.extend(on_path("python3"));
    found.extend(on_path("python"));
    let home = env::home_dir().unwrap_or_default();
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let uv = env::var_os("UV_PYTHON_INSTALL_DIR").map(PathBuf::from);
    let managers = [
        pyenv.map(|it| it.join("versions")),
        Some(home.join(".pyenv/versions")),
        uv,
        Some(home.join(".local/share/uv/python")),
    ];
    for folder in managers.into_iter().flatten() {
        let versions = fs_err::read_dir(folder).into_iter().flatten().flatten();
        let mut below: Vec<_> = versions.map(|version| version.path().join("bin").join(&name)).collect();
        below.sort();
        // The newest patch release, as far as names can tell.
        found.extend(below.into_iter().rev().filter(|path| path.exists()));
    }
    found
}

/// Every program of this name on PATH, in its order.
fn on_path(name: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(name)).filter(|program| program.exists()).collect()
}

/// Starts a candidate and reads what it says about itself.
fn ask(candidate: &Path) -> anyhow::Result<Interpreter> {
    let output = Command::new(candidate)
        .args(["-I", "-c", QUESTION])
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{}`", candidate.display()))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("it ended with {}: {}", output.status, words.trim());
    }
    read(&String::from_utf8_lossy(&output.stdout))
}

/// Reads an answer.
fn read(answer: &str) -> anyhow::Result<Interpreter> {
    let lines: Vec<_> = answer.lines().collect();
    let [executable, implementation, minor, version, headers, free_threaded] = lines[..] else {
        bail!("it does not answer as Python does");
    };
    let minor = minor.parse().context("it has no version")?;
    if implementation != "cpython" || free_threaded == "True" {
        bail!("it is no CPython with a GIL, which the wheel is for");
    }
    if minor < *MATRIX.start() {
        bail!("it is Python {version}, and 3.10 is the oldest supported version");
    }
    Ok(Interpreter { executable: executable.into(), minor, version: version.to_owned(), headers: headers == "True" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let interpreter = read("/opt/bin/python3.12\ncpython\n12\n3.12.1\nTrue\nFalse\n").unwrap();
        let expected = Interpreter {
            executable: "/opt/bin/python3.12".into(),
            minor: 12,
            version: "3.12.1".to_owned(),
            headers: true,
        };
        assert_eq!(interpreter, expected);
    }

    #[test]
    fn unusable_interpreters_say_why() {
        let refusal = |answer: &str| read(answer).unwrap_err().to_string();
        assert_eq!(refusal("hello\n"), "it does not answer as Python does");
        assert_eq!(
            refusal("p\npypy\n11\n3.11.9\nTrue\nFalse\n"),
            "it is no CPython with a GIL, which the wheel is for"
        );
        assert_eq!(
            refusal("p\ncpython\n13\n3.13.0\nTrue\nTrue\n"),
            "it is no CPython with a GIL, which the wheel is for"
        );
        assert_eq!(
            refusal("p\ncpython\n9\n3.9.18\nTrue\nFalse\n"),
            "it is Python 3.9.18, and 3.10 is the oldest supported version"
        );
    }

    #[test]
    fn a_program_that_fails_is_no_interpreter() {
        assert!(ask(Path::new("false")).is_err());
        assert!(ask(Path::new("no-such-program-anywhere")).is_err());
    }
}
