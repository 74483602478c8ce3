//! One line for who watches: how far a phase is.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::Instant;

use crate::say::note;

const WIDTH: usize = 24;

/// A bar on a terminal; elsewhere a sentence when the phase begins and one when it is over.
pub(super) struct Progress {
    title: String,
    total: usize,
    state: Mutex<usize>,
    terminal: bool,
    started: Instant,
}

impl Progress {
    pub(super) fn new(title: impl Into<String>, total: usize) -> Self {
        let progress = Self {
            title: title.into(),
            total,
            state: Mutex::new(0),
            terminal: std::io::stderr().is_terminal(),
            started: Instant::now(),
        };
        if progress.terminal {
            progress.draw(0, "");
        } else {
            note(format_args!("{}: {total}", progress.title));
        }
        progress
    }

    /// One more is done.
    pub(super) fn done(&self, name: &str) {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state += 1;
        if self.terminal {
            self.draw(*state, name);
        }
    }

    fn draw(&self, done: usize, name: &str) {
        let mut stderr = anstream::stderr().lock();
        let _ = write!(stderr, "\r\x1b[K{}", line(&self.title, done, self.total, name));
        let _ = stderr.flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.terminal {
            let _ = write!(anstream::stderr().lock(), "\r\x1b[K");
        }
        note(format_args!("{}: done in {:.1} s", self.title, self.started.elapsed().as_secs_f64()));
    }
}

fn line(title: &str, done: usize, total: usize, name: &str) -> String {
    let filled = WIDTH * done.min(total) / total.max(1);
    format!("{title} [{}{}] {done}/{total} {name}", "#".repeat(filled), ".".repeat(WIDTH - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        assert_eq!(line("build", 1, 4, "a/b"), "build [######..................] 1/4 a/b");
        assert_eq!(line("build", 0, 0, ""), "build [........................] 0/0 ");
    }
}
