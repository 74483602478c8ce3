//! A wheel that a backend has made, before we finish it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use wheel_patch::{Scheme, Target};
use zip::ZipArchive;

use crate::error::Error;
use crate::places::{Places, area, installed};

/// More than any metadata or `.pth` has.
const LARGEST: u64 = 64 << 20;

/// What is known of a wheel that a backend has made.
///
/// It is read for its names alone; whether it is a sound wheel is for `wheel_patch::apply` to say.
#[derive(Debug)]
pub struct Finished {
    /// Who made it.
    pub(crate) backend: String,
    /// The `name-version` that its `.dist-info` and `.data` folders begin with.
    pub(crate) stem: String,
    /// `Requires-Python` of its metadata.
    pub(crate) requires_python: Option<String>,
    /// The names of its members.
    pub(crate) names: BTreeSet<String>,
    /// The commands that installers make for its entry points.
    commands: Vec<String>,
    archive: RefCell<ZipArchive<fs_err::File>>,
}

impl Finished {
    /// Opens the wheel that this backend made.
    ///
    /// # Errors
    /// It is no ZIP archive, or not one with a `.dist-info/METADATA`.
    pub fn open(wheel: &Path, backend: &str) -> Result<Self, Error> {
        let unreadable = |source| Error::Wheel { backend: backend.to_owned(), source: Box::new(source) };
        let file = fs_err::File::open(wheel).map_err(|source| Error::Io { action: "open the wheel", source })?;
        let archive = ZipArchive::new(file).map_err(unreadable)?;
        let names = archive.file_names().map(|name| name.map(std::borrow::Cow::into_owned));
        let names = names.collect::<Result<BTreeSet<_>, _>>().map_err(unreadable)?;
        let metadata = names.iter().find(|name| {
            name.split_once('/').is_some_and(|(top, rest)| top.ends_with(".dist-info") && rest == "METADATA")
        });
        let Some(metadata) = metadata.cloned() else {
            return Err(unreadable(zip::result::ZipError::FileNotFound));
        };
        let stem = metadata.trim_end_matches("/METADATA").trim_end_matches(".dist-info").to_owned();
        let mut finished = Self {
            backend: backend.to_owned(),
            stem,
            requires_python: None,
            names,
            commands: Vec::new(),
            archive: RefCell::new(archive),
        };
        let text = String::from_utf8_lossy(&finished.read(&metadata)?).into_owned();
        // The description comes after an empty line.
        let mut headers = text.lines().take_while(|line| !line.is_empty());
        let field = |line: &str| {
            line.split_once(':')
                .filter(|(name, _)| name.eq_ignore_ascii_case("requires-python"))
                .map(|(_, value)| value.trim().to_owned())
        };
        finished.requires_python = headers.find_map(field);
        let entry_points = finished.entry_points();
        if finished.names.contains(&entry_points) {
            finished.commands = commands(&String::from_utf8_lossy(&finished.read(&entry_points)?));
        }
        Ok(finished)
    }

    /// The member that has its entry points, if it has any.
    pub(crate) fn entry_points(&self) -> String {
        format!("{}.dist-info/entry_points.txt", self.stem)
    }

    /// The project's name, as wheels spell it.
    pub(crate) fn distribution(&self) -> &str {
        self.stem.split('-').next().unwrap_or_default()
    }

    /// What comes to lie in a site folder: below what, the path there, and the member's name.
    pub(crate) fn in_site(&self) -> impl Iterator<Item = (Target, &str, &str)> {
        let placed = self.names.iter().map(|name| (installed(&self.stem, name), name));
        placed.filter(|((target, _), _)| area(*target) == 0).map(|((target, path), name)| (target, path, name.as_str()))
    }

    /// All that is installed, each place with the member's name.
    pub(crate) fn places(&self) -> Places<&str> {
        let mut places = Places::new();
        for name in &self.names {
            let (target, path) = installed(&self.stem, name);
            match path.strip_suffix('/') {
                Some(folder) => places.folder(target, folder, &name.as_str()),
                None => places.file(target, path, name),
            }
        }
        if let Some(member) = self.names.get(&self.entry_points()) {
            for command in &self.commands {
                places.file(Target::Scheme(Scheme::Scripts), command, member);
            }
        }
        places
    }

    /// Reads a member.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        let unreadable = |source| Error::Wheel { backend: self.backend.clone(), source: Box::new(source) };
        let mut archive = self.archive.borrow_mut();
        let member = archive.by_name(name).map_err(unreadable)?;
        let mut bytes = Vec::new();
        let read = member.take(LARGEST).read_to_end(&mut bytes);
        read.map_err(|source| unreadable(source.into()))?;
        Ok(bytes)
    }
}

/// The names in the sections of an `entry_points.txt` for which installers make scripts.
fn commands(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_ours = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_ours = matches!(line, "[console_scripts]" | "[gui_scripts]");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| is_ours && !line.starts_with(['#', ';'])) {
            names.push(name.trim().to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_entry_points() {
        let text = "s = t:u\n[other]\na = b:c\n\n[console_scripts]\n# d = e:f\ng-h = i:j\nk=l:m [n]\n\n[gui_scripts]\r\no = p:q\n[pytest11]\nr = s";
        assert_eq!(commands(text), ["g-h", "k", "o"]);
    }
}
