//! Paths of a request: absolute, and as keys have them.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
};

use cython_driver::Place;

use crate::Error;

/// Paths of a request, made absolute and put into the form that keys have.
pub(crate) struct Paths<'a> {
    pub(crate) place: Option<&'a Place>,
    pub(crate) working_directory: PathBuf,
    /// Whether one of them led through a link.
    pub(crate) through_links: Cell<bool>,
}

impl<'a> Paths<'a> {
    pub(crate) fn new(place: Option<&'a Place>, source: Option<&PathBuf>) -> Self {
        // Where it was removed, relative paths lead nowhere, and absolute ones and texts do well without it.
        let working_directory = std::env::current_dir().unwrap_or_default();
        let paths = Self { place, working_directory, through_links: Cell::new(false) };
        if let Some(source) = source {
            // What lies beside it is what lies where a link leads to now.
            paths.beside_caller(source);
        }
        paths
    }

    pub(crate) fn beside_source(&self, path: &Path) -> PathBuf {
        self.absolute(self.place.map_or(&self.working_directory, |place| &place.folder), path)
    }

    pub(crate) fn beside_caller(&self, path: &Path) -> PathBuf {
        self.absolute(&self.working_directory, path)
    }

    pub(crate) fn absolute(&self, folder: &Path, path: &Path) -> PathBuf {
        let path = folder.join(path);
        let canonical = canonical(&path);
        if canonical != cython_driver::normalised(&path) {
            self.through_links.set(true);
        }
        canonical
    }

    /// Inside the project from the source's folder, so that the project can be moved; else absolute.
    pub(crate) fn in_key(&self, path: &Path) -> Result<String, Error> {
        let inside = self.place.filter(|place| path.starts_with(&place.project));
        let path = inside.map_or_else(|| path.to_owned(), |place| cython_driver::relative(&place.folder, path));
        Self::text(path)
    }

    /// A path as keys have it.
    pub(crate) fn text(path: PathBuf) -> Result<String, Error> {
        path.into_os_string().into_string().map_err(|path| Error::Source {
            label: "the request".into(),
            source: cython_driver::Error::PathNotUtf8 { path: path.into() },
        })
    }
}

/// The path with its links followed, or as it is where nothing is yet: the tools then say what is missing.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The folders to search.
pub(crate) struct Folders {
    pub(crate) include: Vec<PathBuf>,
    pub(crate) library: Vec<PathBuf>,
}

impl Folders {
    /// Folders in arguments are folders like all others: they may be relative, and may move with the project.
    pub(crate) fn lift_all(
        &mut self,
        [environment, in_header, caller]: [&[String]; 3],
        paths: &Paths<'_>,
    ) -> Result<Vec<String>, Error> {
        let beside_caller = |path: &Path| paths.beside_caller(path);
        let mut rest = self.lift(environment, &beside_caller)?;
        rest.extend(self.lift(in_header, &|path: &Path| paths.beside_source(path))?);
        rest.extend(self.lift(caller, &beside_caller)?);
        Ok(rest)
    }

    /// Takes the folders of `-I` and `-L` out of arguments, and makes those of the other options for headers absolute.
    pub(crate) fn lift(
        &mut self,
        arguments: &[String],
        absolute: &dyn Fn(&Path) -> PathBuf,
    ) -> Result<Vec<String>, Error> {
        const OPTIONS: [&str; 5] = ["-I", "-L", "-isystem", "-iquote", "-idirafter"];
        let mut rest = Vec::new();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let option = OPTIONS.into_iter().find_map(|option| Some((option, word.strip_prefix(option)?)));
            let Some((option, value)) = option else {
                rest.push(word.clone());
                continue;
            };
            let value = if value.is_empty() { words.next().map_or("", String::as_str) } else { value };
            let folder = absolute(Path::new(value));
            match option {
                "-I" => self.include.push(folder),
                "-L" => self.library.push(folder),
                _ => rest.extend([option.to_owned(), Paths::text(folder)?]),
            }
        }
        Ok(rest)
    }
}
