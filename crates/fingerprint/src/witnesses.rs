//! What an answer rests on.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::FileStamp;

/// Files and folders with the stamps that they had, or their absence: as long as all are the same, nothing has changed.
///
/// A folder's stamp moves when a name in it comes or goes, so it stands for all the names that are not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Witnesses(BTreeMap<PathBuf, Option<FileStamp>>);

impl Witnesses {
    /// Adds one.
    pub fn add(&mut self, path: &Path, stamp: Option<FileStamp>) {
        // Most are added many times: a folder for each name that is not in it.
        if self.0.get(path) != Some(&stamp) {
            self.0.insert(path.to_owned(), stamp);
        }
    }

    /// All of both, when there are both.
    #[must_use]
    pub fn joined(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        one.zip(other).map(|(Self(mut all), Self(others))| {
            all.extend(others);
            Self(all)
        })
    }

    /// Whether all are as they were.
    pub fn hold(&self) -> bool {
        self.0.iter().all(|(path, stamp)| FileStamp::of(path).is_ok_and(|now| now == *stamp))
    }

    /// Their paths and the stamps that these had.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, Option<FileStamp>)> {
        self.0.iter().map(|(path, stamp)| (path.as_path(), *stamp))
    }

    /// Their paths.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.iter().map(|(path, _)| path)
    }
}

impl FromIterator<(PathBuf, Option<FileStamp>)> for Witnesses {
    fn from_iter<I: IntoIterator<Item = (PathBuf, Option<FileStamp>)>>(witnesses: I) -> Self {
        Self(witnesses.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_what_is_not_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut witnesses = Witnesses::default();
        let absent = folder.path().join("absent");
        witnesses.add(folder.path(), FileStamp::of(folder.path()).unwrap());
        witnesses.add(folder.path(), FileStamp::of(folder.path()).unwrap());
        assert_eq!(witnesses.paths().count(), 1);
        assert!(witnesses.hold());
        let mut direct = Witnesses::default();
        direct.add(&absent, None);
        assert!(direct.hold());
        // Until the kernel's clock has ticked.
        while witnesses.hold() {
            fs_err::write(&absent, "").unwrap();
            fs_err::remove_file(&absent).unwrap();
        }
        assert!(direct.hold());
        fs_err::write(&absent, "").unwrap();
        assert!(!direct.hold());
    }
}
