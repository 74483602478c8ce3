//! One experiment: a cache of its own, and what is asked of it before and after something went wrong.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use super::bench::{Bench, Source};
use super::judge::{Judge, Verdict};
use super::outcome::{Kind, Problem};
use super::process::{self, Ended};
use super::strays::strays;

/// The exit codes that are documented.
const EXIT_CODES: [i32; 7] = [0, 1, 2, 3, 4, 5, 130];

/// A folder with a cache in it, `cache`, and what the commands of the experiment said.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    pub(super) bench: &'a Bench,
    pub(super) name: String,
    pub(super) folder: PathBuf,
}

/// What a build gave.
#[derive(Debug, Default)]
pub(super) struct Build {
    pub(super) key: String,
    pub(super) artifact: PathBuf,
    pub(super) used_cache: bool,
    /// It was not even tried, because of an entry of a newer version.
    pub(super) is_refused: bool,
    pub(super) stderr: String,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Cell<'a> {
    /// A cell that starts from a copy of this root.
    pub(super) fn new(bench: &'a Bench, name: &str, template: &Path) -> anyhow::Result<Self> {
        let cell = Self::empty(bench, name)?;
        copy(template, &cell.root())?;
        Ok(cell)
    }

    /// A cell without a root.
    pub(super) fn empty(bench: &'a Bench, name: &str) -> anyhow::Result<Self> {
        let folder = bench.folder.join("cells").join(name);
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        fs_err::create_dir_all(&folder)?;
        Ok(Self { bench, name: name.to_owned(), folder })
    }

    /// Removes it, because nothing was wrong.
    pub(super) fn discard(self) -> anyhow::Result<()> {
        Ok(fs_err::remove_dir_all(&self.folder)?)
    }

    /// The cache.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// `pyxide` with these words.
    pub(super) fn command<T: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = T>) -> Command {
        let mut command = self.bench.program(&self.bench.pyxide, &self.root());
        command.args(words);
        command
    }

    /// Runs `pyxide` with these words.
    pub(super) fn run<T: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = T>) -> anyhow::Result<Ended> {
        process::run(&mut self.command(words), &self.folder, "run").context("cannot start pyxide")
    }

    /// How often the compiler ran.
    pub(super) fn compiles(&self) -> usize {
        self.compile_lines().len()
    }

    /// What the stand-in for the compiler noted: `compile <source> <its process> <the worker> [<its child>]`.
    pub(super) fn compile_lines(&self) -> Vec<String> {
        let text = fs_err::read_to_string(self.folder.join("compiles")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Builds a source, which must work, and loads what it gave, which must be right.
    pub(super) fn build(&self, source: &Source, judge: &mut Judge) -> anyhow::Result<Build> {
        let ended = self.run([OsStr::new("build"), OsStr::new("--json"), source.path.as_os_str()])?;
        let mut build = built(&ended);
        build.problems.extend(sanity(&ended));
        if !ended.succeeded() {
            build.is_refused = ended.stdout.contains("has format");
            build.problems.push(Problem::new(Kind::NotRecovered, format!("`build` {}", ended.described())));
            return Ok(build);
        }
        build.problems.extend(judged(judge, source, &build.artifact)?);
        Ok(build)
    }

    /// Whether `cache verify` finds everything intact.
    pub(super) fn verify(&self) -> anyhow::Result<Vec<Problem>> {
        let ended = self.run(["cache", "verify"])?;
        let mut problems = sanity(&ended);
        if !ended.succeeded() {
            problems.push(Problem::new(Kind::WrongLoad, format!("`cache verify` {}", ended.described())));
        }
        Ok(problems)
    }

    /// Sweeps, and sees whether anything is left that should not be.
    pub(super) fn sweep(&self) -> anyhow::Result<Vec<Problem>> {
        if !self.bench.can("sweep") {
            return Ok(Vec::new());
        }
        let ended = self.run(["cache", "sweep"])?;
        let mut problems = sanity(&ended);
        if !ended.succeeded() {
            problems.push(Problem::new(Kind::NotRecovered, format!("`cache sweep` {}", ended.described())));
        }
        let left = strays(&self.root());
        problems.extend(left.into_iter().map(|path| Problem::new(Kind::Leftover, format!("`{path}` is left"))));
        Ok(problems)
    }

    /// The names of all pins.
    pub(super) fn pins(&self) -> anyhow::Result<Vec<String>> {
        if !self.bench.can("pins") {
            return Ok(Vec::new());
        }
        let ended = self.run(["cache", "pins", "--json"])?;
        let named = |object: Value| Some(object["alias"].as_str()?.to_owned());
        Ok(objects(&ended.stdout).filter_map(named).collect())
    }
}

/// What `build --json` said.
pub(super) fn built(ended: &Ended) -> Build {
    let mut build = Build { stderr: ended.stderr.clone(), ..Build::default() };
    for object in objects(&ended.stdout).filter(|object| object["type"] == "built") {
        let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
        build.key = text("key");
        build.artifact = text("artifact").into();
        build.used_cache = object["used_cache"] == true;
    }
    build
}

/// What can be said of any run: no panic, no signal, no hang, a documented exit code.
pub(super) fn sanity(ended: &Ended) -> Vec<Problem> {
    let mut problems = Vec::new();
    let said = format!("{}{}", ended.stdout, ended.stderr);
    if said.contains("panicked at") || said.contains("RUST_BACKTRACE") || said.contains("Traceback (most recent") {
        problems.push(Problem::new(Kind::Panic, ended.described()));
    }
    match ended.status {
        None => problems.push(Problem::new(Kind::Crash, ended.described())),
        Some(status) => match status.code() {
            Some(code) if EXIT_CODES.contains(&code) => {}
            Some(code) => {
                problems.push(Problem::new(Kind::Unclear, format!("exit code {code}: {}", ended.described())));
            }
            None => {
                let signal = status.signal().unwrap_or_default();
                problems.push(Problem::new(Kind::Crash, format!("signal {signal}: {}", ended.described())));
            }
        },
    }
    problems
}

/// Whether an artifact is the module that its source describes.
pub(super) fn judged(judge: &mut Judge, source: &Source, artifact: &Path) -> anyhow::Result<Option<Problem>> {
    Ok(wrong(judge.load(source.module, artifact)?, source, artifact))
}

/// What is wrong with a verdict.
pub(super) fn wrong(verdict: Verdict, source: &Source, artifact: &Path) -> Option<Problem> {
    let wrong = |what: String| {
        Some(Problem::new(Kind::WrongLoad, format!("`{}` as `{}`: {what}", artifact.display(), source.name)))
    };
    match verdict {
        Verdict::Value(value) if value == source.value => None,
        Verdict::Value(value) => wrong(format!("it answers {value}")),
        Verdict::Signal(signal) => wrong(format!("signal {signal}")),
        Verdict::Error(text) => wrong(text),
    }
}

/// The objects in what a command printed.
pub(super) fn objects(text: &str) -> impl Iterator<Item = Value> + '_ {
    text.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// Copies a folder with all that is in it.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs_err::create_dir_all(to)?;
    for item in fs_err::read_dir(from)? {
        let item = item?;
        let target = to.join(item.file_name());
        let kind = item.file_type()?;
        if kind.is_dir() {
            copy(&item.path(), &target)?;
        } else if kind.is_symlink() {
            fs_err::os::unix::fs::symlink(fs_err::read_link(item.path())?, target)?;
        } else {
            fs_err::copy(item.path(), target)?;
        }
    }
    Ok(())
}
