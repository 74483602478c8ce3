//! What a part found: how often it struck, what was wrong after it, and how long recovery took.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

/// The ways in which something can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A module other than the one that was asked for was handed out, or one that cannot be loaded.
    WrongLoad,
    /// A process of ours died by a signal that nobody sent, or hung.
    Crash,
    /// It panicked, or showed a traceback.
    Panic,
    /// Something stayed behind that nobody will remove.
    Leftover,
    /// A compiler ran although nobody needed it.
    DoubleBuild,
    /// What had been promised was gone: a pin, an entry.
    Lost,
    /// The next run did not succeed.
    NotRecovered,
    /// It failed without saying what failed, or with an exit code that is not documented.
    Unclear,
    /// It took too long.
    Slow,
}

/// One thing that was wrong.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) kind: Kind,
    pub(super) what: String,
}

/// What a part found.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How often it struck.
    pub(super) injected: usize,
    /// Problems, each with the cell it was in.
    pub(super) wrong: Vec<(String, Problem)>,
    /// What is measured, and each measurement.
    pub(super) times: Vec<Duration>,
    /// Further numbers.
    pub(super) notes: Vec<String>,
    /// What could not run, and why.
    pub(super) not_run: Vec<String>,
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::WrongLoad,
        Self::Crash,
        Self::Panic,
        Self::Leftover,
        Self::DoubleBuild,
        Self::Lost,
        Self::NotRecovered,
        Self::Unclear,
        Self::Slow,
    ];

    /// What it is called in counts.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::WrongLoad => "wrong loads",
            Self::Crash => "crashes",
            Self::Panic => "panics",
            Self::Leftover => "leftovers",
            Self::DoubleBuild => "double builds",
            Self::Lost => "losses",
            Self::NotRecovered => "failed recoveries",
            Self::Unclear => "unclear failures",
            Self::Slow => "too slow",
        }
    }
}

impl Problem {
    pub(super) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into() }
    }
}

impl Outcome {
    /// A part that could not run at all.
    pub(super) fn not_run(reason: impl Into<String>) -> Self {
        Self { not_run: vec![reason.into()], ..Self::default() }
    }

    /// Notes what was wrong in a cell.
    pub(super) fn found(&mut self, cell: &str, problems: impl IntoIterator<Item = Problem>) {
        self.wrong.extend(problems.into_iter().map(|problem| (cell.to_owned(), problem)));
    }

    /// How many problems of a kind there are.
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.wrong.iter().filter(|(_, problem)| problem.kind == kind).count()
    }

    /// Whether it struck, or says why not, and nothing was wrong.
    pub(super) fn is_good(&self) -> bool {
        self.wrong.is_empty() && (self.injected > 0 || !self.not_run.is_empty())
    }

    /// The median and the longest time, in milliseconds.
    pub(super) fn median_and_longest(&self) -> Option<(f64, f64)> {
        let mut times = self.times.clone();
        times.sort_unstable();
        let longest = times.last()?;
        Some((milliseconds(times[times.len() / 2]), milliseconds(*longest)))
    }

    /// One object for programs.
    pub(super) fn json(&self, check: &str) -> Value {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for kind in Kind::ALL {
            counts.insert(kind.plural().replace(' ', "_"), self.count(kind));
        }
        let times = self.median_and_longest();
        json!({
            "check": check,
            "n": self.injected,
            "bad": self.wrong.len(),
            "p50_ms": times.map(|(median, _)| median),
            "max_ms": times.map(|(_, longest)| longest),
            "counts": counts,
            "notes": self.notes,
            "not_run": self.not_run,
        })
    }
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_injected_is_not_good() {
        assert!(!Outcome::default().is_good());
        assert!(Outcome { injected: 1, ..Outcome::default() }.is_good());
        assert!(Outcome::not_run("no strace").is_good());
        let mut wrong = Outcome { injected: 1, ..Outcome::default() };
        wrong.found("cell", [Problem::new(Kind::Crash, "")]);
        assert!(!wrong.is_good());
        assert_eq!(wrong.json("kill")["counts"]["crashes"], 1);
    }

    #[test]
    fn times_are_summed_up() {
        let times = [30, 10, 20].map(Duration::from_millis).to_vec();
        assert_eq!(Outcome { times, ..Outcome::default() }.median_and_longest(), Some((20.0, 30.0)));
        assert_eq!(Outcome::default().median_and_longest(), None);
    }
}
