//! From what is there to what is to be done to a wheel.

use std::collections::BTreeMap;

use pth_hook::Request;
use wheel_patch::{Addition, Change, Content, Target};

use crate::editable::{is_site_pth, startup};
use crate::error::Error;
use crate::finished::Finished;
use crate::hooks::resolve;
use crate::payload::{Kind, Payload};
use crate::place::Place;
use crate::places::{Clash, Places};

/// What is to be done to a wheel.
#[derive(Debug)]
#[non_exhaustive]
pub struct Changes {
    /// For `wheel_patch::apply`.
    pub changes: Vec<Change>,
    /// What the project's author should know about them.
    pub notes: Vec<String>,
    /// Who wants the members that are added, by their names.
    places: BTreeMap<String, Place>,
}

impl Changes {
    /// Whose file it is that a wheel cannot take, if the error is about one.
    #[must_use]
    pub fn blame(&self, error: &wheel_patch::Error) -> Option<&Place> {
        use wheel_patch::Error as E;
        let place = |name: &String| self.places.get(name);
        match error {
            E::Clash { name, .. }
            | E::Exists { name }
            | E::Twice { name }
            | E::Name { name, .. }
            | E::Reserved { name, .. }
            | E::TooLarge { name, .. } => place(name),
            E::WouldBeUnsound { findings, .. } => {
                findings.iter().filter_map(|finding| finding.place.as_ref()).find_map(place)
            }
            _ => None,
        }
    }
}

/// An addition, and who wants it.
pub(crate) struct Wanted {
    pub(crate) place: Place,
    pub(crate) target: Target,
    pub(crate) path: String,
    pub(crate) content: Content,
    pub(crate) executable: bool,
    pub(crate) replace: bool,
}

impl Payload {
    /// What is to be done to this wheel.
    ///
    /// What the wheel has already, byte for byte, stays as it is. In an editable wheel the backend's own `.pth` leads to the sources: a hook
    /// of the same name, or one that would be read earlier, is merged with it.
    ///
    /// # Errors
    /// Names that the wheel has for something else, hooks that would fail.
    pub fn changes(&self, wheel: &Finished) -> Result<Changes, Error> {
        let mut notes = Vec::new();
        let mut wanted: Vec<_> = self.items.iter().map(Wanted::from_item).collect();
        for (place, request) in &self.hooks {
            let request = Request { requires_python: wheel.requires_python.clone(), ..request.clone() };
            let refused = |source| Error::Hook { place: place.clone(), source: Box::new(source) };
            let written = pth_hook::write(&request).map_err(refused)?;
            notes.extend(written.notes);
            for (path, bytes) in written.files {
                wanted.push(Wanted::of_bytes(place, path, bytes));
            }
        }
        if self.kind == Kind::Editable {
            let (hooks, others) = wanted.into_iter().partition(is_site_pth);
            wanted = others;
            let starts = wanted.iter().filter_map(|it| it.path.strip_suffix(".start").map(str::to_owned)).collect();
            wanted.extend(startup(hooks, &starts, &self.path_lines, wheel, &mut notes)?);
        }
        let taken = wheel.places();
        for it in &wanted {
            it.check(&taken, wheel)?;
        }
        if self.kind == Kind::Regular {
            for (place, request) in &self.hooks {
                notes.extend(resolve(place, &request.entry, wheel, &wanted)?);
            }
        }
        let mut changes = Vec::new();
        let mut places = BTreeMap::new();
        for it in wanted {
            places.insert(it.name(&wheel.stem), it.place.clone());
            let Wanted { target, path, content, executable, replace, .. } = it;
            changes.push(Change::Add(Addition { target, path, content, executable, replace }));
        }
        Ok(Changes { changes, notes, places })
    }
}

impl Wanted {
    fn from_item(item: &crate::payload::Item) -> Self {
        Self {
            place: item.place.clone(),
            target: item.target,
            path: item.path.as_str().to_owned(),
            content: Content::File(item.file.clone()),
            executable: item.executable,
            replace: false,
        }
    }

    pub(crate) fn of_bytes(place: &Place, path: String, bytes: Vec<u8>) -> Self {
        Self {
            place: place.clone(),
            target: Target::Root,
            path,
            content: Content::Bytes(bytes),
            executable: false,
            replace: false,
        }
    }

    /// Its name in the archive.
    fn name(&self, stem: &str) -> String {
        match self.target {
            Target::Root => self.path.clone(),
            Target::Scheme(scheme) => format!("{stem}.data/{}/{}", scheme.name(), self.path),
        }
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Error> {
        match &self.content {
            Content::Bytes(bytes) => Ok(bytes.clone()),
            Content::File(file) => {
                fs_err::read(file).map_err(|source| Error::Io { action: "read a file of the project", source })
            }
        }
    }

    /// Refuses what would be put over something of the wheel.
    fn check(&self, taken: &Places<&str>, wheel: &Finished) -> Result<(), Error> {
        let what = match taken.clash(self.target, &self.path) {
            None => return Ok(()),
            Some(Clash::Other(what, _)) => what,
            Some(Clash::File(command, member)) if **member == *wheel.entry_points() => {
                format!("an entry point for which installers make the command `{command}`")
            }
            Some(Clash::File(other, member)) if *member != self.name(&wheel.stem) => {
                let is_same = other == self.path;
                let how = if is_same { "installed as the same file" } else { "the same file on some systems" };
                format!("`{member}`, which is {how},")
            }
            Some(Clash::File(..)) if self.replace => return Ok(()),
            Some(Clash::File(_, member)) if wheel.read(member)? == self.bytes()? => return Ok(()),
            Some(Clash::File(..)) => "another file".to_owned(),
        };
        Err(self.taken(wheel, what))
    }

    pub(crate) fn taken(&self, wheel: &Finished, what: String) -> Error {
        let (place, target, backend) = (self.place.clone(), self.path.clone(), wheel.backend.clone());
        Error::Taken { place, target, backend, what: what.into() }
    }
}
