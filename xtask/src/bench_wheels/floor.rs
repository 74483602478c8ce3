//! What nobody can be below who compares the content of a wheel with RECORD: decompressing and hashing, and nothing else.
//!
//! It is done in one thread, with what ours does it with, and divided by the number of processors: as if the work could be
//! shared out without a rest, which a wheel with one large member does not allow.

use std::{io::Read as _, path::Path, time::Instant};

use ring::digest::{Context, SHA256};
use zip::ZipArchive;

use crate::say::say;

/// How many bytes are decompressed at a time.
const CHUNK: usize = 128 << 10;

/// Decompresses and hashes all members, and prints how many seconds that is.
pub(super) fn run(wheel: &Path) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut archive = ZipArchive::new(fs_err::File::open(wheel)?)?;
    let mut buffer = vec![0; CHUNK];
    for index in 0..archive.len() {
        let mut member = archive.by_index(index)?;
        let mut context = Context::new(&SHA256);
        loop {
            let length = member.read(&mut buffer)?;
            if length == 0 {
                break;
            }
            context.update(&buffer[..length]);
        }
        std::hint::black_box(context.finish());
    }
    let processors = u32::try_from(std::thread::available_parallelism()?.get())?;
    say(format_args!("inside {}", start.elapsed().as_secs_f64() / f64::from(processors)));
    Ok(())
}
