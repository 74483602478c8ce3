//! `cargo xtask bench-registry`: how long it takes to list, count and dry-collect a cache with ten thousand entries, from
//! Python and from the command, beside how long Python takes to read every meta.json once, in one run.
//!
//! They take turns, and each is compared with the reader of its own round: what else the machine does happens to both.
//! Entries, sources and artifacts are published by the crate itself, from one real-looking meta.json.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::measuring::statistics::{Summary, rotated};
use crate::measuring::stopwatch::{Order, Stopwatch};
use crate::measuring::worker::Worker;
use crate::say::{note, say};
use crate::workshop::{Workshop, run as run_command};

/// How much of the reader's time a list may take.
const LIST_AT_MOST: f64 = 0.6;

/// The same for counting, and for a collection that removes nothing.
const LOOK_AT_MOST: f64 = 1.0;

/// How many KiB of memory a process may have.
const MEMORY_AT_MOST: f64 = 65_536.0;

/// The version of what `--json` prints.
const FORMAT: u32 = 1;

/// Each line names what to do once; the answer is how long it took, and the most memory that the process has had.
const PYTHON: &str = "\
import os, sys, time
entries, what = sys.argv[1:3]
def read():
    for shard in os.scandir(entries):
        for entry in os.scandir(shard.path):
            with open(entry.path + '/meta.json', 'rb') as file:
                file.read()
def peak():
    with open('/proc/self/status') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmHWM'))
if what == 'read':
    do = read
else:
    import pyxide
    do = getattr(pyxide, what.split('(')[0], None) and (lambda: eval('pyxide.' + what))
print('ready' if do else 'missing', flush=True)
for line in sys.stdin:
    begin = time.perf_counter()
    do()
    print(time.perf_counter() - begin, peak(), flush=True)
";

/// What was asked for.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// How many rounds.
    #[arg(long, value_name = "N", default_value_t = 11, conflicts_with = "quick")]
    rounds: usize,
    /// How many entries.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    entries: u32,
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

/// Something of ours that is measured.
struct Contender {
    name: String,
    at_most: f64,
    runner: Runner,
    /// Seconds, and how many of the reader's they are, per round.
    times: Vec<(f64, f64)>,
    /// The most memory, in KiB.
    peak: f64,
}

enum Runner {
    Function(Worker),
    Command(Order),
}

/// Measures, prints, and tells whether everything is as quick and as small as it has to be.
pub(crate) fn run(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    let workshop = Workshop::open(root, &arguments.python)?;
    let interpreter = workshop.interpreter()?.executable;
    let folder = workshop.folder.join("bench-registry");
    fs_err::create_dir_all(&folder)?;
    let package = build(&workshop, &interpreter, &folder)?;
    let cache = fill(&workshop, &folder, arguments.entries)?;
    let entries = cache.join("v1/entries");
    let bytes = size(&entries)?;

    let worker = |what: &str| start(&interpreter, &entries, what, &package, &cache);
    let Some(mut reader) = worker("read")? else { bail!("Python can read") };
    let half = (bytes / 2).to_string();
    let looks = [
        ("list", LIST_AT_MOST, "list_cached()".to_owned(), vec!["list"]),
        ("stats", LOOK_AT_MOST, "cache_stats()".to_owned(), vec!["stats"]),
        (
            "dry collection",
            LOOK_AT_MOST,
            format!("gc_cache(max_bytes={half}, dry_run=True)"),
            vec!["gc", "--dry-run", "--max-bytes", &half],
        ),
    ];
    let mut contenders = Vec::new();
    for (name, at_most, function, words) in looks {
        if let Some(worker) = worker(&function)? {
            let runner = Runner::Function(worker);
            contenders.push(Contender::new(format!("{name}, function"), at_most, runner));
        } else {
            note(format_args!("the package has no `{function}`, which is not measured"));
        }
        let runner = Runner::Command(order(&workshop, &cache, &words));
        contenders.push(Contender::new(format!("{name}, command"), at_most, runner));
    }
    let mut stopwatch = Stopwatch::start(&interpreter, &folder)?;
    let rounds = if arguments.quick { 1 } else { arguments.rounds.max(1) };
    let mut reads = Vec::new();
    // The first round is not counted.
    for round in 0..=rounds {
        note(format_args!("round {round} of {rounds}"));
        let (read, _) = once(&mut reader)?;
        reads.extend((round > 0).then_some(read));
        for index in rotated(contenders.len(), round) {
            let contender = &mut contenders[index];
            let (seconds, peak) = contender.once(&mut stopwatch)?;
            if round > 0 {
                contender.times.push((seconds, seconds / read));
            }
            contender.peak = contender.peak.max(peak);
        }
    }
    let read = Summary::of(reads).context("nothing was measured")?;
    let mut is_good = true;
    for contender in &contenders {
        let row = contender.row()?;
        say(format_args!("{}", if arguments.json { row.object(&read) } else { row.line(&read) }));
        is_good &= row.is_good();
    }
    Ok(is_good)
}

/// Builds the command, the extension and the filler, and puts the package together. Returns the package's folder.
fn build(workshop: &Workshop, interpreter: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let build = || workshop.cargo().args(["build", "--release", "--locked"]);
    run_command(build().args(["--package", "cli", "--package", "pyxide-py"]).env("PYO3_PYTHON", interpreter))?;
    run_command(build().args(["--package", "registry", "--example", "fill"]))?;
    let package = folder.join("package");
    let ours = package.join("pyxide");
    fs_err::create_dir_all(&ours)?;
    for file in fs_err::read_dir(workshop.root.join("crates/pyxide-py/python/pyxide"))? {
        let file = file?.path();
        if file.is_file() {
            fs_err::copy(&file, ours.join(file.file_name().context("a file has a name")?))?;
        }
    }
    fs_err::copy(workshop.target.join("release/lib_pyxide.so"), ours.join("_pyxide.abi3.so"))?;
    Ok(package)
}

/// A cache with so many entries. One that is there with as many is used again.
fn fill(workshop: &Workshop, folder: &Path, count: u32) -> anyhow::Result<PathBuf> {
    let cache = folder.join("cache");
    if cache.exists() {
        fs_err::remove_dir_all(&cache)?;
    }
    note(format_args!("publishing {count} entries"));
    let program = workshop.target.join("release/examples/fill");
    let sample = workshop.root.join("data/meta-samples/3-module.json");
    run_command(workshop.program(program).arg(&cache).arg(count.to_string()).arg(sample))?;
    Ok(cache)
}

/// The bytes in the files of all entries.
fn size(entries: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for shard in fs_err::read_dir(entries)? {
        for entry in fs_err::read_dir(shard?.path())? {
            for file in fs_err::read_dir(entry?.path())? {
                bytes += file?.metadata()?.len();
            }
        }
    }
    Ok(bytes)
}

fn order(workshop: &Workshop, cache: &Path, words: &[&str]) -> Order {
    let program = workshop.target.join("release/pyxide");
    let mut arguments = vec![program.display().to_string(), "cache".to_owned()];
    arguments.extend(words.iter().map(|&word| word.to_owned()));
    let environment = BTreeMap::from([("PYXIDE_CACHE_DIR".to_owned(), cache.display().to_string())]);
    Order { arguments, environment, folder: cache.to_owned() }
}

impl Contender {
    fn new(name: String, at_most: f64, runner: Runner) -> Self {
        Self { name, at_most, runner, times: Vec::new(), peak: 0.0 }
    }

    /// Seconds and memory of one run.
    fn once(&mut self, stopwatch: &mut Stopwatch) -> anyhow::Result<(f64, f64)> {
        match &mut self.runner {
            Runner::Function(worker) => once(worker),
            Runner::Command(order) => {
                let measured = stopwatch.run(std::slice::from_ref(order))?;
                Ok((measured.wall, measured.peak))
            }
        }
    }

    fn row(&self) -> anyhow::Result<Row<'_>> {
        let summary =
            |of: fn(&(f64, f64)) -> f64| Summary::of(self.times.iter().map(of)).context("nothing was measured");
        Ok(Row {
            name: &self.name,
            at_most: self.at_most,
            seconds: summary(|(seconds, _)| *seconds)?,
            ratio: summary(|(_, ratio)| *ratio)?,
            peak: self.peak,
        })
    }
}

/// What came out.
struct Row<'a> {
    name: &'a str,
    at_most: f64,
    seconds: Summary,
    /// Of the reader's time in the same round.
    ratio: Summary,
    peak: f64,
}

impl Row<'_> {
    fn is_good(&self) -> bool {
        self.ratio.median <= self.at_most && self.peak < MEMORY_AT_MOST
    }

    fn line(&self, read: &Summary) -> String {
        let Self { name, at_most, seconds, ratio, peak } = self;
        format!(
            "{} {name:<24} {:6.1} ms, Python reads in {:.1} ms: ratio {:.2} ({:.2} to {:.2}, {} rounds), at most {at_most}; {:.1} MiB",
            if self.is_good() { "good  " } else { "missed" },
            seconds.median * 1e3,
            read.median * 1e3,
            ratio.median,
            ratio.least,
            ratio.most,
            ratio.count,
            peak / 1024.0,
        )
    }

    fn object(&self, read: &Summary) -> String {
        json!({
            "format": FORMAT,
            "name": self.name,
            "ours": self.seconds.median,
            "reader": read.median,
            "ratio": self.ratio.median,
            "least": self.ratio.least,
            "most": self.ratio.most,
            "rounds": self.ratio.count,
            "at_most": self.at_most,
            "peak_kib": self.peak,
            "good": self.is_good(),
        })
        .to_string()
    }
}

/// A Python that does one thing once per line. `None` where the package does not have what is to be measured.
fn start(python: &Path, entries: &Path, what: &str, package: &Path, cache: &Path) -> anyhow::Result<Option<Worker>> {
    let mut command = Command::new(python);
    command.args(["-S", "-c", PYTHON]).arg(entries).arg(what);
    command.env("PYTHONPATH", package).env("PYXIDE_CACHE_DIR", cache);
    let mut worker = Worker::start(&mut command)?;
    match worker.line()?.as_str() {
        "ready" => Ok(Some(worker)),
        "missing" => Ok(None),
        other => bail!("a process that is to be measured answered `{other}`"),
    }
}

/// How many seconds it took this time, and the KiB of memory that the process has had at most.
fn once(worker: &mut Worker) -> anyhow::Result<(f64, f64)> {
    let line = worker.once()?;
    let numbers: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [seconds, peak] => Ok((seconds, peak)),
        _ => bail!("a process that is measured answered `{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_good_when_it_is_quick_and_small() {
        let summary = |value| Summary::of([value]).unwrap();
        let row = |ratio, peak| Row { name: "list", at_most: 0.6, seconds: summary(0.05), ratio: summary(ratio), peak };
        assert!(row(0.6, 2048.0).is_good());
        assert!(!row(0.61, 2048.0).is_good() && !row(0.5, 65_536.0).is_good());
        assert_eq!(
            row(0.5, 2048.0).line(&summary(0.1)),
            "good   list                       50.0 ms, Python reads in 100.0 ms: ratio 0.50 (0.50 to 0.50, 1 rounds), at most 0.6; 2.0 MiB"
        );
    }
}
