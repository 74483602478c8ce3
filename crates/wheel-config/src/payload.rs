//! What the settings put into a wheel, found in the project.

use std::path::{Path, PathBuf};

use pth_hook::Request;
use wheel_patch::{MemberName, Scheme, Target};

use crate::error::{Error, TargetFault};
use crate::hooks::{check_name, check_text};
use crate::path::{RelativePath, has_end};
use crate::place::Place;
use crate::places::{Clash, Places, area};
use crate::settings::{EditableFolder, FileEntry, FolderEntry, HookSource, Settings};
use crate::tree::Tree;

/// What a wheel is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To be installed anywhere.
    Regular,
    /// To stand for the project's folder on this machine (PEP 660).
    Editable,
}

/// What goes into one kind of wheel.
#[derive(Debug)]
pub struct Payload {
    pub(crate) kind: Kind,
    pub(crate) items: Vec<Item>,
    pub(crate) hooks: Vec<(Place, Request)>,
    pub(crate) path_lines: Vec<(Place, PathBuf)>,
}

/// A file of the project that goes into the wheel.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) place: Place,
    pub(crate) target: Target,
    pub(crate) path: RelativePath,
    pub(crate) file: PathBuf,
    pub(crate) executable: bool,
}

impl Payload {
    /// Looks for everything in the project, before or after its backend has made a wheel.
    ///
    /// # Errors
    /// Whatever is wrong with the settings and with the files that they name, apart from what is in the wheel already.
    pub fn gather(settings: &Settings, project: &Path, kind: Kind) -> Result<Self, Error> {
        let tree = Tree::open(project)?;
        let mut payload = Self { kind, items: Vec::new(), hooks: Vec::new(), path_lines: Vec::new() };
        for hook in &settings.hooks {
            match &hook.source {
                HookSource::File(path) => {
                    let found = tree.file(path, &hook.place)?;
                    let name = path.file_name().and_then(|name| RelativePath::parse(name).ok());
                    payload.items.push(Item {
                        place: hook.place.clone(),
                        target: Target::Root,
                        path: name.expect("settings take hooks with a name only"),
                        file: found.file,
                        executable: false,
                    });
                }
                HookSource::Written { name, call, start, module } => payload.hooks.push((
                    hook.place.clone(),
                    Request {
                        name: name.clone(),
                        entry: call.clone(),
                        policy: *start,
                        requires_python: None,
                        shim: module.clone(),
                    },
                )),
            }
        }
        for file in &settings.files {
            payload.file(&tree, file)?;
        }
        for folder in &settings.folders {
            payload.folder(&tree, folder)?;
        }
        payload.check()?;
        Ok(payload)
    }

    fn file(&mut self, tree: &Tree, entry: &FileEntry) -> Result<(), Error> {
        let found = tree.file(&entry.from, &entry.place)?;
        let executable = entry.executable.unwrap_or(found.executable || is_script(entry.target));
        let (place, target, path) = (entry.place.clone(), entry.target, entry.to.clone());
        self.items.push(Item { place, target, path, file: found.file, executable });
        Ok(())
    }

    fn folder(&mut self, tree: &Tree, entry: &FolderEntry) -> Result<(), Error> {
        check_patterns(tree, entry)?;
        let found = tree.folder(&entry.from, &entry.exclude, &entry.place)?;
        match (self.kind, entry.editable) {
            (Kind::Editable, EditableFolder::None) => return Ok(()),
            (Kind::Editable, EditableFolder::Path) => {
                let front = entry.from.strip_end(&entry.to).expect("settings take such folders only");
                let folder = tree.place_of(&front);
                if let Some(reason) = unwritable(&folder) {
                    return Err(Error::PathLineFolder { place: entry.place.clone(), folder, reason });
                }
                self.path_lines.push((entry.place.clone(), folder));
                return Ok(());
            }
            (Kind::Regular, _) | (Kind::Editable, EditableFolder::Copy) => {}
        }
        for found in found {
            self.items.push(Item {
                place: entry.place.clone(),
                target: entry.target,
                path: entry.to.join(&found.path),
                executable: found.executable || is_script(entry.target),
                file: found.file,
            });
        }
        Ok(())
    }

    /// What can be known to be wrong without the wheel.
    fn check(&self) -> Result<(), Error> {
        let mut places = Places::new();
        let mut claim = |place: &Place, target, path: &str| -> Result<(), Error> {
            let here = || (place.clone(), path.to_owned());
            match places.clash(target, path) {
                None => {}
                Some(Clash::File(_, other)) => {
                    let ((place, target), other) = (here(), Box::new(Place::clone(other)));
                    return Err(Error::Twice { place, other, target });
                }
                Some(Clash::Other(what, other)) => {
                    let ((place, target), other) = (here(), Box::new(Place::clone(other)));
                    return Err(Error::Clash { place, other, target, what: what.into() });
                }
            }
            places.file(target, path, place.clone());
            Ok(())
        };
        for item in &self.items {
            if let Some(fault) = target_fault(item.target, &item.path) {
                let (place, target) = (item.place.clone(), item.path.to_string());
                return Err(Error::Target { place, target, fault });
            }
            check_name(item)?;
            claim(&item.place, item.target, item.path.as_str())?;
            check_text(item)?;
        }
        for (place, request) in &self.hooks {
            let refused = |source| Error::Hook { place: place.clone(), source: Box::new(source) };
            // What it is called in the wheel may depend on the wheel; whether it can be written at all does not.
            let written = pth_hook::write(request).map_err(refused)?;
            for (name, _) in &written.files {
                claim(place, Target::Root, name)?;
            }
        }
        Ok(())
    }
}

/// Refuses patterns that were written from the project's folder on, or from the folder itself on, and would leave nothing out.
fn check_patterns(tree: &Tree, entry: &FolderEntry) -> Result<(), Error> {
    let whole = entry.from.to_string();
    let own = entry.from.file_name().unwrap_or_default();
    for pattern in &entry.exclude {
        let text = pattern.as_str();
        let meant = [&*whole, own].into_iter().find_map(|start| text.strip_prefix(start)?.strip_prefix('/'));
        let (Some(meant), Some((first, _))) = (meant, text.split_once('/')) else { continue };
        let Ok(first) = RelativePath::parse(first) else { continue };
        if !tree.place_of(&entry.from.join(&first)).exists() {
            return Err(Error::Pattern {
                place: entry.place.clone(),
                pattern: text.into(),
                from: Box::new(entry.from.clone()),
                meant: meant.into(),
            });
        }
    }
    Ok(())
}

fn is_script(target: Target) -> bool {
    matches!(target, Target::Scheme(Scheme::Scripts))
}

fn target_fault(target: Target, path: &RelativePath) -> Option<TargetFault> {
    let top = path.as_str().split('/').next().unwrap_or_default();
    if path.is_start() {
        Some(TargetFault::NoName)
    } else if area(target) == 0 && has_end(top, &[".dist-info", ".data"]) {
        Some(TargetFault::Reserved)
    } else if has_end(path.as_str(), &[".pyc", ".pyo"]) || path.as_str().split('/').any(|part| part == "__pycache__") {
        Some(TargetFault::Bytecode)
    } else if is_script(target) && path.as_str().contains('/') {
        Some(TargetFault::ScriptFolder)
    } else {
        MemberName::parse(path.as_str()).err().map(TargetFault::Name)
    }
}

/// Why a folder's name does not survive in a `.pth`, if it does not.
fn unwritable(folder: &Path) -> Option<&'static str> {
    let Some(text) = folder.to_str() else { return Some("its name is not UTF-8") };
    if text.contains(['\n', '\r']) {
        Some("its name has a line break")
    } else if text.trim_end() != text {
        Some("its name ends with a space")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_a_line_cannot_name() {
        let reason = |name: &str| unwritable(Path::new(name));
        assert_eq!(reason("/a b/\u{e4}"), None);
        assert_eq!(reason("/a\nb"), Some("its name has a line break"));
        assert_eq!(reason("/a\rb"), Some("its name has a line break"));
        assert_eq!(reason("/a "), Some("its name ends with a space"));
    }
}
