//! `cargo xtask bench-peers`: how long we take, beside everybody else, in one run.
//!
//! All are in one environment, byte-compiled, and are started by its interpreter itself. Each round runs all peers once, and
//! each round begins with another one. What a module's function gives is checked each time, so nobody is measured who is
//! wrong. A machine is never quiet: medians are shown with their ends, and CPU time beside wall time.

mod bench;
mod instructions;
mod kinds;
mod peers;
mod results;
mod targets;
mod workloads;

use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;

use clap::ValueEnum as _;
use serde_json::json;

use self::bench::{Bench, Case, OUR_FLAGS};
use self::instructions::Counter;
use self::kinds::Kind;
use self::peers::Peer;
use self::results::{FORMAT, Results};
use self::workloads::Workload;
use crate::measuring::statistics;
use crate::say::{note, say};
use crate::workshop::Workshop;

/// How many rounds a full run has.
const ROUNDS: usize = 5;

/// What was asked for.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// How many rounds; what is quick runs several times in each, and what is slow in some.
    #[arg(long, value_name = "N", default_value_t = ROUNDS, conflicts_with = "quick")]
    rounds: usize,
    /// One round, and without `--only` the three-line module alone.
    #[arg(long)]
    quick: bool,
    /// Measure these only: workloads (w1), kinds (warm) and peers (pyxide), joined by `/`; may be repeated.
    #[arg(long, value_name = "NAMES")]
    only: Vec<Only>,
    /// Measure what was installed by the last run, and do not build this tree.
    #[arg(long)]
    keep: bool,
    /// Print one JSON object per row and target.
    #[arg(long)]
    json: bool,
    /// Use this interpreter before those that are found.
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
}

/// A choice of cases; what it does not name may be any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Only {
    kinds: Vec<Kind>,
    workloads: Vec<Workload>,
    peers: Vec<Peer>,
}

impl FromStr for Only {
    type Err = String;

    fn from_str(names: &str) -> Result<Self, String> {
        let mut only = Self::default();
        for name in names.split('/') {
            if let Ok(kind) = Kind::from_str(name, true) {
                only.kinds.push(kind);
            } else if let Ok(workload) = Workload::from_str(name, true) {
                only.workloads.push(workload);
            } else if let Ok(peer) = Peer::from_str(name, true) {
                only.peers.push(peer);
            } else {
                let known = [names_of::<Workload>(), names_of::<Kind>(), names_of::<Peer>()].concat();
                return Err(format!("there is no `{name}`; there are {}", known.join(", ")));
            }
        }
        Ok(only)
    }
}

impl Only {
    fn has(&self, case: Case) -> bool {
        fn any<T: PartialEq>(wanted: &[T], value: &T) -> bool {
            wanted.is_empty() || wanted.contains(value)
        }
        any(&self.kinds, &case.kind) && any(&self.workloads, &case.workload) && any(&self.peers, &case.peer)
    }
}

fn names_of<T: clap::ValueEnum>() -> Vec<String> {
    T::value_variants().iter().filter_map(|it| Some(it.to_possible_value()?.get_name().to_owned())).collect()
}

impl Arguments {
    fn wants(&self, case: Case) -> bool {
        if self.only.is_empty() {
            return !self.quick || case.workload == Workload::W1;
        }
        self.only.iter().any(|only| only.has(case))
    }

    fn rounds(&self) -> usize {
        if self.quick { 1 } else { self.rounds.max(1) }
    }
}

/// Measures, prints, and tells whether everybody could be measured.
pub(crate) fn run(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    let workshop = Workshop::open(root, &arguments.python)?;
    let groups = Case::groups(|case| arguments.wants(*case));
    if groups.is_empty() {
        anyhow::bail!("nobody does what `--only` asks for");
    }
    let mut bench = Bench::open(&workshop, arguments.keep)?;
    let about = about(&bench)?;
    if arguments.json {
        say(format_args!("{}", json!({ "format": FORMAT, "about": about })));
    } else {
        for line in &about {
            say(format_args!("{line}"));
        }
        say(format_args!(""));
    }
    let mut results = Results::default();
    for group in &groups {
        measure(&mut bench, group, arguments.rounds(), &mut results);
        let all_failed = group.iter().all(|case| results.has_failed(*case));
        if arguments.json {
            // A run that is ended early has shown what it measured.
            for object in results.objects(group) {
                say(format_args!("{object}"));
            }
        } else if !all_failed {
            say(format_args!("{}", results.table(group[0].kind, group[0].workload)));
        }
    }
    let mut targets = targets::of_times(&results);
    let mut good = results.failures().next().is_none();
    for workload in [Workload::W1, Workload::W2] {
        if arguments.wants(Case { kind: Kind::Warm, workload, peer: Peer::Pyxide }) {
            match targets::of_a_hit(&mut bench, workload) {
                Ok(more) => targets.extend(more),
                Err(error) => {
                    note(format_args!("a hit of {} could not be looked at: {error:#}", workload.name()));
                    good = false;
                }
            }
        }
    }
    if arguments.json {
        for target in &targets {
            say(format_args!("{}", target.object()));
        }
    } else {
        for target in &targets {
            say(format_args!("{}", target.line()));
        }
        for (case, reason) in results.failures() {
            say(format_args!("failed  {}: {reason}", case.name()));
        }
    }
    Ok(good)
}

/// Runs the cases of one group in turns.
fn measure(bench: &mut Bench, group: &[Case], rounds: usize, results: &mut Results) {
    let repetitions = group[0].kind.repetitions(group[0].workload, rounds);
    note(format_args!("{} of {}: {repetitions} rounds", group[0].kind.description(), group[0].workload.name()));
    for case in group {
        match bench.count(*case) {
            Ok(Some(count)) => results.count(*case, count),
            Ok(None) => {}
            Err(error) => note(format_args!("{}: instructions could not be counted: {error:#}", case.name())),
        }
    }
    for round in 0..repetitions {
        for index in statistics::rotated(group.len(), round) {
            let case = group[index];
            if results.has_failed(case) {
                continue;
            }
            match bench.measure(case) {
                Ok(measured) => results.add(case, measured),
                Err(error) => {
                    note(format_args!("{}: {error:#}", case.name()));
                    results.fail(case, format!("{error:#}"));
                }
            }
        }
    }
}

/// What the numbers depend on, one sentence each.
fn about(bench: &Bench) -> anyhow::Result<Vec<String>> {
    const QUESTION: &str = "\
import os, sys, sysconfig, Cython, IPython, numpy, setuptools
print('Python %s, Cython %s, NumPy %s, setuptools %s, IPython %s' % (sys.version.split()[0], Cython.__version__, numpy.__version__, setuptools.__version__, IPython.__version__))
print('%d processors, load %.2f' % (os.cpu_count(), os.getloadavg()[0]))
print('their flags: ' + (sysconfig.get_config_var('CFLAGS') or ''))
";
    let output = Command::new(&bench.python).args(["-I", "-c", QUESTION]).output()?;
    let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    lines.push(format!("our flags: {OUR_FLAGS}, which the row `{}` has, too", Peer::SetuptoolsO2.name()));
    lines.push(Counter::sentence(bench.counter).into());
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parsed(words: &[&str]) -> Result<Arguments, clap::Error> {
        Ok(Program::try_parse_from(["program"].iter().chain(words))?.arguments)
    }

    #[test]
    fn names_choose_what_is_measured() {
        let wanted = |words: &[&str]| {
            let arguments = parsed(words).unwrap();
            Case::groups(|case| arguments.wants(*case)).concat()
        };
        let all = wanted(&[]).len();
        let quick = wanted(&["--quick"]);
        assert!(quick.len() < all && quick.iter().all(|case| case.workload == Workload::W1));
        assert_eq!(wanted(&["--quick", "--only", "W1"]), quick);
        let one = wanted(&["--only", "w2/warm/pyxide-file"]);
        assert_eq!(one, [Case { kind: Kind::Warm, workload: Workload::W2, peer: Peer::PyxideFile }]);
        assert_eq!(wanted(&["--only", "w2/warm/pyxide-file", "--only", "w1/warm/pass"]).len(), 2);
        assert_eq!(wanted(&["--only", "w1/w2/warm/direct/pyxide"]).len(), 4);
    }

    #[test]
    fn what_nobody_is_called_is_refused_with_the_names() {
        let error = parsed(&["--only", "w9"]).unwrap_err().to_string();
        assert!(error.contains("there is no `w9`") && error.contains("batch-cold2"), "{error}");
        assert!(parsed(&["--quick", "--rounds", "3"]).is_err());
        assert_eq!(parsed(&["--rounds", "0"]).unwrap().rounds(), 1);
        assert_eq!(parsed(&["--quick"]).unwrap().rounds(), 1);
    }
}
