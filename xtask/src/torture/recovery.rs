//! How long it takes until a dead builder is out of the way.
//!
//! A builder whose compiler hangs is killed while another waits for its lock. Measured from the kill: until the waiter
//! owns the lock, until its own compiler starts, and until nothing of the dead builder's processes is alive.

use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::bench::{Bench, Source, Template};
use super::cell::Cell;
use super::judge::Judge;
use super::outcome::{Kind, Outcome, Problem};
use super::process;
use super::random::Random;

/// The waiter must own the lock by then, as a rule.
const OWNED: Duration = Duration::from_millis(50);
/// Nothing of the dead builder may be alive after this, as a rule.
const GONE: Duration = Duration::from_millis(100);
/// A machine that does something else meanwhile makes single measurements longer. This many times the rule is wrong each time.
const BUSY: u32 = 10;
/// Beyond this it is no delay, it does not happen.
const NEVER: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_micros(300);

/// Measurements from one kill.
#[derive(Debug, Default, Clone, Copy)]
struct Times {
    owned: Option<Duration>,
    compiling: Option<Duration>,
    gone: Option<Duration>,
}

/// Kills `rounds` builders.
pub(super) fn run(bench: &Bench, deadline: Instant, rounds: usize) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut all = Vec::new();
    // One at a time: what is measured is a delay, not how busy the machine is.
    let mut judge = bench.judge()?;
    let mut random = Random::new(bench.seed, 3);
    for number in 0..rounds {
        if Instant::now() >= deadline {
            break;
        }
        let cell = Cell::new(bench, &format!("recovery.{number}"), &bench.template(Template::Warm))?;
        let (times, problems) = round(&cell, &bench.sources[number % bench.sources.len()], &mut judge, &mut random)?;
        all.push(times);
        outcome.injected += 1;
        outcome.times.extend(times.owned);
        let good = problems.is_empty();
        outcome.found(&cell.name, problems);
        if good {
            cell.discard()?;
        }
    }
    outcome.found("recovery", usually(&all, |times| times.owned, OWNED, "the waiter owns the lock"));
    outcome.found("recovery", usually(&all, |times| times.gone, GONE, "the dead builder's processes are gone"));
    outcome.notes.push(summed("until the waiter owns the lock", all.iter().filter_map(|times| times.owned)));
    outcome.notes.push(summed("until its compiler starts", all.iter().filter_map(|times| times.compiling)));
    outcome
        .notes
        .push(summed("until the dead builder's processes are gone", all.iter().filter_map(|times| times.gone)));
    Ok(outcome)
}

/// Kills a builder whose compiler runs, and leaves everything as it is then.
pub(super) fn leave_a_dead_builder(cell: &Cell<'_>, source: &Source) -> anyhow::Result<()> {
    let (mut builder, processes) = hanging(cell, source, "dead")?;
    process::kill_group(&builder);
    builder.wait()?;
    // That they end by themselves is what the part `recovery` is about.
    process::end(&processes);
    fs_err::remove_file(cell.folder.join("hang"))?;
    Ok(fs_err::remove_file(cell.folder.join("compiles"))?)
}

fn round(
    cell: &Cell<'_>,
    source: &Source,
    judge: &mut Judge,
    random: &mut Random,
) -> anyhow::Result<(Times, Vec<Problem>)> {
    let (mut builder, processes) = hanging(cell, source, "holder")?;
    fs_err::remove_file(cell.folder.join("hang"))?;
    let lock_owner = owner_file(cell)?;
    let began = Instant::now();
    let waiter = process::start(&mut build(cell, source), &cell.folder, "waiter")?;
    let said = cell.folder.join("waiter.stderr");
    until(|| fs_err::read_to_string(&said).is_ok_and(|text| text.contains("waiting for another process")))
        .context("the second builder does not wait for the first")?;
    // Who waits longer looks less often.
    std::thread::sleep(Duration::from_millis(random.next() % 400));

    let killed = Instant::now();
    process::kill_group(&builder);
    builder.wait()?;
    let mut times = Times::default();
    let us = format!("\"pid\":{}", waiter.id());
    while killed.elapsed() < NEVER && (times.compiling.is_none() || times.gone.is_none()) {
        let note = |time: &mut Option<Duration>, happened: bool| {
            if time.is_none() && happened {
                *time = Some(killed.elapsed());
            }
        };
        let owned = || fs_err::read_to_string(&lock_owner).is_ok_and(|text| text.replace(' ', "").contains(&us));
        note(&mut times.gone, !processes.iter().any(|pid| process::is_alive(*pid)));
        note(&mut times.compiling, cell.compiles() > 1);
        note(&mut times.owned, times.compiling.is_some() || owned());
        std::thread::sleep(TICK);
    }
    process::end(&processes);
    let ended = process::finish(waiter, began, &cell.folder, "waiter")?;
    let mut problems = super::cell::sanity(&ended);
    let mut late = |time: Option<Duration>, bound: Duration, what: &str| match time {
        None => problems.push(Problem::new(Kind::Slow, format!("not within {NEVER:?}: {what}"))),
        Some(time) if time > bound * BUSY => {
            problems.push(Problem::new(Kind::Slow, format!("{what} after {time:?}, should be {bound:?}")));
        }
        Some(_) => {}
    };
    late(times.owned, OWNED, "the waiter owns the lock");
    late(times.gone, GONE, "the dead builder's processes are gone");
    if !ended.succeeded() {
        problems.push(Problem::new(Kind::NotRecovered, ended.described()));
    }
    let after = cell.build(source, judge)?;
    if !after.used_cache || cell.compiles() != 2 {
        let what = format!("{} compiler runs, where 2 should do", cell.compiles());
        problems.push(Problem::new(Kind::DoubleBuild, what));
    }
    problems.extend(after.problems);
    problems.extend(cell.sweep()?);
    Ok((times, problems))
}

/// A builder whose compiler hangs, and the processes below it.
fn hanging(cell: &Cell<'_>, source: &Source, name: &str) -> anyhow::Result<(Child, Vec<u32>)> {
    fs_err::write(cell.folder.join("hang"), "")?;
    let builder = process::start(&mut build(cell, source), &cell.folder, name)?;
    until(|| cell.compiles() > 0).context("the compiler is not started")?;
    let line = cell.compile_lines().pop().unwrap_or_default();
    let processes: Vec<u32> = line.split(' ').skip(2).filter_map(|pid| pid.parse().ok()).collect();
    ensure!(processes.len() == 3, "the stand-in for the compiler noted `{line}`");
    Ok((builder, processes))
}

fn build(cell: &Cell<'_>, source: &Source) -> std::process::Command {
    cell.command(["build".as_ref(), source.path.as_os_str()])
}

/// Where the holder of the only request lock says who it is.
fn owner_file(cell: &Cell<'_>) -> anyhow::Result<PathBuf> {
    let mut folder = cell.root().join("v1").join("locks").join("request");
    for _ in 0..2 {
        let inside = fs_err::read_dir(&folder)?.next().context("there is no lock")??;
        folder = inside.path();
    }
    Ok(folder.join("owner.json"))
}

fn until(condition: impl Fn() -> bool) -> anyhow::Result<()> {
    let started = Instant::now();
    while !condition() {
        ensure!(started.elapsed() < NEVER, "not within {NEVER:?}");
        std::thread::sleep(TICK);
    }
    Ok(())
}

/// Whether something takes longer than it may more often than not.
fn usually(all: &[Times], time: impl Fn(&Times) -> Option<Duration>, bound: Duration, what: &str) -> Option<Problem> {
    let late = all.iter().filter(|times| time(times).is_none_or(|time| time > bound)).count();
    let what = format!("later than {bound:?} {late} of {} times: {what}", all.len());
    (late * 2 > all.len()).then(|| Problem::new(Kind::Slow, what))
}

fn summed(what: &str, times: impl Iterator<Item = Duration>) -> String {
    let outcome = Outcome { times: times.collect(), ..Outcome::default() };
    match outcome.median_and_longest() {
        Some((median, longest)) => format!("{what}: {median} ms, at most {longest} ms"),
        None => format!("{what}: never"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_delays_are_the_machine_and_frequent_ones_are_ours() {
        let times = |milliseconds: [u64; 3]| {
            milliseconds.map(|time| Times { owned: Some(Duration::from_millis(time)), ..Times::default() })
        };
        let is_late = |milliseconds| usually(&times(milliseconds), |times| times.owned, OWNED, "").is_some();
        assert!(!is_late([10, 20, 90]));
        assert!(is_late([10, 60, 90]));
    }
}
