//! RECORD compared with what is there.

use foldhash::{HashMap, HashSet, HashSetExt as _};

use crate::{
    Rule, Severity,
    archive::Archive,
    content::{self, Job, Problem},
    hash::{self, HashProblem},
    name,
    record::{Record, Row},
    rule::Findings,
};

/// Notes where RECORD and the members do not agree, as far as that can be told without reading them.
pub(crate) fn check(archive: &Archive, dist_info: &str, record: &Record, findings: &mut Findings) {
    let own = format!("{dist_info}/RECORD");
    let signatures = [format!("{own}.jws"), format!("{own}.p7s")];
    let members: HashMap<&str, usize> =
        archive.members.iter().enumerate().map(|(index, member)| (&*member.name, index)).collect();
    let folders: HashSet<&str> = archive.members.iter().filter_map(|member| member.name.strip_suffix('/')).collect();
    // Most rows are of members, for which a flag is enough.
    let (mut is_listed, mut others) = (vec![false; archive.members.len()], HashSet::new());
    for row in record.rows() {
        let path: &str = &row.path;
        let index = members.get(path).copied();
        let is_first = match index {
            Some(index) => !std::mem::replace(&mut is_listed[index], true),
            None => others.insert(path),
        };
        if !is_first {
            findings.at(Rule::RecordDuplicate, path, "RECORD lists it twice");
            continue;
        }
        if path == own {
            if !row.hash.is_empty() || !row.size.is_empty() {
                findings.at(Rule::RecordItself, path, "RECORD has a hash or a size of itself");
            }
            continue;
        }
        if signatures.iter().any(|signature| signature == path) {
            findings.at(Rule::RecordSignature, path, "RECORD lists its own signature");
            continue;
        }
        if path.ends_with('/') || (!folders.is_empty() && folders.contains(path)) {
            findings.at(Rule::RecordFolder, path, "RECORD lists a folder");
            continue;
        }
        let Some(index) = index else {
            match name::check(path) {
                Err(error) => findings.at(Rule::RecordPath, path, format!("RECORD lists it, and the name {error}")),
                Ok(()) => findings.at(Rule::RecordGhost, path, "RECORD lists it, and it is not there"),
            }
            continue;
        };
        check_row(row, archive.members[index].header.size, findings);
    }
    // Of two members of one name the last one was found.
    let has_row = |name: &str| members.get(name).map_or(others.contains(name), |index| is_listed[*index]);
    if !has_row(&own) {
        findings.at(Rule::RecordItself, &own, "RECORD does not list itself");
    }
    for (_, member) in archive.members.iter().enumerate().filter(|(index, _)| !is_listed[*index]) {
        let name: &str = &member.name;
        let may_be_absent = member.is_folder() || name == own || signatures.iter().any(|signature| signature == name);
        if !may_be_absent && !has_row(name) {
            findings.at(Rule::RecordUnlisted, name, "RECORD does not list it");
        }
    }
}

fn check_row(row: &Row, size: u64, findings: &mut Findings) {
    if row.hash.is_empty() {
        findings.at(Rule::RecordHashForm, &row.path, "RECORD has no hash of it");
    } else {
        match hash::check(&row.hash) {
            Ok(()) => {}
            Err(HashProblem::Form) => {
                findings.at(
                    Rule::RecordHashForm,
                    &row.path,
                    format!("its hash is written as `{}`", crate::rule::shown(&row.hash)),
                );
            }
            Err(HashProblem::Weak) => {
                let algorithm = row.hash.split('=').next().unwrap_or_default();
                let message = format!("its hash is {}", crate::rule::shown(algorithm));
                findings.at(Rule::RecordHashWeak, &row.path, message);
            }
        }
    }
    let is_number = !row.size.is_empty() && row.size.bytes().all(|digit| digit.is_ascii_digit());
    match row.size.parse::<u64>() {
        Ok(listed) if is_number && listed == size => {}
        _ if row.size.is_empty() => {
            findings.lesser(Rule::RecordSize, Severity::Warning, Some(&row.path), "RECORD has no size of it");
        }
        _ => {
            let message = format!("RECORD has the size {}, and it is {size}", crate::rule::shown(&row.size));
            findings.at(Rule::RecordSize, &row.path, message);
        }
    }
}

/// Reads every member to its end, and notes what is not as headers and RECORD say.
pub(crate) fn check_contents(
    file: &fs_err::File,
    archive: &Archive,
    record: Option<&Record>,
    findings: &mut Findings,
) -> std::io::Result<()> {
    let rows = record.map_or(&[][..], Record::rows);
    let listed: HashMap<&str, &Row> = rows.iter().map(|row| (&*row.path, row)).collect();
    let mut jobs = Vec::new();
    let mut expected = Vec::new();
    // Where a member's data is, is not known without its local header.
    for member in archive.members.iter().filter(|member| member.head > 0 && matches!(member.header.method, 0 | 8)) {
        let parsed = listed.get(&*member.name).and_then(|row| hash::parse(&row.hash).ok());
        let (hasher, bytes) = parsed.map_or((None, None), |(hasher, bytes)| (Some(hasher), Some(bytes)));
        jobs.push(Job { member, hasher });
        expected.push((&*member.name, bytes));
    }
    for ((name, expected), outcome) in expected.into_iter().zip(content::read_each(file, jobs)) {
        match outcome {
            Ok(found) if found == expected => {}
            Ok(_) => findings.at(Rule::RecordHash, name, "its hash is not the one in RECORD"),
            Err(Problem::Wrong(message)) => findings.at(Rule::ZipContent, name, message),
            Err(Problem::Io(error)) => return Err(error),
        }
    }
    Ok(())
}
