//! What members hold: decompressed, counted and hashed.
//!
//! Decompressing takes as long as hashing or longer, and a wheel may have one member that is larger than all others together.
//! So two threads take members, the largest first, and one that finds none left hashes what the other still decompresses:
//!
//! ```text
//! first    | decompress and hash the largest ...      | decompress its rest ...
//! second   | decompress and hash all the others ...   | hash its rest ...
//! ```
//!
//! The deflater is driven here and not by a reader around it, because what stands behind the end of a compressed stream and
//! still within the member is an error, too, and readers do not look there.

use std::{
    io,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use fs_err::os::unix::fs::FileExt as _;

use crate::{archive::ArchiveMember, hash::Hasher};

/// How many bytes are read and decompressed at a time.
const CHUNK: usize = 128 << 10;
/// From this size on a member's hashing is worth handing over.
const LARGE: u64 = 2 << 20;
/// How many chunks may wait for the one that hashes.
const WAITING: usize = 8;

/// Why a member's content could not be had.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The file could not be read.
    Io(io::Error),
    /// The content is not what the headers say.
    Wrong(String),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Decompresses members, one after another.
pub(crate) struct Inflater {
    decompress: Decompress,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self { decompress: Decompress::new(false), input: vec![0; CHUNK], output: vec![0; CHUNK] }
    }

    /// Hands over the content of a member, piece by piece, and compares length and checksum with its header.
    pub(crate) fn read(
        &mut self,
        file: &fs_err::File,
        member: &ArchiveMember,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), Problem> {
        let header = &member.header;
        let wrong = |message: String| Err(Problem::Wrong(message));
        let mut crc = Crc::new();
        let mut length = 0_u64;
        let mut take = |bytes: &[u8], crc: &mut Crc| {
            length += bytes.len() as u64;
            // Counting while reading: a header that promises little and gives much is not followed.
            if length > header.size {
                return wrong(format!("it is longer than the {} bytes that its header says", header.size));
            }
            crc.update(bytes);
            sink(bytes);
            Ok(())
        };
        let mut at = member.data();
        if header.method == 0 {
            while !at.is_empty() {
                let bytes = read_some(file, &mut at, &mut self.input)?;
                take(bytes, &mut crc)?;
            }
        } else {
            self.decompress.reset(false);
            let mut is_over = false;
            while !is_over && !at.is_empty() {
                let mut bytes = read_some(file, &mut at, &mut self.input)?;
                loop {
                    let before = (self.decompress.total_in(), self.decompress.total_out());
                    let status = self.decompress.decompress(bytes, &mut self.output, FlushDecompress::None);
                    let Ok(status) = status else { return wrong("its compressed data is damaged".to_owned()) };
                    let read = count(self.decompress.total_in() - before.0);
                    let written = count(self.decompress.total_out() - before.1);
                    bytes = &bytes[read..];
                    take(&self.output[..written], &mut crc)?;
                    is_over = status == Status::StreamEnd;
                    // With room left there is nothing more to come out of this input.
                    if is_over || (bytes.is_empty() && written < self.output.len()) || (read == 0 && written == 0) {
                        break;
                    }
                }
                if !is_over && !bytes.is_empty() {
                    return wrong("its compressed data is damaged".to_owned());
                }
            }
            if !is_over {
                return wrong("its compressed data is cut short".to_owned());
            }
            let behind = header.compressed - self.decompress.total_in();
            if behind > 0 {
                return wrong(format!("{behind} bytes stand behind the end of its compressed data"));
            }
        }
        if length != header.size {
            return wrong(format!("it has {length} bytes, and its header says {}", header.size));
        }
        if crc.sum() != header.crc {
            return wrong(format!("its checksum is {:08x}, and its header says {:08x}", crc.sum(), header.crc));
        }
        Ok(())
    }

    /// The whole content of a member, if it has at most so many bytes.
    pub(crate) fn read_all(
        &mut self,
        file: &fs_err::File,
        member: &ArchiveMember,
        most: u64,
    ) -> Result<Vec<u8>, Problem> {
        if member.header.size > most {
            return Err(Problem::Wrong(format!("it has {} bytes, and {most} are allowed", member.header.size)));
        }
        // Its header may promise what the data does not keep.
        let mut all = Vec::with_capacity(count(member.header.size.min(CHUNK as u64)));
        self.read(file, member, |bytes| all.extend_from_slice(bytes))?;
        Ok(all)
    }
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Reads what fits into the buffer, and moves the beginning of the range behind it.
fn read_some<'a>(file: &fs_err::File, at: &mut std::ops::Range<u64>, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let length = count(at.end - at.start).min(buffer.len());
    file.read_exact_at(&mut buffer[..length], at.start)?;
    at.start += length as u64;
    Ok(&buffer[..length])
}

/// What a member's content turned out to be: its hash in text form, or what is wrong with it.
pub(crate) type Outcome = Result<Option<Vec<u8>>, Problem>;

/// A member to look at, with the hasher that RECORD asks for.
pub(crate) struct Job<'a> {
    pub(crate) member: &'a ArchiveMember,
    pub(crate) hasher: Option<Hasher>,
}

/// Reads all members to their ends in two threads, and hashes them. The outcomes are in the order of the jobs.
pub(crate) fn read_each(file: &fs_err::File, jobs: Vec<Job<'_>>) -> Vec<Outcome> {
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    // The largest first, so that no thread begins with it when the other one is done.
    order.sort_by_key(|index| std::cmp::Reverse(jobs[*index].member.header.size));
    let jobs: Vec<Mutex<Option<Job<'_>>>> = jobs.into_iter().map(|job| Mutex::new(Some(job))).collect();
    let outcomes: Vec<Mutex<Option<Outcome>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let work = |desk: Desk| {
        let mut inflater = Inflater::new();
        while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(job) = jobs[*index].lock().ok().and_then(|mut job| job.take()) else { continue };
            let outcome = read_one(file, &mut inflater, job, &desk);
            if let Ok(mut place) = outcomes[*index].lock() {
                *place = Some(outcome);
            }
        }
        desk.help();
    };
    let [first, second] = Desk::pair();
    std::thread::scope(|scope| {
        // If there can be no more threads, one does it all.
        let _ = std::thread::Builder::new().spawn_scoped(scope, || work(first));
        work(second);
    });
    let lost = || Err(Problem::Io(io::Error::other("a thread that reads members ended early")));
    outcomes.into_iter().map(|outcome| outcome.into_inner().ok().flatten().unwrap_or_else(lost)).collect()
}

fn read_one(file: &fs_err::File, inflater: &mut Inflater, job: Job<'_>, desk: &Desk) -> Outcome {
    let Job { member, hasher } = job;
    let is_large = member.header.size >= LARGE;
    let mut hashing = hasher.map(Hashing::Here);
    inflater.read(file, member, |bytes| {
        if let Some(hashing) = &mut hashing {
            if is_large {
                hashing.hand_over(desk);
            }
            hashing.update(bytes);
        }
    })?;
    Ok(hashing.map(Hashing::finish))
}

/// Where a member is being hashed.
enum Hashing {
    Here(Hasher),
    There {
        chunks: mpsc::SyncSender<Vec<u8>>,
        hash: mpsc::Receiver<Vec<u8>>,
        used: mpsc::Receiver<Vec<u8>>,
    },
    /// For the moment between the two.
    Nowhere,
}

impl Hashing {
    /// Lets the other thread hash the rest, if it has nothing else to do.
    fn hand_over(&mut self, desk: &Desk) {
        if !matches!(self, Self::Here(_)) || !desk.other_is_idle.load(Ordering::Acquire) {
            return;
        }
        if let Self::Here(hasher) = std::mem::replace(self, Self::Nowhere) {
            let (chunks, incoming) = mpsc::sync_channel(WAITING);
            let (outgoing, hash) = mpsc::channel();
            let (give_back, used) = mpsc::channel();
            match desk.to_other.send(Order { hasher, incoming, outgoing, give_back }) {
                Ok(()) => *self = Self::There { chunks, hash, used },
                Err(refused) => *self = Self::Here(refused.0.hasher),
            }
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Here(hasher) => hasher.update(bytes),
            Self::There { chunks, used, .. } => {
                let mut chunk = used.try_recv().unwrap_or_default();
                chunk.clear();
                chunk.extend_from_slice(bytes);
                // The receiver lives as long as there is something to receive.
                let _ = chunks.send(chunk);
            }
            Self::Nowhere => {}
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Here(hasher) => hasher.finish(),
            Self::There { chunks, hash, .. } => {
                drop(chunks);
                hash.recv().unwrap_or_default()
            }
            Self::Nowhere => Vec::new(),
        }
    }
}

/// A member whose rest is to be hashed.
struct Order {
    hasher: Hasher,
    incoming: mpsc::Receiver<Vec<u8>>,
    outgoing: mpsc::Sender<Vec<u8>>,
    give_back: mpsc::Sender<Vec<u8>>,
}

/// Where one of two threads gets help from the other, and gives it.
struct Desk {
    other_is_idle: std::sync::Arc<AtomicBool>,
    is_idle: std::sync::Arc<AtomicBool>,
    to_other: mpsc::Sender<Order>,
    orders: mpsc::Receiver<Order>,
}

impl Desk {
    fn pair() -> [Self; 2] {
        let idle = [(); 2].map(|()| std::sync::Arc::new(AtomicBool::new(false)));
        let (to_first, first_orders) = mpsc::channel();
        let (to_second, second_orders) = mpsc::channel();
        let desk = |this: usize, to_other, orders| Self {
            other_is_idle: idle[1 - this].clone(),
            is_idle: idle[this].clone(),
            to_other,
            orders,
        };
        [desk(0, to_second, first_orders), desk(1, to_first, second_orders)]
    }

    /// Hashes for the other thread until that one is done, too.
    fn help(self) {
        let Self { is_idle, to_other, orders, .. } = self;
        // Whoever comes second finds that there is nobody left to help, and neither waits for the other.
        drop(to_other);
        is_idle.store(true, Ordering::Release);
        while let Ok(Order { mut hasher, incoming, outgoing, give_back }) = orders.recv() {
            while let Ok(chunk) = incoming.recv() {
                hasher.update(&chunk);
                let _ = give_back.send(chunk);
            }
            let _ = outgoing.send(hasher.finish());
        }
    }
}
