//! `cargo xtask bench-plats`: how long Platskript takes to become Python, beside how long Python takes with what it became, and how long a text takes to become a dialect,
//! beside a loop in Python, in one run.
//!
//! Each is a process that stays, and does its work once for each line that it is sent. They take turns, and what is compared are two neighbours: what else the machine does
//! in the meantime happens to both.

mod dialect;
mod program;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use serde_json::json;

use crate::measuring::statistics::Summary;
use crate::measuring::worker::Worker;
use crate::say::{note, say};
use crate::workshop::{Workshop, run as run_command};

/// How much of the time of CPython's compiler ours may take.
const LANGUAGE_AT_MOST: f64 = 0.3;

/// The version of what `--json` prints.
const FORMAT: u32 = 1;

const PYTHON: &str = "\
import sys, time
path = sys.argv[1]
for line in sys.stdin:
    with open(path, encoding='utf-8') as file:
        source = file.read()
    begin = time.perf_counter()
    compile(source, path, 'exec')
    print(time.perf_counter() - begin, flush=True)
";

/// What was asked for.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// How many rounds.
    #[arg(long, value_name = "N", default_value_t = 11, conflicts_with = "quick")]
    rounds: usize,
    /// How many lines the program has.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    lines: usize,
    /// One round.
    #[arg(long)]
    quick: bool,
    /// Print one JSON object per row.
    #[arg(long)]
    json: bool,
    /// Use this interpreter before those that are found.
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
}

/// What we took, beside what somebody else took.
struct Row {
    name: &'static str,
    ours: Summary,
    theirs: Summary,
    /// Ours by theirs, round by round.
    ratio: Summary,
    at_most: f64,
}

/// Measures, prints, and tells whether everything is as quick as it has to be.
pub(crate) fn run(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    let workshop = Workshop::open(root, &arguments.python)?;
    let rounds = if arguments.quick { 1 } else { arguments.rounds.max(1) };
    let rows = [language(&workshop, arguments.lines, rounds)?, dialect::dialect(&workshop, rounds)?];
    for row in &rows {
        say(format_args!("{}", if arguments.json { row.object() } else { row.line() }));
    }
    Ok(rows.iter().all(Row::is_good))
}

/// The language: our compiler, and CPython's with what comes out of ours.
fn language(workshop: &Workshop, lines: usize, rounds: usize) -> anyhow::Result<Row> {
    run_command(workshop.cargo().args([
        "build",
        "--release",
        "--package",
        "platskript",
        "--example",
        "stopwatch",
        "--locked",
    ]))?;
    let folder = workshop.folder.join("bench-plats");
    fs_err::create_dir_all(&folder)?;
    let (source, python) = (folder.join("program.plats"), folder.join("program.py"));
    fs_err::write(&source, program::program(lines))?;
    let program = workshop.target.join("release/examples/stopwatch");
    let mut ours = Worker::start(Command::new(program).arg(&source).arg(&python))?;
    let interpreter = workshop.interpreter()?;
    let mut theirs = Worker::start(Command::new(&interpreter.executable).args(["-I", "-c", PYTHON]).arg(&python))?;
    // The first round writes the Python.
    let times = taking_turns("language", &mut ours, &mut theirs, rounds)?;
    Row::of("language", &times, LANGUAGE_AT_MOST)
}

/// Ours and theirs, one after the other and in turns. The first round is not counted.
fn taking_turns(name: &str, ours: &mut Worker, theirs: &mut Worker, rounds: usize) -> anyhow::Result<Vec<(f64, f64)>> {
    once(ours)?;
    once(theirs)?;
    let mut times = Vec::new();
    for round in 0..rounds {
        note(format_args!("{name}: round {} of {rounds}", round + 1));
        times.push(if round % 2 == 0 {
            let ours = once(ours)?;
            (ours, once(theirs)?)
        } else {
            let theirs = once(theirs)?;
            (once(ours)?, theirs)
        });
    }
    Ok(times)
}

impl Row {
    fn of(name: &'static str, times: &[(f64, f64)], at_most: f64) -> anyhow::Result<Self> {
        let summary = |of: fn(&(f64, f64)) -> f64| Summary::of(times.iter().map(of)).context("nothing was measured");
        Ok(Self {
            name,
            ours: summary(|(ours, _)| *ours)?,
            theirs: summary(|(_, theirs)| *theirs)?,
            ratio: summary(|(ours, theirs)| ours / theirs)?,
            at_most,
        })
    }

    fn is_good(&self) -> bool {
        self.ratio.median <= self.at_most
    }

    fn line(&self) -> String {
        let Self { name, ours, theirs, ratio, at_most } = self;
        format!(
            "{} {name}: {:.1} ms, Python {:.1} ms, ratio {:.3} ({:.3} to {:.3}, {} rounds), at most {at_most}",
            if self.is_good() { "good  " } else { "missed" },
            ours.median * 1e3,
            theirs.median * 1e3,
            ratio.median,
            ratio.least,
            ratio.most,
            ratio.count,
        )
    }

    fn object(&self) -> String {
        json!({
            "format": FORMAT,
            "name": self.name,
            "ours": self.ours.median,
            "theirs": self.theirs.median,
            "ratio": self.ratio.median,
            "least": self.ratio.least,
            "most": self.ratio.most,
            "rounds": self.ratio.count,
            "at_most": self.at_most,
            "good": self.is_good(),
        })
        .to_string()
    }
}

/// How many seconds it took this time.
fn once(worker: &mut Worker) -> anyhow::Result<f64> {
    let line = worker.once()?;
    line.parse().ok().with_context(|| format!("a process that is measured answered `{line}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_judged_by_the_median() {
        let row = Row::of("x", &[(1.0, 4.0), (1.0, 5.0), (9.0, 1.0)], 0.3).unwrap();
        assert!(row.is_good(), "{}", row.line());
        assert_eq!(
            row.line(),
            "good   x: 1000.0 ms, Python 4000.0 ms, ratio 0.250 (0.200 to 9.000, 3 rounds), at most 0.3"
        );
        assert!(!Row::of("x", &[(1.0, 3.0)], 0.3).unwrap().is_good());
    }
}
