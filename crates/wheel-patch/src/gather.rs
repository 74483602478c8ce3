//! Files and folders of the disk as new members.

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use crate::{Addition, Content, Error, NameError, Scheme, Target};

/// What nobody means who names a folder: bytecode, which installers make, and what belongs to version control and file managers.
const LEFT_OUT: [&str; 5] = ["__pycache__", ".git", ".hg", ".svn", ".DS_Store"];
const LEFT_OUT_ENDING: [&str; 2] = [".pyc", ".pyo"];

/// What to add for a file, or for a folder with all that is in it, sorted and without bytecode and folders of version control.
///
/// `path` is the name in the wheel: of the file, or of the folder that a folder's content goes to, which may be empty for
/// none. A file goes by its own name into a path that ends with `/`. Without a path, files and folders keep their name.
/// `executable` is as on disk if it is not given, and true for scripts.
///
/// # Errors
/// [`Error::Io`] when something cannot be read, [`Error::Name`] when a name cannot be one in a wheel, [`Error::NotAFile`] for
/// devices, [`Error::FolderLink`] for links to folders in folders, which might lead anywhere, and [`Error::Nothing`] for a folder without files.
pub fn gather(
    source: &Path,
    target: Target,
    path: Option<&str>,
    executable: Option<bool>,
    replace: bool,
) -> Result<Vec<Addition>, Error> {
    let own_name = || {
        // `..` and `.` are called what they lead to.
        let real = fs_err::canonicalize(source).map_err(io)?;
        text(if source.file_name().is_some() { source } else { &real })
    };
    let is_folder = fs_err::metadata(source).map_err(io)?.is_dir();
    let path = match path {
        None => own_name()?,
        Some(folder) if !is_folder && (folder.is_empty() || folder.ends_with('/')) => {
            format!("{folder}{}", own_name()?)
        }
        Some(path) => path.strip_suffix('/').unwrap_or(path).to_owned(),
    };
    let mut found = Vec::new();
    let mut gather = Gather { target, executable, replace, found: &mut found };
    if is_folder {
        gather.folder(source, &path)?;
    } else {
        gather.file(source, path)?;
    }
    if found.is_empty() { Err(Error::Nothing { path: source.to_owned() }) } else { Ok(found) }
}

struct Gather<'a> {
    target: Target,
    executable: Option<bool>,
    replace: bool,
    found: &'a mut Vec<Addition>,
}

impl Gather<'_> {
    fn file(&mut self, source: &Path, path: String) -> Result<(), Error> {
        let metadata = fs_err::metadata(source).map_err(io)?;
        if metadata.is_dir() {
            return Err(Error::FolderLink { path: source.to_owned() });
        }
        if !metadata.is_file() {
            return Err(Error::NotAFile { path: source.to_owned() });
        }
        let executable = self.executable.unwrap_or_else(|| {
            self.target == Target::Scheme(Scheme::Scripts) || metadata.permissions().mode() & 0o100 != 0
        });
        let (target, replace) = (self.target, self.replace);
        self.found.push(Addition { target, path, content: Content::File(source.to_owned()), executable, replace });
        Ok(())
    }

    fn folder(&mut self, source: &Path, path: &str) -> Result<(), Error> {
        let mut entries = fs_err::read_dir(source).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(io)?;
        entries.sort_by_key(fs_err::DirEntry::file_name);
        for entry in entries {
            let name = text(&entry.path())?;
            if LEFT_OUT.contains(&&*name) || LEFT_OUT_ENDING.iter().any(|ending| name.ends_with(ending)) {
                continue;
            }
            let inner = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if entry.file_type().map_err(io)?.is_dir() {
                self.folder(&entry.path(), &inner)?;
            } else {
                self.file(&entry.path(), inner)?;
            }
        }
        Ok(())
    }
}

/// The last part of a path.
fn text(path: &Path) -> Result<String, Error> {
    let name = path.file_name().unwrap_or_default();
    let wrong = || Error::Name { name: name.to_string_lossy().into_owned(), reason: NameError::NotUtf8 };
    name.to_str().map(str::to_owned).ok_or_else(wrong)
}

fn io(source: std::io::Error) -> Error {
    Error::Io { action: "read what is to be added", source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &Path, path: Option<&str>) -> Vec<String> {
        let found = gather(source, Target::Root, path, None, false).unwrap();
        let shown = |addition: &Addition| format!("{}{}", addition.path, if addition.executable { "*" } else { "" });
        found.iter().map(shown).collect()
    }

    #[test]
    fn files_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        for file in ["b.txt", "a/z.txt", "a/__pycache__/z.pyc", "a.txt", "a/y.pyc", ".git/HEAD", "a/.DS_Store"] {
            let file = data.join(file);
            fs_err::create_dir_all(file.parent().unwrap()).unwrap();
            fs_err::write(&file, "x").unwrap();
        }
        let program = folder.path().join("run");
        fs_err::write(&program, "x").unwrap();
        fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();

        assert_eq!(paths(&data, None), ["data/a/z.txt", "data/a.txt", "data/b.txt"]);
        assert_eq!(paths(&data, Some("x/y/")), ["x/y/a/z.txt", "x/y/a.txt", "x/y/b.txt"]);
        assert_eq!(paths(&data, Some("")), ["a/z.txt", "a.txt", "b.txt"]);
        assert_eq!(paths(&data.join("a/.."), None), ["data/a/z.txt", "data/a.txt", "data/b.txt"]);
        assert_eq!(paths(&program, None), ["run*"]);
        assert_eq!(paths(&program, Some("bin/")), ["bin/run*"]);
        assert_eq!(paths(&program, Some("bin")), ["bin*"]);
        assert_eq!(paths(&data.join("a/y.pyc"), None), ["y.pyc"], "what is named itself is meant");
        let script = |executable| {
            let found = gather(&data.join("b.txt"), Target::Scheme(Scheme::Scripts), None, executable, false).unwrap();
            found[0].executable
        };
        assert!(script(None) && !script(Some(false)), "installers leave the modes of programs as they are");

        let empty = folder.path().join("empty");
        fs_err::create_dir(&empty).unwrap();
        assert!(matches!(gather(&empty, Target::Root, None, None, false), Err(Error::Nothing { .. })));
        fs_err::os::unix::fs::symlink(&data, empty.join("link")).unwrap();
        assert!(matches!(gather(&empty, Target::Root, None, None, false), Err(Error::FolderLink { .. })));
    }
}
