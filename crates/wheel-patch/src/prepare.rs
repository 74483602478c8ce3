//! New members made ready while the wheel is still being looked at.
//!
//! Hashing and compressing what is added needs nothing of the wheel. So a second thread does it for what is small enough to
//! be held in memory; what it did not, or could not, is done when it is written, where errors are told, too.

use std::{collections::HashMap, sync::mpsc, thread};

use crate::{
    Addition, Change, Error,
    deflate::Squeezer,
    hash::{self, Hasher},
    output::{each_chunk, size_of},
};

/// How many bytes are held, before and after they are compressed.
const ROOM: u64 = 4 << 20;

/// A new member's data, and what headers and RECORD say about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Prepared {
    pub(crate) size: u64,
    pub(crate) crc: u32,
    pub(crate) hash: String,
    /// The data, compressed unless that makes it no shorter.
    pub(crate) data: Vec<u8>,
}

impl Prepared {
    /// Whether the data is compressed.
    pub(crate) fn is_compressed(&self) -> bool {
        (self.data.len() as u64) < self.size
    }

    fn of(addition: &Addition, squeezer: &mut Squeezer) -> Result<Self, Error> {
        let (mut crc, mut hasher) = (flate2::Crc::new(), Hasher::new());
        let (mut plain, mut data) = (Vec::new(), Vec::new());
        let io = |source| Error::Io { action: "compress", source };
        let mut keep = |bytes: &[u8]| {
            data.extend_from_slice(bytes);
            Ok(())
        };
        each_chunk(&addition.content, |bytes| {
            crc.update(bytes);
            hasher.update(bytes);
            plain.extend_from_slice(bytes);
            squeezer.squeeze(bytes, &mut keep).map_err(io)
        })?;
        squeezer.finish(&mut keep).map_err(io)?;
        if data.len() >= plain.len() {
            data.clone_from(&plain);
        }
        let hash = hash::sha256_text(&hasher.finish());
        Ok(Self { size: plain.len() as u64, crc: crc.sum(), hash, data })
    }
}

/// New members that are being made ready.
pub(crate) struct Preparing {
    incoming: mpsc::Receiver<(usize, Prepared)>,
    ready: HashMap<usize, Prepared>,
}

impl Preparing {
    /// Nothing.
    pub(crate) fn none() -> Self {
        Self { incoming: mpsc::channel().1, ready: HashMap::new() }
    }

    /// Begins with all that is added and small enough.
    pub(crate) fn start<'scope>(scope: &'scope thread::Scope<'scope, '_>, changes: &'scope [Change]) -> Self {
        let (outgoing, incoming) = mpsc::channel();
        scope.spawn(move || {
            let mut squeezer = Squeezer::new();
            let mut room = ROOM;
            for change in changes {
                let Change::Add(addition) = change else { continue };
                let Ok(size) = size_of(&addition.content) else { continue };
                if size > room {
                    continue;
                }
                let Ok(prepared) = Prepared::of(addition, &mut squeezer) else {
                    squeezer = Squeezer::new();
                    continue;
                };
                room = room.saturating_sub(prepared.size);
                // Nobody waits for it any more.
                if outgoing.send((key(addition), prepared)).is_err() {
                    return;
                }
            }
        });
        Self { incoming, ready: HashMap::new() }
    }

    /// Waits for what was made of an addition. None if it was passed over.
    pub(crate) fn take(&mut self, addition: &Addition) -> Option<Prepared> {
        let wanted = key(addition);
        if let Some(prepared) = self.ready.remove(&wanted) {
            return Some(prepared);
        }
        while let Ok((found, prepared)) = self.incoming.recv() {
            if found == wanted {
                return Some(prepared);
            }
            self.ready.insert(found, prepared);
        }
        None
    }
}

/// By which an addition among those of one call is known.
fn key(addition: &Addition) -> usize {
    std::ptr::from_ref(addition).addr()
}
