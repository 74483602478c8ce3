//! A place for one test, shut off from the machine around it.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

use crate::filters;
use crate::shim::{self, ShimBehaviour};

/// A temporary place with a home folder, a project, a cache and a `PATH` of its own.
///
/// ```text
/// <temp>/
///     home/       HOME
///     project/    the working folder of commands
///     cache/      PYXIDE_CACHE_DIR
///     bin/        all of PATH: empty until a test links a tool or places a shim
/// ```
///
/// It is removed when it is dropped. If the test fails, what its commands really printed is shown first.
#[derive(Debug)]
#[must_use = "the folders are removed when the context is dropped"]
pub struct TestContext {
    temp: TempDir,
    /// Where `temp` is by its real name, which programs may print.
    real: PathBuf,
    path: Vec<PathBuf>,
    /// What was printed, before filters.
    raw: Mutex<Vec<String>>,
}

impl TestContext {
    /// Makes the folders.
    #[expect(clippy::new_without_default, reason = "each context is a new place, which no default value is")]
    pub fn new() -> Self {
        let temp = tempfile::Builder::new().prefix("pyxide-test-").tempdir().expect("the temporary folder is writable");
        let real = fs_err::canonicalize(temp.path()).expect("the folder was just made");
        let path = vec![temp.path().join("bin")];
        let context = Self { temp, real, path, raw: Mutex::default() };
        for folder in [context.home(), context.project(), context.cache(), context.bin()] {
            fs_err::create_dir(folder).expect("the folder was just made");
        }
        context
    }

    /// The folder that holds all others.
    pub fn root(&self) -> &Path {
        self.temp.path()
    }

    /// The home folder of commands.
    pub fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// The working folder of commands.
    pub fn project(&self) -> PathBuf {
        self.root().join("project")
    }

    /// The cache root of commands.
    pub fn cache(&self) -> PathBuf {
        self.root().join("cache")
    }

    /// The folder of the programs that commands can find.
    pub fn bin(&self) -> PathBuf {
        self.root().join("bin")
    }

    /// Writes a file of the project, with the folders above it, and returns its path.
    pub fn write(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.project().join(path);
        let folder = path.parent().expect("a file of the project is in a folder");
        fs_err::create_dir_all(folder).expect("the project is writable");
        fs_err::write(&path, text).expect("the project is writable");
        path
    }

    /// Lets commands find programs in one more folder, behind all others.
    pub fn add_path(&mut self, folder: impl Into<PathBuf>) {
        self.path.push(folder.into());
    }

    /// Lets commands find one real program of the machine.
    ///
    /// # Panics
    ///
    /// If the machine has no program of this name on its `PATH`.
    pub fn link_tool(&self, name: &str) {
        let program = real_tool(name).unwrap_or_else(|| panic!("this test needs `{name}` on PATH"));
        fs_err::os::unix::fs::symlink(program, self.bin().join(name))
            .expect("no tool of this name is in the context yet");
    }

    /// Places a program of this name that behaves as told, or tells the one that is there to behave otherwise.
    ///
    /// # Panics
    ///
    /// If the stand-in program was not built; `cargo test --workspace` builds it.
    pub fn shim(&self, name: &str, behaviour: &ShimBehaviour) {
        shim::place(&self.bin(), name, behaviour);
    }

    /// The arguments of each start of a shim so far, oldest first.
    pub fn calls(&self, name: &str) -> Vec<Vec<String>> {
        shim::calls(&self.bin(), name)
    }

    /// A command in the project that sees nothing of the machine's environment.
    ///
    /// A program without a slash is looked for in the context's `PATH`.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", env::join_paths(&self.path).expect("temporary folders have no colon"))
            .env("PYXIDE_CACHE_DIR", self.cache())
            .env("LANG", "C.UTF-8")
            .current_dir(self.project());
        command
    }

    /// Runs a command and describes what it did: exit code and both streams, with what differs between runs replaced.
    ///
    /// | in the output | in the snapshot |
    /// |---|---|
    /// | the temporary folder | `[TEMP]` |
    /// | 64 hexadecimal digits | `[KEY]` |
    /// | `1.23s`, `45.6 ms` | `[TIME]` |
    ///
    /// # Panics
    ///
    /// If the program cannot be started.
    pub fn snapshot(&self, command: &mut Command) -> String {
        let output = match command.output() {
            Ok(output) => output,
            Err(error) => panic!("cannot start {command:?}: {error}"),
        };
        let raw = describe(&output);
        let snapshot = self.filter(&raw);
        let mut log = self.raw.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(format!("$ {command:?}\n{raw}"));
        snapshot
    }

    /// Replaces what differs between runs in a text, as in a snapshot.
    pub fn filter(&self, text: &str) -> String {
        filters::apply(text, &[self.root(), &self.real])
    }
}

impl Drop for TestContext {
    #[expect(clippy::disallowed_macros, reason = "the test harness captures what is printed by these macros only")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let raw = self.raw.get_mut().unwrap_or_else(PoisonError::into_inner);
            for run in raw {
                eprintln!("---------- unfiltered ----------\n{run}");
            }
        }
    }
}

/// The program of this name that the machine would run.
pub(crate) fn real_tool(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Exit code and both streams as text, each ended by a line end.
fn describe(output: &Output) -> String {
    let ended = |bytes: &[u8]| {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str("[no line end]\n");
        }
        text
    };
    let code = output.status.code().map_or_else(|| output.status.to_string(), |code| code.to_string());
    format!("exit: {code}\n--- stdout\n{}--- stderr\n{}", ended(&output.stdout), ended(&output.stderr))
}
