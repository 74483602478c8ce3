//! Copying pieces of the old wheel while other work goes on.
//!
//! A wheel is mostly data that is copied as it is, and the kernel needs about as long for it as we need for all the rest.
//! So a thread of its own copies large pieces, each to a place that is known and that nobody else writes to.

use std::{io, sync::mpsc, thread};

use super::{Piece, copy_range};
use crate::Durability;

/// From this length on a piece is worth handing over.
const LARGE: u64 = 256 << 10;

/// Where pieces are copied.
pub(super) struct Copier<'a> {
    source: &'a fs_err::File,
    file: &'a fs_err::File,
    durability: Durability,
    helper: Option<Helper>,
}

/// A thread that copies.
struct Helper {
    pieces: mpsc::Sender<Piece>,
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
    thread: thread::JoinHandle<io::Result<()>>,
}

impl<'a> Copier<'a> {
    pub(super) fn new(source: &'a fs_err::File, file: &'a fs_err::File, durability: Durability) -> Self {
        Self { source, file, durability, helper: None }
    }

    /// Copies a piece, now or later.
    pub(super) fn copy(&mut self, piece: Piece) -> io::Result<()> {
        if piece.length >= LARGE && self.helper.is_none() {
            self.helper = self.start();
        }
        match &self.helper {
            // One that has ended early says why when it is asked whether it is done.
            Some(helper) if piece.length >= LARGE => {
                let _ = helper.pieces.send(piece);
                Ok(())
            }
            _ => copy_range(self.source, self.file, piece.from, piece.to, piece.length),
        }
    }

    /// A thread, if there can be one more.
    fn start(&self) -> Option<Helper> {
        let (source, file, durability) = (self.source.try_clone().ok()?, self.file.try_clone().ok()?, self.durability);
        let (pieces, incoming) = mpsc::channel::<Piece>();
        let (done, copied) = mpsc::channel();
        let work = move || {
            let copy = |piece: Piece| copy_range(&source, &file, piece.from, piece.to, piece.length);
            let result = incoming.iter().try_for_each(copy);
            let is_right = result.is_ok();
            let _ = done.send(result);
            // The disk has work while the new wheel is checked.
            if is_right && durability == Durability::Full { file.sync_data() } else { Ok(()) }
        };
        let thread = thread::Builder::new().name("copy".to_owned()).spawn(work).ok()?;
        Some(Helper { pieces, rest: Rest(Some(Thread { copied, is_copied: false, thread })) })
    }

    /// Tells that this was all.
    pub(super) fn finish(self) -> Rest {
        self.helper.map(|helper| helper.rest).unwrap_or_default()
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
        self.0.take().map_or(Ok(()), |rest| rest.thread.join().unwrap_or_else(|_| Err(lost())))
    }
}

impl Drop for Rest {
    /// A draft that is given up has no thread that goes on with it.
    fn drop(&mut self) {
        if let Some(rest) = self.0.take() {
            let _ = rest.thread.join();
        }
    }
}

fn lost() -> io::Error {
    io::Error::other("the thread that copies ended early")
}
