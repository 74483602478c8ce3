//! A member of an archive, as the central directory has it.

use std::{borrow::Cow, ops::Range};

use super::extra;
use crate::{
    Rule, Severity,
    name::{self, NameError},
    rule::{Findings, shown},
    window::{u16_at, u32_at, u64_at},
};

/// What a central header begins with.
pub(crate) const CENTRAL: u32 = 0x0201_4b50;
/// How long a central header is without name, extra fields and comment.
pub(super) const CENTRAL_LENGTH: usize = 46;

/// The version of the format that a member with ZIP64 sizes needs; other methods need later ones.
const MOST_NEEDED: u16 = 45;

/// Encrypted.
pub(super) const ENCRYPTED: u16 = 1;
/// Sizes and checksum stand behind the data.
pub(crate) const DESCRIPTOR: u16 = 1 << 3;
/// The name is UTF-8.
pub(crate) const UTF8: u16 = 1 << 11;
/// How hard the deflater tried, which means nothing to readers.
const EFFORT: u16 = 0b110;
/// Encrypted in newer ways.
const STRONGLY_ENCRYPTED: u16 = 1 << 6 | 1 << 13;

/// The numbers of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) made_by: u16,
    pub(crate) needed: u16,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) time: u16,
    pub(crate) date: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    pub(crate) internal: u16,
    pub(crate) external: u32,
}

/// A member: its header, and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: Box<str>,
    pub(crate) header: Header,
    /// The extra fields of the central header.
    pub(crate) extra: Box<[u8]>,
    /// Which of size, compressed size and offset stand in the ZIP64 field although they might not have to.
    pub(crate) wide: [bool; 3],
    /// Where the local header begins.
    pub(crate) start: u64,
    /// How long the local header is, name and extra fields included.
    pub(crate) head: u32,
    /// How long the data descriptor is.
    pub(crate) descriptor: u8,
}

impl Member {
    /// Where the data is.
    pub(crate) fn data(&self) -> Range<u64> {
        let start = self.start.saturating_add(self.head.into());
        start..start.saturating_add(self.header.compressed)
    }

    /// Where the next member begins.
    pub(crate) fn end(&self) -> u64 {
        self.data().end.saturating_add(self.descriptor.into())
    }

    /// Whether it is a folder.
    pub(crate) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// Whether it was made on a Unix system, where it has a mode.
    pub(crate) fn is_unix(&self) -> bool {
        matches!(self.header.made_by >> 8, 3 | 19)
    }

    /// Its Unix mode, if it has one.
    pub(crate) fn mode(&self) -> Option<u32> {
        let mode = self.header.external >> 16;
        (mode != 0).then_some(mode)
    }

    /// Whether installers make it executable: pip and `installer` do so only where the mode says that it is a regular file.
    pub(crate) fn is_executable(&self) -> bool {
        self.mode().is_some_and(|mode| mode & 0o170_000 == 0o100_000 && mode & 0o111 != 0)
    }

    /// Reads a central header, whose parts are given. None if its ZIP64 field is wrong.
    pub(super) fn parse(fixed: &[u8], raw_name: &[u8], extra: &[u8], findings: &mut Findings) -> Option<Self> {
        let flags = u16_at(fixed, 8);
        let name = match std::str::from_utf8(raw_name) {
            Ok(name) => Cow::Borrowed(name),
            Err(_) => String::from_utf8_lossy(raw_name),
        };
        if matches!(name, Cow::Owned(_)) || (!name.is_ascii() && flags & UTF8 == 0) {
            let wrong = if flags & UTF8 == 0 { "is not flagged as UTF-8" } else { "is not UTF-8" };
            findings.at(Rule::NameEncoding, &name, format!("the name has bytes beyond ASCII, and {wrong}"));
        }
        let mut header = Header {
            made_by: u16_at(fixed, 4),
            needed: u16_at(fixed, 6),
            flags,
            method: u16_at(fixed, 10),
            time: u16_at(fixed, 12),
            date: u16_at(fixed, 14),
            crc: u32_at(fixed, 16),
            compressed: u32_at(fixed, 20).into(),
            size: u32_at(fixed, 24).into(),
            internal: u16_at(fixed, 36),
            external: u32_at(fixed, 38),
        };
        let mut start = u64::from(u32_at(fixed, 42));
        let fields = check_extra(extra, &name, findings);
        let most = u64::from(u32::MAX);
        let wide = [header.size == most, header.compressed == most, start == most];
        let content = fields.then(|| extra::field(extra, extra::ZIP64)).flatten();
        let numbers = wide.iter().filter(|wide| **wide).count();
        match content {
            Some(content) if numbers > 0 && content.len() == 8 * numbers => {
                let mut numbers = content.chunks_exact(8).map(|number| u64_at(number, 0));
                for (number, _) in [&mut header.size, &mut header.compressed, &mut start]
                    .into_iter()
                    .zip(wide)
                    .filter(|(_, is_wide)| *is_wide)
                {
                    *number = numbers.next().unwrap_or(most);
                }
            }
            None if numbers == 0 => {}
            _ => {
                let found = content.map_or(0, <[u8]>::len);
                let message = format!("the ZIP64 field has {found} bytes, and {} are needed", 8 * numbers);
                findings.at(Rule::Zip64Extra, &name, message);
                if numbers > 0 {
                    return None;
                }
            }
        }
        let member = Self { name: name.into(), header, extra: extra.into(), wide, start, head: 0, descriptor: 0 };
        member.check(u16_at(fixed, 32), u16_at(fixed, 34), findings);
        Some(member)
    }

    /// Notes what a header must not say.
    fn check(&self, comment: u16, disk: u16, findings: &mut Findings) {
        let Self { name, header, .. } = self;
        if comment > 0 {
            findings.at(Rule::ZipMemberComment, name, format!("it has a comment of {comment} bytes"));
        }
        if disk != 0 {
            findings.at(Rule::ZipDisks, name, format!("it is said to be on disk {disk}"));
        }
        if header.flags & (ENCRYPTED | STRONGLY_ENCRYPTED) != 0 {
            findings.at(Rule::ZipEncrypted, name, "it is encrypted");
        }
        let others = header.flags & !(ENCRYPTED | STRONGLY_ENCRYPTED | DESCRIPTOR | UTF8 | EFFORT);
        if others != 0 {
            findings.at(Rule::ZipFlags, name, format!("it has the flags {others:#06x}"));
        }
        if !matches!(header.method, 0 | 8) {
            findings.at(Rule::ZipMethod, name, format!("it is compressed by method {}", header.method));
        }
        // Some readers pass over what asks for more than they know, and install the rest.
        if header.needed & 0xff > MOST_NEEDED {
            let needed = header.needed & 0xff;
            findings.at(
                Rule::ZipMethod,
                name,
                format!(
                    "it asks for version {}.{} of the format, which no such member needs",
                    needed / 10,
                    needed % 10
                ),
            );
        }
        if header.method == 0 && header.compressed != header.size {
            let Header { compressed, size, .. } = header;
            findings.at(
                Rule::ZipSizes,
                name,
                format!("it is stored, and has {compressed} bytes that stand for {size}"),
            );
        }
        if self.is_folder() && header.size != 0 {
            findings.at(Rule::ZipSizes, name, format!("it is a folder with {} bytes of data", header.size));
        }
        self.check_type(findings);
        if !is_time(header.date, header.time) {
            findings.at(Rule::ZipTime, name, format!("its time {:#06x} {:#06x} is none", header.date, header.time));
        }
        self.check_name(findings);
    }

    fn check_type(&self, findings: &mut Findings) {
        let Self { name, header, .. } = self;
        // The upper half is a mode on Unix systems only, but readers take a link for a link wherever it was made.
        let mode = header.external >> 16;
        let kind = mode & 0o170_000;
        let is_right = match kind {
            0 => true,
            0o100_000 => !self.is_folder(),
            0o040_000 => self.is_folder(),
            _ => false,
        };
        if !is_right {
            let what = match kind {
                0o120_000 => "a link",
                0o010_000 => "a pipe",
                0o140_000 => "a socket",
                0o020_000 | 0o060_000 => "a device",
                0o100_000 => "a file by its mode, and a folder by its name",
                0o040_000 => "a folder by its mode, and a file by its name",
                _ => "something that is neither a file nor a folder",
            };
            findings.at(Rule::ZipType, name, format!("it is {what}"));
        } else if mode & 0o7000 != 0 && !self.is_folder() {
            findings.at(
                Rule::ZipType,
                name,
                format!("its mode {:04o} gives it another user's or group's rights", mode & 0o7777),
            );
        } else if self.is_unix() && !self.is_folder() && mode & 0o444 == 0 {
            findings.at(Rule::ZipMode, name, format!("with its mode {:04o} nobody can read it", mode & 0o7777));
        } else if self.is_runnable_without_kind() {
            let message =
                format!("its mode {mode:04o} is of no kind of file, so installers make nothing of it that runs");
            findings.lesser(Rule::ZipMode, Severity::Note, Some(name), message);
        }
    }

    /// Whether it has the rights of a program, which installers heed of regular files only, and does not say that it is one.
    pub(crate) fn is_runnable_without_kind(&self) -> bool {
        let mode = self.header.external >> 16;
        self.is_unix() && !self.is_folder() && mode & 0o170_000 == 0 && mode & 0o111 != 0
    }

    fn check_name(&self, findings: &mut Findings) {
        let name = &self.name;
        let file = name.strip_suffix('/').unwrap_or(name);
        let checked = if name.as_ref() == "/" { Err(NameError::Absolute) } else { name::check(file) };
        if let Err(error) = checked {
            findings.at(error.rule(), name, format!("the name {error}"));
        } else if !name::is_composed(name) {
            findings.at(Rule::NameNfc, name, format!("the name {}", NameError::NotComposed));
        }
    }

    /// The central header with the member at another place, or the same.
    pub(crate) fn central(&self, start: u64, into: &mut Vec<u8>) {
        let Self { header, name, .. } = self;
        // What stands in the ZIP64 field without need stays there. An offset goes back when it is small again.
        let most = u64::from(u32::MAX);
        let wide = [
            self.wide[0] || header.size >= most,
            self.wide[1] || header.compressed >= most,
            (self.wide[2] && start > most / 2) || start >= most,
        ];
        let numbers = [header.size, header.compressed, start];
        let field: Vec<u8> =
            numbers.iter().zip(wide).filter(|(_, wide)| *wide).flat_map(|(number, _)| number.to_le_bytes()).collect();
        let has_field = extra::field(&self.extra, extra::ZIP64).is_some();
        let extra = if field.is_empty() && !has_field {
            Cow::Borrowed(&self.extra[..])
        } else {
            Cow::Owned(extra::with(&self.extra, extra::ZIP64, Some(&field[..]).filter(|field| !field.is_empty())))
        };
        let narrow =
            |index: usize| if wide[index] { u32::MAX } else { u32::try_from(numbers[index]).unwrap_or(u32::MAX) };
        let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
        let needed = if wide.contains(&true) { header.needed.max(45) } else { header.needed };
        into.extend(CENTRAL.to_le_bytes());
        for number in [header.made_by, needed, header.flags, header.method, header.time, header.date] {
            into.extend(number.to_le_bytes());
        }
        for number in [header.crc, narrow(1), narrow(0)] {
            into.extend(number.to_le_bytes());
        }
        for number in [length(name.len()), length(extra.len()), 0, 0, header.internal] {
            into.extend(number.to_le_bytes());
        }
        into.extend(header.external.to_le_bytes());
        into.extend(narrow(2).to_le_bytes());
        into.extend(name.as_bytes());
        into.extend(extra.iter());
    }
}

/// Whether extra fields are fields, and none of them says what readers would disagree about. Notes what is wrong with them.
pub(super) fn check_extra(extra: &[u8], name: &str, findings: &mut Findings) -> bool {
    let Some(fields) = extra::fields(extra) else {
        findings.at(Rule::ZipExtra, name, "its extra fields are not well formed");
        return false;
    };
    if fields.iter().any(|(id, _)| *id == extra::UNICODE_PATH) {
        findings.at(Rule::ZipExtra, name, "an extra field gives it a name that only some readers take");
    }
    if fields.iter().filter(|(id, _)| *id == extra::ZIP64).count() > 1 {
        findings.at(Rule::Zip64Extra, name, "it has several ZIP64 fields");
        return false;
    }
    true
}

/// Whether these are a date and a time of day.
pub(crate) fn is_time(date: u16, time: u16) -> bool {
    let (month, day) = (date >> 5 & 15, date & 31);
    let (hour, minute, second) = (time >> 11, time >> 5 & 63, time & 31);
    (1..=12).contains(&month) && day >= 1 && hour < 24 && minute < 60 && second < 30
}

/// What a finding says of a name that differs.
pub(super) fn other_name(name: &[u8]) -> String {
    shown(&String::from_utf8_lossy(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_a_calendar_and_a_clock() {
        let at = |[month, day, hour, minute, second]: [u16; 5]| {
            is_time((month << 5) | day, (hour << 11) | (minute << 5) | (second / 2))
        };
        for right in [[1, 1, 0, 0, 0], [12, 31, 23, 59, 58]] {
            assert!(at(right), "{right:?}");
        }
        for wrong in
            [[0, 1, 0, 0, 0], [13, 1, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 24, 0, 0], [1, 1, 0, 60, 0], [1, 1, 0, 0, 60]]
        {
            assert!(!at(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn numbers_stand_in_the_zip64_field_where_they_stood_or_have_to() {
        let most = u64::from(u32::MAX);
        let field = extra::with(&[], extra::ZIP64, Some(&[0; 8]));
        // What stood there, whether there was a field, size, offset; what stands there.
        for (wide, had_field, size, start, expected) in [
            ([false; 3], false, 5, 7, &[][..]),
            ([false; 3], false, most, 7, &[most]),
            ([false; 3], false, 5, most, &[most]),
            ([true, false, false], true, 5, 7, &[5]),
            // An offset that is small again goes back, and one that may soon be large stays.
            ([false, false, true], true, 5, 7, &[]),
            ([false, false, true], true, 5, most - 1, &[most - 1]),
        ] {
            let header = Header {
                made_by: 0,
                needed: 20,
                flags: 0,
                method: 0,
                time: 0,
                date: 0,
                crc: 0,
                compressed: 0,
                size,
                internal: 0,
                external: 0,
            };
            let extra = if had_field { field.clone() } else { Vec::new() };
            let member =
                Member { name: "a".into(), header, extra: extra.into(), wide, start: 0, head: 0, descriptor: 0 };
            let mut written = Vec::new();
            member.central(start, &mut written);
            let content = extra::field(&written[CENTRAL_LENGTH + 1..], extra::ZIP64);
            let numbers: Vec<u64> = content.unwrap_or_default().chunks_exact(8).map(|bytes| u64_at(bytes, 0)).collect();
            assert_eq!(
                (numbers.as_slice(), content.is_some()),
                (expected, !expected.is_empty()),
                "{wide:?} {size} {start}"
            );
            assert_eq!(u16_at(&written, 6), if expected.is_empty() { 20 } else { 45 });
        }
    }
}
