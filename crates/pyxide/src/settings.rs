//! What the environment says. No other file reads environment variables.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use fingerprint::{InterpreterQuery, SearchPath, find_program};
use lock_dir::Wait;
use registry::{Durability, Layer, Options, Trust};

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
    VariableDoc {
        name: "PYXIDE_ALLOW_UNSAFE_FLAGS",
        meaning: "Set to 1: compiler and linker arguments may also load code, run programs and name files.",
    },
    VariableDoc {
        name: "PYXIDE_BUILD_TIMEOUT",
        meaning: "How many seconds one step of a build may take; 600 when it is not set, 0 for no limit.",
    },
    VariableDoc {
        name: "PYXIDE_BUILD_MEMORY",
        meaning: "How many MiB of memory one process of a build may use; 8192 when it is not set, 0 for no limit.",
    },
    VariableDoc {
        name: "PYXIDE_LOCK_TIMEOUT",
        meaning: "How many seconds to wait for another process that builds the same, without it as long as it takes, or that has locked a wheel, without it 60.",
    },
    VariableDoc {
        name: "PYXIDE_DURABILITY",
        meaning: "Set to none: what is written need not survive a power cut, which is faster; full when it is not set.",
    },
    VariableDoc {
        name: "PYXIDE_TRUST_CACHE",
        meaning: "Set to 1: a cache that others own or may write is used, although they could put any code into it.",
    },
    VariableDoc {
        name: "PYXIDE_CACHE_LAYERS",
        meaning: "Caches that are searched before the own one and never written: folders, joined by colons.",
    },
    VariableDoc {
        name: "PYXIDE_CACHE_LAYER_USERS",
        meaning: "Users whose layers are used besides your own and root's: names or numbers, joined by commas.",
    },
    VariableDoc {
        name: "PYXIDE_TEMPLATES",
        meaning: "The folder of the templates, where the command does not find it by itself.",
    },
    VariableDoc {
        name: "SOURCE_DATE_EPOCH",
        meaning: "The time of what is added to wheels, in seconds since 1970; 1980 without it.",
    },
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

/// How many seconds one step of a build may take, unless something else is said.
const BUILD_TIMEOUT: u64 = 600;

/// How many MiB of memory one process of a build may use, unless something else is said.
const BUILD_MEMORY: u64 = 8192;

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
    /// What a launcher such as ccache gets to see of the environment.
    pub launcher_environment: BTreeMap<String, String>,
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
    /// How many bytes of memory one process of a build may use.
    pub memory: Option<u64>,
    /// Whether compiler and linker arguments may be any.
    pub allow_unsafe_flags: bool,
    /// Whether what is written survives a power cut.
    pub durability: Durability,
    /// Whose caches are used.
    pub trust: Trust,
    /// The caches of others that are searched before the own one, in their order.
    pub layers: Vec<PathBuf>,
    /// Whose layers are used besides the user's own and root's.
    pub layer_users: Arc<[u32]>,
}

/// All that settings are made of which can change while a process lives: the variables, and the working directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    variables: Vec<Option<OsString>>,
    folder: Option<PathBuf>,
}

impl Environment {
    /// As it is now.
    pub fn now() -> Self {
        Self { variables: Self::names().map(env::var_os).collect(), folder: env::current_dir().ok() }
    }

    /// Whether it is what it was.
    pub fn is_current(&self) -> bool {
        Self::names().zip(&self.variables).all(|(name, before)| env::var_os(name) == *before)
            && env::current_dir().ok() == self.folder
    }

    fn names() -> impl Iterator<Item = &'static str> {
        const OTHERS: [&str; 3] = ["HOME", "XDG_CACHE_HOME", "PATH"];
        SETTINGS.iter().map(|variable| variable.name).chain(OTHERS)
    }
}

impl Settings {
    /// Settings as the environment has them, with the interpreter and the cache's folder given or chosen by it.
    ///
    /// The interpreter is `python`, else `PYXIDE_PYTHON`, else the one of `VIRTUAL_ENV`, else `.venv/bin/python`, else
    /// `python3` or `python` on `PATH`. A version manager's script is asked which one it means, until `cancelled` ends that.
    ///
    /// # Errors
    /// [`Error::Tools`] when no interpreter is found, [`Error::Build`] when it was cancelled, [`Error::NoCacheFolder`] when there is no place for a cache.
    pub fn from_environment(
        python: Option<&Path>,
        root: Option<&Path>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, Error> {
        let executable = match python {
            Some(python) => find_program(python.as_os_str(), &path())?,
            None => selected_interpreter()?,
        };
        let executable = std::path::absolute(fingerprint::resolve_script(&executable, cancelled)?)
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
        Ok(Self {
            root: cache_folder(root)?,
            interpreter,
            path: path(),
            cc: text("CC")?,
            cxx: text("CXX")?,
            launcher_environment: launcher_environment(),
            compile_args: [words("CFLAGS")?, words("CPPFLAGS")?].concat(),
            link_args: words("LDFLAGS")?,
            salt: text("PYXIDE_SALT")?,
            may_build: !is_set("PYXIDE_NO_BUILD")?,
            may_install_cython: true,
            wait: Self::lock_timeout()?.map_or(Wait::Forever, Wait::AtMost),
            limit: limited(number("PYXIDE_BUILD_TIMEOUT")?, BUILD_TIMEOUT).map(Duration::from_secs),
            memory: limited(number("PYXIDE_BUILD_MEMORY")?, BUILD_MEMORY)
                .map(|megabytes| megabytes.saturating_mul(1 << 20)),
            allow_unsafe_flags: is_set("PYXIDE_ALLOW_UNSAFE_FLAGS")?,
            durability: durability()?,
            trust: trust()?,
            layers: layers()?,
            layer_users: layer_users()?,
        })
    }

    /// Whether `PYXIDE_PYTHON` names an interpreter.
    pub fn names_an_interpreter() -> bool {
        env::var_os("PYXIDE_PYTHON").is_some_and(|value| !value.is_empty())
    }

    /// Whether progress may be shown on a terminal: not where `CI` is set, whose logs keep every state of a line, and not on
    /// terminals that cannot take back what they show (`TERM=dumb`).
    pub fn may_show_progress() -> bool {
        let is = |name, is: fn(&OsStr) -> bool| env::var_os(name).is_some_and(|value| is(&value));
        !is("CI", |value| !value.is_empty() && value != "false" && value != "0") && !is("TERM", |value| value == "dumb")
    }

    /// The time of what is made anew, in seconds since 1970: `SOURCE_DATE_EPOCH`, which all tools of reproducible builds read.
    ///
    /// # Errors
    /// [`Error::Setting`] when it is no such number.
    pub fn source_date_epoch() -> Result<Option<u64>, Error> {
        number("SOURCE_DATE_EPOCH")
    }

    /// How long to wait for another process's lock, if the environment says so.
    ///
    /// # Errors
    /// [`Error::Setting`] when it is no number of seconds.
    pub fn lock_timeout() -> Result<Option<Duration>, Error> {
        Ok(number("PYXIDE_LOCK_TIMEOUT")?.map(Duration::from_secs))
    }

    /// The folder of templates that the environment names.
    pub fn templates() -> Option<PathBuf> {
        env::var_os("PYXIDE_TEMPLATES").filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// How a cache is used, as the environment has it.
    ///
    /// # Errors
    /// [`Error::Setting`] when a variable has a value that means nothing.
    pub fn cache_options() -> Result<Options, Error> {
        Ok(Options { durability: durability()?, trust: trust()? })
    }

    /// The caches that are searched before the own one and never written, as the environment has them.
    ///
    /// # Errors
    /// As for [`Settings::cache_options`].
    pub fn cache_layers() -> Result<Vec<Layer>, Error> {
        let users = layer_users()?;
        Ok(layers()?.into_iter().map(|root| Layer::new(root, users.clone())).collect())
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

/// The settings of launchers, and the places where they look for more. Compilers see none of it.
fn launcher_environment() -> BTreeMap<String, String> {
    const BEGINNINGS: [&str; 5] = ["CCACHE_", "SCCACHE_", "DISTCC_", "ICECC_", "BUILDCACHE_"];
    const PLACES: [&str; 4] = ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"];
    let named = |name: &OsStr| {
        name.to_str().is_some_and(|name| {
            PLACES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        })
    };
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    env::vars_os().filter(|(name, _)| named(name)).filter_map(text).collect()
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

/// A variable's text; none when it is unset or blank.
fn text(name: &'static str) -> Result<Option<String>, Error> {
    let Some(value) = env::var_os(name) else { return Ok(None) };
    let value = value.into_string().map_err(|value| wrong(name, &value.to_string_lossy(), "text in UTF-8"))?;
    Ok(Some(value).filter(|value| !value.trim().is_empty()))
}

/// The words of a variable, as a shell has them: quotes hold words together.
fn words(name: &'static str) -> Result<Vec<String>, Error> {
    let Some(value) = text(name)? else { return Ok(vec![]) };
    shlex::split(&value).ok_or_else(|| wrong(name, &value, "words with closed quotes"))
}

fn is_set(name: &'static str) -> Result<bool, Error> {
    match text(name)?.as_deref().map(str::trim) {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(value) => Err(wrong(name, value, "0 or 1")),
    }
}

fn number(name: &'static str) -> Result<Option<u64>, Error> {
    let Some(value) = text(name)? else { return Ok(None) };
    let digits = value.trim();
    // No more than every system's limits can hold.
    if let Some(number) = digits.parse().ok().filter(|number: &u64| *number < 1 << 40) {
        return Ok(Some(number));
    }
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    Err(wrong(name, &value, if is_number { "from 0 to 1099511627775" } else { "a whole number" }))
}

fn durability() -> Result<Durability, Error> {
    const NAME: &str = "PYXIDE_DURABILITY";
    match text(NAME)?.as_deref().map(str::trim) {
        None | Some("full") => Ok(Durability::Full),
        Some("none") => Ok(Durability::None),
        Some(value) => Err(wrong(NAME, value, "full or none")),
    }
}

fn trust() -> Result<Trust, Error> {
    Ok(if is_set("PYXIDE_TRUST_CACHE")? { Trust::Anyone } else { Trust::Strict })
}

fn layers() -> Result<Vec<PathBuf>, Error> {
    const NAME: &str = "PYXIDE_CACHE_LAYERS";
    let Some(value) = env::var_os(NAME) else { return Ok(vec![]) };
    let named = env::split_paths(&value).filter(|folder| !folder.as_os_str().is_empty());
    let layers: Vec<PathBuf> = named.collect();
    // One whose meaning changes with the working directory would be another's cache one day.
    match layers.iter().find(|folder| !folder.is_absolute()) {
        Some(folder) => Err(wrong(NAME, &folder.to_string_lossy(), "absolute paths, joined by colons")),
        None => Ok(layers),
    }
}

/// The numbers of the users that are named. A name is looked for where all systems have their own users.
fn layer_users() -> Result<Arc<[u32]>, Error> {
    const NAME: &str = "PYXIDE_CACHE_LAYER_USERS";
    let Some(value) = text(NAME)? else { return Ok([].into()) };
    let known = fs_err::read_to_string("/etc/passwd").unwrap_or_default();
    let number = |user: &str| user.parse().ok().or_else(|| number_of_user(&known, user));
    let users = value.split(',').map(str::trim).filter(|user| !user.is_empty());
    users
        .map(|user| number(user).ok_or_else(|| wrong(NAME, user, "names or numbers of users, joined by commas")))
        .collect()
}

/// The number of a user in a text like `/etc/passwd`.
fn number_of_user(known: &str, user: &str) -> Option<u32> {
    known.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(user)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

/// The number set, else the default; 0 is no limit.
fn limited(set: Option<u64>, default: u64) -> Option<u64> {
    Some(set.unwrap_or(default)).filter(|number| *number > 0)
}

fn wrong(name: &'static str, value: &str, expected: &'static str) -> Error {
    Error::Setting { name, value: value.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_numbers() {
        let known = "root:x:0:0:root:/root:/bin/sh\nbuilder:x:1001:100::/:/bin/false\nbroken:x\n";
        let numbers = ["root", "builder", "broken", "nobody", "x"].map(|user| number_of_user(known, user));
        assert_eq!(numbers, [Some(0), Some(1001), None, None, None]);
    }

    #[test]
    fn the_readme_lists_every_variable() {
        let readme = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
        for variable in SETTINGS {
            assert!(readme.contains(&format!("`{}`", variable.name)), "README.md does not mention {}", variable.name);
        }
    }
}
