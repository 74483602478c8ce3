//! Everything at once: builders that are killed at any moment, readers, and a collector, on one cache.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process_group};

use super::bench::{Bench, Source, Template};
use super::cell::{Cell, built, judged, objects, sanity, wrong};
use super::judge::{Judge, Verdict};
use super::outcome::{Kind, Outcome, Problem};
use super::pool::locked;
use super::process::{self, Ended};
use super::random::Random;

/// Two show no race of three, see the essay in `lock-dir`.
const CONTENDERS: usize = 6;
const READERS: usize = 2;

/// What the threads share.
struct Storm<'a> {
    cell: Cell<'a>,
    over: AtomicBool,
    /// The builders under way, and whether they were killed.
    builders: Mutex<Vec<Builder>>,
    /// The source whose module has a pin, so that it is never collected.
    pinned: Option<Source>,
    kills: AtomicUsize,
    builds: AtomicUsize,
    /// Builds that ran a compiler and came to their end, without and with `--force`.
    built: [AtomicUsize; 2],
    reads: AtomicUsize,
    collected: AtomicUsize,
    outcome: Mutex<Outcome>,
}

struct Builder {
    pid: Pid,
    lane: usize,
    killed: bool,
}

/// Rages until the deadline.
pub(super) fn run(bench: &Bench, deadline: Instant) -> anyhow::Result<Outcome> {
    let cell = Cell::new(bench, "storm", &bench.template(Template::Warm))?;
    let pinned = pin(&cell)?;
    let storm = Storm {
        cell,
        pinned,
        over: AtomicBool::new(false),
        builders: Mutex::new(Vec::new()),
        kills: AtomicUsize::new(0),
        builds: AtomicUsize::new(0),
        built: Default::default(),
        reads: AtomicUsize::new(0),
        collected: AtomicUsize::new(0),
        outcome: Mutex::new(Outcome::default()),
    };
    let results = std::thread::scope(|scope| {
        let storm = &storm;
        let mut threads = Vec::new();
        threads.extend((0..CONTENDERS).map(|lane| scope.spawn(move || storm.contend(lane))));
        threads.extend((0..READERS).map(|lane| scope.spawn(move || storm.read(CONTENDERS + lane))));
        threads.push(scope.spawn(|| storm.collect(CONTENDERS + READERS)));
        storm.strike(deadline);
        storm.over.store(true, Ordering::SeqCst);
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    for result in results {
        result.unwrap_or_else(|_| Err(anyhow::anyhow!("a thread of the harness panicked")))?;
    }
    storm.end(bench)
}

impl Storm<'_> {
    /// Builds one source after the other.
    fn contend(&self, lane: usize) -> anyhow::Result<()> {
        let mut random = Random::new(self.cell.bench.seed, 100 + lane as u64);
        while !self.over.load(Ordering::SeqCst) {
            let source = self.any_source(&mut random);
            let mut words: Vec<OsString> = vec!["build".into(), "--json".into(), source.path.clone().into()];
            // Where there is no collector, this is what keeps builders busy.
            let is_forced = random.below(if self.cell.bench.can("gc") { 20 } else { 3 }) == 0;
            if is_forced {
                words.push("--force".into());
            }
            let (ended, killed) = self.run(&format!("builder-{lane}"), lane, &words)?;
            if killed && ended.was_killed() {
                continue;
            }
            self.builds.fetch_add(1, Ordering::SeqCst);
            self.found(&ended);
            if !ended.succeeded() {
                self.problem(Kind::NotRecovered, &ended.described());
            } else if !built(&ended).used_cache {
                self.built[usize::from(is_forced)].fetch_add(1, Ordering::SeqCst);
            }
        }
        Ok(())
    }

    /// Takes what is there, loads it, and compares.
    fn read(&self, lane: usize) -> anyhow::Result<()> {
        let mut random = Random::new(self.cell.bench.seed, 100 + lane as u64);
        let mut judge = self.cell.bench.judge()?;
        let name = format!("reader-{lane}");
        while !self.over.load(Ordering::SeqCst) {
            let source = self.any_source(&mut random);
            if random.below(4) == 0 {
                self.run_module(&name, source)?;
                continue;
            }
            let words = ["build".as_ref(), "--json".as_ref(), "--no-build".as_ref(), source.path.as_os_str()];
            let ended = process::run(&mut self.cell.command(words), &self.cell.folder, &name)?;
            self.found(&ended);
            if !ended.succeeded() {
                self.missed(source, &ended);
                continue;
            }
            self.reads.fetch_add(1, Ordering::SeqCst);
            let build = built(&ended);
            self.judge(&mut judge, source, &build.artifact)?;
            if self.cell.bench.can("export") && random.below(4) == 0 {
                self.export(&name, source, &build.key, &mut judge)?;
            }
        }
        Ok(())
    }

    /// `pyxide run`, whose own process loads the module.
    fn run_module(&self, name: &str, source: &Source) -> anyhow::Result<()> {
        let words =
            ["run".as_ref(), source.path.as_os_str(), "--no-build".as_ref(), "--call".as_ref(), "value()".as_ref()];
        let ended = process::run(&mut self.cell.command(words), &self.cell.folder, name)?;
        if ended.succeeded() {
            self.reads.fetch_add(1, Ordering::SeqCst);
            if ended.stdout.trim() != source.value.to_string() {
                self.problem(Kind::WrongLoad, &format!("`run` of `{}`: {}", source.name, ended.stdout.trim()));
            }
        } else if !is_gone(&format!("{}{}", ended.stdout, ended.stderr)) {
            self.found(&ended);
            self.missed(source, &ended);
        }
        Ok(())
    }

    /// Copies a module out of the cache; all readers write to one place.
    fn export(&self, name: &str, source: &Source, key: &str, judge: &mut Judge) -> anyhow::Result<()> {
        let place = self.cell.folder.join(format!("{}.so", source.name));
        let words = ["cache".as_ref(), "export".as_ref(), "--overwrite".as_ref(), key.as_ref(), place.as_os_str()];
        let ended = process::run(&mut self.cell.command(words), &self.cell.folder, name)?;
        self.found(&ended);
        if ended.succeeded() {
            locked(&self.outcome).found(&self.cell.name, judged(judge, source, &place)?);
        } else {
            self.missed(source, &ended);
        }
        Ok(())
    }

    /// A reader that finds nothing is right, unless there is a pin.
    fn missed(&self, source: &Source, ended: &Ended) {
        const CACHE: i32 = 4;
        if ended.code() != Some(CACHE) {
            self.problem(Kind::Unclear, &format!("a reader: {}", ended.described()));
        } else if self.pinned.as_ref() == Some(source) {
            self.problem(Kind::Lost, &format!("pinned, and not there: {}", ended.described()));
        }
    }

    /// Removes entries, and what the dead left, as long as the others build.
    fn collect(&self, lane: usize) -> anyhow::Result<()> {
        let bench = self.cell.bench;
        let mut random = Random::new(bench.seed, 100 + lane as u64);
        while !self.over.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(random.next() % 200));
            let words: &[&str] = match random.below(3) {
                0 if bench.can("sweep") => &["cache", "sweep", "--json"],
                1 if bench.can("gc") => &["cache", "gc", "--keep-newest", "1", "--json"],
                2 if bench.can("gc") => &["cache", "gc", "--max-bytes", "1", "--json"],
                _ => &["cache", "verify", "--json"],
            };
            let words: Vec<OsString> = words.iter().map(Into::into).collect();
            let (ended, killed) = self.run("collector", lane, &words)?;
            let removed = objects(&ended.stdout).filter_map(|object| Some(object["removed"].as_array()?.len())).sum();
            self.collected.fetch_add(removed, Ordering::SeqCst);
            if killed && ended.was_killed() {
                // It may have removed one more than it could say.
                self.collected.fetch_add(bench.sources.len(), Ordering::SeqCst);
                continue;
            }
            self.found(&ended);
            if !ended.succeeded() {
                self.problem(Kind::NotRecovered, &format!("the collector: {}", ended.described()));
            }
        }
        Ok(())
    }

    /// Kills somebody every few milliseconds.
    fn strike(&self, deadline: Instant) {
        let mut random = Random::new(self.cell.bench.seed, 99);
        while Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10 + random.next() % 60));
            let mut builders = locked(&self.builders);
            let mut alive: Vec<_> = builders.iter_mut().filter(|builder| !builder.killed).collect();
            if alive.is_empty() {
                continue;
            }
            let at = random.below(alive.len());
            alive[at].killed = kill_process_group(alive[at].pid, Signal::KILL).is_ok();
        }
    }

    /// Runs a command that may be killed, and says whether it was aimed at.
    fn run(&self, name: &str, lane: usize, words: &[OsString]) -> anyhow::Result<(Ended, bool)> {
        let started = Instant::now();
        let folder = &self.cell.folder;
        let child = process::start(&mut self.cell.command(words), folder, name)?;
        locked(&self.builders).push(Builder { pid: Pid::from_child(&child), lane, killed: false });
        let ended = process::finish_unreaped(child, started, folder, name, || {
            let mut builders = locked(&self.builders);
            let at = builders.iter().position(|builder| builder.lane == lane);
            at.is_some_and(|at| builders.swap_remove(at).killed)
        });
        let (ended, killed) = ended?;
        if killed && ended.was_killed() {
            self.kills.fetch_add(1, Ordering::SeqCst);
        }
        Ok((ended, killed))
    }

    fn any_source(&self, random: &mut Random) -> &Source {
        &self.cell.bench.sources[random.below(self.cell.bench.sources.len())]
    }

    fn judge(&self, judge: &mut Judge, source: &Source, artifact: &Path) -> anyhow::Result<()> {
        // What the collector has removed since cannot be loaded, and nobody promised that. Another builder may have put
        // the same entry there again before one could look, so what counts is what the loader said.
        let verdict = judge.load(source.module, artifact)?;
        if matches!(&verdict, Verdict::Error(text) if is_gone(text)) {
            return Ok(());
        }
        locked(&self.outcome).found(&self.cell.name, wrong(verdict, source, artifact));
        Ok(())
    }

    fn found(&self, ended: &Ended) {
        locked(&self.outcome).found(&self.cell.name, sanity(ended));
    }

    fn problem(&self, kind: Kind, what: &str) {
        locked(&self.outcome).found(&self.cell.name, [Problem::new(kind, what)]);
    }

    /// When the storm is over: nothing is left, everything can be built, and nothing was built twice.
    fn end(self, bench: &Bench) -> anyhow::Result<Outcome> {
        let mut outcome = self.outcome.into_inner().unwrap_or_default();
        let cell = self.cell;
        let mut judge = bench.judge()?;
        let runs = cell.compiles();
        let [kills, collected] = [self.kills, self.collected].map(AtomicUsize::into_inner);
        let [built, forced] = self.built.map(AtomicUsize::into_inner);
        let mut problems = Vec::new();
        // Who built to the end without being forced to published an entry, and there was none before or it was collected.
        let needed = bench.sources.len() + collected;
        if built > needed {
            problems.push(Problem::new(Kind::DoubleBuild, format!("{built} builds, where {needed} were needed")));
        }
        // The compiler runs of those that were killed came to nothing.
        let explained = built + forced + kills;
        if runs > explained {
            problems
                .push(Problem::new(Kind::DoubleBuild, format!("{runs} compiler runs, {explained} can be explained")));
        }
        problems.extend(cell.verify()?);
        if self.pinned.is_some() && cell.pins()? != ["kept"] {
            problems.push(Problem::new(Kind::Lost, "the pin is gone"));
        }
        for source in &bench.sources {
            problems.extend(cell.build(source, &mut judge)?.problems);
        }
        problems.extend(cell.sweep()?);
        std::thread::sleep(Duration::from_millis(100));
        let alive = process::naming(&cell.folder, &bench.others);
        problems.extend(
            alive.into_iter().map(|(pid, what)| Problem::new(Kind::Leftover, format!("process {pid}: {what}"))),
        );
        outcome.injected = kills;
        outcome.notes.push(format!(
            "{} finished builds by {CONTENDERS} contenders, {} reads by {READERS} readers; {runs} compiler runs: \
             {built} finished, {forced} finished with --force, the others were killed; {collected} entries collected",
            self.builds.into_inner(),
            self.reads.into_inner(),
        ));
        if !bench.can("gc") {
            outcome.not_run.push("the collector: there is no `pyxide cache gc`".to_owned());
        }
        outcome.found(&cell.name, problems);
        if outcome.wrong.is_empty() {
            cell.discard()?;
        }
        Ok(outcome)
    }
}

/// Builds and pins the last source, if there are pins.
fn pin(cell: &Cell<'_>) -> anyhow::Result<Option<Source>> {
    if !cell.bench.can("pin") {
        return Ok(None);
    }
    let source = cell.bench.sources.last().context("there are sources")?;
    let key = cell.build(source, &mut cell.bench.judge()?)?.key;
    let ended = cell.run(["cache", "pin", &key, "--alias", "kept"])?;
    ensure!(ended.succeeded(), "cannot pin: {}", ended.described());
    // What was built here is no part of the storm.
    fs_err::remove_file(cell.folder.join("compiles"))?;
    Ok(Some(source.clone()))
}

fn is_gone(text: &str) -> bool {
    text.contains("No such file") || text.contains("cannot open shared object file")
}
