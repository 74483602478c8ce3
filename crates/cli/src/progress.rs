//! What a long build is at, in one line on a terminal that is gone when the build is done.
//!
//! No thread of its own draws it, since a forked process would not have that: those who build ask again and again
//! whether they are cancelled, and say so here each time.

use std::{
    fmt::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pyxide::{Event, Phase};

/// Nobody needs to hear of what takes less.
const LONG: Duration = Duration::from_secs(1);

/// The progress of what any number of threads build. On a terminal only: for others it is nothing.
#[derive(Debug)]
pub struct Progress {
    is_shown: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many requests there are, if there is a number.
    expected: usize,
    finished: usize,
    /// The oldest first.
    builds: Vec<Building>,
    /// When something was first under way.
    began: Option<Instant>,
    line: Option<ProgressBar>,
}

/// What one thread is at.
#[derive(Debug)]
struct Building {
    thread: ThreadId,
    began: Instant,
    what: Option<String>,
    step: String,
}

impl Progress {
    /// Shows progress on standard error, which is a terminal, or nothing.
    pub fn new(is_shown: bool) -> Self {
        Self { is_shown, state: Mutex::default() }
    }

    /// Says how many requests there will be, none of which is done.
    pub fn expect(&self, requests: usize) {
        let mut state = self.state();
        (state.expected, state.finished) = (requests, 0);
    }

    /// Takes from an event of the calling thread's build what it is at.
    pub fn observe(&self, event: &Event) {
        let (what, step) = match event {
            Event::InstallingCython { version } => (None, format!("installing Cython {version}")),
            Event::Waiting { label, owner: Some(owner) } if owner.pid != std::process::id() => {
                (Some(label.clone()), format!("waiting for process {}", owner.pid))
            }
            Event::Waiting { label, .. } => (Some(label.clone()), "waiting for another build of it".into()),
            Event::Building { module, phase } => (
                Some(module.to_string()),
                match phase {
                    Phase::Cython => "Cython".into(),
                    Phase::Compiler => "compiler".into(),
                },
            ),
            Event::Finished => {
                self.state().finished += 1;
                self.leave();
                return;
            }
            _ => return,
        };
        if !self.is_shown {
            return;
        }
        let (thread, now) = (thread::current().id(), Instant::now());
        let mut state = self.state();
        state.began.get_or_insert(now);
        match state.builds.iter_mut().find(|build| build.thread == thread) {
            Some(build) => (build.what, build.step) = (what, step),
            None => state.builds.push(Building { thread, began: now, what, step }),
        }
        state.draw();
    }

    /// Says that the calling thread's build is done.
    pub fn leave(&self) {
        let thread = thread::current().id();
        let mut state = self.state();
        state.builds.retain(|build| build.thread != thread);
        if state.builds.is_empty() && state.finished >= state.expected {
            state.clear();
        } else {
            state.draw();
        }
    }

    /// Shows that time passes. To be called again and again by those who build.
    pub fn tick(&self) {
        // Whoever has the lock draws.
        if self.is_shown
            && let Ok(mut state) = self.state.try_lock()
        {
            state.draw();
        }
    }

    /// Writes something else to the terminal.
    pub fn pause<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.state().line {
            Some(line) => line.suspend(write),
            None => write(),
        }
    }

    /// Takes everything from the terminal and forgets who builds.
    pub fn end(&self) {
        let mut state = self.state();
        state.builds.clear();
        state.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn draw(&mut self) {
        if self.builds.is_empty() || self.began.is_none_or(|began| began.elapsed() < LONG) {
            return;
        }
        let text = self.text();
        let line = self.line.get_or_insert_with(|| {
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            // The library cuts it to the width of the terminal.
            line.with_style(ProgressStyle::with_template("{wide_msg}").expect("this template is right"))
        });
        if line.message() != text {
            line.set_message(text);
        }
    }

    /// `2 of 20 built · square: compiler 3 s, and 1 more`
    fn text(&self) -> String {
        let mut text = String::new();
        if self.expected > 1 {
            let _ = write!(text, "{} of {} built · ", self.finished, self.expected);
        }
        if let Some(build) = self.builds.first() {
            let what = build.what.as_ref().map_or_else(String::new, |what| format!("{what}: "));
            let _ = write!(text, "{what}{} {} s", build.step, build.began.elapsed().as_secs());
        }
        match self.builds.len().saturating_sub(1) {
            0 => {}
            more => {
                let _ = write!(text, ", and {more} more");
            }
        }
        text
    }

    fn clear(&mut self) {
        self.began = None;
        if let Some(line) = self.line.take() {
            line.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn building(module: &str, phase: Phase) -> Event {
        Event::Building { module: module.parse().unwrap(), phase }
    }

    #[test]
    fn the_line_says_what_is_under_way() {
        let progress = Progress::new(true);
        progress.expect(3);
        progress.observe(&building("one", Phase::Cython));
        assert_eq!(progress.state().text(), "0 of 3 built · one: Cython 0 s");
        progress.observe(&building("one", Phase::Compiler));
        thread::scope(|scope| {
            scope.spawn(|| progress.observe(&Event::Waiting { label: "two".into(), owner: None }));
        });
        assert_eq!(progress.state().text(), "0 of 3 built · one: compiler 0 s, and 1 more");
        progress.observe(&Event::Finished);
        assert_eq!(progress.state().text(), "1 of 3 built · two: waiting for another build of it 0 s");
        progress.expect(0);
        assert_eq!(progress.state().text(), "two: waiting for another build of it 0 s");
        progress.end();
        assert!(progress.state().builds.is_empty());
    }

    #[test]
    fn nothing_is_kept_where_nothing_is_shown() {
        let progress = Progress::new(false);
        progress.observe(&building("one", Phase::Cython));
        assert!(progress.state().builds.is_empty());
        progress.tick();
        assert!(progress.state().line.is_none());
    }
}
