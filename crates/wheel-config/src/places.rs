//! Places in an installation, as the file systems see them that cannot tell some of them apart.

use std::collections::BTreeMap;

use wheel_patch::{Scheme, Target};

/// Files and folders of an installation, each with who puts it there.
#[derive(Debug)]
pub(crate) struct Places<T> {
    files: BTreeMap<Key, (String, T)>,
    folders: BTreeMap<Key, (String, T)>,
}

/// An area, and a path in it. Names that differ by case alone are one on some systems.
type Key = (u8, String);

/// What leaves no room for a file.
#[derive(Debug)]
pub(crate) enum Clash<'p, T> {
    /// A file at the same place, whatever its spelling is.
    File(&'p str, &'p T),
    /// A folder at the same place, a file where a folder should be, or a folder in another spelling.
    Other(String, &'p T),
}

impl<T: Clone> Places<T> {
    pub(crate) fn new() -> Self {
        Self { files: BTreeMap::new(), folders: BTreeMap::new() }
    }

    /// Takes a file in. The first owner of a place keeps it.
    pub(crate) fn file(&mut self, target: Target, path: &str, owner: T) {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.folder(target, parent, &owner);
        }
        self.files.entry(key(target, path)).or_insert_with(|| (path.to_owned(), owner));
    }

    /// Takes a folder in, with all above it.
    pub(crate) fn folder(&mut self, target: Target, path: &str, owner: &T) {
        for folder in parents(path).chain([path]) {
            self.folders.entry(key(target, folder)).or_insert_with(|| (folder.to_owned(), owner.clone()));
        }
    }

    /// What is in the way of a file, if anything is.
    pub(crate) fn clash(&self, target: Target, path: &str) -> Option<Clash<'_, T>> {
        if let Some((other, owner)) = self.files.get(&key(target, path)) {
            return Some(Clash::File(other, owner));
        }
        if let Some((other, owner)) = self.folders.get(&key(target, path)) {
            return Some(Clash::Other(format!("the folder `{other}`"), owner));
        }
        parents(path).find_map(|parent| {
            let key = key(target, parent);
            if let Some((other, owner)) = self.files.get(&key) {
                return Some(Clash::Other(format!("the file `{other}`"), owner));
            }
            let (other, owner) = self.folders.get(&key).filter(|(other, _)| other != parent)?;
            Some(Clash::Other(format!("the folder `{other}`, which is the same as `{parent}` on some systems,"), owner))
        })
    }
}

fn key(target: Target, path: &str) -> Key {
    (area(target), path.to_lowercase())
}

fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end])
}

/// Where installers put it: what is below the root lies with pure or with other libraries, which are one folder on most systems.
pub(crate) fn area(target: Target) -> u8 {
    match target {
        Target::Root | Target::Scheme(Scheme::Purelib | Scheme::Platlib) => 0,
        Target::Scheme(Scheme::Headers) => 1,
        Target::Scheme(Scheme::Scripts) => 2,
        Target::Scheme(Scheme::Data) => 3,
    }
}

/// Below what a member of a wheel is installed, and at which path there.
pub(crate) fn installed<'n>(stem: &str, member: &'n str) -> (Target, &'n str) {
    const SCHEMES: [Scheme; 5] = [Scheme::Purelib, Scheme::Platlib, Scheme::Headers, Scheme::Scripts, Scheme::Data];
    let in_data = member.strip_prefix(stem).and_then(|rest| rest.strip_prefix(".data/"));
    let placed = in_data.and_then(|rest| {
        let (name, path) = rest.split_once('/')?;
        let scheme = SCHEMES.into_iter().find(|scheme| scheme.name() == name)?;
        Some((Target::Scheme(scheme), path))
    });
    placed.unwrap_or((Target::Root, member))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_members_are_installed() {
        let place = |member| installed("a-1", member);
        assert_eq!(place("a/b.py"), (Target::Root, "a/b.py"));
        assert_eq!(place("a-1.data/purelib/a/b.py"), (Target::Scheme(Scheme::Purelib), "a/b.py"));
        assert_eq!(place("a-1.data/scripts/x"), (Target::Scheme(Scheme::Scripts), "x"));
        assert_eq!(place("a-1.data/other/x"), (Target::Root, "a-1.data/other/x"));
    }
}
