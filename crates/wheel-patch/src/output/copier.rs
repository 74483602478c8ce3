//! Copying pieces of the old wheel while other work goes on.
//!
//! A wheel is mostly data that is copied as it is, and the kernel needs about as long for it as we need for all the rest.
//! So a thread of its own copies large pieces, each to a place that is known and that nobody else writes to.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use super::{Piece, copy_range};
use crate::Durability;

/// From this length on a piece is worth handing over.
const LARGE: u64 = 256 << 10;

/// How many bytes are copied before it is looked whether they are still wanted.
const STEP: usize = 8 << 20;

/// Where pieces are copied.
#[derive(Default)]
pub(crate) struct Copier {
    durability: Durability,
    helper: Option<Helper>,
    /// What was begun before it was known that it would have to be copied.
    ahead: Option<Piece>,
}

/// A thread that copies.
struct Helper {
    pieces: mpsc::Sender<Piece>,
    is_given_up: Arc<AtomicBool>,
    rest: Rest,
}

/// What is still being done when everything was told: copying, and writing to the disk.
#[must_use = "what could not be written is told here"]
#[derive(Debug, Default)]
pub(crate) struct Rest(Option<Thread>);

#[derive(Debug)]
struct Thread {
    /// Says once whether everything was copied.
    copied: mpsc::Receiver<io::Result<()>>,
    is_copied: bool,
    end: thread::JoinHandle<io::Result<()>>,
}

impl Copier {
    /// With [`Durability::Full`] what is copied is on its way to the disk at once.
    pub(crate) fn new(durability: Durability) -> Self {
        Self { durability, ..Self::default() }
    }

    /// Begins with what will most likely be a piece. Should it turn out not to be one, it does no harm.
    pub(crate) fn begin(&mut self, source: &fs_err::File, file: &fs_err::File, piece: Piece) {
        if piece.length >= LARGE {
            self.helper = self.start(source, file);
        }
        if let Some(helper) = &self.helper {
            let _ = helper.pieces.send(piece);
            self.ahead = Some(piece);
        }
    }

    /// Gives up what was begun, should something else be to come to its place.
    pub(super) fn make_way(&mut self, at: u64, length: u64) {
        if self.ahead.is_some_and(|ahead| at < ahead.to + ahead.length && ahead.to < at + length) {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        if self.ahead.take().is_some() {
            self.helper = None;
        }
    }

    /// Copies a piece, now or later.
    pub(super) fn copy(&mut self, source: &fs_err::File, file: &fs_err::File, piece: Piece) -> io::Result<()> {
        if self.ahead == Some(piece) {
            self.ahead = None;
            return Ok(());
        }
        self.make_way(piece.to, piece.length);
        if piece.length >= LARGE && self.helper.is_none() {
            self.helper = self.start(source, file);
        }
        match &self.helper {
            // One that has ended early says why when it is asked whether it is done. As long as it may still be given up, it
            // gets nothing that would be lost with it.
            Some(helper) if piece.length >= LARGE && self.ahead.is_none() => {
                let _ = helper.pieces.send(piece);
                Ok(())
            }
            _ => copy_range(source, file, piece.from, piece.to, piece.length),
        }
    }

    /// A thread, if there can be one more.
    fn start(&self, source: &fs_err::File, file: &fs_err::File) -> Option<Helper> {
        let (source, file, durability) = (source.try_clone().ok()?, file.try_clone().ok()?, self.durability);
        let (pieces, incoming) = mpsc::channel::<Piece>();
        let (done, copied) = mpsc::channel();
        let is_given_up = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&is_given_up);
        let work = move || {
            let copy = |piece: Piece| {
                (0..piece.length).step_by(STEP).try_for_each(|at| {
                    if is_over.load(Ordering::Relaxed) {
                        return Err(io::ErrorKind::Interrupted.into());
                    }
                    copy_range(&source, &file, piece.from + at, piece.to + at, (piece.length - at).min(STEP as u64))
                })
            };
            let result = incoming.iter().try_for_each(copy);
            let is_right = result.is_ok();
            let _ = done.send(result);
            // The disk has work while the new wheel is checked.
            if is_right && durability == Durability::Full { file.sync_data() } else { Ok(()) }
        };
        let thread = thread::Builder::new().name("copy".to_owned()).spawn(work).ok()?;
        Some(Helper { pieces, is_given_up, rest: Rest(Some(Thread { copied, is_copied: false, end: thread })) })
    }

    /// Tells that this was all.
    pub(super) fn finish(mut self) -> Rest {
        self.give_up();
        let rest = self.helper.as_mut().map(|helper| std::mem::take(&mut helper.rest));
        rest.unwrap_or_default()
    }
}

impl Drop for Helper {
    /// Whoever gave the rest away wants it done.
    fn drop(&mut self) {
        if self.rest.0.is_some() {
            self.is_given_up.store(true, Ordering::Relaxed);
        }
    }
}

impl Rest {
    /// Waits until everything is copied.
    pub(crate) fn copied(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Some(Thread { copied, is_copied, .. }) if !*is_copied => {
                copied.recv().map_err(|_| lost())??;
                *is_copied = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Waits until it is as durable as it was to be, too.
    pub(crate) fn wait(mut self) -> io::Result<()> {
        self.copied()?;
        self.0.take().map_or(Ok(()), |rest| rest.end.join().unwrap_or_else(|_| Err(lost())))
    }
}

impl Drop for Rest {
    /// A draft that is given up has no thread that goes on with it.
    fn drop(&mut self) {
        if let Some(rest) = self.0.take() {
            let _ = rest.end.join();
        }
    }
}

fn lost() -> io::Error {
    io::Error::other("the thread that copies ended early")
}

#[cfg(test)]
mod tests {
    use fs_err::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn what_makes_way_takes_no_other_piece_along() {
        let [source, file] = [(); 2].map(|()| fs_err::File::from_parts(tempfile::tempfile().unwrap(), "file"));
        let bytes: Vec<u8> = (0..LARGE).map(|at| at.to_le_bytes()[1] | 1).collect();
        source.set_len(32 << 20).unwrap();
        source.write_all_at(&bytes, 0).unwrap();

        let piece = |from, to, length| Piece { from, to, length };
        let mut copier = Copier::new(Durability::None);
        // More than is copied before what comes next is told.
        copier.begin(&source, &file, piece(LARGE, LARGE + 16, (32 << 20) - LARGE));
        copier.copy(&source, &file, piece(0, 0, LARGE)).unwrap();
        copier.copy(&source, &file, piece(LARGE, LARGE, LARGE)).unwrap();
        copier.finish().wait().unwrap();
        let mut found = vec![0; bytes.len()];
        file.read_exact_at(&mut found, 0).unwrap();
        assert!(found == bytes);
    }
}
