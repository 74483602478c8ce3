//! Extra fields: what headers have beyond what the format first foresaw.

use crate::window::u16_at;

/// Sizes and offsets that do not fit into a header.
pub(crate) const ZIP64: u16 = 0x0001;
/// Another name for the member, which some readers take and others do not.
pub(super) const UNICODE_PATH: u16 = 0x7075;
/// Ours, on the central headers of members that were added and of RECORD: `PX`.
pub(crate) const MARK: u16 = 0x5850;

/// The fields in these bytes, each with its id. None if they are not fields from the first to the last byte.
pub(crate) fn fields(bytes: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (head, behind) = rest.split_at_checked(4)?;
        let (content, behind) = behind.split_at_checked(usize::from(u16_at(head, 2)))?;
        found.push((u16_at(head, 0), content));
        rest = behind;
    }
    Some(found)
}

/// The content of the field with this id.
pub(crate) fn field(bytes: &[u8], id: u16) -> Option<&[u8]> {
    fields(bytes)?.into_iter().find(|(found, _)| *found == id).map(|(_, content)| content)
}

/// The same fields with one of them given, changed in its place or new; without it if the content is none.
pub(crate) fn with(bytes: &[u8], id: u16, content: Option<&[u8]>) -> Vec<u8> {
    let mut written = Vec::with_capacity(bytes.len());
    let mut missing = content;
    let mut write = |id: u16, content: &[u8]| {
        written.extend(id.to_le_bytes());
        written.extend(u16::try_from(content.len()).unwrap_or(u16::MAX).to_le_bytes());
        written.extend(content);
    };
    for (found, old) in fields(bytes).unwrap_or_default() {
        match (found == id, missing.take_if(|_| found == id)) {
            (true, Some(new)) => write(id, new),
            (true, None) => {}
            (false, _) => write(found, old),
        }
    }
    if let Some(new) = missing {
        write(id, new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_whole() {
        let bytes = [1, 0, 2, 0, 7, 8, 0x55, 0x54, 0, 0];
        assert_eq!(fields(&bytes).unwrap(), [(1, &[7, 8][..]), (0x5455, &[])]);
        assert_eq!(fields(&[]).unwrap(), []);
        for length in [1, 2, 3, 4, 5, 7, 8, 9] {
            assert_eq!(fields(&bytes[..length]), None, "{length}");
        }
    }

    #[test]
    fn one_field_is_changed_and_the_rest_is_as_it_was() {
        let bytes = [1, 0, 2, 0, 7, 8, 0x55, 0x54, 1, 0, 9];
        assert_eq!(with(&bytes, 1, Some(&[5])), [1, 0, 1, 0, 5, 0x55, 0x54, 1, 0, 9]);
        assert_eq!(with(&bytes, 1, None), [0x55, 0x54, 1, 0, 9]);
        assert_eq!(with(&bytes, 2, Some(&[])), [&bytes[..], &[2, 0, 0, 0]].concat());
        assert_eq!(with(&bytes, 2, None), bytes);
        assert_eq!(field(&bytes, 0x5455), Some(&[9][..]));
    }
}
