//! What nobody can be far below who compares the content of a wheel with RECORD: decompressing and hashing, and nothing else.
//!
//! As many threads as there are processors do all of it, each for itself and with what ours does it with, and the time is
//! divided by their number: as if the work could be shared out without a rest, which a wheel with one large member does not
//! allow.

use std::{io::Read as _, path::Path, time::Instant};

use anyhow::{anyhow, ensure};
use flate2::{Decompress, FlushDecompress, Status};
use ring::digest::{Context, SHA256};
use zip::{CompressionMethod, ZipArchive};

use crate::say::say;

/// How many bytes are decompressed at a time.
const CHUNK: usize = 128 << 10;

/// Decompresses and hashes all members, and prints how many seconds that is.
pub(super) fn run(wheel: &Path) -> anyhow::Result<()> {
    let threads = u32::try_from(std::thread::available_parallelism()?.get())?;
    let start = Instant::now();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(|| read(wheel))).collect();
        all.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("a thread ended early"))?)
    })?;
    say(format_args!("inside {}", start.elapsed().as_secs_f64() / f64::from(threads)));
    Ok(())
}

fn read(wheel: &Path) -> anyhow::Result<()> {
    let mut archive = ZipArchive::new(fs_err::File::open(wheel)?)?;
    let (mut data, mut buffer) = (Vec::new(), vec![0; CHUNK]);
    let mut decompress = Decompress::new(false);
    for index in 0..archive.len() {
        // The archive's own reader hands over small parts, which takes longer.
        let mut member = archive.by_index_raw(index)?;
        data.clear();
        member.read_to_end(&mut data)?;
        let mut context = Context::new(&SHA256);
        if member.compression() == CompressionMethod::Stored {
            context.update(&data);
        } else {
            decompress.reset(false);
            loop {
                let (read, written) = (decompress.total_in(), decompress.total_out());
                let rest = &data[usize::try_from(read)?..];
                let status = decompress.decompress(rest, &mut buffer, FlushDecompress::None)?;
                context.update(&buffer[..usize::try_from(decompress.total_out() - written)?]);
                if status == Status::StreamEnd {
                    break;
                }
                ensure!((decompress.total_in(), decompress.total_out()) != (read, written), "a member is cut short");
            }
        }
        std::hint::black_box(context.finish());
    }
    Ok(())
}
