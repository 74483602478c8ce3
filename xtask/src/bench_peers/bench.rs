//! What is shared by all that is measured: the environment and the folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::instructions::Counter;
use super::kinds::Kind;
use super::peers::{Peer, Step};
use super::workloads::Workload;
use crate::measuring::environment::{self, Alone};
use crate::measuring::stopwatch::{Measured, Order, Stopwatch};
use crate::workshop::Workshop;

const SETUP: &str = include_str!("setup.py");

/// The module that a process builds before the one that is measured.
const OTHER: &str = "def f(int n):\n    return n + 1\n";

/// What we tell the compiler about speed and debug information, where the others say `-O3 -g`.
pub(super) const OUR_FLAGS: &str = "-O2 -g0";

/// One row: who does what with which modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Case {
    pub(super) kind: Kind,
    pub(super) workload: Workload,
    pub(super) peer: Peer,
}

/// Where everything happens.
pub(super) struct Bench {
    pub(super) python: PathBuf,
    folder: PathBuf,
    stopwatch: Stopwatch,
    /// What counts instructions here.
    pub(super) counter: Option<Counter>,
    /// The folder of a cache that knows the tools and has nothing else, once it is made.
    tools: Option<PathBuf>,
    _alone: Alone,
}

impl Case {
    /// Each workload's cases that are asked for, in groups that are measured in turns.
    pub(super) fn groups(wanted: impl Fn(&Self) -> bool) -> Vec<Vec<Self>> {
        use clap::ValueEnum as _;
        let mut groups = Vec::new();
        for kind in Kind::value_variants() {
            for workload in Workload::value_variants() {
                let peers = Peer::value_variants().iter().filter(|peer| peer.takes_part(*kind, *workload));
                let cases = peers.map(|peer| Self { kind: *kind, workload: *workload, peer: *peer });
                let group: Vec<_> = cases.filter(&wanted).collect();
                if !group.is_empty() {
                    groups.push(group);
                }
            }
        }
        groups
    }

    /// A name that can be a folder's.
    pub(super) fn name(self) -> String {
        let letters = |text: String| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let (kind, peer) = (letters(format!("{:?}", self.kind)), letters(format!("{:?}", self.peer)));
        format!("{kind}-{}-{peer}", self.workload.name()).to_lowercase()
    }
}

impl Bench {
    /// Makes the environment. `keep` takes what was installed the last time.
    pub(super) fn open(workshop: &Workshop, keep: bool) -> anyhow::Result<Self> {
        let alone = environment::alone(workshop)?;
        let environment = environment::installed(workshop, keep)?;
        let folder = workshop.folder.join("bench-peers");
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        fs_err::create_dir_all(folder.join("home"))?;
        let python = environment.python();
        let stopwatch = Stopwatch::start(&python, &folder)?;
        Ok(Self { python, folder, stopwatch, counter: Counter::find(), tools: None, _alone: alone })
    }

    /// Measures one run, in a folder that is made ready first, and checks what the modules give.
    pub(super) fn measure(&mut self, case: Case) -> anyhow::Result<Measured> {
        let folder = self.ready(case)?;
        let measured = self.stopwatch.run(&self.orders(case, &folder))?;
        if case.peer != Peer::Pass {
            let expected = case.workload.result();
            ensure!(measured.result() == Some(expected), "f(7) gives {:?} rather than {expected}", measured.result());
        }
        Ok(measured)
    }

    /// Counts the instructions of one run. `None` where nobody can.
    pub(super) fn count(&mut self, case: Case) -> anyhow::Result<Option<f64>> {
        let Some(counter) = self.counter else { return Ok(None) };
        let slow = !(case.peer.is_ours() || case.peer.is_floor()) || case.kind != Kind::Warm;
        if counter == Counter::Callgrind && slow {
            return Ok(None);
        }
        let folder = self.ready(case)?;
        let log = folder.join("instructions.log");
        let mut sum = 0.0;
        for order in self.orders(case, &folder) {
            self.stopwatch.run(&[counter.around(&order, &log)])?;
            let Some(count) = counter.read(&fs_err::read_to_string(&log)?) else { return Ok(None) };
            sum += count;
        }
        Ok(Some(sum))
    }

    /// The folder of a case: new when it is to be built, else with everything built.
    pub(super) fn ready(&mut self, case: Case) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(case.name());
        if case.kind.is_cold() {
            Self::lay_out(case, &folder)?;
            if case.peer == Peer::PyxideToolsKnown {
                let tools = self.tools()?;
                copy(&tools, &folder.join("cache").join("v1").join("probes"))?;
            }
        } else if !folder.exists() {
            Self::lay_out(case, &folder)?;
            if case.peer == Peer::Direct {
                let setup = [self.order(&Step::Setup(1), case.workload, case.peer, &folder)];
                self.stopwatch.run(&setup)?;
            }
            let orders = self.orders(case, &folder);
            self.stopwatch.run(&orders).context("the first build")?;
        }
        Ok(folder)
    }

    /// One run outside of the rows.
    pub(super) fn run(&mut self, order: Order) -> anyhow::Result<Measured> {
        self.stopwatch.run(&[order])
    }

    /// The processes of a case.
    pub(super) fn orders(&self, case: Case, folder: &Path) -> Vec<Order> {
        let steps = case.peer.steps(case.kind, case.workload);
        steps.iter().map(|step| self.order(step, case.workload, case.peer, folder)).collect()
    }

    /// `python -c` in a case's folder.
    pub(super) fn program(&self, case: Case, folder: &Path, program: &str) -> Order {
        self.order(&Step::Program(program.to_owned()), case.workload, case.peer, folder)
    }

    fn order(&self, step: &Step, workload: Workload, peer: Peer, folder: &Path) -> Order {
        let python = self.python.display().to_string();
        let arguments = match step {
            Step::Program(text) => vec![python, "-c".into(), text.clone()],
            Step::Setup(jobs) => {
                let mut arguments: Vec<String> =
                    [&python, "setup.py", "-q", "build_ext", "--inplace"].map(str::to_owned).into();
                if *jobs > 1 {
                    arguments.push(format!("-j{jobs}"));
                }
                arguments
            }
        };
        let inside = |name: &str| folder.join(name).display().to_string();
        let bin = self.python.parent().unwrap_or(Path::new("/")).display();
        let mut environment = BTreeMap::from(
            [
                ("PATH", format!("{bin}:/usr/local/bin:/usr/bin:/bin")),
                ("HOME", self.folder.join("home").display().to_string()),
                ("LANG", "C.UTF-8".to_owned()),
                ("PYXIDE_CACHE_DIR", inside("cache")),
                ("CYTHON_CACHE_DIR", inside("cython")),
                ("IPYTHONDIR", inside("ipython")),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        if let Step::Setup(jobs) = step {
            environment.insert("BENCH_JOBS".into(), jobs.to_string());
            if workload.uses_numpy() {
                environment.insert("BENCH_NUMPY".into(), "1".into());
            }
            if peer == Peer::SetuptoolsO2 {
                // For setuptools, this replaces the flags of the interpreter.
                environment.insert("CFLAGS".into(), format!("{OUR_FLAGS} -fwrapv -DNDEBUG"));
            }
        }
        Order { arguments, environment, folder: folder.to_owned() }
    }

    /// A new folder with the sources of a workload.
    fn lay_out(case: Case, folder: &Path) -> anyhow::Result<()> {
        if folder.exists() {
            fs_err::remove_dir_all(folder)?;
        }
        fs_err::create_dir_all(folder)?;
        for source in case.workload.sources() {
            fs_err::write(folder.join(format!("{}.pyx", source.name)), source.text)?;
        }
        if case.kind == Kind::WarmWorker {
            fs_err::write(folder.join("other.pyx"), OTHER)?;
        }
        fs_err::write(folder.join("setup.py"), SETUP)?;
        // The top of a project, so that nothing above is looked at.
        Ok(fs_err::write(folder.join("setup.cfg"), "")?)
    }

    /// What a cache remembers of interpreter and compilers after it has built something.
    fn tools(&mut self) -> anyhow::Result<PathBuf> {
        const LIMIT: Duration = Duration::from_mins(1);
        if let Some(tools) = &self.tools {
            return Ok(tools.clone());
        }
        let folder = self.folder.join("tools");
        let probes = folder.join("cache").join("v1").join("probes");
        let started = Instant::now();
        // An answer that rests on something touched a moment ago is not remembered.
        for workload in [Workload::W1, Workload::W3] {
            let case = Case { kind: Kind::Warm, workload, peer: Peer::Pyxide };
            loop {
                let before = count(&probes);
                fs_err::create_dir_all(&folder)?;
                for source in workload.sources() {
                    fs_err::write(folder.join(format!("{}.pyx", source.name)), source.text)?;
                }
                let orders = self.orders(case, &folder);
                self.stopwatch.run(&orders)?;
                // The interpreter and its C compiler, then its C++ compiler.
                if count(&probes) >= (before + 1).max(2) {
                    break;
                }
                ensure!(started.elapsed() < LIMIT, "the answers of the tools are not remembered");
            }
        }
        Ok(self.tools.insert(probes).clone())
    }
}

/// How many files there are.
fn count(folder: &Path) -> usize {
    fs_err::read_dir(folder).into_iter().flatten().count()
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        fs_err::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hold_one_kind_and_one_workload() {
        let groups = Case::groups(|_| true);
        for group in &groups {
            assert!(group.iter().all(|case| (case.kind, case.workload) == (group[0].kind, group[0].workload)));
        }
        let mut names: Vec<_> = groups.iter().flatten().map(|case| case.name()).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "two cases would share a folder");
        assert!(Case::groups(|_| false).is_empty());
    }
}
