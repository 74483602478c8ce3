//! What was measured, as a table, as data, and beside what is to be reached.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::ValueEnum as _;
use serde_json::{Value, json};

use super::peers::{Peer, Subject};
use crate::measuring::statistics::Summary;
use crate::measuring::stopwatch::Measured;

/// The version of the objects that `--json` prints.
pub(super) const FORMAT: u32 = 1;

const KIB: f64 = 1024.0;

/// Runs by wheel and peer, and why somebody has none.
#[derive(Debug, Default)]
pub(super) struct Results {
    runs: BTreeMap<(Subject, Peer), Vec<Measured>>,
    members: BTreeMap<Subject, usize>,
    failures: BTreeMap<(Subject, Peer), String>,
}

/// A number, and the one that it may not exceed, or may not be below.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    what: String,
    value: f64,
    limit: Limit,
    unit: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_reached(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.value <= limit,
            Limit::AtLeast(limit) => self.value >= limit,
        }
    }

    /// One line for people.
    pub(super) fn line(&self) -> String {
        let word = if self.is_reached() { "reached" } else { "missed " };
        let (limit, sense) = match self.limit {
            Limit::AtMost(limit) => (limit, "at most "),
            Limit::AtLeast(limit) => (limit, "at least"),
        };
        format!("{word} {:>8.2} of {sense} {limit:>6.2} {:<3} {}", self.value, self.unit, self.what)
    }

    /// The same as data.
    pub(super) fn object(&self) -> Value {
        let (limit, at_least) = match self.limit {
            Limit::AtMost(limit) => (limit, false),
            Limit::AtLeast(limit) => (limit, true),
        };
        json!({
            "format": FORMAT,
            "target": self.what,
            "value": self.value,
            "limit": limit,
            "at_least": at_least,
            "unit": self.unit,
            "reached": self.is_reached(),
        })
    }
}

impl Results {
    pub(super) fn add(&mut self, subject: Subject, peer: Peer, measured: Measured) {
        self.runs.entry((subject, peer)).or_default().push(measured);
    }

    /// Notes how many members a wheel has.
    pub(super) fn members(&mut self, subject: Subject, count: usize) {
        self.members.insert(subject, count);
    }

    /// Notes that somebody could not be measured.
    pub(super) fn fail(&mut self, subject: Subject, peer: Peer, reason: String) {
        self.failures.insert((subject, peer), reason);
    }

    pub(super) fn has_failed(&self, subject: Subject, peer: Peer) -> bool {
        self.failures.contains_key(&(subject, peer))
    }

    pub(super) fn failures(&self) -> impl Iterator<Item = (Subject, Peer, &str)> {
        self.failures.iter().map(|((subject, peer), reason)| (*subject, *peer, reason.as_str()))
    }

    fn summary(&self, subject: Subject, peer: Peer, value: impl Fn(&Measured) -> f64) -> Option<Summary> {
        Summary::of(self.runs.get(&(subject, peer))?.iter().map(value))
    }

    fn wall(&self, subject: Subject, peer: Peer) -> Option<f64> {
        Some(self.summary(subject, peer, |run| run.wall)?.median)
    }

    fn peak(&self, subject: Subject, peer: Peer) -> Option<f64> {
        Some(self.summary(subject, peer, |run| run.peak / KIB)?.most)
    }

    /// One wheel as lines for people.
    pub(super) fn table(&self, subject: Subject) -> String {
        let members = self.members.get(&subject).copied().unwrap_or_default();
        let mut text = format!("{}: {members} members, ms and MiB, ratio to cp\n", subject.name());
        let _ = writeln!(
            text,
            "  {:<27} {:>9} {:>22} {:>8} {:>9} {:>8} {:>5}",
            "", "wall", "[least .. most]", "ratio", "cpu", "memory", "runs"
        );
        let copy = self.wall(subject, Peer::Copy);
        for (_, peer) in self.runs.keys().filter(|(of, _)| *of == subject) {
            let Some(wall) = self.summary(subject, *peer, |run| run.wall * 1e3) else { continue };
            let ends = format!("[{:.1} .. {:.1}]", wall.least, wall.most);
            let ratio = copy.map_or_else(|| "-".into(), |copy| format!("{:.2}", wall.median / 1e3 / copy));
            let cpu = self.summary(subject, *peer, |run| run.cpu * 1e3).map_or(0.0, |cpu| cpu.median);
            let peak = self.peak(subject, *peer).unwrap_or_default();
            let _ = writeln!(
                text,
                "  {:<27} {:>9.1} {ends:>22} {ratio:>8} {cpu:>9.1} {peak:>8.1} {:>5}",
                peer.name(),
                wall.median,
                wall.count
            );
        }
        text
    }

    /// What is to be reached of what was measured.
    pub(super) fn targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        for (subject, count) in &self.members {
            for peer in Peer::value_variants().iter().copied() {
                let Some(is_quick) = peer.checks_structure_only() else { continue };
                let Some(ours) = self.wall(*subject, peer) else { continue };
                let name = format!("{}, {}", peer.name(), subject.name());
                let of_cp = match (is_quick, subject.is_large()) {
                    (true, _) => 2.0,
                    (false, false) => 8.0,
                    (false, true) => 12.0,
                };
                if let Some(copy) = self.wall(*subject, Peer::Copy) {
                    let (value, limit) = (ours / copy, Limit::AtMost(of_cp));
                    targets.push(Target { what: format!("of the time of cp ({name})"), value, limit, unit: "x" });
                }
                let faster = if is_quick { 60.0 } else { 20.0 };
                for other in [Peer::Seed, Peer::Wheel].into_iter().filter(|_| !subject.is_large()) {
                    if let Some(theirs) = self.wall(*subject, other) {
                        let what = format!("as fast as {} ({name})", other.name());
                        targets.push(Target { what, value: theirs / ours, limit: Limit::AtLeast(faster), unit: "x" });
                    }
                }
                if let Some(value) = self.peak(*subject, peer) {
                    let limit = Limit::AtMost(32.0 + f64::from(u32::try_from(*count).unwrap_or(u32::MAX)) / KIB);
                    targets.push(Target { what: format!("memory ({name})"), value, limit, unit: "MiB" });
                }
            }
        }
        targets
    }

    /// All rows as objects.
    pub(super) fn objects(&self) -> Vec<Value> {
        let shown = |summary: Option<Summary>| {
            summary.map(|it| json!({ "median": it.median, "least": it.least, "most": it.most, "count": it.count }))
        };
        let rows = self.runs.keys().map(|(subject, peer)| {
            let ratio = self.wall(*subject, *peer).zip(self.wall(*subject, Peer::Copy)).map(|(one, copy)| one / copy);
            json!({
                "format": FORMAT,
                "wheel": subject.name(),
                "members": self.members.get(subject),
                "peer": peer.name(),
                "ours": peer.is_ours(),
                "wall_s": shown(self.summary(*subject, *peer, |run| run.wall)),
                "cpu_s": shown(self.summary(*subject, *peer, |run| run.cpu)),
                "peak_mib": self.peak(*subject, *peer),
                "ratio": ratio,
            })
        });
        let failures = self.failures().map(|(subject, peer, reason)| {
            json!({ "format": FORMAT, "wheel": subject.name(), "peer": peer.name(), "failure": reason })
        });
        rows.chain(failures).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> Results {
        let mut results = Results::default();
        results.members(Subject::Numpy, 1024);
        for (peer, wall, peak) in [
            (Peer::Copy, 0.010, 2048.0),
            (Peer::Structure, 0.019, 20.0 * KIB),
            (Peer::Structure, 0.021, 21.0 * KIB),
            (Peer::Content, 0.090, 34.0 * KIB),
            (Peer::Seed, 2.0, 18.0 * KIB),
        ] {
            results.add(Subject::Numpy, peer, Measured { wall, cpu: wall, peak, ..Measured::default() });
        }
        results
    }

    #[test]
    fn a_table_shows_medians_ends_and_ratios() {
        let text = results().table(Subject::Numpy);
        let row = text.lines().find(|line| line.contains("structure")).unwrap();
        let words: Vec<_> = row.split_whitespace().skip(2).collect();
        assert_eq!(words, ["20.0", "[19.0", "..", "21.0]", "2.00", "20.0", "21.0", "2"]);
        assert!(text.starts_with("numpy: 1024 members"), "{text}");
    }

    #[test]
    fn targets_tell_what_is_reached() {
        let targets = results().targets();
        let reached: Vec<_> =
            targets.iter().map(|target| (target.line().starts_with("reached"), target.unit)).collect();
        let expected = [(true, "x"), (true, "x"), (true, "MiB"), (false, "x"), (true, "x"), (false, "MiB")];
        assert_eq!(reached, expected, "{targets:#?}");
        assert!(
            targets[1].line().contains("at least  60.00 x   as fast as extract and repack"),
            "{}",
            targets[1].line()
        );
        assert_eq!(targets[3].object()["reached"], false);
    }

    #[test]
    fn objects_have_a_format_and_failures() {
        let mut results = results();
        results.fail(Subject::Numpy, Peer::Wheel, "no wheel".into());
        assert!(results.has_failed(Subject::Numpy, Peer::Wheel));
        let objects = results.objects();
        assert!(objects.iter().all(|object| object["format"] == FORMAT));
        assert_eq!((&objects[1]["ratio"], &objects[4]["failure"]), (&json!(2.0), &json!("no wheel")));
    }
}
