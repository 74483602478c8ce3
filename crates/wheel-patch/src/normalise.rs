//! Equal contents in equal bytes.
//!
//! Builders differ in what they write around the same files, and one builder differs from run to run. What is decided here:
//!
//! | | becomes |
//! |---|---|
//! | order | names sorted by their bytes, `.dist-info` behind all others, RECORD the very last |
//! | times | `SOURCE_DATE_EPOCH`, else 1980-01-01 |
//! | modes | 0755 for what pip makes executable, 0644 for all else, with the bit of a regular file |
//! | marks | made on Unix, no flags but that for names beyond ASCII, no extra fields, no data descriptors |
//! | folders | gone: installers make them |
//! | compression | kept, or redone for all, on request |
//! | RECORD | one row for each member in the order of the members, `\n` at the end of each, hashes as they were |
//!
//! No content changes but RECORD's. A wheel that was normalised cannot be undone.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use fs_err::os::unix::fs::FileExt as _;

use crate::{
    Check, Durability, Error, Finding, Limits, Patience,
    apply::read_sound,
    archive::{ArchiveMember, Header},
    content::Inflater,
    deflate,
    output::{Output, dos_time, fresh},
    record::write_row,
    replace::WheelFile,
    rule::Findings,
    wheel::{Wheel, file_name},
};

/// How many bytes are compared at a time.
const CHUNK: usize = 128 << 10;

/// What becomes of the compressed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// They stay as they are. Wheels of equal contents are equal only if they were compressed alike.
    #[default]
    Kept,
    /// All members are compressed anew.
    Redone,
}

/// How to normalise a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NormaliseOptions {
    /// How much of the wheel is looked at first.
    pub check: Check,
    /// What becomes of the compressed bytes.
    pub compression: Compression,
    /// Whether signatures, which the change makes wrong, may be removed.
    pub drop_signature: bool,
    /// How much the wheel may have.
    pub limits: Limits,
    /// The time of all members, in seconds since 1970; 1980 without it.
    pub epoch: Option<u64>,
    /// Where to write the new wheel. Without it the wheel itself is replaced.
    pub output: Option<PathBuf>,
    /// Whether the new wheel is on disk when it is there.
    pub durability: Durability,
    /// How to wait for others who have locked the wheel.
    pub patience: Patience,
}

/// What was done to a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Normalised {
    /// What was decided, where it changed something.
    pub decisions: Vec<Decision>,
    /// What was found about the wheel that does not forbid to change it.
    pub findings: Vec<Finding>,
}

/// Something that was decided for some members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was decided, as a sentence's end: `sorted`, `set to 1980-01-01`.
    pub what: &'static str,
    /// For how many members that changed something.
    pub members: usize,
}

/// Writes a wheel so that equal contents have equal bytes.
///
/// # Errors
/// As for [`apply`](crate::apply).
pub fn normalise(wheel: &Path, options: &NormaliseOptions) -> Result<Normalised, Error> {
    let target = WheelFile::open(wheel, options.output.as_deref())?;
    let (old, findings) = read_sound(&target, options.check, &options.limits)?;
    let plan = Plan::new(&old, options)?;
    let mut decisions = plan.decisions(&old, options);
    let draft = target.draft()?;
    plan.write(&target, &draft.file, &old, options)?;
    let is_same = is_same(&target.file, &draft.file).map_err(|source| Error::Io { action: "compare", source })?;
    if is_same {
        decisions.clear();
        if options.output.is_none() {
            return Ok(Normalised { decisions, findings });
        }
    } else if decisions.is_empty() {
        decisions.push(Decision { what: "given plain local headers", members: old.archive.members.len() });
    }
    check(&target, &draft.file, &options.limits)?;
    target.replace(draft, options.durability, options.patience)?;
    Ok(Normalised { decisions, findings })
}

/// Whether two files have the same bytes.
fn is_same(one: &fs_err::File, other: &fs_err::File) -> io::Result<bool> {
    let length = one.metadata()?.len();
    if length != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut first, mut second) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut at = 0;
    while at < length {
        let part = usize::try_from(length - at).unwrap_or(CHUNK).min(CHUNK);
        one.read_exact_at(&mut first[..part], at)?;
        other.read_exact_at(&mut second[..part], at)?;
        if first[..part] != second[..part] {
            return Ok(false);
        }
        at += part as u64;
    }
    Ok(true)
}

/// Reads what was written as if it were somebody else's.
pub(crate) fn check(target: &WheelFile, file: &fs_err::File, limits: &Limits) -> Result<(), Error> {
    let mut findings = Findings::default();
    let name = file_name(target.place());
    let read = Wheel::read(file, &name, Check::Structure, limits, &mut findings);
    read.map_err(|source| Error::Io { action: "read the changed wheel", source })?;
    if findings.errors() > 0 {
        return Err(Error::WouldBeUnsound { wheel: target.place().to_owned(), findings: findings.into_list() });
    }
    Ok(())
}

/// The members in their new order, each with its new header.
struct Plan {
    /// The member's index in the old wheel, and its header but for what only compressing tells.
    members: Vec<(usize, ArchiveMember)>,
    record: ArchiveMember,
    text: String,
    /// The same, compressed.
    data: Vec<u8>,
    signatures: usize,
}

impl Plan {
    fn new(old: &Wheel, options: &NormaliseOptions) -> Result<Self, Error> {
        let own = old.record_name();
        let signatures = [format!("{own}.jws"), format!("{own}.p7s")];
        let is_signature = |name: &str| signatures.iter().any(|signature| signature == name);
        let signed = old.archive.members.iter().find(|member| is_signature(&member.name));
        if let Some(signature) = signed.filter(|_| !options.drop_signature) {
            return Err(Error::Signed { name: signature.name.to_string() });
        }
        let time = dos_time(options.epoch);
        let mut members: Vec<_> = old
            .archive
            .members
            .iter()
            .enumerate()
            .filter(|(_, member)| !member.is_folder() && *member.name != *own && !is_signature(&member.name))
            .map(|(index, member)| (index, fresh(member, member.is_executable(), time)))
            .collect();
        members.sort_by(|(_, one), (_, other)| {
            let key = |name: &str| old.is_dist_info(name);
            key(&one.name).cmp(&key(&other.name)).then_with(|| one.name.cmp(&other.name))
        });
        let rows: HashMap<&str, _> = old.record.rows().iter().map(|row| (&*row.path, row)).collect();
        let mut text = String::new();
        for (_, member) in &members {
            if let Some(row) = rows.get(&*member.name) {
                write_row(&mut text, &row.path, &row.hash, &member.header.size.to_string(), "\n");
            }
        }
        write_row(&mut text, &own, "", "", "\n");
        let record = old.archive.members.iter().find(|member| *member.name == *own);
        let record = record.expect("a wheel is only read when its RECORD is");
        let mut record = fresh(record, false, time);
        let (size, limit) = (text.len() as u64, options.limits.directory);
        let data = packed(&mut record, &text).ok_or(Error::TooLarge { name: own, size, limit })?;
        Ok(Self { members, record, text, data, signatures: usize::from(signed.is_some()) })
    }

    /// What will be other than it was.
    fn decisions(&self, old: &Wheel, options: &NormaliseOptions) -> Vec<Decision> {
        let olds = &old.archive.members;
        let position = |(place, (index, _)): (usize, &(usize, ArchiveMember))| place != *index;
        let both = || {
            let own = olds.iter().find(|member| member.name == self.record.name);
            let kept = self.members.iter().map(|(index, new)| (&olds[*index], new));
            kept.chain(own.map(|own| (own, &self.record)))
        };
        let count = |differs: fn(&Header, &Header) -> bool| {
            both().filter(|(old, new)| differs(&old.header, &new.header)).count()
        };
        let folders = olds.iter().filter(|member| member.is_folder()).count();
        // What is left out moves all that follows, which is no other order.
        let moved = if folders + self.signatures > 0 {
            self.members.windows(2).filter(|pair| pair[0].0 > pair[1].0).count()
        } else {
            self.members.iter().enumerate().filter(|item| position(*item)).count()
        };
        let found = [
            ("sorted by name, with .dist-info and RECORD last", moved),
            ("left out, as folders, which installers make", folders),
            ("left out, as a signature", self.signatures),
            ("given the one time", count(|old, new| (old.date, old.time) != (new.date, new.time))),
            ("given the mode 0644 or 0755 of a regular file", count(|old, new| old.external != new.external)),
            (
                "marked as made on Unix, with no other flags",
                count(|old, new| {
                    (old.made_by, old.needed, old.flags, old.internal)
                        != (new.made_by, new.needed, new.flags, new.internal)
                }),
            ),
            ("freed of extra fields", both().filter(|(old, new)| old.extra != new.extra).count()),
            ("freed of data descriptors", both().filter(|(old, _)| old.descriptor > 0).count()),
            ("given rows in RECORD in the order of members", usize::from(self.text != old.record.text())),
            ("compressed anew", if options.compression == Compression::Redone { self.members.len() } else { 0 }),
        ];
        let is_there = |(_, members): &(&str, usize)| *members > 0;
        found.into_iter().filter(is_there).map(|(what, members)| Decision { what, members }).collect()
    }

    fn write(
        self,
        target: &WheelFile,
        into: &fs_err::File,
        old: &Wheel,
        options: &NormaliseOptions,
    ) -> Result<(), Error> {
        let write = |source| Error::Io { action: "write the changed wheel", source };
        let changed = || Error::Changed { path: target.wheel().to_owned() };
        let mut output = Output::new(&target.file, into, options.durability);
        let mut inflater = Inflater::new();
        for (index, new) in self.members {
            let member = &old.archive.members[index];
            match options.compression {
                Compression::Kept => output.relabel(member, &new).map_err(write)?,
                Compression::Redone => {
                    output.recompress(&mut inflater, member, new, changed)?;
                }
            }
        }
        output.put(&self.record, &self.data).map_err(write)?;
        output.finish().and_then(|(_, rest)| rest.wait()).map_err(write)
    }
}

/// The data of RECORD with this text, and what its header says about it.
pub(crate) fn packed(record: &mut ArchiveMember, text: &str) -> Option<Vec<u8>> {
    let mut data = deflate::compress(text.as_bytes())?;
    record.header.method = 8;
    if data.len() >= text.len() {
        data = text.as_bytes().to_vec();
        record.header.method = 0;
    }
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    record.header.crc = crc.sum();
    record.header.size = text.len() as u64;
    record.header.compressed = data.len() as u64;
    record.wide = [false; 3];
    record.header.needed = 20;
    Some(data)
}
