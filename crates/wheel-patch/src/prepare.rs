//! New members made ready while the wheel is still being looked at.
//!
//! Hashing and compressing what is added needs nothing of the wheel. So a second thread does it for what is small enough to
//! be held in memory; what it did not, or could not, is done when it is written, where errors are told, too.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

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
        each_chunk(&addition.content, ROOM, |bytes| {
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

/// New members that are being made ready, by two threads as soon as the first of them has to wait.
pub(crate) struct Preparing<'a> {
    queue: Arc<Queue<'a>>,
    incoming: mpsc::Receiver<(usize, Prepared)>,
    ready: HashMap<usize, Prepared>,
    squeezer: Option<Squeezer>,
}

/// What is to be made ready.
struct Queue<'a> {
    additions: Vec<&'a Addition>,
    next: AtomicUsize,
    room: AtomicU64,
}

impl Queue<'_> {
    /// Makes the next one ready. None if there is none; nothing of it if it is passed over.
    fn next(&self, squeezer: &mut Option<Squeezer>) -> Option<(usize, Option<Prepared>)> {
        let addition = *self.additions.get(self.next.fetch_add(1, Ordering::Relaxed))?;
        let take = |room: u64| size_of(&addition.content).ok().and_then(|size| room.checked_sub(size));
        let is_small = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        // One that did not come to its end is not used again.
        let mut own = squeezer.take().unwrap_or_else(Squeezer::new);
        let prepared = if is_small { Prepared::of(addition, &mut own).ok() } else { None };
        *squeezer = Some(own).filter(|_| !is_small || prepared.is_some());
        Some((key(addition), prepared))
    }
}

impl<'a> Preparing<'a> {
    /// Begins with all that is added and small enough.
    pub(crate) fn start<'scope>(scope: &'scope thread::Scope<'scope, '_>, changes: &'a [Change]) -> Self
    where
        'a: 'scope,
    {
        let additions = changes.iter().filter_map(|change| match change {
            Change::Add(addition) => Some(addition),
            _ => None,
        });
        let preparing = Self::new(additions.collect());
        let (outgoing, incoming) = mpsc::channel();
        let queue = Arc::clone(&preparing.queue);
        let work = move || {
            let mut squeezer = None;
            while let Some((key, prepared)) = queue.next(&mut squeezer) {
                // Nobody waits for the others any more.
                if prepared.is_some_and(|prepared| outgoing.send((key, prepared)).is_err()) {
                    return;
                }
            }
        };
        // If there can be no more threads, whoever waits does it all.
        let _ = thread::Builder::new().spawn_scoped(scope, work);
        Self { incoming, ..preparing }
    }

    /// Nothing that anybody works on.
    pub(crate) fn none() -> Self {
        Self::new(Vec::new())
    }

    fn new(additions: Vec<&'a Addition>) -> Self {
        let queue = Queue { additions, next: AtomicUsize::new(0), room: AtomicU64::new(ROOM) };
        Self { queue: Arc::new(queue), incoming: mpsc::channel().1, ready: HashMap::new(), squeezer: None }
    }

    /// Waits for what was made of an addition, and helps. None if it was passed over.
    pub(crate) fn take(&mut self, addition: &Addition) -> Option<Prepared> {
        let wanted = key(addition);
        loop {
            self.ready.extend(self.incoming.try_iter());
            if let Some(prepared) = self.ready.remove(&wanted) {
                return Some(prepared);
            }
            match self.queue.next(&mut self.squeezer) {
                Some((found, prepared)) => self.ready.extend(prepared.map(|prepared| (found, prepared))),
                None => break,
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Content, Target};

    fn addition(path: &str, content: Vec<u8>) -> Change {
        let content = Content::Bytes(content);
        Change::Add(Addition {
            target: Target::Root,
            path: path.to_owned(),
            content,
            executable: false,
            replace: false,
        })
    }

    #[test]
    fn all_that_is_small_is_made_ready_once() {
        let mut changes: Vec<Change> =
            (0..50_u8).map(|number| addition("a", vec![number; usize::from(number) * 100])).collect();
        let too_large = usize::try_from(ROOM).unwrap() + 1;
        changes.insert(20, addition("large", vec![0; too_large]));
        changes.push(Change::Remove("b".into()));
        thread::scope(|scope| {
            let mut preparing = Preparing::start(scope, &changes);
            for change in changes.iter().rev() {
                let Change::Add(addition) = change else { continue };
                let prepared = preparing.take(addition);
                assert_eq!(prepared.is_some(), addition.path == "a");
                assert_eq!(preparing.take(addition), None, "it was taken");
                let expected = Prepared::of(addition, &mut Squeezer::new()).unwrap();
                assert!(prepared.is_none_or(|prepared| prepared == expected));
            }
        });
        let Change::Add(addition) = &changes[0] else { unreachable!() };
        assert_eq!(Preparing::none().take(addition), None);
    }
}
