//! The records at the end of an archive, which say where its directory is.

use std::{io, ops::Range};

use crate::{
    Rule,
    rule::Findings,
    window::{Window, u16_at, u32_at, u64_at},
};

const SIGNATURE: u32 = 0x0605_4b50;
const SIGNATURE_64: u32 = 0x0606_4b50;
const SIGNATURE_LOCATOR: u32 = 0x0706_4b50;
const LENGTH: usize = 22;
const LENGTH_64: usize = 56;
const LENGTH_LOCATOR: usize = 20;
/// The longest comment that can follow the end record.
const LONGEST_COMMENT: u64 = 0xffff;

/// What the end records say.
#[derive(Debug)]
pub(super) struct End {
    /// How many members there are.
    pub(super) count: u64,
    /// Where the directory is.
    pub(super) directory: Range<u64>,
}

impl End {
    /// Reads the records at the end of a file. None if there is no directory to be found by them.
    pub(super) fn read(file: &fs_err::File, size: u64, findings: &mut Findings) -> io::Result<Option<Self>> {
        let step = LENGTH + LENGTH_64 + LENGTH_LOCATOR;
        let mut window = Window::new(file, size, step);
        let Some(at) = find(file, size, findings)? else {
            findings.whole(Rule::ZipEnd, "it is not a ZIP archive: there is no end record");
            return Ok(None);
        };
        let Some(record) = window.get(at, LENGTH)? else { return Ok(None) };
        let (disk, directory_disk) = (u16_at(record, 4), u16_at(record, 6));
        let (count_here, count) = (u16_at(record, 8), u16_at(record, 10));
        let (length, offset) = (u32_at(record, 12), u32_at(record, 16));

        let mut end = Self { count: count.into(), directory: u64::from(offset)..at };
        let mut directory_length = u64::from(length);
        let mut disks = (u64::from(disk), u64::from(directory_disk), u64::from(count_here));
        if let Some(wide) = Wide::read(&mut window, at, findings)? {
            let plain = [count.into(), u64::from(length), offset.into()];
            let most = [0xffff, 0xffff_ffff, 0xffff_ffff];
            let numbers = [wide.count, wide.length, wide.offset];
            if (0..3).any(|index| plain[index] != most[index] && plain[index] != numbers[index]) {
                findings.whole(Rule::Zip64, "the ZIP64 end record and the plain one say different things");
            } else if (0..3).all(|index| plain[index] != most[index]) {
                findings.whole(Rule::Zip64Needless, "there is a ZIP64 end record, and no number that needs it");
            }
            end = Self { count: wide.count, directory: wide.offset..wide.at };
            directory_length = wide.length;
            disks = (wide.disk, wide.directory_disk, wide.count_here);
        }
        if disks.0 != 0 || disks.1 != 0 {
            findings.whole(Rule::ZipDisks, "the archive says that it is one of several files");
        } else if disks.2 != end.count {
            findings.whole(Rule::ZipCount, format!("the end record says {} members and {}", disks.2, end.count));
        }
        Ok(end.placed(directory_length, &mut window, findings)?.then_some(end))
    }

    /// Whether the directory is where the records say.
    fn placed(&self, length: u64, window: &mut Window<'_>, findings: &mut Findings) -> io::Result<bool> {
        let Range { start, end } = self.directory;
        if start.checked_add(length) == Some(end) {
            return Ok(true);
        }
        // With something in front of an archive its records are right about everything but where it begins.
        let real = end.checked_sub(length);
        let begins = match real {
            Some(real) if length > 0 => window.get(real, 4)?.is_some_and(|bytes| u32_at(bytes, 0) == super::CENTRAL),
            _ => false,
        };
        match real {
            Some(real) if begins && real > start => findings
                .whole(Rule::ZipPrefix, format!("{} bytes stand in front of the archive or within it", real - start)),
            _ => findings.whole(
                Rule::ZipDirectory,
                format!("the end record says that the directory has {length} bytes from byte {start} on, and it ends at byte {end}"),
            ),
        }
        Ok(false)
    }
}

/// Where the end record is.
fn find(file: &fs_err::File, size: u64, findings: &mut Findings) -> io::Result<Option<u64>> {
    let Some(last) = size.checked_sub(LENGTH as u64) else { return Ok(None) };
    let first = last.saturating_sub(LONGEST_COMMENT);
    let mut window = Window::new(file, size, LENGTH);
    if window.get(last, LENGTH)?.is_some_and(|bytes| u32_at(bytes, 0) == SIGNATURE && u16_at(bytes, 20) == 0) {
        return Ok(Some(last));
    }
    let tail = usize::try_from(size - first).unwrap_or(usize::MAX);
    let mut window = Window::new(file, size, tail);
    let Some(bytes) = window.get(first, tail)? else { return Ok(None) };
    let found = (0..=bytes.len() - LENGTH)
        .rev()
        .find(|at| u32_at(bytes, *at) == SIGNATURE && at + LENGTH + usize::from(u16_at(bytes, at + 20)) <= bytes.len());
    let Some(at) = found else { return Ok(None) };
    let comment = usize::from(u16_at(bytes, at + 20));
    let behind = bytes.len() - at - LENGTH - comment;
    if comment > 0 {
        findings.whole(Rule::ZipComment, format!("the archive has a comment of {comment} bytes"));
    }
    if behind > 0 {
        findings.whole(Rule::ZipTrailing, format!("{behind} bytes stand behind the end record"));
    }
    Ok(Some(first + at as u64))
}

/// What a ZIP64 end record says.
struct Wide {
    at: u64,
    disk: u64,
    directory_disk: u64,
    count_here: u64,
    count: u64,
    length: u64,
    offset: u64,
}

impl Wide {
    /// Reads the record in front of the plain end record, if there is one.
    fn read(window: &mut Window<'_>, end: u64, findings: &mut Findings) -> io::Result<Option<Self>> {
        let Some(locator) = end.checked_sub(LENGTH_LOCATOR as u64) else { return Ok(None) };
        let Some(bytes) = window.get(locator, LENGTH_LOCATOR)? else { return Ok(None) };
        if u32_at(bytes, 0) != SIGNATURE_LOCATOR {
            return Ok(None);
        }
        let (disk, at, disks) = (u32_at(bytes, 4), u64_at(bytes, 8), u32_at(bytes, 16));
        if disk != 0 || disks != 1 {
            findings.whole(Rule::ZipDisks, "the ZIP64 locator says that the archive is one of several files");
        }
        if at.checked_add(LENGTH_64 as u64) != Some(locator) {
            findings.whole(Rule::Zip64, "the ZIP64 locator does not point to a record directly in front of it");
            return Ok(None);
        }
        let Some(bytes) = window.get(at, LENGTH_64)? else { return Ok(None) };
        if u32_at(bytes, 0) != SIGNATURE_64 || u64_at(bytes, 4) != LENGTH_64 as u64 - 12 {
            findings.whole(Rule::Zip64, "the ZIP64 locator does not point to an end record without extensions");
            return Ok(None);
        }
        Ok(Some(Self {
            at,
            disk: u32_at(bytes, 16).into(),
            directory_disk: u32_at(bytes, 20).into(),
            count_here: u64_at(bytes, 24),
            count: u64_at(bytes, 32),
            length: u64_at(bytes, 40),
            offset: u64_at(bytes, 48),
        }))
    }
}

/// The end records of an archive whose directory is there.
pub(crate) fn end_records(count: u64, directory: &Range<u64>) -> Vec<u8> {
    let length = directory.end - directory.start;
    let mut bytes = Vec::with_capacity(LENGTH + LENGTH_64 + LENGTH_LOCATOR);
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    // All bits set means "look in the other record".
    if count >= 0xffff || narrow(length) == u32::MAX || narrow(directory.start) == u32::MAX {
        bytes.extend(SIGNATURE_64.to_le_bytes());
        bytes.extend((LENGTH_64 as u64 - 12).to_le_bytes());
        bytes.extend([45, 0, 45, 0]);
        bytes.extend([0; 8]);
        for number in [count, count, length, directory.start] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(SIGNATURE_LOCATOR.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(directory.end.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    let count = u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
    bytes.extend(SIGNATURE.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend([count, count].concat());
    bytes.extend(narrow(length).to_le_bytes());
    bytes.extend(narrow(directory.start).to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (count, directory, is_wide) in
            [(0, 0..0, false), (65_534, 3..7, false), (65_535, 3..7, true), (70_000, 5..9, true)]
        {
            let records = end_records(count, &directory);
            assert_eq!(records.len(), if is_wide { LENGTH_64 + LENGTH_LOCATOR + LENGTH } else { LENGTH });
            let bytes = [vec![0; usize::try_from(directory.end).unwrap()], records].concat();
            let file = tempfile::NamedTempFile::new().unwrap();
            fs_err::write(file.path(), &bytes).unwrap();
            let mut findings = Findings::default();
            let file = fs_err::File::open(file.path()).unwrap();
            let end = End::read(&file, bytes.len() as u64, &mut findings).unwrap().unwrap();
            assert_eq!((end.count, end.directory), (count, directory));
            assert_eq!(findings.into_list(), []);
        }
        let wide = end_records(70_000, &(5..9));
        assert_eq!(wide[..24], [0x50, 0x4b, 6, 6, 44, 0, 0, 0, 0, 0, 0, 0, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let most = end_records(1, &(u64::from(u32::MAX)..u64::from(u32::MAX) + 5));
        assert_eq!(most.len(), LENGTH_64 + LENGTH_LOCATOR + LENGTH);
        assert_eq!(most[most.len() - 6..][..4], [0xff; 4]);
    }
}
