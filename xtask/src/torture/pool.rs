//! Many cells at once, as many as there are processors, until the time is over.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::bench::Bench;
use super::judge::Judge;
use super::outcome::Outcome;

/// Does `work` for each item in order, on all processors, and begins none after the deadline.
///
/// Returns how many were done.
pub(super) fn each<T: Sync>(
    bench: &Bench,
    deadline: Instant,
    items: &[T],
    outcome: &Mutex<Outcome>,
    work: impl Fn(&T, &mut Judge) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<usize> {
    let next = AtomicUsize::new(0);
    let lane = || -> anyhow::Result<()> {
        let mut judge = bench.judge()?;
        loop {
            if Instant::now() >= deadline {
                return Ok(());
            }
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else { return Ok(()) };
            work(item, &mut judge)?;
        }
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..bench.threads).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().try_for_each(|lane| {
            lane.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread of the harness panicked")))
        })
    })?;
    let done = next.into_inner().min(items.len());
    if done < items.len() {
        let note = format!("{done} of {} cells fitted into the time", items.len());
        locked(outcome).notes.push(note);
    }
    Ok(done)
}

/// The value of a lock, whoever panicked while holding it.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
