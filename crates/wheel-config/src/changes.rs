//! From what is there to what is to be done to a wheel.

use std::collections::BTreeSet;

use pth_hook::{EntryPoint, Request};
use wheel_patch::{Addition, Change, Content, Target};

use crate::editable::{is_site_pth, startup};
use crate::error::Error;
use crate::finished::Finished;
use crate::path::{RelativePath, has_end};
use crate::payload::{Kind, Payload};
use crate::place::Place;
use crate::places::{Clash, area};

/// What is to be done to a wheel.
#[derive(Debug)]
#[non_exhaustive]
pub struct Changes {
    /// For `wheel_patch::apply`.
    pub changes: Vec<Change>,
    /// What the project's author should know about them.
    pub notes: Vec<String>,
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
            pth_hook::check_stem(&request.name, wheel.distribution(), false).map_err(refused)?;
            let written = pth_hook::write(&request).map_err(refused)?;
            notes.extend(written.notes);
            for (path, bytes) in written.files {
                wanted.push(Wanted::of_bytes(place, path, bytes));
            }
        }
        if self.kind == Kind::Regular {
            for (place, request) in &self.hooks {
                is_resolvable(place, &request.entry, wheel, &wanted)?;
            }
        }
        if self.kind == Kind::Editable {
            let (hooks, others) = wanted.into_iter().partition(is_site_pth);
            wanted = others;
            let starts = wanted.iter().filter_map(|it| it.path.strip_suffix(".start").map(str::to_owned)).collect();
            wanted.extend(startup(hooks, &starts, &self.path_lines, wheel, &mut notes)?);
        }
        let taken = wheel.places();
        let mut changes = Vec::new();
        for it in wanted {
            match taken.clash(it.target, &it.path) {
                None => {}
                Some(Clash::File(other, member)) => {
                    let is_itself = *member == it.name(&wheel.stem);
                    if !is_itself {
                        let how = if other == it.path {
                            "installed as the same file"
                        } else {
                            "the same file on some systems"
                        };
                        return Err(it.taken(wheel, format!("`{member}`, which is {how},")));
                    }
                    if !it.replace && wheel.read(member)? != it.bytes()? {
                        return Err(it.taken(wheel, "another file".to_owned()));
                    }
                }
                Some(Clash::Other(what, _)) => return Err(it.taken(wheel, what)),
            }
            let Wanted { target, path, content, executable, replace, .. } = it;
            changes.push(Change::Add(Addition { target, path, content, executable, replace }));
        }
        Ok(Changes { changes, notes })
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

    pub(crate) fn taken(self, wheel: &Finished, what: String) -> Error {
        Error::Taken { place: self.place, target: self.path, backend: wheel.backend.clone(), what: what.into() }
    }
}

/// Refuses a hook that calls into a package of this wheel that has no such module. A package that the wheel does not have
/// may be that of a requirement.
fn is_resolvable(place: &Place, entry: &EntryPoint, wheel: &Finished, wanted: &[Wanted]) -> Result<(), Error> {
    let libraries = ["purelib", "platlib"].map(|scheme| format!("{}.data/{scheme}/", wheel.stem));
    let in_site =
        |name: &str| libraries.iter().find_map(|it| name.strip_prefix(it.as_str())).unwrap_or(name).to_owned();
    let ours = wanted.iter().filter(|it| area(it.target) == 0).map(|it| it.path.clone());
    let names: BTreeSet<_> = wheel.names.iter().map(|name| in_site(name)).chain(ours).collect();
    let has = |path: &str| {
        let is_it = |name: &String| {
            name.strip_prefix(path).is_some_and(|rest| {
                let native = rest.starts_with('.') && has_end(rest, &[".so", ".pyd"]);
                rest == ".py" || rest.starts_with('/') || native
            })
        };
        names.range(path.to_owned()..).take_while(|name| name.starts_with(path)).any(is_it)
    };
    let module = RelativePath::parse(&entry.module.replace('.', "/")).expect("the name of a module is a path, too");
    if !has(entry.package()) || has(module.as_str()) {
        return Ok(());
    }
    Err(Error::NoSuchModule {
        place: place.clone(),
        call: entry.to_string(),
        package: entry.package().into(),
        module: entry.module.clone(),
    })
}
