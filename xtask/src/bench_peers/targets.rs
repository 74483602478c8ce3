//! What is to be reached, and whether it is.

use super::bench::{Bench, Case};
use super::kinds::Kind;
use super::peers::Peer;
use super::results::{FORMAT, Results};
use super::workloads::{Workload, call};

use serde_json::{Value, json};

/// What a hit must not import unless the module does.
const KEPT_OUT: [&str; 8] = ["Cython", "numpy", "setuptools", "typing", "sysconfig", "pathlib", "json", "re"];

/// How often memory is looked at.
const LOOKS: usize = 3;

/// A number, and the one that it may not exceed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub(super) what: String,
    pub(super) value: f64,
    pub(super) limit: f64,
    pub(super) unit: &'static str,
    /// The same number out of CPU time, which a busy machine changes less.
    pub(super) by_cpu: Option<f64>,
}

impl Target {
    /// Whether it is.
    pub(super) fn is_reached(&self) -> bool {
        self.value <= self.limit
    }

    /// One line for people.
    pub(super) fn line(&self) -> String {
        let Self { what, value, limit, unit, by_cpu } = self;
        let word = if self.is_reached() { "reached" } else { "missed " };
        let by_cpu = by_cpu.map_or_else(String::new, |cpu| format!(" ({cpu:.2} by CPU time)"));
        format!("{word} {value:>8.2} of {limit:>6.2} {unit:<3} {what}{by_cpu}")
    }

    /// The same as data.
    pub(super) fn object(&self) -> Value {
        json!({
            "format": FORMAT,
            "target": self.what,
            "value": self.value,
            "limit": self.limit,
            "unit": self.unit,
            "reached": self.is_reached(),
            "by_cpu": self.by_cpu,
        })
    }
}

/// The targets that the results speak about.
pub(super) fn of_times(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    let mut add = |what: String, value: f64, limit: f64, unit, by_cpu: Option<f64>| {
        targets.push(Target { what, value, limit, unit, by_cpu });
    };
    let cpu = |kind, workload, ours, theirs| results.cpu(kind, workload, ours).zip(results.cpu(kind, workload, theirs));
    let median = |kind, workload, peer| results.time(kind, workload, peer).map(|time| time.median);
    for workload in [Workload::W1, Workload::W2, Workload::W3, Workload::W4] {
        let name = workload.name();
        let direct = median(Kind::Warm, workload, Peer::Direct);
        for peer in [Peer::Pyxide, Peer::PyxideFile] {
            if let Some((hit, direct)) = median(Kind::Warm, workload, peer).zip(direct) {
                let what = format!("warm hit of {name} in a new process over direct import ({})", peer.name());
                let cpu = cpu(Kind::Warm, workload, peer, Peer::Direct);
                add(what.clone(), hit / direct, 1.25, "x", cpu.map(|(hit, direct)| hit / direct));
                add(what, (hit - direct) * 1e3, 3.0, "ms", cpu.map(|(hit, direct)| (hit - direct) * 1e3));
            }
        }
        for peer in [Peer::Pyxide, Peer::PyxideFile] {
            if let Some(hit) = median(Kind::SameProcess, workload, peer) {
                add(format!("hit of {name} in the same process ({})", peer.name()), hit * 1e6, 10.0, "us", None);
            }
        }
    }
    let two_jobs = |peer| median(Kind::BatchCold2, Workload::W5, peer);
    if let Some((ours, theirs)) = two_jobs(Peer::Pyxide).zip(two_jobs(Peer::Setuptools)) {
        let cpu = cpu(Kind::BatchCold2, Workload::W5, Peer::Pyxide, Peer::Setuptools);
        let by_cpu = cpu.map(|(ours, theirs)| ours / theirs);
        add("20 modules cold with 2 jobs, of setuptools with 2 jobs".into(), ours / theirs, 0.6, "x", by_cpu);
    }
    if let Some((other, best)) = results.best_other(Kind::Cold, Workload::W1) {
        let by_cpu = |peer| cpu(Kind::Cold, Workload::W1, peer, other).map(|(ours, theirs)| ours / theirs);
        for peer in [Peer::Pyxide, Peer::PyxideToolsKnown] {
            if let Some(cold) = median(Kind::Cold, Workload::W1, peer) {
                add(
                    format!("w1 cold in a new process, of the best other ({})", peer.name()),
                    cold / best,
                    0.85,
                    "x",
                    by_cpu(peer),
                );
            }
        }
        if let Some(warm) = median(Kind::WarmWorker, Workload::W1, Peer::Pyxide) {
            add("w1 cold with a warm worker, of the best other in a new process".into(), warm / best, 0.35, "x", None);
        }
    }
    targets
}

/// The targets that need a closer look at one hit.
pub(super) fn of_a_hit(bench: &mut Bench, workload: Workload) -> anyhow::Result<Vec<Target>> {
    let name = workload.name();
    let hit = Case { kind: Kind::Warm, workload, peer: Peer::Pyxide };
    let direct = Case { peer: Peer::Direct, ..hit };
    let asked = format!("import pyxide; m = pyxide.compile_and_load(open('{name}.pyx').read()); {}", call("m"));
    let imported = format!("import {name} as m; {}", call("m"));

    let mut memory = |case: Case, program: &str| -> anyhow::Result<f64> {
        const PEAK: &str =
            "print('inside', [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])";
        let folder = bench.ready(case)?;
        let mut least = f64::INFINITY;
        for _ in 0..LOOKS {
            let order = bench.program(case, &folder, &format!("{program}\n{PEAK}"));
            // KiB, in the place of seconds.
            least = least.min(bench.run(order)?.inside.unwrap_or(f64::INFINITY));
        }
        Ok(least / 1024.0)
    };
    let more = memory(hit, &asked)? - memory(direct, &imported)?;
    let target =
        |what: &str, value, limit, unit| Target { what: format!("{what}, {name}"), value, limit, unit, by_cpu: None };
    let mut targets = vec![target("memory of a warm hit over direct import", more, 8.0, "MiB")];

    let mut modules = |case: Case, program: &str| -> anyhow::Result<f64> {
        let folder = bench.ready(case)?;
        let program = format!(
            "import sys; before = set(sys.modules)\n{program}\nprint('inside', sum([name in sys.modules and name not in before for name in {KEPT_OUT:?}]))"
        );
        let order = bench.program(case, &folder, &program);
        Ok(bench.run(order)?.inside.unwrap_or(f64::INFINITY))
    };
    let heavy = modules(hit, &asked)? - modules(direct, &imported)?;
    targets.push(target("of Cython, NumPy and other heavy modules imported by a warm hit", heavy, 0.0, ""));

    let folder = bench.ready(hit)?;
    let log = folder.join("strace.log");
    let mut order = bench.program(hit, &folder, &asked);
    let strace = ["strace", "-f", "-qq", "-e", "trace=fork,vfork,clone,clone3,execve", "-o"].map(str::to_owned);
    let program = std::mem::take(&mut order.arguments);
    order.arguments = ["/usr/bin/env".to_owned()].into_iter().chain(strace).collect();
    order.arguments.push(log.display().to_string());
    order.arguments.extend(program);
    bench.run(order)?;
    let calls = fs_err::read_to_string(&log)?;
    targets.push(target("processes started by a warm hit", started(&calls), 0.0, ""));
    Ok(targets)
}

/// How many processes a log of strace tells about, besides the first.
#[expect(clippy::cast_precision_loss, reason = "few")]
fn started(log: &str) -> f64 {
    let is_process = |line: &&str| {
        // A thread shares its creator's; the first program is started by strace itself.
        ["fork(", "clone(", "clone3("].iter().any(|call| line.contains(call)) && !line.contains("CLONE_THREAD")
    };
    log.lines().filter(|line| !line.contains("resumed")).filter(is_process).count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measuring::stopwatch::Measured;

    #[test]
    fn a_target_says_whether_it_is_reached() {
        let target = |value| Target { what: "a hit".into(), value, limit: 1.25, unit: "x", by_cpu: Some(1.2) };
        assert_eq!(target(1.25).line(), "reached     1.25 of   1.25 x   a hit (1.20 by CPU time)");
        assert_eq!(target(1.3).line(), "missed      1.30 of   1.25 x   a hit (1.20 by CPU time)");
        assert_eq!(target(1.3).object()["reached"], false);
    }

    #[test]
    fn only_what_was_measured_has_a_target() {
        let mut results = Results::default();
        assert!(of_times(&results).is_empty());
        let mut add = |peer, wall| {
            let measured = Measured { wall, cpu: wall, ..Measured::default() };
            results.add(Case { kind: Kind::Warm, workload: Workload::W1, peer }, measured);
        };
        add(Peer::Direct, 0.010);
        add(Peer::Pyxide, 0.012);
        let targets = of_times(&results);
        assert_eq!(targets.len(), 2);
        assert!(targets.iter().all(Target::is_reached));
        assert!((targets[1].value - 2.0).abs() < 1e-9);
    }

    #[test]
    fn threads_and_the_program_itself_are_no_new_processes() {
        let log = "7 execve(\"python\", []) = 0\n7 clone3({flags=CLONE_VM|CLONE_THREAD}) = 8\n7 vfork() = 9\n7 <... vfork resumed>) = 9\n";
        assert!((started(log) - 1.0).abs() < f64::EPSILON);
    }
}
