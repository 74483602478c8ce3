//! `cargo xtask test`: what CI runs, phase by phase.
//!
//! A phase passes, fails, or is not run for a reason that the summary names. A failing phase does not stop the next
//! one. On a contributor's machine a missing tool is no failure; where `CI=true` it is, since nobody would look.
//!
//! Everything is made below `target/xtask`: environments with their requirements, one wheel, the home folder of the
//! tests. Nothing needs root, and nothing is asked of the machine's Python but a way to make an environment.

mod phases;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::say::say;
use crate::workshop::{NotRun, Workshop};

/// What was asked for.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Also run the tests that the quick run leaves out, check licences, torture for longer, change more wheels, build with every backend in every way, measure templates that are wrong, and run the Python tests
    /// with every CPython from 3.10 to 3.13 that is found.
    #[arg(long)]
    full: bool,
    /// Use this interpreter before those that are found; may be repeated.
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
    /// Run this phase only; may be repeated.
    #[arg(long, value_enum, value_name = "PHASE")]
    only: Vec<Phase>,
}

/// One part of the test run, in the order of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Phase {
    /// The formatting of Rust files.
    Fmt,
    /// Lints, with warnings as errors.
    Clippy,
    /// The rules about the repository.
    Tidy,
    /// Tests in Rust.
    Rust,
    /// The documentation, with warnings as errors.
    Doc,
    /// The distribution, installed from source into a clean environment, and its tests.
    Python,
    /// The command line and the distribution with real Cython and compilers.
    Stories,
    /// Finished wheels, ours and others', changed by the command and judged by everybody; more of them with --full.
    Wheels,
    /// The build backend around all others, by every front end; all of their combinations with --full.
    Backends,
    /// The language package, built with our wheel: the codec, the hook, both installers; with every CPython with --full.
    Vlaams,
    /// The command under kills, errors and damage; longer with --full.
    Torture,
    /// `bench-templates` over templates that are wrong, and its report in a browser (with --full).
    Bench,
    /// Licences, bans and sources of dependencies (with --full).
    Deny,
    /// `python` and `stories` with one wheel and every CPython (with --full).
    Matrix,
}

/// How a phase ended.
enum Outcome {
    Passed,
    Failed(String),
    NotRun(String),
}

/// One line of the summary.
struct Line {
    name: String,
    outcome: Outcome,
    took: Duration,
}

/// Runs the phases, sums up, and tells whether all is well.
pub(crate) fn run(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    let workshop = Workshop::open(root, &arguments.python)?;
    let mut lines = Vec::new();
    for phase in Phase::value_variants().iter().copied().filter(|phase| arguments.wants(*phase)) {
        match phase {
            Phase::Fmt => lines.push(announced("fmt", || phases::fmt(&workshop))),
            Phase::Clippy => lines.push(announced("clippy", || phases::clippy(&workshop))),
            Phase::Tidy => lines.push(announced("tidy", || phases::tidy(&workshop))),
            Phase::Rust => lines.push(announced("rust", || phases::rust(&workshop))),
            Phase::Doc => lines.push(announced("doc", || phases::doc(&workshop))),
            Phase::Python => lines.push(announced("python", || phases::python(&workshop, arguments.full))),
            Phase::Stories => lines.push(announced("stories", || phases::stories(&workshop, arguments.full))),
            Phase::Wheels => lines.push(announced("wheels", || phases::wheels(&workshop, arguments.full))),
            Phase::Backends => lines.push(announced("backends", || phases::backends(&workshop, arguments.full))),
            Phase::Vlaams => lines.push(announced("vlaams", || phases::vlaams(&workshop, arguments.full))),
            Phase::Torture => lines.push(announced("torture", || phases::torture(&workshop, arguments.full))),
            Phase::Bench => lines.push(announced("bench", || phases::bench(&workshop))),
            Phase::Deny => lines.push(announced("deny", || phases::deny(&workshop))),
            Phase::Matrix => {
                for (name, interpreter) in workshop.matrix() {
                    lines.push(announced(&name, || phases::matrix(&workshop, interpreter)));
                }
            }
        }
    }
    let ci = is_ci();
    say(format_args!("{}", summary(&lines, ci)));
    Ok(is_good(&lines, ci))
}

impl Arguments {
    fn wants(&self, phase: Phase) -> bool {
        let thorough = matches!(phase, Phase::Bench | Phase::Deny | Phase::Matrix);
        if self.only.is_empty() { self.full || !thorough } else { self.only.contains(&phase) }
    }
}

/// Runs one phase between two lines that say so.
fn announced(name: &str, phase: impl FnOnce() -> anyhow::Result<()>) -> Line {
    say(format_args!("\n== {name}"));
    let start = Instant::now();
    let outcome = Outcome::of(phase());
    let took = start.elapsed();
    say(format_args!("== {name}: {} after {:.1} s", outcome.word(), took.as_secs_f64()));
    Line { name: name.to_owned(), outcome, took }
}

impl Outcome {
    fn of(result: anyhow::Result<()>) -> Self {
        match result.map_err(anyhow::Error::downcast::<NotRun>) {
            Ok(()) => Self::Passed,
            Err(Ok(NotRun(reason))) => Self::NotRun(reason),
            Err(Err(error)) => Self::Failed(format!("{error:#}")),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::NotRun(_) => "not run",
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Passed => "",
            Self::Failed(reason) | Self::NotRun(reason) => reason,
        }
    }
}

/// A line per phase, and the counts as the last line.
fn summary(lines: &[Line], ci: bool) -> String {
    let mut text = String::new();
    for Line { name, outcome, took } in lines {
        let line = format!("{name:<14} {:<8} {:>7.1} s  {}", outcome.word(), took.as_secs_f64(), outcome.reason());
        text.push('\n');
        text.push_str(line.trim_end());
    }
    let [passed, failed, skipped] = counts(lines);
    if ci && skipped > 0 {
        text.push_str("\n\nWhat was not run counts as failed, since CI is set.");
    }
    format!("{text}\n\n{passed} passed, {failed} failed, {skipped} skipped")
}

/// Whether nothing failed and, where nobody watches, everything was run.
fn is_good(lines: &[Line], ci: bool) -> bool {
    let [_, failed, skipped] = counts(lines);
    failed == 0 && (skipped == 0 || !ci)
}

/// How many phases passed, failed and were not run.
fn counts(lines: &[Line]) -> [usize; 3] {
    let mut counts = [0; 3];
    for line in lines {
        match line.outcome {
            Outcome::Passed => counts[0] += 1,
            Outcome::Failed(_) => counts[1] += 1,
            Outcome::NotRun(_) => counts[2] += 1,
        }
    }
    counts
}

/// Whether nobody watches this run.
fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    fn arguments(full: bool, only: &[Phase]) -> Arguments {
        Arguments { full, python: Vec::new(), only: only.to_vec() }
    }

    #[test]
    fn full_adds_and_only_selects() {
        let plain = arguments(false, &[]);
        assert!(plain.wants(Phase::Stories) && !plain.wants(Phase::Deny) && !plain.wants(Phase::Matrix));
        assert!(!plain.wants(Phase::Bench));
        let full = arguments(true, &[]);
        assert!(full.wants(Phase::Fmt) && full.wants(Phase::Matrix));
        let only = arguments(false, &[Phase::Matrix]);
        assert!(only.wants(Phase::Matrix) && !only.wants(Phase::Fmt));
    }

    #[test]
    fn a_phase_that_cannot_run_does_not_fail() {
        assert!(matches!(Outcome::of(Ok(())), Outcome::Passed));
        assert!(matches!(Outcome::of(NotRun::because("no tool")), Outcome::NotRun(reason) if reason == "no tool"));
        assert!(matches!(Outcome::of(Err(anyhow!("broken"))), Outcome::Failed(reason) if reason == "broken"));
    }

    fn lines(outcomes: impl IntoIterator<Item = Outcome>) -> Vec<Line> {
        let line = |outcome| Line { name: "test".to_owned(), outcome, took: Duration::from_millis(1500) };
        outcomes.into_iter().map(line).collect()
    }

    #[test]
    fn what_is_not_run_fails_in_ci_alone() {
        let good = |outcome| {
            let lines = lines([Outcome::Passed, outcome]);
            (is_good(&lines, false), is_good(&lines, true))
        };
        assert_eq!(good(Outcome::Passed), (true, true));
        assert_eq!(good(Outcome::NotRun(String::new())), (true, false));
        assert_eq!(good(Outcome::Failed(String::new())), (false, false));
    }

    #[test]
    fn the_summary_ends_with_the_counts() {
        let lines =
            lines([Outcome::Passed, Outcome::NotRun("no tool".to_owned()), Outcome::Failed("broken".to_owned())]);
        let expected = "
test           passed       1.5 s
test           not run      1.5 s  no tool
test           failed       1.5 s  broken

1 passed, 1 failed, 1 skipped";
        assert_eq!(summary(&lines, false), expected);
    }
}
