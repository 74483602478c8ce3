//! The structure of an archive, read strictly.
//!
//! A ZIP archive describes its members twice, in front of their data and in the directory at the end, and its records may
//! stand anywhere. Readers that look at different places can be shown different archives. So the whole file is accounted for:
//!
//! ```text
//! byte 0   local header | data | descriptor?        the first member
//!          local header | data | descriptor?        the next one, without a gap
//!          ...
//!          central header ...                       the directory, one header for each member, which says the same
//!          ZIP64 end record, locator                where numbers need them
//!          end record                               the end of the file
//! ```
//!
//! Every number from the file is compared with the file before it is used.

mod end;
mod extra;
mod local;
mod member;

use std::{io, ops::Range};

use zip::{
    ZipArchive,
    result::{ZipError, ZipResult},
};

use self::{
    end::End,
    member::{CENTRAL_LENGTH, Member},
};
use crate::{
    Limits, Rule,
    hash::Hasher,
    limits::RATIO_FROM,
    name::folders,
    rule::Findings,
    window::{Cursor, Window, u16_at, u32_at},
};

pub(crate) use self::{
    end::end_records,
    extra::{MARK, ZIP64, field, with},
    local::{LOCAL, new as new_local, rewritten},
    member::{CENTRAL, DESCRIPTOR, Header, Member as ArchiveMember, UTF8, is_time},
};

/// The bytes read at a time where headers are many.
const STEP: usize = 64 << 10;
/// The bytes read at a time where they are far apart.
const HOP: usize = 2048;

/// The members of an archive, in the order of its directory, and how it is laid out.
#[derive(Debug)]
pub(crate) struct Archive {
    /// The members.
    pub(crate) members: Vec<Member>,
    /// Whether we would write all headers byte by byte as they are, so that they can be made again from what they say.
    pub(crate) is_plain: bool,
    /// Where the directory begins.
    directory: u64,
}

impl Archive {
    /// Reads the structure of an archive. What is found is wrong with it; none if there is no directory to read.
    pub(crate) fn read(file: &fs_err::File, limits: &Limits, findings: &mut Findings) -> io::Result<Option<Self>> {
        Self::read_with(file, limits, |_, _| Ok(Findings::default()), findings)
    }

    /// The same, with something that is done as soon as the directory was read: it gets the members, of which the data is not
    /// yet known to be there, and where the directory begins, or none if something is wrong. What it finds comes last.
    pub(crate) fn read_with(
        file: &fs_err::File,
        limits: &Limits,
        listed: impl FnOnce(&[Member], Option<u64>) -> io::Result<Findings>,
        findings: &mut Findings,
    ) -> io::Result<Option<Self>> {
        let size = file.metadata()?.len();
        let Some(end) = End::read(file, size, findings)? else { return Ok(None) };
        let Some((mut members, mut is_plain)) = directory(file, size, &end, limits, findings)? else { return Ok(None) };
        check_sizes(&members, size, limits, findings);
        let later = listed(&members, (findings.errors() == 0).then_some(end.directory.start))?;
        check_tar(file, size, findings)?;

        is_plain &= walk(file, size, &mut members, end.directory.start, findings)?;
        let mut rest = Window::new(file, size, STEP);
        let records = end_records(members.len() as u64, &end.directory);
        let length = usize::try_from(size.saturating_sub(end.directory.end)).unwrap_or(usize::MAX);
        is_plain &= length == records.len() && rest.get(end.directory.end, length)? == Some(&records[..]);
        findings.extend(later);
        Ok(Some(Self { members, is_plain, directory: end.directory.start }))
    }

    /// A digest of everything but data: local headers in the order of the file, the directory and the end.
    pub(crate) fn digest(&self, file: &fs_err::File) -> io::Result<[u8; 32]> {
        let size = file.metadata()?.len();
        let mut heads: Vec<Range<u64>> = self.members.iter().map(|member| member.start..member.data().start).collect();
        heads.sort_by_key(|head| head.start);
        let mut hasher = Hasher::new();
        for (step, range) in heads.into_iter().map(|head| (HOP, head)).chain([(STEP, self.directory..size)]) {
            let mut window = Window::new(file, size, step);
            let mut at = range.start;
            while at < range.end {
                let length = usize::try_from(range.end - at).unwrap_or(step).min(step);
                let Some(bytes) = window.get(at, length)? else { break };
                hasher.update(bytes);
                at += length as u64;
            }
        }
        Ok(hasher.sha256())
    }

    /// Compares an archive in which nothing wrong was found with what another reader thinks of it.
    pub(crate) fn compare(&self, opinion: ZipResult<Opinion<'_>>, findings: &mut Findings) -> io::Result<()> {
        let agrees = |archive: &Opinion<'_>| {
            archive.offset() == 0
                && archive.len() == self.members.len()
                && archive.file_names_raw().zip(&self.members).all(|(name, member)| name == member.name.as_bytes())
        };
        match opinion {
            Ok(opinion) if agrees(&opinion) => {}
            Ok(_) => findings.whole(Rule::ZipOpinion, "another reader finds other members"),
            Err(ZipError::Io(error)) if error.raw_os_error().is_some() => return Err(error),
            Err(error) => findings.whole(Rule::ZipOpinion, format!("another reader says: {error}")),
        }
        Ok(())
    }
}

/// An archive as another reader has it.
pub(crate) type Opinion<'a> = ZipArchive<Cursor<'a>>;

/// Asks another reader what it thinks of an archive.
pub(crate) fn second_opinion(file: &fs_err::File) -> ZipResult<Opinion<'_>> {
    let size = file.metadata()?.len();
    let mut archive = ZipArchive::new(Cursor::new(Window::new(file, size, HOP)))?;
    archive.validate_header_consistency()?;
    Ok(archive)
}

/// Reads the central directory. The flag says whether we would write it as it is.
fn directory(
    file: &fs_err::File,
    size: u64,
    end: &End,
    limits: &Limits,
    findings: &mut Findings,
) -> io::Result<Option<(Vec<Member>, bool)>> {
    let Range { start, end: stop } = end.directory;
    if end.count > limits.members {
        findings.whole(
            Rule::ZipLimit,
            format!("it has {} members, and {} are allowed (limit `members`)", end.count, limits.members),
        );
        return Ok(None);
    }
    if stop - start > limits.directory {
        let message = format!(
            "its directory has {} bytes, and {} are allowed (limit `directory`)",
            stop - start,
            limits.directory
        );
        findings.whole(Rule::ZipLimit, message);
        return Ok(None);
    }
    let mut window = Window::new(file, size, STEP);
    let (mut members, mut is_plain, mut at) = (Vec::new(), true, start);
    let mut written = Vec::new();
    while at < stop {
        let place = || format!("byte {at}");
        let Some(fixed) = window.get(at, CENTRAL_LENGTH)?.filter(|bytes| u32_at(bytes, 0) == CENTRAL) else {
            findings.at(Rule::ZipDirectory, &place(), "the directory has something that is no header");
            return Ok(None);
        };
        let lengths = [28, 30, 32].map(|field| usize::from(u16_at(fixed, field)));
        let length = CENTRAL_LENGTH + lengths.iter().sum::<usize>();
        let bytes = if at + length as u64 <= stop { window.get(at, length)? } else { None };
        let Some(bytes) = bytes else {
            findings.at(Rule::ZipDirectory, &place(), "a header of the directory reaches beyond its end");
            return Ok(None);
        };
        if members.len() as u64 >= limits.members {
            findings.whole(Rule::ZipLimit, format!("it has more than {} members (limit `members`)", limits.members));
            return Ok(None);
        }
        let (name, extra) = bytes[CENTRAL_LENGTH..].split_at(lengths[0]);
        let Some(member) = Member::parse(bytes, name, &extra[..lengths[1]], findings) else { return Ok(None) };
        let depth = folders(&member.name).count() as u64;
        if depth > limits.depth {
            let message = format!(
                "it is in {depth} folders, one within the other, and {} are allowed (limit `depth`)",
                limits.depth
            );
            findings.at(Rule::ZipLimit, &member.name, message);
            return Ok(None);
        }
        written.clear();
        member.central(member.start, &mut written);
        is_plain &= written == bytes;
        members.push(member);
        at += length as u64;
    }
    if members.len() as u64 != end.count {
        let message = format!("the end record says {} members, and the directory has {}", end.count, members.len());
        findings.whole(Rule::ZipCount, message);
    }
    Ok(Some((members, is_plain)))
}

/// Goes through the file from its first byte to the directory, and finds each member where the last one ends.
///
/// The flag says whether members come in the order of the directory and without descriptors.
fn walk(
    file: &fs_err::File,
    size: u64,
    members: &mut [Member],
    directory: u64,
    findings: &mut Findings,
) -> io::Result<bool> {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|index| members[*index].start);
    let mut is_plain = order.is_sorted();
    let starts: Vec<u64> = order.iter().map(|index| members[*index].start).chain([directory]).collect();
    let mut window = Window::new(file, size, HOP);
    // Where the last member ends. Unknown behind one whose header cannot be read.
    let mut expected = Some(0);
    for (position, index) in order.into_iter().enumerate() {
        let member = &mut members[index];
        if let Some(expected) = expected {
            place(&mut window, expected, member.start, &member.name, findings)?;
        }
        expected = None;
        if !local::read(&mut window, member, findings)? {
            is_plain = false;
            continue;
        }
        // A size that is a lie may lead anywhere.
        if member.data().end > directory {
            let message =
                format!("its data would end at byte {}, and the directory begins at {directory}", member.data().end);
            findings.at(Rule::ZipOverlap, &member.name, message);
            is_plain = false;
            // Nobody looks for data where there is none.
            member.head = 0;
            continue;
        }
        let is_descriptor = local::descriptor(&mut window, member, starts[position + 1], findings)?;
        is_plain &= is_descriptor && member.descriptor == 0;
        expected = is_descriptor.then(|| member.end());
    }
    if let Some(expected) = expected {
        place(&mut window, expected, directory, "the directory", findings)?;
    }
    Ok(is_plain)
}

/// Notes when something begins elsewhere than where the last thing ended.
fn place(window: &mut Window<'_>, expected: u64, start: u64, what: &str, findings: &mut Findings) -> io::Result<()> {
    if start < expected {
        findings.at(
            Rule::ZipOverlap,
            what,
            format!("it begins at byte {start}, and what is before it ends at {expected}"),
        );
    } else if start > expected {
        let is_member = window.get(expected, 4)?.is_some_and(|bytes| u32_at(bytes, 0) == LOCAL);
        let what_is_there = if is_member { " with a member that the directory does not list" } else { "" };
        let rule = if expected == 0 && !is_member { Rule::ZipPrefix } else { Rule::ZipGap };
        findings.at(rule, what, format!("{} bytes stand in front of it{what_is_there}", start - expected));
    }
    Ok(())
}

/// Compares sizes with the limits.
fn check_sizes(members: &[Member], size: u64, limits: &Limits, findings: &mut Findings) {
    let mut total = 0_u64;
    for member in members {
        let header = &member.header;
        total = total.saturating_add(header.size);
        if header.size > limits.member_size {
            let message =
                format!("it has {} bytes, and {} are allowed (limit `member-size`)", header.size, limits.member_size);
            findings.at(Rule::ZipLimit, &member.name, message);
        } else if header.size > RATIO_FROM && header.size / limits.ratio.max(1) > header.compressed {
            let message = format!(
                "{} bytes become {}, which is more than {} times as many (limit `ratio`)",
                header.compressed, header.size, limits.ratio
            );
            findings.at(Rule::ZipLimit, &member.name, message);
        }
    }
    if total > limits.total_size {
        findings.whole(
            Rule::ZipLimit,
            format!("its members have {total} bytes, and {} are allowed (limit `total-size`)", limits.total_size),
        );
    }
    if total > 64 << 20 && total / 50 > size {
        findings.whole(Rule::ZipRatio, format!("{size} bytes become {total}, and indexes allow 50 times as many"));
    }
}

/// Notes when a tar reader would find something at the beginning of the file.
fn check_tar(file: &fs_err::File, size: u64, findings: &mut Findings) -> io::Result<()> {
    let mut window = Window::new(file, size, 512);
    if let Some(block) = window.get(0, 512)?
        && block[257..].starts_with(b"ustar")
    {
        let sum: u32 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
            .sum();
        let text = String::from_utf8_lossy(&block[148..156]);
        let written = text.trim_matches(|letter: char| letter == ' ' || letter == '\0');
        if u32::from_str_radix(written, 8) == Ok(sum) {
            findings.whole(Rule::ZipTar, "it is a tar archive, too");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_too_much_is_told() {
        let rules = |sizes: &[(u64, u64)], file: u64| {
            let members: Vec<Member> = sizes
                .iter()
                .map(|(compressed, size)| {
                    let (compressed, size) = (*compressed, *size);
                    let header = Header {
                        made_by: 0,
                        needed: 20,
                        flags: 0,
                        method: 8,
                        time: 0,
                        date: 0x21,
                        crc: 0,
                        compressed,
                        size,
                        internal: 0,
                        external: 0,
                    };
                    let (name, extra) = ("a".into(), Box::default());
                    Member { name, header, extra, wide: [false; 3], start: 0, head: 0, descriptor: 0 }
                })
                .collect();
            let mut findings = Findings::default();
            check_sizes(&members, file, &Limits::default(), &mut findings);
            findings.into_list().into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        let (some, mega) = (1 << 30, 1 << 20);
        assert_eq!(rules(&[(1, 10 * mega)], some), [""; 0], "so few bytes harm nobody");
        assert_eq!(rules(&[(100_000, 20_000_199)], some), [""; 0]);
        assert_eq!(
            rules(&[(100_000, 20_000_200), (99_999, 20_000_000)], some),
            ["zip-limit"; 2],
            "200 times is the most"
        );
        assert_eq!(rules(&[(mega, 32 * mega), (mega, 32 * mega)], 2 * mega), [""; 0]);
        assert_eq!(rules(&[(mega, 50 * mega), (mega, 50 * mega)], 2 * mega), [""; 0]);
        assert_eq!(rules(&[(mega, 50 * mega), (mega, 51 * mega)], 2 * mega), ["zip-ratio"]);
        assert_eq!(rules(&[(some, 2 << 30), (some, 2 << 30)], 2 << 30), [""; 0]);
        assert_eq!(rules(&[(some, (2 << 30) + 1)], some), ["zip-limit"]);
        assert_eq!(rules(&[(some, 2 << 30), (some, 2 << 30), (1, 1)], 2 << 30), ["zip-limit"]);
    }
}
