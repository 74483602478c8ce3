//! What a source distribution must hold for a wheel to be made from it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;
use crate::place::PYPROJECT;
use crate::settings::{Build, HookSource, Settings};
use crate::tree::{Found, Tree};

/// A file that must be in a source distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdistFile {
    /// Where it is, below the project and below the distribution's top folder.
    pub path: String,
    /// Whether it can be run.
    pub executable: bool,
}

/// The files that a source distribution must hold: pyproject.toml, all that is put into wheels, and backends in the project.
///
/// In order of their names, each once. The wheel's own backend knows what it needs besides.
///
/// # Errors
/// Whatever is wrong with the files that the settings name.
pub fn sdist_files(settings: &Settings, project: &Path) -> Result<Vec<SdistFile>, Error> {
    let tree = Tree::open(project)?;
    let mut files = BTreeMap::from([(PYPROJECT.to_owned(), false)]);
    let mut take = |found: Found| files.insert(found.path.as_str().to_owned(), found.executable);
    for hook in &settings.hooks {
        if let HookSource::File(path) = &hook.source {
            take(tree.file(path, &hook.place)?);
        }
    }
    for file in &settings.files {
        take(tree.file(&file.from, &file.place)?);
    }
    for folder in &settings.folders {
        for found in tree.folder(&folder.from, &folder.exclude, &folder.place)? {
            take(Found { path: folder.from.join(&found.path), ..found });
        }
    }
    for build in settings.outer.iter().chain([&settings.build]) {
        backend(&tree, build)?.into_iter().for_each(|found| {
            take(found);
        });
    }
    Ok(files.into_iter().map(|(path, executable)| SdistFile { path, executable }).collect())
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
