//! `cargo xtask torture`: the real command under everything that can happen to it.
//!
//! | part | what happens |
//! |---|---|
//! | `damage` | a finished entry is truncated, flipped, swapped, replaced by links, pipes, folders |
//! | `recovery` | a builder is killed while another waits for it |
//! | `full-disk` | file systems that fill up, or cannot be written |
//! | `storm` | six builders, readers and a collector at once, killed at any moment |
//! | `kill` | SIGKILL just before each state-changing system call of each operation |
//! | `error` | the same calls fail, each with every error |
//!
//! A part that injects nothing has failed, and one that cannot run says so. The seed decides about everything that is
//! chosen; a cell in which something was wrong keeps its folder, and its name is enough to run it again.

mod bench;
mod cell;
mod damage;
mod full_disk;
mod judge;
mod matrix;
mod outcome;
mod pool;
mod process;
mod random;
mod recovery;
mod storm;
mod strace;
mod strays;

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::ValueEnum;

use self::bench::Bench;
use self::matrix::Matrix;
use self::outcome::{Kind, Outcome, Problem};
use crate::say::say;
use crate::workshop::Workshop;

/// The time of the short form, in minutes.
pub(crate) const SHORT: f64 = 1.5;

/// From how many minutes on the parts of a fixed size are larger.
const LONG: f64 = 6.0;

/// How many cells with problems are shown for each part.
const SHOWN: usize = 20;

/// What was asked for.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// How long, in minutes.
    #[arg(long, default_value_t = SHORT)]
    minutes: f64,
    /// Choose the same again as a run that printed this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Print one JSON object per part.
    #[arg(long)]
    json: bool,
    /// Run this part only; may be repeated.
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Part>,
    /// Run this cell only, by the name that a report shows; needs one `--only`.
    #[arg(long, value_name = "CELL", requires = "only")]
    cell: Option<String>,
    /// Use this interpreter before those that are found; may be repeated.
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
}

/// One part, in the order of the run: what is bounded comes first, and leaves its time to the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// A builder is killed while another waits for it.
    Recovery,
    /// File systems that fill up, or cannot be written.
    FullDisk,
    /// Damage of every kind to a finished entry.
    Damage,
    /// Builders, readers and a collector at once, killed at any moment.
    Storm,
    /// SIGKILL at each state-changing system call.
    Kill,
    /// Each state-changing system call fails with every error.
    Error,
}

impl Arguments {
    /// What a test run asks for.
    pub(crate) fn of_minutes(minutes: f64) -> Self {
        Self { minutes, seed: None, json: false, only: Vec::new(), cell: None, python: Vec::new() }
    }
}

/// Runs the parts, sums up, and tells whether all is well.
pub(crate) fn run(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    let workshop = Workshop::open(root, &arguments.python)?;
    Ok(run_in(&workshop, arguments)?.is_good)
}

/// What a run says about itself.
pub(crate) struct Summary {
    /// Whether everything that ran is right.
    pub(crate) is_good: bool,
    /// Why most of it could not run.
    pub(crate) not_run: Option<String>,
}

/// The same, for who has a workshop already.
pub(crate) fn run_in(workshop: &Workshop, arguments: &Arguments) -> anyhow::Result<Summary> {
    let seed = arguments.seed.unwrap_or_else(|| {
        // Few digits, because somebody may have to type them.
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::from(time.subsec_nanos()) % 1_000_000
    });
    let started = Instant::now();
    let bench = Bench::open(workshop, seed)?;
    let time =
        Duration::try_from_secs_f64(arguments.minutes * 60.0).context("`--minutes` takes a number of minutes")?;
    let end = started + time;
    if !arguments.json {
        say(format_args!("seed {seed}, {} minutes, {} threads", arguments.minutes, bench.threads));
    }
    let wanted = |part: &Part| arguments.only.is_empty() || arguments.only.contains(part);
    let parts: Vec<Part> = Part::value_variants().iter().copied().filter(wanted).collect();
    let mut outcomes = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let now = Instant::now();
        let left = end.saturating_duration_since(now).as_secs_f64();
        let shares: f64 = parts[at..].iter().map(|part| part.share()).sum();
        let deadline = now + Duration::from_secs_f64(left * part.share() / shares);
        let mut outcome = part.run(&bench, deadline, arguments)?;
        outcome.found("processes", survivors(&bench));
        report(&bench, *part, &outcome, now.elapsed(), arguments);
        outcomes.push(outcome);
    }
    let not_run = outcomes.iter().map(|outcome| outcome.not_run.len()).sum();
    let is_good = outcomes.iter().all(Outcome::is_good);
    if !arguments.json {
        say(format_args!("{}", sum(&outcomes, not_run, started.elapsed())));
    }
    Ok(Summary { is_good, not_run: bench.strace.err() })
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::FullDisk => "full-disk",
            Self::Damage => "damage",
            Self::Storm => "storm",
            Self::Kill => "kill",
            Self::Error => "error",
        }
    }

    /// Its share of the time, compared with the others.
    fn share(self) -> f64 {
        match self {
            Self::Recovery | Self::FullDisk => 0.06,
            Self::Damage | Self::Storm => 0.16,
            Self::Kill | Self::Error => 0.28,
        }
    }

    /// Whether each of its cells can be run alone.
    fn has_cells(self) -> bool {
        matches!(self, Self::Kill | Self::Error | Self::Damage)
    }

    fn run(self, bench: &Bench, deadline: Instant, arguments: &Arguments) -> anyhow::Result<Outcome> {
        let is_long = arguments.minutes >= LONG;
        let only = arguments.cell.as_deref();
        match self {
            Self::Recovery => recovery::run(bench, deadline, if is_long { 100 } else { 20 }),
            Self::FullDisk => full_disk::run(bench, deadline, if is_long { 64 } else { 256 }),
            Self::Damage => damage::run(bench, deadline, only),
            Self::Storm => storm::run(bench, deadline),
            Self::Kill => matrix::run(bench, Matrix::Kills, deadline, only),
            Self::Error => matrix::run(bench, Matrix::Errors, deadline, only),
        }
    }
}

/// Processes that are still at it when nobody should be.
fn survivors(bench: &Bench) -> Vec<Problem> {
    let mut alive = process::naming(&bench.folder, &bench.others);
    if !alive.is_empty() {
        // The last cell's may be about to end.
        std::thread::sleep(Duration::from_millis(200));
        alive = process::naming(&bench.folder, &bench.others);
    }
    alive.into_iter().map(|(pid, what)| Problem::new(Kind::Leftover, format!("process {pid}: {what}"))).collect()
}

/// Says what a part found.
fn report(bench: &Bench, part: Part, outcome: &Outcome, took: Duration, arguments: &Arguments) {
    let name = part.name();
    if arguments.json {
        let mut object = outcome.json(name);
        object["seed"] = bench.seed.into();
        say(format_args!("{object}"));
        return;
    }
    let times = outcome
        .median_and_longest()
        .map_or_else(String::new, |(median, longest)| format!(", recovery {median} ms, at most {longest} ms"));
    let (injected, bad) = (outcome.injected, outcome.wrong.len());
    let seconds = took.as_secs_f64();
    say(format_args!("\n{name}: {injected} injected, {bad} bad{times}, {seconds:.1} s"));
    for note in &outcome.notes {
        say(format_args!("  {note}"));
    }
    for reason in &outcome.not_run {
        say(format_args!("  not run: {reason}"));
    }
    let mut cells: Vec<&str> = Vec::new();
    for (cell, problem) in &outcome.wrong {
        if cells.contains(&cell.as_str()) && part.has_cells() {
            continue;
        }
        cells.push(cell);
        if cells.len() > SHOWN {
            continue;
        }
        let what: String = problem.what.chars().take(400).collect();
        say(format_args!("  {}: {cell}: {what}", problem.kind.plural()));
        let again = match cell.split_once('.') {
            Some((_, cell)) if part.has_cells() => format!("--only {name} --cell {cell}"),
            _ => format!("--only {name}"),
        };
        let folder = bench.folder.join("cells").join(cell);
        say(format_args!(
            "    kept in `{}`; again: cargo xtask torture --seed {} {again}",
            folder.display(),
            bench.seed
        ));
    }
    if cells.len() > SHOWN {
        say(format_args!("  and {} more cells", cells.len() - SHOWN));
    }
    if injected == 0 && outcome.not_run.is_empty() {
        say(format_args!("  nothing was injected, so nothing was shown"));
    }
}

/// All parts in a few lines.
fn sum(outcomes: &[Outcome], not_run: usize, took: Duration) -> String {
    let injected: usize = outcomes.iter().map(|outcome| outcome.injected).sum();
    let counts = Kind::ALL.map(|kind| {
        let count: usize = outcomes.iter().map(|outcome| outcome.count(kind)).sum();
        format!("{count} {}", kind.plural())
    });
    let seconds = took.as_secs_f64();
    format!("\n{injected} injected in {seconds:.0} s: {}; {not_run} not run", counts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_the_whole() {
        let sum: f64 = Part::value_variants().iter().map(|part| part.share()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn the_summary_counts_everything() {
        let mut outcome = Outcome { injected: 3, ..Outcome::default() };
        outcome.found("cell", [Problem::new(Kind::Crash, "")]);
        let text = sum(&[outcome, Outcome::default()], 1, Duration::from_secs(2));
        assert!(text.contains("3 injected in 2 s: 0 wrong loads, 1 crashes"), "{text}");
        assert!(text.ends_with("0 too slow; 1 not run"), "{text}");
    }
}
