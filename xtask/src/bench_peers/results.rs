//! What was measured, as a table and as data.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::bench::Case;
use super::kinds::Kind;
use super::peers::Peer;
use super::workloads::Workload;
use crate::measuring::statistics::Summary;
use crate::measuring::stopwatch::Measured;

/// The version of the objects that `--json` prints.
pub(super) const FORMAT: u32 = 1;

/// Runs by case, and why a case has none.
#[derive(Debug, Default)]
pub(super) struct Results {
    runs: BTreeMap<Case, Vec<Measured>>,
    /// Instructions of one run.
    counts: BTreeMap<Case, f64>,
    failures: BTreeMap<Case, String>,
}

impl Results {
    /// Adds a run.
    pub(super) fn add(&mut self, case: Case, measured: Measured) {
        self.runs.entry(case).or_default().push(measured);
    }

    /// Adds the instructions of a run.
    pub(super) fn count(&mut self, case: Case, instructions: f64) {
        self.counts.insert(case, instructions);
    }

    /// Notes that a case could not be measured.
    pub(super) fn fail(&mut self, case: Case, reason: String) {
        self.failures.insert(case, reason);
    }

    /// Whether it has failed before.
    pub(super) fn has_failed(&self, case: Case) -> bool {
        self.failures.contains_key(&case)
    }

    /// The cases that could not be measured, with the reason.
    pub(super) fn failures(&self) -> impl Iterator<Item = (&Case, &String)> {
        self.failures.iter()
    }

    /// Seconds of wall time, or of what the process measured itself where that is what counts.
    pub(super) fn time(&self, kind: Kind, workload: Workload, peer: Peer) -> Option<Summary> {
        let case = Case { kind, workload, peer };
        self.summary(case, |run| if kind.is_inside() { run.inside } else { Some(run.wall) })
    }

    /// Seconds of CPU time.
    pub(super) fn cpu(&self, kind: Kind, workload: Workload, peer: Peer) -> Option<f64> {
        Some(self.summary(Case { kind, workload, peer }, |run| Some(run.cpu))?.median)
    }

    /// The fastest of the others, with the flags that their users get.
    pub(super) fn best_other(&self, kind: Kind, workload: Workload) -> Option<(Peer, f64)> {
        let others = self.runs.keys().filter(|case| case.peer.is_other());
        let others = others.filter(|case| (case.kind, case.workload) == (kind, workload));
        let times = others.filter_map(|case| Some((case.peer, self.time(kind, workload, case.peer)?.median)));
        times.min_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    /// What a group's ratios compare with: importing the module directly, else the best other.
    fn base(&self, kind: Kind, workload: Workload) -> Option<f64> {
        let direct = self.time(kind, workload, Peer::Direct).map(|time| time.median);
        direct.or_else(|| Some(self.best_other(kind, workload)?.1))
    }

    fn summary(&self, case: Case, value: impl Fn(&Measured) -> Option<f64>) -> Option<Summary> {
        Summary::of(self.runs.get(&case)?.iter().filter_map(value))
    }

    /// One group as lines for people.
    pub(super) fn table(&self, kind: Kind, workload: Workload) -> String {
        let rows: Vec<_> =
            self.runs.keys().filter(|case| (case.kind, case.workload) == (kind, workload)).copied().collect();
        let base = self.base(kind, workload);
        let unit = Unit::of(
            base.or_else(|| rows.first().and_then(|case| self.time(kind, workload, case.peer)).map(|it| it.median)),
        );
        let rounds = rows.iter().filter_map(|case| self.time(kind, workload, case.peer)).map(|it| it.count).max();
        let against =
            if self.time(kind, workload, Peer::Direct).is_some() { "direct import" } else { "the best other" };
        let mut text = format!(
            "{}: {} ({}), {}, {} runs, ratio to {against}\n",
            kind.description(),
            workload.name(),
            workload.description(),
            unit.name,
            rounds.unwrap_or_default()
        );
        let measured = if kind.is_inside() { "inside" } else { "wall" };
        let _ = writeln!(
            text,
            "  {:<20} {measured:>9} {:>20} {:>7} {:>9} {:>9} {:>9}",
            "", "[least .. most]", "ratio", "inside", "cpu", "M instr."
        );
        for case in rows {
            let Some(time) = self.time(kind, workload, case.peer) else { continue };
            let ends = format!("[{} .. {}]", unit.show(time.least), unit.show(time.most));
            let ratio = base.map_or_else(|| "-".to_owned(), |base| format!("{:.2}", time.median / base));
            let other = |value: Option<Summary>| value.map_or_else(|| "-".to_owned(), |it| unit.show(it.median));
            let inside = other(self.summary(case, |run| run.inside));
            // The CPU time of a run that measures itself is that of all it did to get there.
            let cpu = if kind.is_inside() { "-".to_owned() } else { other(self.summary(case, |run| Some(run.cpu))) };
            let count = self.counts.get(&case).map_or_else(|| "-".to_owned(), |count| format!("{:.1}", count / 1e6));
            let _ = writeln!(
                text,
                "  {:<20} {:>9} {ends:>20} {ratio:>7} {inside:>9} {cpu:>9} {count:>9}",
                case.peer.name(),
                unit.show(time.median)
            );
        }
        text
    }

    /// Some cases as objects.
    pub(super) fn objects(&self, cases: &[Case]) -> Vec<Value> {
        let summary = |summary: Option<Summary>| {
            summary.map(|it| json!({ "median": it.median, "least": it.least, "most": it.most, "count": it.count }))
        };
        let object = |case: &Case| {
            let case = *case;
            let time = self.time(case.kind, case.workload, case.peer);
            let ratio = time.zip(self.base(case.kind, case.workload)).map(|(time, base)| time.median / base);
            json!({
                "format": FORMAT,
                "kind": case.kind.description(),
                "workload": case.workload.name(),
                "peer": case.peer.name(),
                "wall_s": summary(self.summary(case, |run| Some(run.wall))),
                "cpu_s": summary(self.summary(case, |run| Some(run.cpu))),
                "inside_s": summary(self.summary(case, |run| run.inside)),
                "ratio": ratio,
                "instructions": self.counts.get(&case),
            })
        };
        let failure = |case: &Case, reason: &String| {
            json!({
                "format": FORMAT,
                "kind": case.kind.description(),
                "workload": case.workload.name(),
                "peer": case.peer.name(),
                "failure": reason,
            })
        };
        let measured = cases.iter().filter(|case| self.runs.contains_key(case)).map(object);
        let failed =
            self.failures().filter(|(case, _)| cases.contains(case)).map(|(case, reason)| failure(case, reason));
        measured.chain(failed).collect()
    }
}

/// What a time is shown in.
struct Unit {
    name: &'static str,
    per_second: f64,
    decimals: usize,
}

impl Unit {
    /// The unit in which this time has digits that can be compared.
    fn of(seconds: Option<f64>) -> Self {
        match seconds {
            Some(seconds) if seconds < 5e-4 => Self { name: "us", per_second: 1e6, decimals: 1 },
            Some(seconds) if seconds < 1.0 => Self { name: "ms", per_second: 1e3, decimals: 1 },
            _ => Self { name: "s", per_second: 1.0, decimals: 2 },
        }
    }

    fn show(&self, seconds: f64) -> String {
        format!("{:.*}", self.decimals, seconds * self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> Results {
        let mut results = Results::default();
        let mut add = |kind, peer, wall: f64, inside| {
            let measured = Measured { wall, cpu: wall / 2.0, inside, ..Measured::default() };
            results.add(Case { kind, workload: Workload::W1, peer }, measured);
        };
        add(Kind::Warm, Peer::Direct, 0.010, None);
        add(Kind::Warm, Peer::Pyxide, 0.012, Some(0.002));
        add(Kind::Warm, Peer::Pyxide, 0.014, Some(0.004));
        add(Kind::Warm, Peer::Pyximport, 0.500, Some(0.480));
        add(Kind::SameProcess, Peer::Pyxide, 0.1, Some(0.000_005));
        add(Kind::SameProcess, Peer::Inline, 0.9, Some(0.000_004));
        results.count(Case { kind: Kind::Warm, workload: Workload::W1, peer: Peer::Pyxide }, 48_370_822.0);
        results
    }

    #[test]
    fn a_table_shows_medians_ends_and_ratios() {
        let text = results().table(Kind::Warm, Workload::W1);
        let row = |name: &str| -> Vec<String> {
            let line = text.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
            line.trim_start()[name.len()..].split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(row("pyxide"), ["13.0", "[12.0", "..", "14.0]", "1.30", "3.0", "6.5", "48.4"]);
        assert_eq!(row("direct import"), ["10.0", "[10.0", "..", "10.0]", "1.00", "-", "5.0", "-"]);
        assert!(
            text.starts_with("warm hit in a new process: w1 (3 lines), ms, 2 runs, ratio to direct import\n"),
            "{text}"
        );
    }

    #[test]
    fn what_a_process_measured_itself_counts_where_it_is_asked_for() {
        let results = results();
        assert!((results.best_other(Kind::SameProcess, Workload::W1).unwrap().1 - 0.000_004).abs() < 1e-12);
        let text = results.table(Kind::SameProcess, Workload::W1);
        assert!(text.contains(", us, 1 runs, ratio to the best other") && text.contains("1.25"), "{text}");
    }

    #[test]
    fn objects_have_a_format_and_failures() {
        let mut results = results();
        let case = Case { kind: Kind::Cold, workload: Workload::W2, peer: Peer::Magic };
        results.fail(case, "no compiler".into());
        assert!(results.has_failed(case));
        let pyxide = Case { kind: Kind::Warm, workload: Workload::W1, peer: Peer::Pyxide };
        let objects = results.objects(&[pyxide, case]);
        assert_eq!(objects.len(), 2);
        assert!(objects.iter().all(|object| object["format"] == FORMAT));
        assert_eq!((&objects[0]["peer"], &objects[0]["wall_s"]["count"]), (&json!("pyxide"), &json!(2)));
        assert_eq!(objects[1]["failure"], "no compiler");
    }
}
