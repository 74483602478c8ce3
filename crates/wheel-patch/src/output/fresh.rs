//! Members of the old wheel under headers of our own, which say nothing but what is needed.

use std::io;

use crate::{
    Error,
    archive::{ArchiveMember, Header, UTF8, new_local},
    content::{Inflater, Problem},
};

use super::{Output, Sink, Written};

/// Unix, and version 2.0 of the format.
const MADE_BY: u16 = 0x0314;

/// The member under a header as a new file has it: a regular file of a Unix system, without extra fields.
pub(crate) fn fresh(old: &ArchiveMember, is_executable: bool, (date, time): (u16, u16)) -> ArchiveMember {
    let Header { method, crc, compressed, size, .. } = old.header;
    let most = u64::from(u32::MAX);
    let is_wide = size >= most || compressed >= most;
    let mode: u32 = if is_executable { 0o100_755 } else { 0o100_644 };
    let header = Header {
        made_by: MADE_BY,
        needed: if is_wide { 45 } else { 20 },
        flags: if old.name.is_ascii() { 0 } else { UTF8 },
        method,
        time,
        date,
        crc,
        compressed,
        size,
        internal: 0,
        external: mode << 16,
    };
    let (name, wide) = (old.name.clone(), [is_wide, is_wide, false]);
    ArchiveMember { name, header, extra: Box::default(), wide, start: 0, head: 0, descriptor: 0 }
}

impl Output<'_> {
    /// Writes the data of a member of the old wheel, compressed as it is, under another header.
    pub(crate) fn relabel(&mut self, old: &ArchiveMember, new: &ArchiveMember) -> io::Result<()> {
        let start = self.at;
        self.write(&new_local(new, new.wide[0]))?;
        self.copy(old.data())?;
        self.list(new, start);
        Ok(())
    }

    /// Writes a member of which the data is given, compressed as the header says.
    pub(crate) fn put(&mut self, new: &ArchiveMember, data: &[u8]) -> io::Result<()> {
        let start = self.at;
        self.write(&new_local(new, new.wide[0]))?;
        self.write(data)?;
        self.list(new, start);
        Ok(())
    }

    /// Writes a member of the old wheel, compressed anew.
    pub(crate) fn recompress(
        &mut self,
        inflater: &mut Inflater,
        old: &ArchiveMember,
        new: ArchiveMember,
        changed: impl Fn() -> Error,
    ) -> Result<Written, Error> {
        let source = self.source;
        let mut feed = |sink: Sink<'_>| {
            let mut result = Ok(());
            let read = inflater.read(source, old, |bytes| {
                if result.is_ok() {
                    result = sink(bytes);
                }
            });
            result?;
            match read {
                Ok(()) => Ok(()),
                Err(Problem::Io(source)) => Err(Error::Io { action: "read the wheel", source }),
                // It was read before, and was right.
                Err(Problem::Wrong(_)) => Err(changed()),
            }
        };
        let member = ArchiveMember { header: Header { method: 8, crc: 0, compressed: 0, ..new.header }, ..new };
        self.fill(member, &mut feed, &changed)
    }
}
