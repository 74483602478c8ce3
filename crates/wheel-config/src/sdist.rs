//! What a source distribution must hold for a wheel to be made from it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;
use crate::path::{RelativePath, SourcePath};
use crate::place::{PYPROJECT, Place};
use crate::settings::{Build, HookSource, Settings};
use crate::tree::{Found, Tree};

/// A file that must be in a source distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdistFile {
    /// Where it is below the distribution's top folder.
    pub path: String,
    /// Where it is in the project, or beside it.
    pub source: SourcePath,
    /// Whether it can be run.
    pub executable: bool,
}

/// The files that a source distribution must hold: pyproject.toml, all that is put into wheels, and backends in the project.
///
/// In order of their names, each once. The wheel's own backend knows what it needs besides.
///
/// # Errors
/// Whatever is wrong with the files that the settings name, and names that two of them would share.
pub fn sdist_files(settings: &Settings, project: &Path) -> Result<Vec<SdistFile>, Error> {
    let tree = Tree::open(project)?;
    let mut files = Files::default();
    let pyproject = RelativePath::parse(PYPROJECT).expect("the name of a file is a path");
    files.0.insert(PYPROJECT.to_owned(), (pyproject.into(), false));
    for hook in &settings.hooks {
        if let HookSource::File(path) = &hook.source {
            files.take(path.clone(), tree.file(path, &hook.place)?.executable, &hook.place)?;
        }
    }
    for file in &settings.files {
        files.take(file.from.clone(), tree.file(&file.from, &file.place)?.executable, &file.place)?;
    }
    for folder in &settings.folders {
        for found in tree.folder(&folder.from, &folder.exclude, &folder.place)? {
            files.take(folder.from.join(&found.path), found.executable, &folder.place)?;
        }
    }
    for build in settings.outer.iter().chain([&settings.build]) {
        for found in backend(&tree, build)? {
            files.take(found.path.into(), found.executable, &build.place)?;
        }
    }
    let files = files.0.into_iter();
    Ok(files.map(|(path, (source, executable))| SdistFile { path, source, executable }).collect())
}

/// Files by their names in a source distribution.
#[derive(Default)]
struct Files(BTreeMap<String, (SourcePath, bool)>);

impl Files {
    fn take(&mut self, source: SourcePath, executable: bool, place: &Place) -> Result<(), Error> {
        let path = source.relocated().as_str().to_owned();
        if let Some((other, _)) = self.0.get(&path).filter(|(other, _)| *other != source) {
            let (place, other) = (place.clone(), other.to_string());
            return Err(Error::SameInSdist { place, path: source.to_string(), other });
        }
        self.0.insert(path, (source, executable));
        Ok(())
    }
}

/// The files of a backend that is in the project; the first folder that has it wins, as it does for imports.
fn backend(tree: &Tree, build: &Build) -> Result<Vec<Found>, Error> {
    for folder in &build.backend_path {
        let found = tree.module(folder, build.backend.top(), &build.place)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    if build.backend_path.is_empty() {
        return Ok(Vec::new());
    }
    Err(Error::NoBackend {
        place: build.place.clone(),
        module: build.backend.top().to_owned(),
        folders: build.backend_path.iter().map(ToString::to_string).collect(),
    })
}
