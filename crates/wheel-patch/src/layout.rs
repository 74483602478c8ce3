//! Where things are in a wheel: names that go together, `.dist-info` and `.data`.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt as _};

use crate::{
    Rule, Severity, WheelName,
    archive::{Archive, ArchiveMember},
    file_name::{normal_name, normal_version},
    installed::{Collision, collisions},
    name::{FurtherFolders, Spellings},
    rule::{Findings, shown},
};

/// What `.data` may have.
pub(crate) const SCHEMES: [&str; 5] = ["purelib", "platlib", "headers", "scripts", "data"];

/// Notes names that cannot be together in one folder.
pub(crate) fn check_names(members: &[ArchiveMember], name: Option<&WheelName>, findings: &mut Findings) {
    let mut files = HashMap::with_capacity(members.len());
    for member in members {
        if files.insert(member.name.trim_end_matches('/'), member.is_folder()).is_some() {
            findings.at(Rule::NameDuplicate, &member.name, "there are several members of this name");
        }
    }
    let (mut clashes, mut further) = (BTreeSet::new(), FurtherFolders::default());
    for member in members {
        // Folders end with `/` and are no folders of themselves.
        let outer = further.of(member.name.trim_end_matches('/'));
        clashes.extend(outer.filter(|folder| files.get(folder) == Some(&false)));
    }
    for folder in clashes {
        findings.at(Rule::NameFolder, folder, "it is a file, and there are members in a folder of this name");
    }
    let severity = if name.is_none_or(WheelName::is_for_any_file_system) { Severity::Error } else { Severity::Warning };
    let mut spellings = Spellings::with_capacity(members.len());
    for member in members {
        // Two spellings of a folder matter as much as two of a file.
        if let Some((part, other)) = spellings.add(member.name.trim_end_matches('/')) {
            let message = format!("there is `{}`, too, which some file systems take for the same", shown(other));
            findings.lesser(Rule::NameCase, severity, Some(part), message);
        }
    }
}

/// The `.dist-info` folder: the one that is named after the file, or the only one.
pub(crate) fn dist_info(archive: &Archive, name: Option<&WheelName>, findings: &mut Findings) -> Option<String> {
    let found: BTreeSet<&str> = archive
        .members
        .iter()
        .filter_map(|member| member.name.split('/').next())
        .filter(|first| first.ends_with(".dist-info"))
        .collect();
    let wanted = name.map(WheelName::dist_info);
    match found.len() {
        0 => findings.whole(Rule::DistInfoMissing, "there is no `.dist-info` folder"),
        1 => {}
        count => {
            let all: Vec<&str> = found.iter().take(3).copied().collect();
            findings.whole(Rule::DistInfoMany, format!("there are {count} `.dist-info` folders: {}", all.join(", ")));
        }
    }
    let taken = found.iter().find(|found| Some(**found) == wanted.as_deref()).or(found.first())?;
    if let (Some(name), Some(wanted)) = (name, &wanted)
        && wanted != taken
    {
        let stem = taken.trim_end_matches(".dist-info");
        let means_it = stem.split_once('-').is_some_and(|(other, version)| {
            normal_name(other) == normal_name(&name.name) && normal_version(version) == normal_version(&name.version)
        });
        let severity = if means_it { Severity::Warning } else { Severity::Error };
        findings.lesser(Rule::DistInfoName, severity, Some(taken), format!("the file name asks for `{wanted}`"));
    }
    Some((*taken).to_owned())
}

/// Notes what is in the wrong place.
pub(crate) fn check_places(archive: &Archive, dist_info: &str, findings: &mut Findings) {
    let stem = dist_info.trim_end_matches(".dist-info");
    let data = format!("{stem}.data");
    let mut other_data = BTreeSet::new();
    for member in &archive.members {
        let name = &member.name;
        let first = name.split('/').next().unwrap_or_default();
        if first == data {
            check_data(name, findings);
        } else if is_data(first) && !name.ends_with('/') {
            other_data.insert(first);
        } else if first == dist_info {
            let inside = &name[first.len()..];
            if matches!(inside, "/INSTALLER" | "/REQUESTED" | "/direct_url.json") {
                findings.at(Rule::DistInfoFiles, name, "installers write this file");
            }
            if matches!(inside, "/RECORD.jws" | "/RECORD.p7s") {
                findings.at(Rule::Signature, name, "the wheel is signed, and a change makes the signature wrong");
            }
        }
        if name.ends_with(".pyc") {
            findings.at(Rule::Bytecode, name, "it is compiled bytecode");
        }
    }
    let names = archive.members.iter().map(|member| &*member.name);
    for Collision { name, other, is_certain } in collisions(names, &data) {
        let other = shown(other);
        if is_certain {
            findings.at(Rule::InstalledTwice, name, format!("it is installed in the place of `{other}`"));
        } else {
            let message = format!("one version of Python installs it in the place of `{other}`");
            findings.lesser(Rule::InstalledTwice, Severity::Warning, Some(name), message);
        }
    }
    for other in other_data {
        let message = format!("pip takes it for the `.data` folder, and other installers only `{data}`");
        findings.at(Rule::DataName, other, message);
    }
    let is_inside = |name: &str| name.strip_prefix(dist_info).is_some_and(|rest| rest.starts_with('/'));
    let order: Vec<bool> = archive.members.iter().map(|member| is_inside(&member.name)).collect();
    let is_last = archive.members.last().is_some_and(|member| member.name.strip_prefix(dist_info) == Some("/RECORD"));
    if !order.is_sorted() {
        findings.whole(Rule::DistInfoLast, "other members come behind `.dist-info`");
    } else if !is_last {
        findings.whole(Rule::DistInfoLast, "RECORD is not the last member");
    }
}

/// Whether pip takes a name at the top for that of a `.data` folder: it asks for the ending alone, in small letters.
fn is_data(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| last == "data")
}

fn check_data(name: &str, findings: &mut Findings) {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        // Folders that are members of their own.
        [_, ""] => {}
        [_, scheme, ..] if !SCHEMES.contains(&scheme) => {
            findings.at(Rule::DataScheme, name, format!("`{scheme}` is no place to install to"));
        }
        [_] | [_, _] => findings.at(Rule::DataScheme, name, "it is in no folder of a scheme"),
        [_, "scripts", _, inner, ..] if !inner.is_empty() => {
            findings.at(Rule::ScriptsFlat, name, "it is in a folder among the scripts, which uv does not install");
        }
        _ => {}
    }
}
