//! What the parts share: the command, a toolchain that costs milliseconds, sources, and roots to start from.
//!
//! ```text
//! <target>/xtask/torture/           made anew by each run
//! ├── prebuilt/<source>.{c,so}      what real Cython and the real compiler made of the sources
//! ├── python/                       an environment: a real CPython with a stand-in for Cython
//! ├── bin/cc                        a stand-in for the compiler, first on PATH
//! ├── sources/{1,2}/<module>.pyx    two versions of two modules
//! ├── home/                         HOME
//! ├── roots/<template>/             caches to start from
//! └── cells/<part>.<cell>/          one experiment: cache/, compiles, output; kept if something is wrong
//! ```
//!
//! The stand-ins are real in their protocol: the worker imports the one, the other answers the questions about compilers
//! by passing them on. So all of pyxide is under test, its children included, and only their work is a copy.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use super::cell::Cell;
use super::judge::Judge;
use crate::workshop::environment::{Environment, stamp};
use crate::workshop::interpreters::Interpreter;
use crate::workshop::{NotRun, Workshop, run};

const CC: &str = include_str!("toolchain/cc.sh");
const CYTHON: [(&str, &str); 8] = [
    ("Cython/__init__.py", include_str!("toolchain/Cython/__init__.py")),
    ("Cython/Compiler/__init__.py", ""),
    ("Cython/Compiler/Errors.py", include_str!("toolchain/Cython/Compiler/Errors.py")),
    ("Cython/Compiler/Main.py", include_str!("toolchain/Cython/Compiler/Main.py")),
    ("Cython/Compiler/Options.py", include_str!("toolchain/Cython/Compiler/Options.py")),
    ("Cython/Compiler/ParseTreeTransforms.py", include_str!("toolchain/Cython/Compiler/ParseTreeTransforms.py")),
    ("Cython/Compiler/Pipeline.py", ""),
    ("Cython/Compiler/Scanning.py", ""),
];

/// A source, and what its module must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// `alpha-1`
    pub(super) name: String,
    /// `alpha`: two versions of one module can be taken for each other, and must not be.
    pub(super) module: &'static str,
    pub(super) path: PathBuf,
    pub(super) value: i64,
}

/// A root to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Template {
    /// Nothing but remembered probes.
    Warm,
    /// All sources are built.
    Built,
    /// All sources are built, and the first one has a pin.
    Pinned,
    /// The same, and the first one's artifact is damaged.
    Damaged,
    /// What a killed builder left.
    Littered,
}

/// What the parts share.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) folder: PathBuf,
    pub(super) pyxide: PathBuf,
    pub(super) sources: Vec<Source>,
    pub(super) seed: u64,
    pub(super) threads: usize,
    /// Whether system calls can be made to fail here, or why not.
    pub(super) strace: Result<(), String>,
    /// The subcommands of `pyxide cache`.
    pub(super) cache_commands: Vec<String>,
    /// Processes that were there before us and name our folder, such as somebody's editor.
    pub(super) others: Vec<u32>,
    python: PathBuf,
    path: OsString,
}

impl Template {
    fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Built => "built",
            Self::Damaged => "damaged",
            Self::Pinned => "pinned",
            Self::Littered => "littered",
        }
    }
}

impl Bench {
    /// Builds the command and everything around it.
    pub(super) fn open(workshop: &Workshop, seed: u64) -> anyhow::Result<Self> {
        let pyxide = workshop.build_program()?;
        let interpreter = workshop.interpreter()?;
        let cython = real_cython(workshop, &interpreter)?;
        let folder = workshop.folder.join("torture");
        super::full_disk::unmount_below(&folder);
        let others = super::process::naming(&folder, &[]).into_iter().map(|(pid, _)| pid).collect();
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        for name in ["prebuilt", "bin", "home", "roots", "cells"] {
            fs_err::create_dir_all(folder.join(name))?;
        }
        let python = make_python(workshop, &interpreter, &folder)?;
        let compiler = make_compiler(&folder)?;
        let sources = write_sources(&folder)?;
        // Takes long enough that the tools above are settled when they are first asked about.
        prebuild(&folder, &cython, &python, &compiler, &sources)?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let path = std::env::join_paths([folder.join("bin"), "/usr/bin".into(), "/bin".into()])?;
        let strace = has_strace(&folder);
        let mut bench =
            Self { folder, pyxide, sources, seed, threads, strace, cache_commands: Vec::new(), others, python, path };
        bench.cache_commands = bench.ask_for_cache_commands()?;
        bench.make_templates()?;
        Ok(bench)
    }

    /// A template's root.
    pub(super) fn template(&self, template: Template) -> PathBuf {
        self.folder.join("roots").join(template.name())
    }

    /// Whether `pyxide cache` has this subcommand.
    pub(super) fn can(&self, command: &str) -> bool {
        self.cache_commands.iter().any(|known| known == command)
    }

    /// A process that loads modules.
    pub(super) fn judge(&self) -> anyhow::Result<Judge> {
        Judge::start(&self.python)
    }

    /// `program` in the environment of the command, with this cache.
    pub(super) fn program(&self, program: &Path, root: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.folder.join("home"))
            .env("PATH", &self.path)
            .env("PYXIDE_CACHE_DIR", root)
            .env("PYXIDE_PYTHON", &self.python)
            .current_dir(&self.folder);
        command
    }

    fn ask_for_cache_commands(&self) -> anyhow::Result<Vec<String>> {
        let output = self.program(&self.pyxide, &self.folder.join("nowhere")).args(["cache", "--help"]).output()?;
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let commands = commands.take_while(|line| line.starts_with("  "));
        Ok(commands.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
    }

    fn make_templates(&self) -> anyhow::Result<()> {
        let empty = self.folder.join("roots").join("empty");
        fs_err::create_dir(&empty)?;
        // An answer that rests on something touched a moment ago is not remembered, so it may take a few attempts.
        let warm = self.template(Template::Warm);
        let remembered = (0..10).find_map(|_| {
            let made = self.make_warm(&empty, &warm);
            std::thread::sleep(Duration::from_millis(300));
            made.transpose()
        });
        remembered.context("the answers of the tools are not remembered")??;

        let cell = Cell::new(self, "built", &warm)?;
        let mut judge = self.judge()?;
        for source in &self.sources {
            let problems = cell.build(source, &mut judge)?.problems;
            ensure!(problems.is_empty(), "cannot build `{}`: {problems:?}", source.name);
        }
        super::cell::copy(&cell.root(), &self.template(Template::Built))?;
        let first = &self.sources[0];
        if self.can("pin") {
            let key = cell.build(first, &mut judge)?.key;
            let ended = cell.run(["cache", "pin", &key, "--alias", "kept"])?;
            ensure!(ended.succeeded(), "cannot pin: {}", ended.described());
            super::cell::copy(&cell.root(), &self.template(Template::Pinned))?;
        }
        let artifact = cell.build(first, &mut judge)?.artifact;
        super::damage::flip(&artifact, 1000)?;
        super::cell::copy(&cell.root(), &self.template(Template::Damaged))?;
        cell.discard()?;

        let cell = Cell::new(self, "littered", &warm)?;
        super::recovery::leave_a_dead_builder(&cell, &self.sources[0])?;
        super::cell::copy(&cell.root(), &self.template(Template::Littered))?;
        cell.discard()
    }

    /// A root that remembers both tools and has nothing else, or none if they are too young.
    fn make_warm(&self, empty: &Path, warm: &Path) -> anyhow::Result<Option<()>> {
        let cell = Cell::new(self, "warm", empty)?;
        let ended = cell.run([OsString::from("build"), self.sources[0].path.clone().into()])?;
        if !ended.succeeded() {
            bail!("the command does not work with the stand-ins: {}", ended.described());
        }
        let probes = cell.root().join("v1").join("probes");
        let remembered = fs_err::read_dir(&probes).into_iter().flatten().count();
        if remembered < 2 {
            return Ok(None);
        }
        super::cell::copy(&probes, &warm.join("v1").join("probes"))?;
        cell.discard()?;
        Ok(Some(()))
    }
}

/// An environment with the Cython that a user would get.
fn real_cython(workshop: &Workshop, interpreter: &Interpreter) -> anyhow::Result<Environment> {
    let requirements = format!("data/toolchain/cython-3.{}.txt", interpreter.minor);
    let stamp = stamp(interpreter, &[&fs_err::read_to_string(workshop.root.join(&requirements))?]);
    let (environment, new) = Environment::open(workshop, "cython", interpreter, &stamp)?;
    if new {
        let install = environment.pip(workshop, "install").args(["--require-hashes", "-r", &requirements]);
        if let Err(error) = run(install) {
            return NotRun::because(format!("Cython could not be installed: {error:#}"));
        }
        environment.finish(&stamp)?;
    }
    Ok(environment)
}

/// A virtual environment made by hand, so that nothing is in it but the stand-in for Cython.
fn make_python(workshop: &Workshop, interpreter: &Interpreter, folder: &Path) -> anyhow::Result<PathBuf> {
    let environment = folder.join("python");
    let python = environment.join("bin").join("python");
    let site = environment.join("lib").join(format!("python3.{}", interpreter.minor)).join("site-packages");
    fs_err::create_dir_all(environment.join("bin"))?;
    // What `python` on PATH is may be an environment itself, whose base is what has the standard library.
    let ask = ["-I", "-c", "import os, sys; print(os.path.realpath(getattr(sys, '_base_executable', sys.executable)))"];
    let base = PathBuf::from(workshop.program(&interpreter.executable).args(ask).read()?);
    fs_err::os::unix::fs::symlink(&base, &python)?;
    let home = base.parent().context("the interpreter is in no folder")?;
    fs_err::write(environment.join("pyvenv.cfg"), format!("home = {}\n", home.display()))?;
    for (name, text) in CYTHON {
        let file = site.join(name);
        fs_err::create_dir_all(file.parent().unwrap_or(&site))?;
        fs_err::write(file, text)?;
    }
    fs_err::os::unix::fs::symlink(folder.join("prebuilt"), site.join("prebuilt"))?;
    Ok(python)
}

/// Writes the stand-in for the compiler and returns the real one.
fn make_compiler(folder: &Path) -> anyhow::Result<PathBuf> {
    let names = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"];
    let Some(real) = names.iter().map(Path::new).find(|path| path.exists()) else {
        return NotRun::because("there is no C compiler in /usr/bin");
    };
    let script = CC
        .replace("@REAL@", &real.display().to_string())
        .replace("@PREBUILT@", &folder.join("prebuilt").display().to_string());
    let file = folder.join("bin").join("cc");
    fs_err::write(&file, script)?;
    fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
    Ok(real.to_owned())
}

fn write_sources(folder: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for (version, module, value) in [(1, "alpha", 11), (1, "beta", 21), (2, "alpha", 12), (2, "beta", 22)] {
        let below = folder.join("sources").join(version.to_string());
        fs_err::create_dir_all(&below)?;
        let name = format!("{module}-{version}");
        let path = below.join(format!("{module}.pyx"));
        fs_err::write(&path, format!("# {name}\ndef value():\n    return {value}\n"))?;
        sources.push(Source { name, module, path, value });
    }
    // The top of a project, so that nothing above is looked at.
    fs_err::write(folder.join("sources").join("pyproject.toml"), "")?;
    Ok(sources)
}

/// Makes each module once with the real tools.
fn prebuild(
    folder: &Path,
    cython: &Environment,
    python: &Path,
    compiler: &Path,
    sources: &[Source],
) -> anyhow::Result<()> {
    let prebuilt = folder.join("prebuilt");
    let ask = ["-c", "import sysconfig; print(sysconfig.get_path('include'))"];
    let include = Command::new(python).args(ask).output()?;
    let include = String::from_utf8_lossy(&include.stdout).trim().to_owned();
    let make = |source: &Source| -> anyhow::Result<()> {
        let work = prebuilt.join(format!("{}.work", source.name));
        fs_err::create_dir(&work)?;
        let translate = "import sys\nfrom Cython.Compiler.Main import main\nsys.argv = ['cython', '-3', *sys.argv[1:]]\nmain(command_line=1)";
        let c = work.join(format!("{}.c", source.module));
        let mut cython = Command::new(cython.python());
        cython.args(["-I", "-c", translate]).arg(&source.path).arg("-o").arg(&c).current_dir(&work);
        expect_success(&mut cython)?;
        let text = fs_err::read_to_string(&c)?;
        // The stand-in for the compiler reads the first line.
        fs_err::write(prebuilt.join(format!("{}.c", source.name)), format!("/* torture: {} */\n{text}", source.name))?;
        let mut compile = Command::new(compiler);
        compile.args(["-O1", "-g0", "-s", "-fPIC", "-shared"]).arg(format!("-I{include}")).arg(&c);
        expect_success(compile.arg("-o").arg(prebuilt.join(format!("{}.so", source.name))))?;
        Ok(fs_err::remove_dir_all(&work)?)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = sources.iter().map(|source| scope.spawn(|| make(source))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a thread panicked")))
    })
}

fn expect_success(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} ended with {}: {words}", output.status);
    Ok(())
}

/// Whether strace is there, and may trace and inject.
fn has_strace(folder: &Path) -> Result<(), String> {
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-e", "trace=execve", "-e", "inject=execve:signal=SIGKILL:when=2", "-o"]);
    strace.arg(folder.join("strace.log")).args(["/bin/sh", "-c", "exec true"]);
    match strace.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err("strace is missing".to_owned()),
        Err(error) => Err(format!("strace cannot be started: {error}")),
        // The second program was killed before it began.
        Ok(output) if output.status.code().is_none() => Ok(()),
        Ok(output) => Err(format!("strace does not work here: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
