//! Who is measured, and what a program says to ask each for a module.

use std::fmt::Write as _;

use clap::ValueEnum;

use super::kinds::Kind;
use super::workloads::{Workload, call};

/// What asks for a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Peer {
    /// `python -c pass`: no module at all.
    Pass,
    /// Importing the module that somebody built before.
    Direct,
    /// `pyxide.compile_and_load` with the text, or of many modules `pyxide.cython_import`.
    Pyxide,
    /// `pyxide.cython_import` with the file.
    PyxideFile,
    /// The first, where the cache knows the interpreter and the compiler and has no entry.
    PyxideToolsKnown,
    /// `pyximport`.
    Pyximport,
    /// `cython.inline`.
    Inline,
    /// `%%cython` in `IPython`.
    Magic,
    /// `python setup.py build_ext --inplace`.
    Setuptools,
    /// The same with our compiler flags.
    SetuptoolsO2,
}

/// One process of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// `python -c` with this program.
    Program(String),
    /// `python setup.py -q build_ext --inplace` with so many jobs.
    Setup(usize),
}

impl Peer {
    /// Its name in a table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pass => "python -c pass",
            Self::Direct => "direct import",
            Self::Pyxide => "pyxide",
            Self::PyxideFile => "pyxide, file",
            Self::PyxideToolsKnown => "pyxide, tools known",
            Self::Pyximport => "pyximport",
            Self::Inline => "cython.inline",
            Self::Magic => "%%cython",
            Self::Setuptools => "setuptools",
            Self::SetuptoolsO2 => "setuptools, -O2 -g0",
        }
    }

    /// Whether it is ours.
    pub(super) fn is_ours(self) -> bool {
        matches!(self, Self::Pyxide | Self::PyxideFile | Self::PyxideToolsKnown)
    }

    /// Whether it builds nothing and is there to be compared with.
    pub(super) fn is_floor(self) -> bool {
        matches!(self, Self::Pass | Self::Direct)
    }

    /// Whether it is one of the others, with the flags that its users get.
    pub(super) fn is_other(self) -> bool {
        !self.is_ours() && !self.is_floor() && self != Self::SetuptoolsO2
    }

    /// Whether it can do this.
    pub(super) fn takes_part(self, kind: Kind, workload: Workload) -> bool {
        if kind.is_batch() != (workload == Workload::W5) || !kind.has(workload) {
            return false;
        }
        match self {
            Self::Pass => kind == Kind::Warm,
            Self::Direct => matches!(kind, Kind::Warm | Kind::BatchWarm),
            Self::Pyxide => true,
            Self::PyxideFile => matches!(kind, Kind::Warm | Kind::SameProcess),
            Self::PyxideToolsKnown => kind == Kind::Cold,
            Self::Inline => workload == Workload::W1,
            // They build one module after another.
            Self::Pyximport | Self::Magic => kind != Kind::BatchCold2,
            Self::Setuptools => !matches!(kind, Kind::SameProcess | Kind::WarmWorker),
            Self::SetuptoolsO2 => matches!(kind, Kind::Cold | Kind::BatchCold2),
        }
    }

    /// The processes of one run.
    pub(super) fn steps(self, kind: Kind, workload: Workload) -> Vec<Step> {
        if self == Self::Pass {
            return vec![Step::Program("pass".into())];
        }
        let mut steps = Vec::new();
        if matches!(self, Self::Setuptools | Self::SetuptoolsO2) {
            steps.push(Step::Setup(kind.jobs()));
        }
        steps.push(Step::Program(self.program(kind, workload)));
        steps
    }

    fn program(self, kind: Kind, workload: Workload) -> String {
        let names: Vec<String> = workload.sources().into_iter().map(|source| source.name).collect();
        let name = workload.name();
        match kind {
            Kind::Cold | Kind::Warm => timed("", &format!("{}\n{}", self.ready(workload), self.ask(name, workload))),
            Kind::WarmWorker => {
                let before = format!("{}\n{}", self.ready(workload), self.ask("other", workload));
                timed(&before, &self.ask(name, workload))
            }
            Kind::SameProcess => self.repeated(name, workload),
            Kind::BatchCold1 | Kind::BatchCold2 | Kind::BatchWarm => {
                timed("", &format!("{}\n{}", self.ready(workload), self.batch(&names, kind.jobs())))
            }
        }
    }

    /// What is done once in a process.
    fn ready(self, workload: Workload) -> String {
        match self {
            Self::Pyximport => {
                let mut text = String::from("import pyximport\n");
                let mut arguments = String::from("build_dir='pyxbld', language_level=3");
                if workload.uses_numpy() {
                    text.push_str("import numpy\n");
                    arguments.push_str(", setup_args={'include_dirs': numpy.get_include()}");
                }
                let _ = write!(text, "pyximport.install({arguments})");
                text
            }
            Self::Magic => {
                let mut text = String::from(
                    "from IPython.core.interactiveshell import InteractiveShell\n\
                     shell = InteractiveShell.instance()\n\
                     shell.run_line_magic('load_ext', 'cython')\n\
                     options = ''\n",
                );
                if workload.uses_numpy() {
                    text.push_str("import numpy\noptions += '-I ' + numpy.get_include()\n");
                }
                if workload.is_cplus() {
                    text.push_str("options += ' --cplus'\n");
                }
                text
            }
            Self::Inline => "import cython".into(),
            Self::Pyxide | Self::PyxideFile | Self::PyxideToolsKnown => "import pyxide".into(),
            Self::Direct | Self::Setuptools | Self::SetuptoolsO2 | Self::Pass => String::new(),
        }
    }

    /// Gets one module and calls it; the result is in `result`.
    fn ask(self, name: &str, workload: Workload) -> String {
        let called = call("m");
        match self {
            Self::Pyxide | Self::PyxideToolsKnown => {
                format!("m = pyxide.compile_and_load(open('{name}.pyx').read())\nresult = {called}")
            }
            Self::PyxideFile => format!("m = pyxide.cython_import('{name}.pyx')\nresult = {called}"),
            Self::Inline => {
                let other = if name == workload.name() { "" } else { " + 1" };
                format!("result = cython.inline('cdef int square = n * n{other}\\nreturn square', n=7)")
            }
            Self::Magic => {
                format!(
                    "shell.run_cell_magic('cython', options, open('{name}.pyx').read())\nm = shell.user_module\nresult = {called}"
                )
            }
            Self::Pass => String::new(),
            Self::Pyximport | Self::Direct | Self::Setuptools | Self::SetuptoolsO2 => {
                format!("import {name} as m\nresult = {called}")
            }
        }
    }

    /// Gets many modules and sums up what they give.
    fn batch(self, names: &[String], jobs: usize) -> String {
        let called = call("m");
        let all = format!("names = {names:?}");
        match self {
            Self::Pyxide if jobs > 1 => format!(
                "import queue, threading\n{all}\nleft, modules = queue.SimpleQueue(), []\n\
                 for name in names: left.put(name)\n\
                 def work():\n    while True:\n        try: name = left.get_nowait()\n        except queue.Empty: return\n        modules.append(pyxide.cython_import(name + '.pyx'))\n\
                 threads = [threading.Thread(target=work) for _ in range({jobs})]\n\
                 for thread in threads: thread.start()\n\
                 for thread in threads: thread.join()\n\
                 result = sum([{called} for m in modules])"
            ),
            Self::Pyxide | Self::PyxideFile | Self::PyxideToolsKnown => {
                format!(
                    "{all}\nresult = sum([{called} for m in [pyxide.cython_import(name + '.pyx') for name in names]])"
                )
            }
            Self::Magic => format!(
                "{all}\nresult = 0\nfor name in names:\n    shell.run_cell_magic('cython', options, open(name + '.pyx').read())\n    m = shell.user_module\n    result += {called}"
            ),
            Self::Pyximport | Self::Direct | Self::Setuptools | Self::SetuptoolsO2 | Self::Inline | Self::Pass => {
                let imports = names.join(", ");
                let calls: Vec<String> = names.iter().map(|name| call(name)).collect();
                format!("import {imports}\nresult = {}", calls.join(" + "))
            }
        }
    }

    /// Asks for the same again and again, and takes the middle.
    fn repeated(self, name: &str, workload: Workload) -> String {
        let source = format!("source = open('{name}.pyx').read()");
        let called = call("m");
        // The text and the file's name are what a caller has at hand.
        let (again, count) = match self {
            Self::Pyxide | Self::PyxideToolsKnown => ("m = pyxide.compile_and_load(source)".to_owned(), 1000),
            Self::PyxideFile => (format!("m = pyxide.cython_import('{name}.pyx')"), 1000),
            Self::Inline => (self.ask(name, workload), 1000),
            Self::Magic => ("shell.run_cell_magic('cython', options, source)\nm = shell.user_module".to_owned(), 50),
            Self::Pyximport | Self::Direct | Self::Setuptools | Self::SetuptoolsO2 | Self::Pass => {
                (format!("sys.modules.pop('{name}', None)\nimport {name} as m"), 50)
            }
        };
        let last = if self == Self::Inline { String::new() } else { format!("result = {called}") };
        let indented = again.replace('\n', "\n    ");
        format!(
            "import sys, time\n{source}\n{ready}\n{again}\ntimes = []\n\
             for _ in range({count}):\n    start = time.perf_counter()\n    {indented}\n    times.append(time.perf_counter() - start)\n\
             times.sort()\n{last}\nprint('inside', times[{count} // 2])\nprint('result', result)",
            ready = self.ready(workload),
        )
    }
}

/// A program that measures a part of itself.
fn timed(before: &str, part: &str) -> String {
    format!(
        "import time\n{before}\nstart = time.perf_counter()\n{part}\ninside = time.perf_counter() - start\nprint('inside', inside)\nprint('result', result)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_workload_has_someone_to_be_compared_with() {
        for kind in Kind::value_variants() {
            for workload in Workload::value_variants().iter().filter(|it| kind.has(**it)) {
                let peers: Vec<_> =
                    Peer::value_variants().iter().filter(|peer| peer.takes_part(*kind, *workload)).collect();
                assert!(peers.iter().any(|peer| peer.is_ours()), "{kind:?} {workload:?}");
                assert!(peers.iter().any(|peer| peer.is_other()), "{kind:?} {workload:?}");
            }
        }
    }

    #[test]
    fn programs_ask_for_what_they_are_about() {
        let text = |peer: Peer, kind, workload| format!("{:?}", peer.steps(kind, workload));
        assert!(text(Peer::Pyxide, Kind::Warm, Workload::W1).contains("compile_and_load(open('w1.pyx')"));
        assert!(text(Peer::PyxideFile, Kind::SameProcess, Workload::W2).contains("cython_import('w2.pyx')"));
        assert!(text(Peer::Setuptools, Kind::BatchCold2, Workload::W5).starts_with("[Setup(2), Program("));
        assert!(text(Peer::Magic, Kind::Cold, Workload::W3).contains("--cplus"));
        assert_eq!(text(Peer::Pass, Kind::Warm, Workload::W1), r#"[Program("pass")]"#);
        assert!(!Peer::Inline.takes_part(Kind::Cold, Workload::W2), "it refuses `cimport`");
    }
}
