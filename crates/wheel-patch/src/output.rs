//! Writing the changed wheel.

use std::{io, ops::Range};

use flate2::Crc;
use fs_err::os::unix::fs::FileExt as _;
use jiff::{Timestamp, tz::TimeZone};
use rustix::io::Errno;

use crate::{
    Addition, Content, Durability, Error,
    archive::{ArchiveMember, DESCRIPTOR, Header, UTF8, end_records, new_local, rewritten},
    deflate::Squeezer,
    hash::{self, Hasher},
    mark,
    prepare::Prepared,
};

/// How many bytes of headers are gathered before they are written.
const BUFFER: usize = 256 << 10;
/// How many bytes of new members are read at a time.
const CHUNK: usize = 64 << 10;
/// How many bytes are copied at a time.
const COPIED: usize = 512 << 10;
/// Parts of files that are no multiples of this cannot be shared by any file system.
const BLOCK: u64 = 4096;
/// What errors say that was done.
const WRITE: &str = "write the changed wheel";
/// A Unix system, and version 2.0 of the format.
const UNIX: u16 = 0x0314;
/// 1980-01-01, before which there is no time in an archive.
const FIRST_SECOND: i64 = 315_532_800;
/// The last second of 2107, after which there is none.
const LAST_SECOND: i64 = 4_354_819_199;

mod copier;
mod fresh;

pub(crate) use self::{
    copier::{Copier, Rest},
    fresh::fresh,
};

/// A piece of the old file that is a piece of the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it begins in the old file.
    pub(crate) from: u64,
    /// Where it begins in the new one.
    pub(crate) to: u64,
    pub(crate) length: u64,
}

/// The new wheel as far as it is written.
pub(crate) struct Output<'a> {
    source: &'a fs_err::File,
    file: &'a fs_err::File,
    /// How long the file will be when everything is written that is still held back.
    at: u64,
    buffer: Vec<u8>,
    /// What is to be copied, until something comes that does not follow it.
    pending: Option<Range<u64>>,
    copier: Copier,
    pieces: Vec<Piece>,
    directory: Vec<u8>,
    count: u64,
    /// One for all new members, since it is large.
    squeezer: Option<Squeezer>,
}

/// What is known of a new member once it is written.
pub(crate) struct Written {
    pub(crate) header: Header,
    pub(crate) hash: String,
}

impl<'a> Output<'a> {
    /// Into an empty file, with pieces of another one.
    pub(crate) fn new(source: &'a fs_err::File, file: &'a fs_err::File, durability: Durability) -> Self {
        Self::with(Copier::new(durability), source, file)
    }

    /// The same with somebody who has begun to copy.
    pub(crate) fn with(copier: Copier, source: &'a fs_err::File, file: &'a fs_err::File) -> Self {
        Self {
            source,
            file,
            at: 0,
            buffer: Vec::new(),
            pending: None,
            copier,
            pieces: Vec::new(),
            directory: Vec::new(),
            count: 0,
            squeezer: None,
        }
    }

    /// Writes a member of the old wheel as it is, but for its name and a data descriptor.
    pub(crate) fn keep(&mut self, member: &ArchiveMember, name: &str, is_added: bool) -> io::Result<()> {
        let start = self.at;
        let mut kept = member.clone();
        kept.extra = mark::marked(&member.extra, is_added);
        if member.descriptor == 0 && *member.name == *name {
            self.copy(member.start..member.data().end)?;
        } else {
            kept.header.flags = (member.header.flags & !(DESCRIPTOR | UTF8)) | utf8_flag(name, member.header.flags);
            kept.name = name.into();
            let raw = self.raw_header(member)?;
            self.write(&rewritten(&raw, &kept, name))?;
            self.copy(member.data())?;
        }
        self.list(&kept, start);
        Ok(())
    }

    /// Writes a new member, of which the data may be ready.
    pub(crate) fn add(
        &mut self,
        name: &str,
        addition: &Addition,
        prepared: Option<Prepared>,
        epoch: Option<u64>,
        limit: u64,
        is_marked: bool,
    ) -> Result<Written, Error> {
        let (date, time) = dos_time(epoch);
        let mode: u32 = if addition.executable { 0o100_755 } else { 0o100_644 };
        let size = prepared.as_ref().map_or_else(|| size_of(&addition.content), |prepared| Ok(prepared.size))?;
        if size > limit {
            return Err(Error::TooLarge { name: name.to_owned(), size, limit });
        }
        let is_wide = size >= u64::from(u32::MAX);
        let header = Header {
            made_by: UNIX,
            needed: if is_wide { 45 } else { 20 },
            flags: utf8_flag(name, 0),
            method: 8,
            time,
            date,
            crc: 0,
            compressed: 0,
            size,
            internal: 0,
            external: mode << 16,
        };
        let extra = mark::marked(&[], is_marked);
        let wide = [is_wide, is_wide, false];
        let member = ArchiveMember { name: name.into(), header, extra, wide, start: self.at, head: 0, descriptor: 0 };
        if let Some(prepared) = prepared {
            return self.add_prepared(member, prepared).map_err(|source| Error::Io { action: WRITE, source });
        }
        let mut feed = |sink: Sink<'_>| each_chunk(&addition.content, size, sink);
        self.fill(member, &mut feed, || changed(&addition.content))
    }

    /// Writes a member of which everything is known.
    fn add_prepared(&mut self, mut member: ArchiveMember, prepared: Prepared) -> io::Result<Written> {
        member.header.crc = prepared.crc;
        member.header.compressed = prepared.data.len() as u64;
        member.header.method = if prepared.is_compressed() { 8 } else { 0 };
        let start = self.at;
        self.write(&new_local(&member, member.wide[0]))?;
        self.write(&prepared.data)?;
        self.list(&member, start);
        Ok(Written { header: member.header, hash: prepared.hash })
    }

    /// Writes a member whose content is handed over, perhaps twice. Its header knows the size and not yet what becomes of it.
    fn fill(
        &mut self,
        mut member: ArchiveMember,
        feed: Feed<'_>,
        changed: impl Fn() -> Error,
    ) -> Result<Written, Error> {
        let (size, is_wide) = (member.header.size, member.wide[0]);
        let (start, header) = (self.at, new_local(&member, is_wide));
        let write = |source| Error::Io { action: WRITE, source };
        // In its place until it is known what it says.
        self.write(&header).map_err(write)?;
        let (read, crc, compressed, hash) = self.pour(feed, true)?;
        if read != size {
            return Err(changed());
        }
        member.header.crc = crc;
        member.header.compressed = compressed;
        if compressed >= size {
            // What cannot be compressed is stored.
            self.rewind(start + header.len() as u64);
            member.header.method = 0;
            member.header.compressed = size;
            let again = self.pour(feed, false)?;
            if (again.0, again.1, &again.3) != (size, crc, &hash) {
                return Err(changed());
            }
        }
        self.overwrite(start, &new_local(&member, is_wide)).map_err(write)?;
        self.list(&member, start);
        Ok(Written { header: member.header, hash })
    }

    /// Writes RECORD with other data than it had.
    pub(crate) fn record(&mut self, member: &ArchiveMember, old: &ArchiveMember, data: &[u8]) -> io::Result<()> {
        let start = self.at;
        let raw = self.raw_header(old)?;
        self.write(&rewritten(&raw, member, &member.name))?;
        self.write(data)?;
        self.list(member, start);
        Ok(())
    }

    /// Writes the directory, and returns what of the file is copied from the old one, and what is still to be waited for.
    pub(crate) fn finish(mut self) -> io::Result<(Vec<Piece>, Rest)> {
        let start = self.at;
        let directory = std::mem::take(&mut self.directory);
        self.write(&directory)?;
        let records = end_records(self.count, &(start..self.at));
        self.write(&records)?;
        self.flush()?;
        let rest = self.copier.finish();
        self.file.set_len(self.at)?;
        Ok((self.pieces, rest))
    }

    fn list(&mut self, member: &ArchiveMember, start: u64) {
        member.central(start, &mut self.directory);
        self.count += 1;
    }

    /// The local header of a member of the old wheel.
    fn raw_header(&self, member: &ArchiveMember) -> io::Result<Vec<u8>> {
        let mut raw = vec![0; usize::try_from(member.head).unwrap_or(0)];
        self.source.read_exact_at(&mut raw, member.start)?;
        Ok(raw)
    }

    /// Writes bytes. They may be held back.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.pending.is_some() || self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        self.copier.make_way(self.at, bytes.len() as u64);
        self.at += bytes.len() as u64;
        if bytes.len() > BUFFER {
            return write_all_at(self.file, bytes, self.at - bytes.len() as u64);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes bytes over others that were written at once.
    fn overwrite(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let held = self.at - self.buffer.len() as u64;
        match at.checked_sub(held).and_then(|from| usize::try_from(from).ok()) {
            Some(from) => self.buffer[from..from + bytes.len()].copy_from_slice(bytes),
            None => write_all_at(self.file, bytes, at)?,
        }
        Ok(())
    }

    /// Forgets what was written from a place on. In the file it stays, until something is written over it or the file is cut.
    fn rewind(&mut self, at: u64) {
        let behind = usize::try_from(self.at - at).unwrap_or(usize::MAX);
        self.buffer.truncate(self.buffer.len().saturating_sub(behind));
        self.at = at;
    }

    /// Copies a piece of the old wheel, together with the one before it if it follows that.
    fn copy(&mut self, range: Range<u64>) -> io::Result<()> {
        match &mut self.pending {
            Some(pending) if pending.end == range.start => pending.end = range.end,
            _ => {
                self.flush()?;
                self.pending = Some(range.clone());
            }
        }
        self.at += range.end - range.start;
        Ok(())
    }

    /// Lets begin what is to be copied, if what comes next has to be waited for.
    pub(crate) fn begin_copying(&mut self) -> io::Result<()> {
        if self.pending.is_some() { self.flush() } else { Ok(()) }
    }

    /// Writes what is held back.
    fn flush(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            let at = self.at - self.buffer.len() as u64;
            write_all_at(self.file, &self.buffer, at)?;
            self.buffer.clear();
        }
        if let Some(range) = self.pending.take() {
            let length = range.end - range.start;
            let to = self.at - length;
            let piece = Piece { from: range.start, to, length };
            self.copier.copy(self.source, self.file, piece)?;
            self.pieces.push(piece);
        }
        Ok(())
    }

    /// Writes content, compressed or not, and returns how long it is, its checksum, how many bytes it became, and its hash.
    fn pour(&mut self, feed: Feed<'_>, compresses: bool) -> Result<(u64, u32, u64, String), Error> {
        let write = |source| Error::Io { action: WRITE, source };
        let (mut crc, mut hasher, mut read, start) = (Crc::new(), Hasher::new(), 0_u64, self.at);
        let mut squeezer = self.squeezer.take().unwrap_or_else(Squeezer::new);
        let mut put = |bytes: &[u8]| self.write(bytes);
        feed(&mut |bytes| {
            crc.update(bytes);
            hasher.update(bytes);
            read += bytes.len() as u64;
            let put = if compresses { squeezer.squeeze(bytes, &mut put) } else { put(bytes) };
            put.map_err(write)
        })?;
        if compresses {
            squeezer.finish(&mut put).map_err(write)?;
        }
        self.squeezer = Some(squeezer);
        Ok((read, crc.sum(), self.at - start, hash::sha256_text(&hasher.finish())))
    }
}

/// What takes content, piece by piece.
type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Error>;

/// What hands over content whenever it is asked for.
type Feed<'a> = &'a mut dyn FnMut(Sink<'_>) -> Result<(), Error>;

fn utf8_flag(name: &str, old: u16) -> u16 {
    if name.is_ascii() { old & UTF8 } else { UTF8 }
}

fn changed(content: &Content) -> Error {
    let path = match content {
        Content::File(path) => path.clone(),
        Content::Bytes(_) => "given bytes".into(),
    };
    Error::Changed { path }
}

/// How many bytes content has.
pub(crate) fn size_of(content: &Content) -> Result<u64, Error> {
    match content {
        Content::Bytes(bytes) => Ok(bytes.len() as u64),
        Content::File(path) => {
            let metadata =
                fs_err::metadata(path).map_err(|source| Error::Io { action: "read what is to be added", source })?;
            if metadata.is_file() { Ok(metadata.len()) } else { Err(Error::NotAFile { path: path.clone() }) }
        }
    }
}

/// Hands over content, piece by piece. A file that goes on behind so many bytes is not waited for: somebody is writing it.
pub(crate) fn each_chunk(
    content: &Content,
    most: u64,
    mut sink: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    match content {
        Content::Bytes(bytes) => bytes.chunks(CHUNK).try_for_each(sink),
        Content::File(path) => {
            let read = |source| Error::Io { action: "read what is to be added", source };
            let mut file = fs_err::File::open(path).map_err(read)?;
            // One more than it has, so that its end is seen.
            let size = usize::try_from(file.metadata().map_err(read)?.len()).unwrap_or(CHUNK);
            let mut buffer = vec![0; CHUNK.min(size.saturating_add(1))];
            let mut left = most;
            loop {
                let length = io::Read::read(&mut file, &mut buffer).map_err(read)?;
                if length == 0 {
                    return Ok(());
                }
                left = left.checked_sub(length as u64).ok_or_else(|| changed(content))?;
                sink(&buffer[..length])?;
            }
        }
    }
}

/// Copies a range between files.
///
/// In the kernel where both begin at the same place of a block: some file systems then share the blocks. Elsewhere the kernel
/// would copy page by page, which takes longer than copying through memory.
pub(crate) fn copy_range(
    from: &fs_err::File,
    to: &fs_err::File,
    mut source: u64,
    mut target: u64,
    mut left: u64,
) -> io::Result<()> {
    let mut in_kernel = source % BLOCK == target % BLOCK;
    let mut buffer = Vec::new();
    while left > 0 {
        let wanted = usize::try_from(left.min(1 << 30)).unwrap_or(1 << 30);
        if in_kernel {
            let (mut here, mut there) = (source, target);
            match rustix::fs::copy_file_range(from, Some(&mut here), to, Some(&mut there), wanted) {
                // Where a file system cannot do it, it may say this. A wheel that became shorter is seen by reading.
                Ok(0) => in_kernel = false,
                Ok(copied) => {
                    (source, target, left) = (source + copied as u64, target + copied as u64, left - copied as u64);
                }
                Err(Errno::INTR) => {}
                // Across file systems, and on some of them not at all.
                Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM | Errno::BADF) => {
                    in_kernel = false;
                }
                Err(error) => return Err(io::Error::from(error)),
            }
            continue;
        }
        buffer.resize(wanted.min(COPIED), 0);
        from.read_exact_at(&mut buffer, source).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the wheel became shorter"),
            _ => error,
        })?;
        write_all_at(to, &buffer, target)?;
        let copied = buffer.len() as u64;
        (source, target, left) = (source + copied, target + copied, left - copied);
    }
    Ok(())
}

/// Writes all bytes at a place.
pub(crate) fn write_all_at(file: &fs_err::File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, at) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => (bytes, at) = (&bytes[written..], at + written as u64),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Date and time as archives have them, which know no time zone and no odd seconds.
pub(crate) fn dos_time(epoch: Option<u64>) -> (u16, u16) {
    let seconds = epoch.map_or(FIRST_SECOND, |epoch| i64::try_from(epoch).unwrap_or(LAST_SECOND));
    let moment = Timestamp::from_second(seconds.clamp(FIRST_SECOND, LAST_SECOND)).unwrap_or_default();
    let moment = moment.to_zoned(TimeZone::UTC);
    let [month, day, hour, minute, second] =
        [moment.month(), moment.day(), moment.hour(), moment.minute(), moment.second()].map(i8::unsigned_abs);
    let time = zip::DateTime::from_date_and_time(moment.year().unsigned_abs(), month, day, hour, minute, second);
    let time = time.expect("the years from 1980 to 2107 are those that archives have");
    (time.datepart(), time.timepart())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grows_is_not_read_to_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1 << 20).unwrap();
        let content = Content::File(file.path().to_owned());
        let read = |most| {
            let mut read = 0;
            let result = each_chunk(&content, most, |bytes| {
                read += bytes.len() as u64;
                Ok(())
            });
            (result, read)
        };
        assert!(matches!(read(1 << 20), (Ok(()), 0x10_0000)));
        assert!(matches!(read(100_000), (Err(Error::Changed { path }), ..=100_000) if path == file.path()));
    }

    #[test]
    fn times() {
        let parts = |epoch| {
            let (date, time) = dos_time(epoch);
            (1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2)
        };
        assert_eq!(parts(None), (1980, 1, 1, 0, 0, 0));
        assert_eq!(parts(Some(0)), (1980, 1, 1, 0, 0, 0));
        assert_eq!(parts(Some(1_580_601_600)), (2020, 2, 2, 0, 0, 0));
        assert_eq!(parts(Some(1_709_210_096)), (2024, 2, 29, 12, 34, 56));
        assert_eq!(parts(Some(u64::MAX)), (2107, 12, 31, 23, 59, 58));
    }
}
