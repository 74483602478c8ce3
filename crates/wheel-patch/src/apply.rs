//! Changing a wheel.

use std::{io, path::Path, sync::Arc, thread};

use foldhash::{HashMap, HashMapExt as _, HashSet};
use fs_err::os::unix::fs::FileExt as _;

use crate::{
    Addition, Applied, Change, Check, Error, Finding, Limits, Options, Severity,
    archive::{Archive, ArchiveMember, DESCRIPTOR, rewritten},
    deflate::{self, Tail},
    hash,
    mark::{self, Original},
    members::Members,
    output::{Copier, Output, Piece, Rest, Written, each_chunk, size_of},
    plan::{Item, Plan, Source, plan},
    prepare::Preparing,
    record::{Row, write_row},
    replace::{Draft, WheelFile},
    rule::Findings,
    undo,
    wheel::{Meanwhile, Wheel, file_name},
};

/// Changes a wheel: all of the changes, or none.
///
/// What no change names stays as it is: compressed bytes, checksum, mode, time, attributes, extra fields and order. New
/// members come sorted behind those that were there, `.dist-info` behind all, and RECORD last. Nothing to do means that the
/// file is not touched. The new file is checked as the old one was before it takes its place.
///
/// # Errors
/// [`Error::Unsound`] when the wheel is wrong already, [`Error::Signed`] when it is signed, other variants when a change cannot
/// be made. The wheel is as it was then.
pub fn apply(wheel: &Path, changes: &[Change], options: &Options) -> Result<Applied, Error> {
    apply_reviewed(wheel, changes, options, &|_, _| Vec::new())
}

/// Looks at a changed wheel, of which the members and the changes are given, before anybody else sees it.
pub type Review<'a> = dyn Fn(&Members, &Applied) -> Vec<Finding> + 'a;

/// The same as [`apply`], with somebody who knows more about what is in wheels. What they find counts like what is found here.
///
/// # Errors
/// As for [`apply`], and [`Error::WouldBeUnsound`] when the review finds errors.
pub fn apply_reviewed(
    wheel: &Path,
    changes: &[Change],
    options: &Options,
    review: &Review<'_>,
) -> Result<Applied, Error> {
    let target = WheelFile::open(wheel, options.output.as_deref())?;
    thread::scope(|scope| replace(&target, changes, Preparing::start(scope, changes), options, review))
}

/// Changes a wheel that is open.
fn replace(
    target: &WheelFile,
    changes: &[Change],
    mut preparing: Preparing<'_>,
    options: &Options,
    review: &Review<'_>,
) -> Result<Applied, Error> {
    // With nothing but new names the plan will begin with all members in front of `.dist-info`.
    let is_foreseen = changes.iter().all(|change| matches!(change, Change::Add(addition) if !addition.replace));
    // Whatever is wrong with the folder is told when the wheel is known to be right.
    let early = if is_foreseen { target.draft().ok() } else { None };
    let mut copier = Copier::new(options.durability);
    let begin = |members: &[ArchiveMember], directory: u64| {
        if let (Some(draft), Some(piece)) = (&early, foreseen(members, directory)) {
            copier.begin(&target.file, &draft.file, piece);
        }
    };
    let mut meanwhile = Meanwhile { listed: Some(Box::new(begin)), ..Meanwhile::default() };
    let (old, findings) = read_sound_meanwhile(&mut meanwhile, target, options.check, &options.limits)?;
    drop(meanwhile);
    let is_same = |index: usize, addition: &Addition| is_same(&old, index, addition);
    let plan = plan(&old, changes, options.drop_signature, &is_same)?;
    if let Some(path) = options.undo_file.as_ref().filter(|path| path.symlink_metadata().is_ok() && !plan.is_empty()) {
        return Err(Error::OutputExists { path: path.clone() });
    }
    if plan.is_empty() {
        if options.output.is_none() {
            let can_undo = old.archive.members.iter().any(|member| Original::of(member).is_some());
            return Ok(Applied { can_undo, ..plan.applied });
        }
        let draft = target.draft()?;
        undo::copy_whole(&target.file, &draft.file)?;
        target.replace(draft, options.durability, options.patience)?;
        return Ok(plan.applied);
    }
    let draft = early.map_or_else(|| target.draft(), Ok)?;
    let output = Output::with(copier, &target.file, &draft.file);
    let mut rewrite = Rewrite::write(output, &target.file, &old, &plan, &mut preparing, options)?;
    // Its rows take as much room as its headers, and are not needed any more.
    let Wheel { archive: old, record, .. } = old;
    drop(record);
    let (archive, mut found) = rewrite.check(target, &draft, &old, &plan, &options.limits)?;
    let archive = Arc::new(archive);
    found.extend(review(&Members::new(&draft.file, Arc::clone(&archive))?, &plan.applied));
    if found.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(Error::WouldBeUnsound { wheel: target.place().to_owned(), findings: found });
    }
    // What was so before is not for who changes something else.
    found.retain(|new| !findings.iter().any(|old| (old.rule, &old.place) == (new.rule, &new.place)));
    let is_marked = plan.items.iter().any(|item| item.is_added);
    let can_undo = rewrite.original.is_some() && is_marked;
    let is_original = match &rewrite.original {
        Some(original) if !is_marked => is_original(original, &archive, &draft)?,
        _ => false,
    };
    let undo_file = match &options.undo_file {
        None => None,
        Some(path) => {
            let undo = Draft::beside(path)?;
            undo::write(&target.file, &draft.file, &rewrite.pieces, &undo.file)?;
            target.lend_mode(&undo)?;
            undo.show(path, false, options.durability)?;
            Some(path)
        }
    };
    let settled = rewrite.settle();
    if let Err(error) = settled.and_then(|()| target.replace(draft, options.durability, options.patience)) {
        // It would lead back from a wheel that is not there.
        if let Some(path) = undo_file {
            let _ = fs_err::remove_file(path);
        }
        return Err(error);
    }
    Ok(Applied { findings: found, can_undo, is_original, ..plan.applied })
}

/// Whether a new file is the wheel as it was before anything was added.
pub(crate) fn is_original(original: &Original, archive: &Archive, draft: &Draft) -> Result<bool, Error> {
    let data = archive.members.last().map(|record| read_data(&draft.file, record)).transpose()?.unwrap_or_default();
    let headers = archive.digest(&draft.file);
    let headers = headers.map_err(|source| Error::Io { action: "read the changed wheel", source })?;
    Ok(mark::digest(&headers, &data) == original.digest)
}

/// The largest piece of a new file that begins with all members that are not in `.dist-info`.
fn foreseen(members: &[ArchiveMember], directory: u64) -> Option<Piece> {
    let (mut largest, mut piece) = (None::<Piece>, Piece { from: 0, to: 0, length: 0 });
    let ends = members.iter().skip(1).map(|next| next.start).chain([directory]);
    for (member, end) in members.iter().zip(ends) {
        if member.name.split('/').next().is_some_and(|top| top.ends_with(".dist-info")) {
            continue;
        }
        if member.start != piece.from + piece.length {
            piece = Piece { from: member.start, to: piece.to + piece.length, length: 0 };
        }
        piece.length += end.checked_sub(member.start)?;
        if largest.is_none_or(|largest| piece.length > largest.length) {
            largest = Some(piece);
        }
    }
    largest
}

/// Reads a wheel in which nothing forbids to change it. The rest of what was found is returned, too.
pub(crate) fn read_sound(target: &WheelFile, check: Check, limits: &Limits) -> Result<(Wheel, Vec<Finding>), Error> {
    read_sound_meanwhile(&mut Meanwhile::default(), target, check, limits)
}

fn read_sound_meanwhile(
    meanwhile: &mut Meanwhile<'_>,
    target: &WheelFile,
    check: Check,
    limits: &Limits,
) -> Result<(Wheel, Vec<Finding>), Error> {
    let mut findings = Findings::default();
    let name = file_name(target.wheel());
    let read = Wheel::read_meanwhile(meanwhile, &target.file, &name, check, limits, &mut findings);
    let read = read.map_err(|source| Error::Io { action: "read the wheel", source })?;
    match (findings.errors(), read) {
        (0, Some(wheel)) => Ok((wheel, findings.into_list())),
        _ => Err(Error::Unsound { wheel: target.wheel().to_owned(), findings: findings.into_list() }),
    }
}

/// Whether a member is what is to be added.
fn is_same(wheel: &Wheel, index: usize, addition: &Addition) -> Result<bool, Error> {
    let member = &wheel.archive.members[index];
    let row = wheel.record.rows().iter().find(|row| *row.path == *member.name);
    let Some(row) = row.filter(|_| member.is_executable() == addition.executable) else { return Ok(false) };
    if size_of(&addition.content)? != member.header.size {
        return Ok(false);
    }
    let Ok((mut hasher, expected)) = hash::parse(&row.hash) else { return Ok(false) };
    each_chunk(&addition.content, member.header.size, |bytes| {
        hasher.update(bytes);
        Ok(())
    })?;
    Ok(hasher.finish() == expected)
}

/// A wheel that is written anew.
pub(crate) struct Rewrite {
    /// What of it is copied.
    pub(crate) pieces: Vec<Piece>,
    /// The headers of new members, by name.
    written: HashMap<Box<str>, Written>,
    record: ArchiveMember,
    /// What the wheel was before anything was added, if it can be had again.
    pub(crate) original: Option<Original>,
    rest: Rest,
}

impl Rewrite {
    /// Writes the members of a plan into an empty file.
    pub(crate) fn write(
        mut output: Output<'_>,
        source: &fs_err::File,
        wheel: &Wheel,
        plan: &Plan<'_>,
        preparing: &mut Preparing<'_>,
        options: &Options,
    ) -> Result<Self, Error> {
        let write = |source| Error::Io { action: "write the changed wheel", source };
        let old_record = record_member(wheel);
        let old_data = read_data(source, old_record)?;
        let original = original(source, wheel, plan, old_record, &old_data)?;
        let is_marked = original.is_some();

        let mut written = HashMap::new();
        for item in &plan.items {
            let marked = is_marked && item.is_added;
            match item.source {
                Source::Kept(index) => {
                    output.keep(&wheel.archive.members[index], &item.name, marked).map_err(write)?;
                }
                Source::New(addition) => {
                    let limit = options.limits.member_size;
                    // Copying begins before this has to be waited for.
                    output.begin_copying().map_err(write)?;
                    let prepared = preparing.take(addition);
                    let new = output.add(&item.name, addition, prepared, options.epoch, limit, marked)?;
                    written.insert(item.name.clone(), new);
                }
            }
        }
        let rows = Rows { wheel, plan, written: &written };
        let record = match &original {
            Some(original) => rows.added_to(original, old_record, &old_data),
            None => rows.grown(old_record, &old_data).or_else(|| rows.rewritten(old_record)),
        };
        let (record, data) = record.ok_or(Error::TooLarge {
            name: wheel.record_name(),
            size: old_record.header.size,
            limit: options.limits.directory,
        })?;
        output.record(&record, old_record, &data).map_err(write)?;
        let (pieces, rest) = output.finish().map_err(write)?;
        Ok(Self { pieces, written, record, original, rest })
    }

    /// Waits until what was copied is as durable as it was to be.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let rest = std::mem::take(&mut self.rest);
        rest.wait().map_err(|source| Error::Io { action: "write the changed wheel", source })
    }

    /// Reads the new file as if it were somebody else's, and compares it with what was planned. What is found and does not forbid
    /// the change is returned, too.
    pub(crate) fn check(
        &mut self,
        target: &WheelFile,
        draft: &Draft,
        old: &Archive,
        plan: &Plan<'_>,
        limits: &Limits,
    ) -> Result<(Archive, Vec<Finding>), Error> {
        let mut findings = Findings::default();
        let name = file_name(target.place());
        let (rest, mut result) = (&mut self.rest, Ok(()));
        let written = || {
            result = rest.copied();
            if result.is_ok() { Ok(()) } else { Err(io::Error::other("it could not be written")) }
        };
        let mut meanwhile = Meanwhile { written: Some(Box::new(written)), ..Meanwhile::default() };
        let (file, check) = (&draft.file, Check::Structure);
        let read = Wheel::read_meanwhile(&mut meanwhile, file, &name, check, limits, &mut findings);
        drop(meanwhile);
        result.map_err(|source| Error::Io { action: "write the changed wheel", source })?;
        let read = read.map_err(|source| Error::Io { action: "read the changed wheel", source })?;
        let (0, Some(new)) = (findings.errors(), read.map(|new| new.archive)) else {
            return Err(Error::WouldBeUnsound { wheel: target.place().to_owned(), findings: findings.into_list() });
        };
        let flags = DESCRIPTOR | crate::archive::UTF8;
        let is_as_planned = plan.items.len() + 1 == new.members.len()
            && plan.items.iter().zip(&new.members).all(|(item, found)| {
                let wanted = match item.source {
                    Source::Kept(index) => Some(old.members[index].header),
                    Source::New(_) => self.written.get(&item.name).map(|written| written.header),
                };
                let without = |header: crate::archive::Header| crate::archive::Header {
                    flags: header.flags & !flags,
                    needed: 0,
                    ..header
                };
                item.name == found.name && wanted.map(without) == Some(without(found.header))
            })
            && new.members.last().is_some_and(|last| last.name == self.record.name);
        // Only a wheel that was written to meanwhile, or a disk that forgets, gets here.
        if !is_as_planned {
            return Err(Error::Changed { path: target.wheel().to_owned() });
        }
        Ok((new, findings.into_list()))
    }
}

/// The member that RECORD is.
pub(crate) fn record_member(wheel: &Wheel) -> &ArchiveMember {
    let name = wheel.record_name();
    let found = wheel.archive.members.iter().find(|member| *member.name == *name);
    found.expect("a wheel is only read when its RECORD is")
}

/// The data of a member, compressed as it is.
pub(crate) fn read_data(file: &fs_err::File, member: &ArchiveMember) -> Result<Vec<u8>, Error> {
    let range = member.data();
    // It was decompressed to its end, so it is about as long as the text in memory.
    let mut data = vec![0; usize::try_from(range.end - range.start).unwrap_or(0)];
    file.read_exact_at(&mut data, range.start).map_err(|source| Error::Io { action: "read the wheel", source })?;
    Ok(data)
}

/// What the wheel was before anything was added, if it can be had again from what the plan makes.
fn original(
    source: &fs_err::File,
    wheel: &Wheel,
    plan: &Plan<'_>,
    record: &ArchiveMember,
    data: &[u8],
) -> Result<Option<Original>, Error> {
    if !plan.keeps_all {
        return Ok(None);
    }
    let added: HashSet<&str> =
        wheel.archive.members.iter().filter(|member| mark::is_added(member)).map(|member| &*member.name).collect();
    if let Some(original) = Original::of(record) {
        // The rows behind the original text have to be those of the members that were added, and no others.
        let first = usize::try_from(original.text).ok().and_then(|length| wheel.record.rows_within(length));
        let rows = first.and_then(|first| wheel.record.rows().get(first..)).unwrap_or_default();
        let is_right =
            first.is_some() && rows.len() == added.len() && rows.iter().all(|row| added.contains(&*row.path));
        return Ok((is_right && original.cut(data, record.header.method).is_some()).then_some(original));
    }
    let mut raw = vec![0; usize::try_from(record.head).unwrap_or(0)];
    source.read_exact_at(&mut raw, record.start).map_err(|source| Error::Io { action: "read the wheel", source })?;
    let order: Vec<bool> = wheel.archive.members.iter().map(|member| wheel.is_dist_info(&member.name)).collect();
    let is_last = wheel.archive.members.last().is_some_and(|last| last.name == record.name);
    let is_plain = wheel.archive.is_plain
        && added.is_empty()
        && order.is_sorted()
        && is_last
        && rewritten(&raw, record, &record.name) == raw;
    let text = wheel.record.text().len() as u64;
    if !is_plain {
        return Ok(None);
    }
    let digest = wheel.archive.digest(source).map_err(|source| Error::Io { action: "read the wheel", source })?;
    Ok(Original::found(record, text, data, &digest))
}

/// The rows of the new RECORD.
struct Rows<'a> {
    wheel: &'a Wheel,
    plan: &'a Plan<'a>,
    written: &'a HashMap<Box<str>, Written>,
}

impl Rows<'_> {
    /// Writes the row of a member that is new, or was when it was added.
    fn write(&self, into: &mut String, item: &Item<'_>, rows: &HashMap<&str, &Row>) {
        let (newline, name) = (self.wheel.record.newline(), &*item.name);
        // Its row is still under the name that it had.
        let former = match item.source {
            Source::Kept(index) => &*self.wheel.archive.members[index].name,
            Source::New(_) => name,
        };
        if let Some(new) = self.written.get(name) {
            write_row(into, name, &new.hash, &new.header.size.to_string(), newline);
        } else if let Some(row) = rows.get(former) {
            write_row(into, name, &row.hash, &row.size, newline);
        }
    }

    fn by_path(&self) -> HashMap<&str, &Row> {
        self.wheel.record.rows().iter().map(|row| (&*row.path, row)).collect()
    }

    /// The rows of some items, to stand behind a text.
    fn behind<'i>(&self, text: &str, items: impl Iterator<Item = &'i Item<'i>>, rows: &HashMap<&str, &Row>) -> String {
        let mut more = String::new();
        for item in items {
            if more.is_empty() && !text.is_empty() && !text.ends_with('\n') {
                more.push_str(self.wheel.record.newline());
            }
            self.write(&mut more, item, rows);
        }
        more
    }

    /// RECORD with its original bytes in front.
    fn added_to(&self, original: &Original, old: &ArchiveMember, data: &[u8]) -> Option<(ArchiveMember, Vec<u8>)> {
        let text = self.wheel.record.text().get(..usize::try_from(original.text).ok()?)?;
        let added: Vec<_> = self.plan.items.iter().filter(|item| item.is_added).collect();
        let rows = if added.is_empty() { HashMap::new() } else { self.by_path() };
        let more = self.behind(text, added.into_iter(), &rows);
        let (mut member, mut data) = (old.clone(), original.cut(data, old.header.method)?);
        if more.is_empty() {
            member.extra = mark::marked(&old.extra, false);
        } else {
            data = original.tail.grow(data, old.header.method, more.as_bytes())?;
            member.extra = original.mark(&old.extra);
        }
        describe(&mut member, &[text, &more], &data);
        Some((member, data))
    }

    /// RECORD with rows behind those that it has, if nothing else changes and its data can be gone on with.
    ///
    /// To compress all of it anew takes longer than everything else that is done with small members.
    fn grown(&self, old: &ArchiveMember, data: &[u8]) -> Option<(ArchiveMember, Vec<u8>)> {
        let Applied { replaced, removed, renamed, .. } = &self.plan.applied;
        if !(replaced.is_empty() && removed.is_empty() && renamed.is_empty()) {
            return None;
        }
        let text = self.wheel.record.text();
        let new = self.plan.items.iter().filter(|item| matches!(item.source, Source::New(_)));
        let more = self.behind(text, new, &HashMap::new());
        let data = Tail::of(data, old.header.method)?.grow(data.to_vec(), old.header.method, more.as_bytes())?;
        let mut member = old.clone();
        unmark(&mut member);
        describe(&mut member, &[text, &more], &data);
        Some((member, data))
    }

    /// RECORD with rows changed or left out.
    fn rewritten(&self, old: &ArchiveMember) -> Option<(ArchiveMember, Vec<u8>)> {
        let record = &self.wheel.record;
        let newline = record.newline();
        let mut names: HashMap<&str, &str> = HashMap::new();
        for item in &self.plan.items {
            if let Source::Kept(index) = item.source {
                names.insert(&self.wheel.archive.members[index].name, &item.name);
            }
        }
        let own = self.wheel.record_name();
        let (mut text, mut own_row) = (String::new(), String::new());
        for (position, row) in record.rows().iter().enumerate() {
            if *row.path == own {
                // Where it was last, it stays last.
                let into = if position + 1 == record.rows().len() { &mut own_row } else { &mut text };
                write_row(into, &own, "", "", newline);
            } else if let Some(name) = names.get(&*row.path) {
                let raw = record.raw(row);
                if **name == *row.path && raw.ends_with('\n') {
                    text.push_str(raw);
                } else {
                    write_row(&mut text, name, &row.hash, &row.size, newline);
                }
            }
        }
        let no_rows = HashMap::new();
        for item in self.plan.items.iter().filter(|item| matches!(item.source, Source::New(_))) {
            self.write(&mut text, item, &no_rows);
        }
        text.push_str(&own_row);

        let mut member = old.clone();
        let mut data = deflate::compress(text.as_bytes())?;
        member.header.method = 8;
        if data.len() >= text.len() {
            data = text.clone().into_bytes();
            member.header.method = 0;
        }
        unmark(&mut member);
        describe(&mut member, &[&text], &data);
        Some((member, data))
    }
}

/// Takes from a header what was true of the old data, and is not of another.
fn unmark(member: &mut ArchiveMember) {
    // How hard the old one was deflated says nothing about this one.
    member.header.flags &= !(DESCRIPTOR | 0b110);
    member.wide = [false; 3];
    member.descriptor = 0;
    member.extra = mark::marked(&member.extra, false);
}

/// Writes into a header what its data is and becomes.
fn describe(member: &mut ArchiveMember, texts: &[&str], data: &[u8]) {
    let mut crc = flate2::Crc::new();
    for text in texts {
        crc.update(text.as_bytes());
    }
    member.header.crc = crc.sum();
    member.header.size = texts.iter().map(|text| text.len() as u64).sum();
    member.header.compressed = data.len() as u64;
}
