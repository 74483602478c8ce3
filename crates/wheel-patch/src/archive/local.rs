//! Local headers: the second place where a member is described, and where readers that stream look.

use std::io;

use super::{
    extra,
    member::{DESCRIPTOR, Member, check_extra, other_name},
};
use crate::{
    Rule,
    rule::Findings,
    window::{Window, u16_at, u32_at, u64_at},
};

/// What a local header begins with.
pub(crate) const LOCAL: u32 = 0x0403_4b50;
/// How long a local header is without name and extra fields.
pub(crate) const LOCAL_LENGTH: usize = 30;
/// What a data descriptor may begin with.
const DESCRIPTOR_SIGNATURE: u32 = 0x0807_4b50;

/// Reads the local header of a member, and notes where it does not say what the central one does.
///
/// False if there is none, or where the data is could not be told.
pub(super) fn read(window: &mut Window<'_>, member: &mut Member, findings: &mut Findings) -> io::Result<bool> {
    let place = member.name.clone();
    let Some(fixed) = window.get(member.start, LOCAL_LENGTH)?.filter(|bytes| u32_at(bytes, 0) == LOCAL) else {
        findings.at(Rule::ZipLocal, &place, format!("there is no local header at byte {}", member.start));
        return Ok(false);
    };
    let (name_length, extra_length) = (usize::from(u16_at(fixed, 26)), usize::from(u16_at(fixed, 28)));
    let length = LOCAL_LENGTH + name_length + extra_length;
    let Some(bytes) = window.get(member.start, length)? else {
        findings.at(Rule::ZipLocal, &place, "the local header reaches beyond the end of the file");
        return Ok(false);
    };
    member.head = u32::try_from(length).unwrap_or(u32::MAX);
    let (name, extra) = bytes[LOCAL_LENGTH..].split_at(name_length);
    let header = &member.header;
    // A name that is not UTF-8 was told of already.
    if name != place.as_bytes() && String::from_utf8_lossy(name) != *place {
        findings.at(Rule::ZipHeaders, &place, format!("the local header calls it `{}`", other_name(name)));
    }
    let (flags, method) = (u16_at(bytes, 6), u16_at(bytes, 8));
    if flags != header.flags {
        let message = format!("the local header has the flags {flags:#06x}, and the central one {:#06x}", header.flags);
        findings.at(Rule::ZipHeaders, &place, message);
    }
    if method != header.method {
        let message = format!("the local header has method {method}, and the central one {}", header.method);
        findings.at(Rule::ZipHeaders, &place, message);
    }
    let Some((compressed, size)) = sizes(bytes, extra, &place, findings) else { return Ok(true) };
    let found = [u32_at(bytes, 14).into(), compressed, size];
    let wanted = [header.crc.into(), header.compressed, header.size];
    let may_be_zero = flags & DESCRIPTOR != 0;
    for (index, what) in ["the checksum", "the compressed size", "the size"].into_iter().enumerate() {
        if found[index] != wanted[index] && !(may_be_zero && found[index] == 0) {
            let message =
                format!("the local header has {what} {}, and the central one {}", found[index], wanted[index]);
            findings.at(Rule::ZipHeaders, &place, message);
        }
    }
    Ok(true)
}

/// Compressed size and size as a local header has them.
fn sizes(bytes: &[u8], extra: &[u8], place: &str, findings: &mut Findings) -> Option<(u64, u64)> {
    let (compressed, size) = (u32_at(bytes, 18), u32_at(bytes, 22));
    let content = check_extra(extra, place, findings).then(|| extra::field(extra, extra::ZIP64)).flatten();
    let most = u32::MAX;
    match (content, size == most, compressed == most) {
        (None, false, false) => Some((compressed.into(), size.into())),
        (Some(content), true, true) if content.len() == 16 => Some((u64_at(content, 8), u64_at(content, 0))),
        (Some(content), true, false) if content.len() == 8 => Some((compressed.into(), u64_at(content, 0))),
        (Some(content), false, true) if content.len() == 8 => Some((u64_at(content, 0), size.into())),
        (content, ..) => {
            let found = content.map_or(0, <[u8]>::len);
            findings.at(
                Rule::Zip64Extra,
                place,
                format!("the local ZIP64 field with {found} bytes does not fit the header"),
            );
            None
        }
    }
}

/// Reads what is between a member's data and what comes next, which is nothing but a data descriptor.
///
/// False if it is something else.
pub(super) fn descriptor(
    window: &mut Window<'_>,
    member: &mut Member,
    next: u64,
    findings: &mut Findings,
) -> io::Result<bool> {
    if member.header.flags & DESCRIPTOR == 0 {
        return Ok(true);
    }
    let end = member.data().end;
    let length = next.saturating_sub(end);
    let header = &member.header;
    let is_true = match usize::try_from(length) {
        Ok(length @ (12 | 16 | 20 | 24)) => window.get(end, length)?.is_some_and(|bytes| {
            let (signature, numbers) = if length % 8 == 0 { bytes.split_at(4) } else { bytes.split_at(0) };
            let sizes = if numbers.len() == 12 {
                (u64::from(u32_at(numbers, 4)), u64::from(u32_at(numbers, 8)))
            } else {
                (u64_at(numbers, 4), u64_at(numbers, 12))
            };
            (signature.is_empty() || u32_at(signature, 0) == DESCRIPTOR_SIGNATURE)
                && u32_at(numbers, 0) == header.crc
                && sizes == (header.compressed, header.size)
        }),
        _ => false,
    };
    if is_true {
        member.descriptor = u8::try_from(length).unwrap_or(0);
        findings.at(Rule::ZipDescriptor, &member.name, "its sizes stand behind its data");
    } else {
        let message =
            "its sizes are said to stand behind its data, and what is there does not agree with the directory";
        findings.at(Rule::ZipDescriptorLies, &member.name, message);
    }
    Ok(is_true)
}

/// The local header of a member that is copied, if it cannot be copied with it: without a descriptor, or under another name.
pub(crate) fn rewritten(raw: &[u8], member: &Member, name: &str) -> Vec<u8> {
    let header = &member.header;
    let old_name = usize::from(u16_at(raw, 26));
    let extra = &raw[LOCAL_LENGTH + old_name..];
    let most = u64::from(u32::MAX);
    let is_wide = header.size >= most || header.compressed >= most;
    let field = [header.size.to_le_bytes(), header.compressed.to_le_bytes()].concat();
    let extra = extra::with(extra, extra::ZIP64, is_wide.then_some(&field[..]));
    let narrow = |number: u64| if is_wide { u32::MAX } else { u32::try_from(number).unwrap_or(u32::MAX) };
    let mut bytes = raw[..LOCAL_LENGTH].to_vec();
    bytes[6..8].copy_from_slice(&header.flags.to_le_bytes());
    bytes[8..10].copy_from_slice(&header.method.to_le_bytes());
    bytes[14..18].copy_from_slice(&header.crc.to_le_bytes());
    bytes[18..22].copy_from_slice(&narrow(header.compressed).to_le_bytes());
    bytes[22..26].copy_from_slice(&narrow(header.size).to_le_bytes());
    bytes[26..28].copy_from_slice(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes[28..30].copy_from_slice(&u16::try_from(extra.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend(extra);
    bytes
}

/// The local header of a new member. With `is_wide` there is room for sizes of any length.
pub(crate) fn new(member: &Member, is_wide: bool) -> Vec<u8> {
    let header = &member.header;
    let mut raw = LOCAL.to_le_bytes().to_vec();
    for number in [header.needed, header.flags, header.method, header.time, header.date] {
        raw.extend(number.to_le_bytes());
    }
    let narrow = |number: u64| if is_wide { u32::MAX } else { u32::try_from(number).unwrap_or(u32::MAX) };
    for number in [header.crc, narrow(header.compressed), narrow(header.size)] {
        raw.extend(number.to_le_bytes());
    }
    raw.extend(u16::try_from(member.name.len()).unwrap_or(u16::MAX).to_le_bytes());
    let field = if is_wide { [header.size.to_le_bytes(), header.compressed.to_le_bytes()].concat() } else { vec![] };
    let extra = extra::with(&[], extra::ZIP64, is_wide.then_some(&field[..]));
    raw.extend(u16::try_from(extra.len()).unwrap_or(u16::MAX).to_le_bytes());
    raw.extend(member.name.as_bytes());
    raw.extend(extra);
    raw
}
