//! Something happens at each state-changing system call of each operation: a kill, or an error of each kind.
//!
//! After it, the cache is intact, the same operation succeeds, every module is right, pins are where they were, and a
//! sweep leaves nothing that a cache at rest does not have.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::ensure;

use super::bench::{Bench, Template};
use super::cell::{Cell, judged, sanity};
use super::judge::Judge;
use super::outcome::{Kind, Outcome, Problem};
use super::pool::{each, locked};
use super::random::Random;
use super::strace::{Call, Injection, inject, record};

const ERRORS: [&str; 7] = ["EIO", "ENOSPC", "EACCES", "EMFILE", "EINTR", "EDQUOT", "EROFS"];

/// A command in a situation.
#[derive(Debug, Clone)]
struct Operation {
    name: &'static str,
    template: Template,
    /// With `{source}`, `{key}` and `{out}` for the first source, its key, and a folder to write to.
    words: &'static [&'static str],
    /// The subcommand of `pyxide cache` that must be there.
    needs: Option<&'static str>,
    /// The pins after it succeeded.
    pins: &'static [&'static str],
}

const OPERATIONS: [Operation; 14] = [
    operation("build", Template::Warm, &["build", "{source}"], None, &[]),
    operation("build-damaged", Template::Damaged, &["build", "{source}"], None, &["kept"]),
    operation("build-littered", Template::Littered, &["build", "{source}"], None, &[]),
    operation("hit", Template::Built, &["build", "{source}"], None, &[]),
    operation("gc", Template::Built, &["cache", "gc", "--keep-newest", "1"], Some("gc"), &[]),
    operation("gc-pinned", Template::Pinned, &["cache", "gc", "--max-bytes", "1"], Some("gc"), &["kept"]),
    operation("pin", Template::Built, &["cache", "pin", "{key}", "--alias", "new"], Some("pin"), &["new"]),
    operation(
        "pin-again",
        Template::Pinned,
        &["cache", "pin", "{key}", "--alias", "kept", "--overwrite"],
        Some("pin"),
        &["kept"],
    ),
    operation("unpin", Template::Pinned, &["cache", "unpin", "kept"], Some("unpin"), &[]),
    operation(
        "export",
        Template::Built,
        &["cache", "export", "--overwrite", "{key}", "{out}/module.so"],
        Some("export"),
        &[],
    ),
    operation("export-folder", Template::Built, &["cache", "export", "{key}", "{out}"], Some("export"), &[]),
    operation(
        "export-whole",
        Template::Built,
        &["cache", "export", "--whole", "{key}", "{out}/whole"],
        Some("export"),
        &[],
    ),
    operation("sweep", Template::Littered, &["cache", "sweep"], Some("sweep"), &[]),
    operation("verify", Template::Built, &["cache", "verify"], None, &[]),
];

const fn operation(
    name: &'static str,
    template: Template,
    words: &'static [&'static str],
    needs: Option<&'static str>,
    pins: &'static [&'static str],
) -> Operation {
    Operation { name, template, words, needs, pins }
}

/// One thing that happens.
#[derive(Debug, Clone)]
struct Point {
    operation: Operation,
    call: Call,
    injection: Injection,
}

/// Which of the two matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matrix {
    Kills,
    Errors,
}

/// Goes through a matrix: first each pair of operation and call once, then the rest in an order that the seed decides.
pub(super) fn run(bench: &Bench, matrix: Matrix, deadline: Instant, only: Option<&str>) -> anyhow::Result<Outcome> {
    let mut start = Outcome::default();
    if let Err(reason) = &bench.strace {
        return Ok(Outcome::not_run(format!("{}: {reason}", matrix.check())));
    }
    let mut points = Vec::new();
    let mut judge = bench.judge()?;
    let key = {
        let cell = Cell::new(bench, "key", &bench.template(Template::Built))?;
        let key = cell.build(&bench.sources[0], &mut judge)?.key;
        cell.discard()?;
        key
    };
    for operation in &OPERATIONS {
        if let Some(command) = operation.needs.filter(|command| !bench.can(command)) {
            start.not_run.push(format!("{}: there is no `pyxide cache {command}`", operation.name));
            continue;
        }
        let cell = operation.cell(bench, &format!("{}.{}", matrix.check(), operation.name))?;
        let (ended, calls) = record(&cell, &operation.words(&cell, &key))?;
        ensure!(ended.succeeded(), "`{}` does not work: {}", operation.name, ended.described());
        cell.discard()?;
        points.extend(calls.into_iter().flat_map(|call| matrix.points(operation, &call)));
    }
    let all = points.len();
    arrange(&mut points, &mut Random::new(bench.seed, matrix as u64 + 10));
    if let Some(only) = only {
        points.retain(|point| point.name() == only);
    }
    let pairs: BTreeSet<_> = points.iter().map(Point::pair).collect();
    start.notes.push(format!("{} pairs of operation and call, {all} cells in all", pairs.len()));

    let outcome = Mutex::new(start);
    let done =
        each(bench, deadline, &points, &outcome, |point, judge| one(bench, matrix, point, &key, judge, &outcome))?;
    let mut outcome = outcome.into_inner().unwrap_or_default();
    let reached: BTreeSet<_> = points[..done].iter().map(Point::pair).collect();
    if reached.len() < pairs.len() {
        outcome.not_run.push(format!("{} pairs, for lack of time", pairs.len() - reached.len()));
    }
    let missed = done - outcome.injected;
    if missed > 0 {
        outcome.notes.push(format!("{missed} times the call was not made again, and nothing happened"));
    }
    Ok(outcome)
}

impl Matrix {
    fn check(self) -> &'static str {
        match self {
            Self::Kills => "kill",
            Self::Errors => "error",
        }
    }

    fn points(self, operation: &Operation, call: &Call) -> Vec<Point> {
        let injections: Vec<Injection> = match self {
            Self::Kills => vec![Injection::Kill],
            // A process that cannot be started is no error of a file system.
            Self::Errors if call.starts_a_process() => Vec::new(),
            Self::Errors => {
                let lasting = ["ENOSPC", "EIO"].map(Injection::FromThenOn);
                ERRORS.map(Injection::Once).into_iter().chain(lasting).collect()
            }
        };
        let point = |injection| Point { operation: operation.clone(), call: call.clone(), injection };
        injections.into_iter().map(point).collect()
    }
}

impl Operation {
    fn cell<'a>(&self, bench: &'a Bench, name: &str) -> anyhow::Result<Cell<'a>> {
        let cell = Cell::new(bench, name, &bench.template(self.template))?;
        fs_err::create_dir(cell.folder.join("out"))?;
        Ok(cell)
    }

    fn words(&self, cell: &Cell<'_>, key: &str) -> Vec<String> {
        let out = cell.folder.join("out");
        let filled = |word: &&str| {
            word.replace("{source}", &cell.bench.sources[0].path.to_string_lossy())
                .replace("{key}", key)
                .replace("{out}", &out.to_string_lossy())
        };
        self.words.iter().map(filled).collect()
    }
}

impl Point {
    fn name(&self) -> String {
        format!("{}.{}.{}.{}", self.operation.name, self.call.name, self.call.number, self.injection.name())
    }

    fn pair(&self) -> (&'static str, String) {
        (self.operation.name, self.call.name.clone())
    }

    /// Whether it can say what went wrong: not when that is what it cannot write.
    fn can_speak(&self) -> bool {
        let for_good = matches!(self.injection, Injection::FromThenOn(_));
        let is_silenced = for_good && self.call.name == "write";
        !self.call.is_output && !is_silenced
    }
}

/// Each pair of operation and call once, then the rest.
fn arrange(points: &mut [Point], random: &mut Random) {
    random.shuffle(points);
    let mut seen = BTreeSet::new();
    let mut ordered: Vec<_> = points.iter().map(|point| (!seen.insert(point.pair()), point.clone())).collect();
    ordered.sort_by_key(|(later, _)| *later);
    for (place, (_, point)) in points.iter_mut().zip(ordered) {
        *place = point;
    }
}

fn one(
    bench: &Bench,
    matrix: Matrix,
    point: &Point,
    key: &str,
    judge: &mut Judge,
    outcome: &Mutex<Outcome>,
) -> anyhow::Result<()> {
    let operation = &point.operation;
    let cell = operation.cell(bench, &format!("{}.{}", matrix.check(), point.name()))?;
    let words = operation.words(&cell, key);
    let (ended, happened) = inject(&cell, &words, &point.call, point.injection)?;
    if !happened {
        return cell.discard();
    }
    let mut problems = Vec::new();
    if matrix == Matrix::Errors {
        problems.extend(sanity(&ended));
        let said = format!("{}{}", ended.stdout, ended.stderr);
        let names_something = said.contains(point.injection.words()) || said.contains("`/");
        if !ended.succeeded() && point.can_speak() && !names_something {
            problems.push(Problem::new(Kind::Unclear, format!("it does not say what failed: {}", ended.described())));
        }
        if ended.succeeded() && operation.words[0] == "build" {
            problems.extend(judged(judge, &bench.sources[0], ended.stdout.trim().as_ref())?);
        }
    }
    problems.extend(intact(&cell, operation, judge)?);
    let recovery = recovered(&cell, operation, &words, judge, &mut problems)?;

    let mut outcome = locked(outcome);
    outcome.injected += 1;
    outcome.times.push(recovery);
    let good = problems.is_empty();
    outcome.found(&cell.name, problems);
    drop(outcome);
    if good { cell.discard() } else { Ok(()) }
}

/// What must hold right after it happened: nothing visible is damaged, and no half of an export is.
fn intact(cell: &Cell<'_>, operation: &Operation, judge: &mut Judge) -> anyhow::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    if operation.template != Template::Damaged {
        problems.extend(cell.verify()?);
    }
    // What a killed export left beside it is removed later.
    problems.extend(exported(cell, operation, judge)?.1.into_iter().filter(|it| it.kind != Kind::Leftover));
    let pins = cell.pins()?;
    if operation.template == Template::Pinned {
        let lost = operation.pins.iter().filter(|pin| !pins.iter().any(|found| found == *pin));
        problems.extend(lost.map(|pin| Problem::new(Kind::Lost, format!("the pin `{pin}` is gone"))));
    }
    Ok(problems)
}

/// Runs the operation again and looks at everything. Returns how long the operation took.
fn recovered(
    cell: &Cell<'_>,
    operation: &Operation,
    words: &[String],
    judge: &mut Judge,
    problems: &mut Vec<Problem>,
) -> anyhow::Result<std::time::Duration> {
    let again = cell.run(words)?;
    problems.extend(sanity(&again));
    let pins = cell.pins()?;
    let (is_exported, wrong) = exported(cell, operation, judge)?;
    problems.extend(wrong.into_iter().filter(|it| it.kind != Kind::Leftover));
    // What was done before the kill need not be possible twice.
    let is_done = match operation.needs {
        Some("unpin" | "pin") => bench_pins(operation) == pins,
        Some("export") => is_exported,
        _ => false,
    };
    if !again.succeeded() && !is_done {
        problems.push(Problem::new(Kind::NotRecovered, format!("again: {}", again.described())));
    }
    if cell.bench.can("pins") && pins != bench_pins(operation) {
        let what = format!("the pins are {pins:?} and should be {:?}", operation.pins);
        problems.push(Problem::new(Kind::Lost, what));
    }
    if operation.needs == Some("export") && !is_exported {
        problems.push(Problem::new(Kind::NotRecovered, "nothing is exported"));
    }
    problems.extend(cell.build(&cell.bench.sources[0], judge)?.problems);
    problems.extend(cell.verify()?);
    problems.extend(cell.sweep()?);
    problems.extend(exported(cell, operation, judge)?.1.into_iter().filter(|it| it.kind == Kind::Leftover));
    Ok(again.took)
}

fn bench_pins(operation: &Operation) -> Vec<String> {
    operation.pins.iter().map(|&pin| pin.to_owned()).collect()
}

/// Whether the export is there, and what is wrong with it and beside it.
fn exported(cell: &Cell<'_>, operation: &Operation, judge: &mut Judge) -> anyhow::Result<(bool, Vec<Problem>)> {
    let out = cell.folder.join("out");
    let mut found = false;
    let mut problems = Vec::new();
    for item in fs_err::read_dir(&out)? {
        let path = item?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let artifact = match operation.name {
            "export" if name == "module.so" => Some(path.clone()),
            "export-folder" if name.starts_with("alpha.") => Some(path.clone()),
            "export-whole" if name == "whole" => fs_err::read_dir(&path)?
                .filter_map(|inside| Some(inside.ok()?.path()))
                .find(|inside| inside.extension().is_some_and(|suffix| suffix == "so")),
            _ => None,
        };
        match artifact {
            Some(artifact) => {
                found = true;
                problems.extend(judged(judge, &cell.bench.sources[0], &artifact)?);
            }
            None => problems.push(Problem::new(Kind::Leftover, format!("`{name}` is beside the export"))),
        }
    }
    Ok((found, problems))
}
