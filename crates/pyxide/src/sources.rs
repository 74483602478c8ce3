//! Where a request's sources lie, in the spelling that tracebacks show.
//!
//! Python shows the path that the caller wrote, made absolute. What else the build read is known by the folders it came
//! from, whose links have been followed; where the caller came to the project by a link, its files are shown by that.

use std::{
    os::unix::fs::MetadataExt as _,
    path::{Component, Path, PathBuf},
};

use cython_driver::{Place, source_links};
use ext_loader::Sources;

use crate::{BuildRequest, prepared::Prepared, request::SourceText};

/// Where the sources of a request lie, found before the build, during which the working directory may change.
pub(crate) struct Lying {
    main: Option<PathBuf>,
    others: Vec<(String, PathBuf)>,
}

impl Lying {
    pub(crate) fn of(request: &BuildRequest, prepared: &Prepared) -> Self {
        let main = match &request.source {
            SourceText::File(path) => Some(written(path)),
            // No path: whoever calls it so knows its lines.
            SourceText::Text(_) => request.label.as_ref().map(PathBuf::from),
        };
        let place = prepared.place.as_ref();
        let folders = source_links(place, &prepared.include_dirs).map(|(name, folder)| {
            let spelled = main.as_ref().zip(place).filter(|(_, place)| folder == place.project);
            (name, spelled.map_or_else(|| folder.to_owned(), |(main, place)| project(main, place)))
        });
        let files = request.support_paths.iter().filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().into_owned();
            Some((name, written(path)))
        });
        let others = folders.chain(files).collect();
        Self { main, others }
    }

    /// Tells a module that was built or found for the request. `name` is that of its main source.
    pub(crate) fn tell(self, sources: &mut Sources, name: &str) {
        for (name, path) in self.others {
            sources.insert(name, path);
        }
        if let Some(main) = self.main {
            sources.insert(name, main);
        }
    }
}

/// A path as the caller wrote it, made absolute.
fn written(path: &Path) -> PathBuf {
    let absolute = || std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // The folder above a link's is not the one above what it leads to.
    let goes_up = path.components().any(|component| component == Component::ParentDir);
    let (Some(folder), Some(name), true) = (path.parent(), path.file_name(), goes_up) else { return absolute() };
    fs_err::canonicalize(folder).map_or_else(|_| absolute(), |folder| folder.join(name))
}

/// The top folder of the project that a file is in, by the file's own path if that leads through it.
fn project(file: &Path, place: &Place) -> PathBuf {
    let same = |one: &Path, other: &Path| {
        let identity = |path| fs_err::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        identity(one).is_some_and(|one| identity(other) == Some(one))
    };
    let folder = file.parent().unwrap_or(Path::new("/"));
    let inside = place.folder.strip_prefix(&place.project).unwrap_or(Path::new(""));
    if folder == place.folder || !folder.ends_with(inside) {
        return place.project.clone();
    }
    let top = folder.ancestors().nth(inside.components().count()).filter(|top| same(top, &place.project));
    top.unwrap_or(&place.project).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn importers_say_it_where_modules_look() {
        assert_eq!(Sources::LOADER_STATE, cython_driver::LOADER_STATE);
    }

    #[test]
    fn the_main_file_is_spelled_as_the_caller_did() {
        let check = |path: &str, expected: &Path| assert_eq!(written(Path::new(path)), expected, "{path}");
        let here = std::env::current_dir().unwrap();
        check("/a/./b//m.pyx", Path::new("/a/b/m.pyx"));
        check("m.pyx", &here.join("m.pyx"));
        check("./src/m.pyx", &here.join("src/m.pyx"));
        check("src/../m.pyx", &here.canonicalize().unwrap().join("m.pyx"));
        check("/nowhere/../m.pyx", Path::new("/nowhere/../m.pyx"));
    }

    #[test]
    fn a_link_to_the_project_is_followed_only_when_it_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        for name in ["home/project/src", "other/src"] {
            fs_err::create_dir_all(real.join(name)).unwrap();
        }
        fs_err::os::unix::fs::symlink("home", real.join("link")).unwrap();
        fs_err::os::unix::fs::symlink("../home/project/src", real.join("other/link")).unwrap();
        let place = Place { folder: real.join("home/project/src"), project: real.join("home/project") };
        let check = |file: &str, expected: &str| {
            assert_eq!(project(&real.join(file), &place), real.join(expected), "{file}");
        };
        check("home/project/src/m.pyx", "home/project");
        check("link/project/src/m.pyx", "link/project");
        check("other/link/m.pyx", "home/project");
        check("other/src/m.pyx", "home/project");
    }
}
