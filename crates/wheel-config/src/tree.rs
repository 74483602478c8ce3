//! The project's files, as far as settings name them. Nothing is read but names, kinds and modes.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use walkdir::{DirEntry, WalkDir};

use crate::error::{Error, TreeFault};
use crate::path::{RelativePath, SourcePath};
use crate::place::Place;

/// What is never taken along: bytecode, which installers make, and what belongs to version control and file managers.
const NEVER: &[&str] = &["__pycache__", ".git", ".hg", ".svn", ".DS_Store"];
const NEVER_ENDING: &[&str] = &[".pyc", ".pyo"];

/// The folder of a pyproject.toml.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Its real path.
    pub(crate) root: PathBuf,
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it is below what was asked for; the start, if it was asked for itself.
    pub(crate) path: RelativePath,
    /// Where it is.
    pub(crate) file: PathBuf,
    /// Whether it can be run.
    pub(crate) executable: bool,
}

impl Tree {
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        let root =
            fs_err::canonicalize(root).map_err(|source| Error::Io { action: "find the project's folder", source })?;
        Ok(Self { root })
    }

    /// A file that must be there.
    pub(crate) fn file(&self, path: &SourcePath, place: &Place) -> Result<Found, Error> {
        let real = self.real(path, place)?;
        let metadata = metadata(&real)?;
        let fault = if metadata.is_file() {
            return Ok(Found { path: path.path.clone(), executable: is_executable(&metadata), file: real });
        } else if metadata.is_dir() {
            TreeFault::IsFolder
        } else {
            TreeFault::Special
        };
        Err(tree_error(place, path.to_string(), fault))
    }

    /// The files of a folder that must be there and hold some, in order of their names.
    pub(crate) fn folder(&self, path: &SourcePath, exclude: &[Pattern], place: &Place) -> Result<Vec<Found>, Error> {
        let folder = self.real(path, place)?;
        if !metadata(&folder)?.is_dir() {
            return Err(tree_error(place, path.to_string(), TreeFault::IsFile));
        }
        let root = self.start_of(path);
        let mut found = Vec::new();
        let kept = |entry: &DirEntry| !is_excluded(entry, &folder, exclude);
        let walk = WalkDir::new(&folder).follow_links(true).min_depth(1).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(kept) {
            let entry = entry.map_err(|error| self.refusal(&error, place))?;
            let below = entry.path().strip_prefix(&folder).unwrap_or(entry.path());
            let shown = || path.join_shown(below);
            if entry.path_is_symlink() {
                stays_inside(root, entry.path(), shown(), place)?;
            }
            if entry.file_type().is_dir() {
                continue;
            }
            if !entry.file_type().is_file() {
                return Err(tree_error(place, shown(), TreeFault::Special));
            }
            let name = below.to_str().and_then(|text| RelativePath::parse(text).ok());
            let Some(name) = name else {
                let fault = TreeFault::Name(below.to_string_lossy().escape_debug().to_string());
                return Err(tree_error(place, path.to_string(), fault));
            };
            let executable = is_executable(&metadata(entry.path())?);
            found.push(Found { path: name, file: entry.into_path(), executable });
        }
        if found.is_empty() {
            return Err(tree_error(place, path.to_string(), TreeFault::Empty));
        }
        Ok(found)
    }

    /// The module or package of an in-tree backend: its files below the project, and none where it is not.
    pub(crate) fn module(&self, folder: &RelativePath, name: &str, place: &Place) -> Result<Vec<Found>, Error> {
        let at = |name: &str| {
            let name = RelativePath::parse(name).expect("the name of a module is a path, too");
            folder.join(&name)
        };
        let package = at(name);
        if package.below(&self.root).is_dir() {
            let files = self.folder(&package.clone().into(), &[], place)?;
            return Ok(files.into_iter().map(|it| Found { path: package.join(&it.path), ..it }).collect());
        }
        let module = at(&format!("{name}.py"));
        if module.below(&self.root).is_file() { Ok(vec![self.file(&module.into(), place)?]) } else { Ok(Vec::new()) }
    }

    /// Where something of the project is; nothing is looked for.
    pub(crate) fn place_of(&self, path: &SourcePath) -> PathBuf {
        path.path.below(self.start_of(path))
    }

    /// The folder that a path starts from, which no link may lead out of: the project's, or one above it.
    fn start_of(&self, path: &SourcePath) -> &Path {
        // Above the uppermost folder is that folder, as it is to the system.
        self.root.ancestors().take(path.up + 1).last().unwrap_or(&self.root)
    }

    /// The real path of something that must be there, below the folder where its path starts.
    fn real(&self, path: &SourcePath, place: &Place) -> Result<PathBuf, Error> {
        stays_inside(self.start_of(path), &self.place_of(path), path.to_string(), place)
    }

    fn refusal(&self, error: &walkdir::Error, place: &Place) -> Error {
        let path = error.path().map(|path| path.strip_prefix(&self.root).unwrap_or(path));
        let shown = path.map(|path| path.display().to_string()).unwrap_or_default();
        match error.io_error() {
            None => tree_error(place, shown, TreeFault::Loop),
            Some(source) if source.kind() == ErrorKind::NotFound => tree_error(place, shown, TreeFault::Missing),
            Some(source) => Error::Io {
                action: "list a folder of the project",
                source: std::io::Error::new(source.kind(), format!("`{shown}`: {source}")),
            },
        }
    }
}

fn stays_inside(root: &Path, path: &Path, shown: String, place: &Place) -> Result<PathBuf, Error> {
    let real = match fs_err::canonicalize(path) {
        Ok(real) => real,
        // A link that leads nowhere is as good as nothing.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(tree_error(place, shown, TreeFault::Missing));
        }
        Err(source) => return Err(Error::Io { action: "follow a path of the project", source }),
    };
    if real.starts_with(root) { Ok(real) } else { Err(tree_error(place, shown, TreeFault::LeadsOut(real))) }
}

impl SourcePath {
    /// A path below this one for people, whatever its characters are.
    fn join_shown(&self, below: &Path) -> String {
        if self.up == 0 && self.path.is_start() {
            below.display().to_string()
        } else {
            format!("{self}/{}", below.display())
        }
    }
}

fn tree_error(place: &Place, path: String, fault: TreeFault) -> Error {
    Error::Tree { place: place.clone(), path, fault }
}

fn metadata(path: &Path) -> Result<std::fs::Metadata, Error> {
    fs_err::metadata(path).map_err(|source| Error::Io { action: "look at a file of the project", source })
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}

fn is_excluded(entry: &DirEntry, folder: &Path, exclude: &[Pattern]) -> bool {
    const OPTIONS: MatchOptions =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };
    let name = entry.file_name().to_string_lossy();
    if NEVER.contains(&&*name) || NEVER_ENDING.iter().any(|end| name.ends_with(end)) {
        return true;
    }
    let below = entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_string_lossy();
    exclude.iter().any(|pattern| {
        let text = if pattern.as_str().contains('/') { &below } else { &name };
        pattern.matches_with(text, OPTIONS)
    })
}
