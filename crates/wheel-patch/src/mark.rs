//! What a changed wheel remembers, so that its original bytes can be had from it.
//!
//! | where | what |
//! |---|---|
//! | central header of each member that was added | that it was |
//! | central header of RECORD | where the original's text and data end, and a digest of its headers and RECORD |
//!
//! All else is still there: members that were added come behind those that were not, within `.dist-info` and before it, and
//! the new rows behind the old ones. Marks are extra fields, which readers pass over. They are written only when the way back
//! was seen to exist; that it leads to the original is checked by the digest when it is gone.

use crate::{
    archive::{ArchiveMember, MARK, ZIP64, field, with},
    deflate::Tail,
    hash,
    window::u64_at,
};

/// The version of the marks.
const VERSION: u8 = 1;
const LENGTH: usize = 1 + 4 * 8 + 32;

/// Whether a member was added by us.
pub(crate) fn is_added(member: &ArchiveMember) -> bool {
    field(&member.extra, MARK) == Some(&[VERSION])
}

/// The extra fields with the mark of a member that was added, or without it.
pub(crate) fn marked(extra: &[u8], is_added: bool) -> Box<[u8]> {
    with(extra, MARK, is_added.then_some(&[VERSION][..])).into()
}

/// What RECORD was before anything was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Original {
    /// How long its text was.
    pub(crate) text: u64,
    /// How long its data was, compressed or not.
    pub(crate) data: u64,
    /// Where its data ended, if it is compressed.
    pub(crate) tail: Tail,
    /// The digest of the original.
    pub(crate) digest: [u8; 32],
}

impl Original {
    /// The mark of RECORD, if it has one.
    pub(crate) fn of(record: &ArchiveMember) -> Option<Self> {
        let content = field(&record.extra, MARK)?;
        if content.len() != LENGTH || content[0] != VERSION {
            return None;
        }
        let [text, data, last_block, end] = [1, 9, 17, 25].map(|at| u64_at(content, at));
        let mut digest = [0; 32];
        digest.copy_from_slice(&content[33..]);
        Some(Self { text, data, tail: Tail { last_block, end }, digest })
    }

    /// What a wheel that was never changed has to say, if there is a way back to it from what we make of it.
    pub(crate) fn found(record: &ArchiveMember, text: u64, data: &[u8], headers: &[u8; 32]) -> Option<Self> {
        // Sizes in a ZIP64 field would have to be put there again.
        if record.wide != [false; 3] || field(&record.extra, ZIP64).is_some() || field(&record.extra, MARK).is_some() {
            return None;
        }
        let tail = Tail::of(data, record.header.method)?;
        Some(Self { text, data: data.len() as u64, tail, digest: digest(headers, data) })
    }

    /// The extra fields of RECORD with this mark.
    pub(crate) fn mark(&self, extra: &[u8]) -> Box<[u8]> {
        let numbers = [self.text, self.data, self.tail.last_block, self.tail.end].map(u64::to_le_bytes).concat();
        with(extra, MARK, Some(&[&[VERSION][..], &numbers, &self.digest].concat())).into()
    }

    /// The original data of RECORD, given the data that begins with it.
    pub(crate) fn cut(&self, data: &[u8], method: u16) -> Option<Vec<u8>> {
        let length = usize::try_from(self.data).ok()?;
        let cut = if method == 0 { data.get(..length)?.to_vec() } else { self.tail.cut(data)? };
        (cut.len() == length).then_some(cut)
    }
}

/// The digest of a wheel: of everything but the data of members, and of RECORD's.
pub(crate) fn digest(headers: &[u8; 32], record: &[u8]) -> [u8; 32] {
    hash::sha256(&[headers, record])
}
