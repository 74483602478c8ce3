//! Making a sound wheel of one that is not, where it is certain what was meant.
//!
//! A change refuses a wheel that is wrong, because a new RECORD would make it look right. Here that is what is asked for, so
//! everything that is done is said, and nothing is guessed: what cannot be repaired with certainty stops the repair of all.
//!
//! | wrong | becomes |
//! |---|---|
//! | rows of RECORD: missing, twice, of nothing, with a wrong hash or size, in a wrong form | those of the members that are there |
//! | RECORD itself not there or no CSV | a new one |
//! | members twice, with the same bytes | the first of them |
//! | bytes between, behind or in front of members, and comments | gone |
//! | modes of programs without the bit of a regular file, and modes that let nobody read | the same with it, or 0644 |
//! | times that are none | 1980-01-01 |
//! | data descriptors, needless ZIP64 records | plain headers |
//! | signatures, where RECORD becomes another one | gone |
//!
//! Not repaired are names, kinds of members and methods that are refused, headers that disagree, contents that are damaged,
//! and everything about which metadata and file name disagree: there somebody has to say what is right.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use crate::{
    Check, Durability, Error, Finding, Limits, Patience, Rule, Severity, WheelName,
    apply::read_sound,
    archive::{Archive, ArchiveMember},
    content::{self, Inflater, Job, Problem},
    file_name::NO_WHEEL_NAME,
    hash::{self, Hasher},
    layout,
    normalise::{check, packed},
    output::{Output, dos_time, fresh},
    record::{Record, Row, write_row},
    replace::WheelFile,
    rule::Findings,
    undo::copy_whole,
    wheel::file_name,
};

/// What is repaired.
const REPAIRED: &[Rule] = &[
    Rule::ZipTrailing,
    Rule::ZipComment,
    Rule::Zip64Needless,
    Rule::ZipPrefix,
    Rule::ZipGap,
    Rule::ZipMemberComment,
    Rule::ZipDescriptor,
    Rule::ZipMode,
    Rule::ZipTime,
    Rule::NameDuplicate,
];

/// How to repair a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepairOptions {
    /// How much the wheel may have.
    pub limits: Limits,
    /// Where to write the repaired wheel. Without it the wheel itself is replaced.
    pub output: Option<PathBuf>,
    /// Whether the repaired wheel is on disk when it is there.
    pub durability: Durability,
    /// How to wait for others who have locked the wheel.
    pub patience: Patience,
}

/// What was done to a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Repaired {
    /// Everything that was changed. Nothing: the wheel was not touched.
    pub repairs: Vec<Repair>,
}

/// Something that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The rule that was broken.
    pub rule: &'static str,
    /// The member that broke it, if it was one.
    pub place: Option<String>,
    /// What was done.
    pub message: String,
}

/// Repairs a wheel: all that is wrong with it, or nothing.
///
/// # Errors
/// [`Error::Unsound`] with what cannot be repaired; [`Error::Io`] and others as for [`apply`](crate::apply).
pub fn repair(wheel: &Path, options: &RepairOptions) -> Result<Repaired, Error> {
    let target = WheelFile::open(wheel, options.output.as_deref())?;
    let read = |source| Error::Io { action: "read the wheel", source };
    let mut findings = Findings::default();
    let name = WheelName::parse(&file_name(wheel));
    if name.is_none() {
        findings.at(Rule::WheelFileName, &file_name(wheel), NO_WHEEL_NAME);
    }
    let archive = Archive::read(&target.file, &options.limits, &mut findings).map_err(read)?;
    let unsound = |findings: Vec<Finding>| Err(Error::Unsound { wheel: wheel.to_owned(), findings });
    let Some(archive) = archive else { return unsound(findings.into_list()) };
    layout::check_names(&archive.members, name.as_ref(), &mut findings);
    let dist_info = layout::dist_info(&archive, name.as_ref(), &mut findings);
    let found = findings.into_list();
    let is_hopeless = |finding: &Finding| {
        finding.severity == Severity::Error && !REPAIRED.iter().any(|rule| rule.id() == finding.rule)
    };
    let Some(dist_info) = dist_info.filter(|_| !found.iter().any(is_hopeless)) else {
        return unsound(found.into_iter().filter(is_hopeless).collect());
    };

    let mut findings = Findings::default();
    let mut repairs = Repairs::default();
    for finding in &found {
        repairs.found(finding);
    }
    let own = format!("{dist_info}/RECORD");
    let record = read_record(&target.file, &archive, &own, &options.limits, &mut repairs).map_err(read)?;
    let contents = contents(&target.file, &archive, record.as_ref(), &mut findings).map_err(read)?;
    let members = members(&archive, &own, &contents, &mut repairs, &mut findings);
    if findings.errors() > 0 {
        return unsound(findings.into_list());
    }
    let (signatures, members): (Vec<_>, Vec<_>) =
        members.into_iter().partition(|(index, _)| is_signature(&archive.members[*index].name, &own));
    let text = rows(record.as_ref(), &own, &archive, &members, &contents, &mut repairs);
    if repairs.list.is_empty() {
        // What is wrong with metadata is for somebody who knows what is right.
        read_sound(&target, Check::Structure, &options.limits)?;
        if options.output.is_some() {
            let draft = target.draft()?;
            copy_whole(&target.file, &draft.file)?;
            target.replace(draft, options.durability, options.patience)?;
        }
        return Ok(Repaired::default());
    }
    let is_still_signed = record.as_ref().is_some_and(|record| record.text() == text);
    let members = if is_still_signed {
        in_order(members.into_iter().chain(signatures).collect(), &archive, &own)
    } else {
        for (index, _) in &signatures {
            let message = "removed it, since it signs RECORD as it was before these repairs";
            repairs.at(Rule::Signature, &archive.members[*index].name, message);
        }
        members
    };

    let draft = target.draft()?;
    let write = |source| Error::Io { action: "write the changed wheel", source };
    let mut output = Output::new(&target.file, &draft.file, options.durability);
    for (index, new) in &members {
        let old = &archive.members[*index];
        match new {
            Some(new) => output.relabel(old, new).map_err(write)?,
            None => output.keep(old, &old.name, crate::mark::is_added(old)).map_err(write)?,
        }
    }
    let old = archive.members.iter().find(|member| *member.name == *own);
    let mut new = match old {
        Some(old) => fresh(old, false, (old.header.date, old.header.time)),
        None => {
            fresh(&ArchiveMember { name: own.as_str().into(), ..archive.members[0].clone() }, false, dos_time(None))
        }
    };
    if !crate::archive::is_time(new.header.date, new.header.time) {
        (new.header.date, new.header.time) = dos_time(None);
    }
    let data = packed(&mut new, &text).ok_or(Error::TooLarge {
        name: own,
        size: text.len() as u64,
        limit: options.limits.directory,
    })?;
    output.put(&new, &data).map_err(write)?;
    let (_, mut rest) = output.finish().map_err(write)?;
    rest.copied().map_err(write)?;
    check(&target, &draft.file, &options.limits).map_err(|error| match error {
        Error::WouldBeUnsound { findings, .. } => Error::Unsound { wheel: wheel.to_owned(), findings },
        error => error,
    })?;
    rest.wait().map_err(write)?;
    target.replace(draft, options.durability, options.patience)?;
    Ok(Repaired { repairs: repairs.list })
}

/// What is done, as it is decided.
#[derive(Default)]
struct Repairs {
    list: Vec<Repair>,
}

impl Repairs {
    fn at(&mut self, rule: Rule, place: &str, message: impl Into<String>) {
        self.list.push(Repair { rule: rule.id(), place: Some(crate::rule::shown(place)), message: message.into() });
    }

    /// Notes what goes away because the archive is written anew.
    fn found(&mut self, finding: &Finding) {
        let done = [
            (Rule::ZipTrailing, "removed what came behind the end"),
            (Rule::ZipComment, "removed the comment"),
            (Rule::Zip64Needless, "removed the ZIP64 records"),
            (Rule::ZipPrefix, "removed what came before it"),
            (Rule::ZipGap, "removed what came before it"),
            (Rule::ZipMemberComment, "removed its comment"),
            (Rule::ZipDescriptor, "put its sizes into its header"),
        ];
        if let Some((rule, message)) = done.into_iter().find(|(rule, _)| rule.id() == finding.rule) {
            let (place, message) = (finding.place.clone(), format!("{message} ({})", finding.message));
            self.list.push(Repair { rule: rule.id(), place, message });
        }
    }
}

/// RECORD, if it is there and can be read.
fn read_record(
    file: &fs_err::File,
    archive: &Archive,
    own: &str,
    limits: &Limits,
    repairs: &mut Repairs,
) -> std::io::Result<Option<Record>> {
    let Some(member) = archive.members.iter().find(|member| *member.name == *own) else {
        repairs.at(Rule::RecordMissing, own, "wrote it");
        return Ok(None);
    };
    match Inflater::new().read_all(file, member, limits.directory) {
        Ok(text) => match Record::parse(text) {
            Ok(record) => return Ok(Some(record)),
            Err(problem) => {
                let message = format!("wrote it anew, since of line {} {}", problem.line, problem.message);
                repairs.at(Rule::RecordSyntax, own, message);
            }
        },
        Err(Problem::Io(error)) => return Err(error),
        Err(Problem::Wrong(message)) => repairs.at(Rule::ZipContent, own, format!("wrote it anew, since {message}")),
    }
    Ok(None)
}

/// What a member holds, as two hashes: ours, and the one that its row asks for.
struct Contents {
    sha256: Vec<Vec<u8>>,
    /// By index, whether the row has the right hash.
    is_listed_right: HashSet<usize>,
}

fn contents(
    file: &fs_err::File,
    archive: &Archive,
    record: Option<&Record>,
    findings: &mut Findings,
) -> std::io::Result<Contents> {
    let names: HashMap<&str, usize> =
        archive.members.iter().enumerate().map(|(index, member)| (&*member.name, index)).collect();
    let mut rows: HashMap<String, &Row> = HashMap::new();
    for row in record.map_or(&[][..], Record::rows) {
        // The first row of a name is the one that stays.
        rows.entry(spelled(&row.path, "", &names)).or_insert(row);
    }
    let job = |hasher| move |member| Job { member, hasher: Some(hasher) };
    let jobs: Vec<Job<'_>> = archive.members.iter().map(|member| job(Hasher::new())(member)).collect();
    let mut sha256 = Vec::with_capacity(jobs.len());
    for (member, outcome) in archive.members.iter().zip(content::read_each(file, jobs)) {
        match outcome {
            Ok(hash) => sha256.push(hash.unwrap_or_default()),
            Err(Problem::Io(error)) => return Err(error),
            Err(Problem::Wrong(message)) => {
                findings.at(Rule::ZipContent, &member.name, message);
                sha256.push(Vec::new());
            }
        }
    }
    // Hashes of another kind than ours are looked at on their own; few wheels have any.
    let mut is_listed_right = HashSet::new();
    let mut inflater = Inflater::new();
    for (index, member) in archive.members.iter().enumerate() {
        let Some((mut hasher, expected)) = rows.get(&*member.name).and_then(|row| hash::parse(&row.hash).ok()) else {
            continue;
        };
        // Only those of sha256 have this length.
        let is_right = if expected.len() == sha256[index].len() {
            expected == sha256[index]
        } else {
            inflater.read(file, member, |bytes| hasher.update(bytes)).is_ok() && hasher.finish() == expected
        };
        if is_right {
            is_listed_right.insert(index);
        }
    }
    Ok(Contents { sha256, is_listed_right })
}

/// The members that stay, but RECORD: each by its index, with another header where it needs one.
fn members(
    archive: &Archive,
    own: &str,
    contents: &Contents,
    repairs: &mut Repairs,
    findings: &mut Findings,
) -> Vec<(usize, Option<ArchiveMember>)> {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for (index, member) in archive.members.iter().enumerate() {
        let name: &str = &member.name;
        if let Some(other) = first.get(name) {
            if contents.sha256[*other] == contents.sha256[index] {
                repairs.at(Rule::NameDuplicate, name, "removed the second of two equal members");
            } else {
                findings.at(Rule::NameDuplicate, name, "there are two members of this name with different content");
            }
            continue;
        }
        first.insert(name, index);
        let new = repaired(member, repairs);
        // RECORD is written anew in any case.
        if name != own {
            kept.push((index, new));
        }
    }
    in_order(kept, archive, own)
}

/// Puts what is in `.dist-info` last, as it is after every change.
fn in_order<T>(mut members: Vec<(usize, T)>, archive: &Archive, own: &str) -> Vec<(usize, T)> {
    let folder = own.trim_end_matches("RECORD");
    members.sort_by_key(|(index, _)| (archive.members[*index].name.starts_with(folder), *index));
    members
}

/// Whether a member signs RECORD.
fn is_signature(name: &str, own: &str) -> bool {
    name.strip_prefix(own).is_some_and(|rest| matches!(rest, ".jws" | ".p7s"))
}

/// The member with another header, if it needs one.
fn repaired(member: &ArchiveMember, repairs: &mut Repairs) -> Option<ArchiveMember> {
    let (mut is_changed, mode) = (false, member.header.external >> 16);
    let mut header = member.header;
    if !crate::archive::is_time(header.date, header.time) {
        (header.date, header.time) = dos_time(None);
        repairs.at(Rule::ZipTime, &member.name, "set its time to 1980-01-01");
        is_changed = true;
    }
    if (member.is_unix() && !member.is_folder() && mode & 0o444 == 0) || member.is_runnable_without_kind() {
        let rights = if mode & 0o444 == 0 { 0o644 | (mode & 0o111) } else { mode & 0o777 };
        header.external = (0o100_000 | rights) << 16 | (header.external & 0xffff);
        repairs.at(Rule::ZipMode, &member.name, format!("set its mode from {mode:06o} to {:06o}", 0o100_000 | rights));
        is_changed = true;
    }
    if !is_changed {
        return None;
    }
    let mut new = fresh(member, false, (header.date, header.time));
    new.header.external = header.external;
    new.header.made_by = header.made_by;
    Some(new)
}

/// The text of RECORD for these members. Rows that are right stay as and where they are.
fn rows(
    record: Option<&Record>,
    own: &str,
    archive: &Archive,
    members: &[(usize, Option<ArchiveMember>)],
    contents: &Contents,
    repairs: &mut Repairs,
) -> String {
    let newline = record.map_or("\n", Record::newline);
    let there: HashMap<&str, usize> =
        members.iter().map(|(index, _)| (&*archive.members[*index].name, *index)).collect();
    let mut listed: HashSet<String> = HashSet::new();
    let mut text = String::new();
    for row in record.map_or(&[][..], Record::rows) {
        let path = spelled(&row.path, own, &there);
        if *path != *row.path {
            repairs.at(Rule::RecordPath, &row.path, format!("wrote its name as `{}`", crate::rule::shown(&path)));
        }
        if listed.contains(&path) {
            repairs.at(Rule::RecordDuplicate, &path, "removed its second row");
            continue;
        }
        if path == own {
            if !row.hash.is_empty() || !row.size.is_empty() {
                repairs.at(Rule::RecordItself, own, "removed the hash and the size of RECORD itself");
            }
            write_row(&mut text, own, "", "", newline);
        } else if let Some(index) = there.get(path.as_str()).filter(|_| !path.ends_with('/')) {
            let size = archive.members[*index].header.size.to_string();
            let is_right = contents.is_listed_right.contains(index);
            if is_right && *row.size == *size {
                write_row(&mut text, &path, &row.hash, &row.size, newline);
            } else {
                if !is_right {
                    let rule = match hash::parse(&row.hash) {
                        Ok(_) => Rule::RecordHash,
                        Err(hash::HashProblem::Form) => Rule::RecordHashForm,
                        Err(hash::HashProblem::Weak) => Rule::RecordHashWeak,
                    };
                    repairs.at(rule, &path, "wrote the hash of what is there");
                }
                if *row.size != *size {
                    let message = format!("wrote the size {size} of what is there");
                    repairs.at(Rule::RecordSize, &path, message);
                }
                write_row(&mut text, &path, &hash::sha256_text(&contents.sha256[*index]), &size, newline);
            }
        } else {
            let rule = match &*path {
                path if path.ends_with('/') || there.contains_key(format!("{path}/").as_str()) => Rule::RecordFolder,
                path if is_signature(path, own) => Rule::RecordSignature,
                _ => Rule::RecordGhost,
            };
            repairs.at(rule, &path, "removed its row");
            continue;
        }
        listed.insert(path);
    }
    for (index, _) in members {
        let member = &archive.members[*index];
        if !member.is_folder() && !listed.contains(&*member.name) {
            repairs.at(Rule::RecordUnlisted, &member.name, "wrote a row for it");
            let hash = hash::sha256_text(&contents.sha256[*index]);
            write_row(&mut text, &member.name, &hash, &member.header.size.to_string(), newline);
        }
    }
    if !listed.contains(own) {
        repairs.at(Rule::RecordItself, own, "wrote a row for RECORD itself");
        write_row(&mut text, own, "", "", newline);
    }
    text
}

/// The name that a row means: with `/` for `\`, and without one in front, if there is such a member.
fn spelled(path: &str, own: &str, there: &HashMap<&str, usize>) -> String {
    let is_known = |path: &str| path == own || there.contains_key(path);
    let plain = path.replace('\\', "/");
    let plain = plain.trim_start_matches('/');
    if !is_known(path) && is_known(plain) { plain.to_owned() } else { path.to_owned() }
}
