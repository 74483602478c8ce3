//! Where templates are built and measured: folders, processes and their surroundings.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};

use super::template::Template;
use crate::measuring::stopwatch::{Measured, Order, Stopwatch};

/// The scripts that the processes run, by name.
const SCRIPTS: [(&str, &str); 7] = [
    ("pyxide_bench_load.py", include_str!("python/pyxide_bench_load.py")),
    ("pyxide_bench_build.py", include_str!("python/pyxide_bench_build.py")),
    ("pyxide_bench_warm.py", include_str!("python/pyxide_bench_warm.py")),
    ("pyxide_bench_calls.py", include_str!("python/pyxide_bench_calls.py")),
    ("pyxide_bench_contenders.py", include_str!("python/pyxide_bench_contenders.py")),
    ("pyxide_bench_count.py", include_str!("python/pyxide_bench_count.py")),
    ("counter.c", include_str!("python/counter.c")),
];

/// Runs the command that it is given.
const LAUNCHER: &str = "#!/bin/sh\nexec \"$@\"\n";

/// What a process that does not answer is given to end, in seconds.
const LIMIT: u64 = 120;

/// The signal that ends it.
const ALARM: i32 = 14;

/// What begins the line with a script's answer.
pub(super) const REPORT: &str = "report ";

/// A script that runs in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Build,
    Warm,
    Calls,
    Count,
}

impl Script {
    fn file(self) -> &'static str {
        match self {
            Self::Build => "pyxide_bench_build.py",
            Self::Warm => "pyxide_bench_warm.py",
            Self::Calls => "pyxide_bench_calls.py",
            Self::Count => "pyxide_bench_count.py",
        }
    }
}

/// A C compiler and the C++ compiler beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compiler {
    pub(super) c: String,
    pub(super) cxx: String,
}

/// Where everything happens.
pub(super) struct House {
    pub(super) python: PathBuf,
    folder: PathBuf,
    compiler: Compiler,
}

impl Compiler {
    /// The compiler that somebody named, and the C++ compiler of the same family.
    pub(super) fn named(c: &str) -> Self {
        let (folder, name) = c.rsplit_once('/').map_or(("", c), |(folder, name)| (folder, name));
        let names = [("clang", "clang++"), ("gcc", "g++"), ("cc", "c++")];
        let cxx = names.iter().find(|(c, _)| name.contains(c)).map_or(name.to_owned(), |(c, cxx)| name.replace(c, cxx));
        let cxx = if folder.is_empty() { cxx } else { format!("{folder}/{cxx}") };
        Self { c: c.to_owned(), cxx }
    }

    /// The one that builds find by themselves.
    pub(super) fn default() -> anyhow::Result<Self> {
        let found = ["cc", "gcc", "clang"].into_iter().find(|name| is_on_path(name));
        found.map(Self::named).context("there is no C compiler on PATH")
    }

    /// Clang, where it is there and is not the one that is used anyway.
    pub(super) fn clang(used: &Self) -> Option<Self> {
        let clang = Self::named("clang");
        (!used.is_clang() && is_on_path(&clang.c) && is_on_path(&clang.cxx)).then_some(clang)
    }

    /// Whether it finds OpenMP, which Clang has in a package of its own.
    pub(super) fn has_openmp(&self) -> bool {
        let mut command = Command::new(&self.c);
        let command = command.args(["-fopenmp", "-include", "omp.h", "-fsyntax-only", "-x", "c", "/dev/null"]);
        command.output().is_ok_and(|output| output.status.success())
    }

    pub(super) fn is_clang(&self) -> bool {
        self.c.rsplit('/').next().is_some_and(|name| name.starts_with("clang"))
    }
}

/// Whether there is a program of this name.
fn is_on_path(name: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(name).exists())
}

impl House {
    /// Makes the folder anew, with a cache that is empty.
    pub(super) fn open(folder: &Path, python: PathBuf, compiler: Compiler) -> anyhow::Result<Self> {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder.to_owned();
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        for name in ["home", "scripts", "bin"] {
            fs_err::create_dir_all(folder.join(name))?;
        }
        for (name, text) in SCRIPTS {
            fs_err::write(folder.join("scripts").join(name), text)?;
        }
        // Whoever has a launcher has the compiler and the linker run one after the other, so that each can be timed. This
        // one has the name of one that is known, and does nothing else.
        let launcher = folder.join("bin/ccache");
        fs_err::write(&launcher, LAUNCHER)?;
        fs_err::set_permissions(&launcher, std::fs::Permissions::from_mode(0o755))?;
        Ok(Self { python, folder, compiler })
    }

    /// A stopwatch with a folder of its own for what processes say.
    pub(super) fn stopwatch(&self, name: &str) -> anyhow::Result<Stopwatch> {
        let folder = self.folder.join("said").join(name);
        fs_err::create_dir_all(&folder)?;
        Stopwatch::start(&self.python, &folder)
    }

    /// A job for a script, with what all jobs have.
    pub(super) fn job(&self, template: &Template, more: Value) -> Value {
        let mut job = template.job();
        job["limit"] = json!(LIMIT);
        job["bytecode"] = json!(self.folder.join("bytecode"));
        if let (Value::Object(job), Value::Object(more)) = (&mut job, more) {
            job.extend(more);
        }
        job
    }

    /// A process that runs a script for one job.
    pub(super) fn order(&self, script: Script, job: &Value) -> Order {
        let mut order = self.many(script, &self.compiler);
        order.arguments.push(job.to_string());
        order
    }

    /// A process that runs a script for each job that it reads.
    pub(super) fn many(&self, script: Script, compiler: &Compiler) -> Order {
        let arguments = [self.python.clone(), self.folder.join("scripts").join(script.file())];
        let mut environment = self.environment(compiler, script == Script::Build);
        // Where the hashes of words lie differs from process to process, and so would the time of what has a dict.
        environment.insert("PYTHONHASHSEED".into(), "0".into());
        // Threads of NumPy's library wait for more work by turning round for a tenth of a second. That is processor time of
        // whoever is measured next, and the processor that the threads of a template need. So they sleep at once.
        environment.insert("OPENBLAS_THREAD_TIMEOUT".into(), "4".into());
        let arguments = arguments.map(|path| path.display().to_string()).into();
        Order { arguments, environment, folder: self.folder.clone() }
    }

    /// A file or folder that only a run needs.
    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The compiler of all builds that want no other.
    pub(super) fn compiler(&self) -> &Compiler {
        &self.compiler
    }

    fn environment(&self, compiler: &Compiler, apart: bool) -> BTreeMap<String, String> {
        let bin = self.python.parent().unwrap_or(Path::new("/")).display().to_string();
        let path = env::var("PATH").unwrap_or_default();
        let launcher = if apart { format!("{} ", self.folder.join("bin/ccache").display()) } else { String::new() };
        BTreeMap::from(
            [
                ("PATH", format!("{bin}:{path}")),
                ("HOME", self.folder.join("home").display().to_string()),
                ("LANG", "C.UTF-8".to_owned()),
                ("PYXIDE_CACHE_DIR", self.folder.join("cache").display().to_string()),
                ("CC", format!("{launcher}{}", compiler.c)),
                ("CXX", format!("{launcher}{}", compiler.cxx)),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        )
    }
}

/// Runs a script, and gives what it answers.
pub(super) fn ask(stopwatch: &mut Stopwatch, order: Order) -> anyhow::Result<(Measured, Value)> {
    let measured = stopwatch.run(&[order]).map_err(|error| {
        // The command is ours and says nothing; how it ended says something.
        let words = error.to_string();
        let ended = words.rsplit_once("] ended with ").map_or(words.as_str(), |(_, ended)| ended);
        let (code, words) = ended.split_once(':').unwrap_or((ended, ""));
        code.parse()
            .map_or_else(|_| anyhow!("its process ended with {ended}"), |code| super::house::ended(code, words.trim()))
    })?;
    let line = measured.stdout.lines().rev().find_map(|line| line.strip_prefix(REPORT));
    let report: Value = serde_json::from_str(line.context("its process ended in the middle of its work")?)?;
    match report["failure"].as_str() {
        Some(failure) => bail!("{failure}"),
        None => Ok((measured, report)),
    }
}

/// How a process ended, as it is reported: a signal's number is negative. `words` are what it said.
pub(super) fn ended(code: i32, words: &str) -> anyhow::Error {
    match code {
        code if code == -ALARM => anyhow!("it did not end within {LIMIT} s"),
        code if code < 0 => anyhow!("its process was ended by signal {}", -code),
        code => anyhow!("its process ended with {code}: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_c_compiler_has_a_cxx_compiler() {
        let cxx = |c: &str| Compiler::named(c).cxx;
        assert_eq!(
            [cxx("cc"), cxx("gcc-12"), cxx("clang"), cxx("/opt/gcc/bin/clang-14")],
            ["c++", "g++-12", "clang++", "/opt/gcc/bin/clang++-14"]
        );
    }
}
