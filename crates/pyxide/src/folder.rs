//! Sources in a folder: all that match a pattern, for a batch, or those of a package.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use cache_key::{Digest, ModuleName};
use cython_driver::PackageFiles;
use glob::Pattern;
use walkdir::WalkDir;

use crate::{
    BuildRequest, Error, PackageRequest,
    given::{file_name, read_file},
    request::SourceText,
};

/// What a package's modules may read from each other, by the ends of the files' names.
const DECLARATIONS: [&str; 9] = ["pxd", "pxi", "h", "hh", "hpp", "hxx", "h++", "inc", "ipp"];

/// Folders that hold no sources of their user's.
const PASSED_OVER: [&str; 2] = ["__pycache__", "__pypackages__"];

/// A source that was found in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSource {
    /// What it is called in the folder: its path without the end, such as `sub/fast`.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
    /// The name to compile it for, where the file's own is that of another one, too.
    pub module_name: Option<ModuleName>,
}

/// The files in a folder whose names match a pattern, or whose paths do if there is a slash in it, in the order of their
/// paths. Hidden files and folders are passed over.
///
/// Each is compiled for its own name, as it would be alone. Where several have one name, those in folders further in are
/// compiled for a dotted name that their folders are in.
///
/// # Errors
/// [`Error::Pattern`], [`Error::NoFile`] when there is no such folder, and [`Error::Io`] when it cannot be read.
pub fn sources_in(folder: &Path, pattern: &str, recursive: bool) -> Result<Vec<FoundSource>, Error> {
    let wanted = Pattern::new(pattern)
        .map_err(|source| Error::Pattern { pattern: pattern.to_owned(), reason: source.msg.to_owned() })?;
    let is_wanted = |inside: &str| {
        let name = if pattern.contains('/') { inside } else { inside.rsplit('/').next().unwrap_or_default() };
        wanted.matches(name)
    };
    let files: Vec<String> = files_in(folder, recursive)?.into_iter().filter(|inside| is_wanted(inside)).collect();
    let stem = |inside: &str| {
        let name = inside.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
    };
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for inside in &files {
        *known.entry(stem(inside)).or_default() += 1;
    }
    let found = files.iter().map(|inside| {
        let is_one_of_several = known.get(&stem(inside)).is_some_and(|number| *number > 1);
        let folders = inside.rsplit_once('/').map(|(folders, _)| folders).filter(|_| is_one_of_several);
        let parts = folders.map(|folders| folders.split('/').map(identifier).chain([stem(inside)]).collect::<Vec<_>>());
        FoundSource {
            name: inside.rsplit_once('.').map_or(inside.as_str(), |(name, _)| name).to_owned(),
            path: folder.join(inside),
            // A name that none can have is told when the file is built.
            module_name: parts.and_then(|parts| parts.join(".").parse().ok()),
        }
    });
    Ok(found.collect())
}

impl FoundSource {
    /// The request for it. `options` say all but which source and what name.
    ///
    /// # Errors
    /// As reading its declarations fails.
    pub fn request(&self, options: &BuildRequest) -> Result<BuildRequest, Error> {
        let mut request = BuildRequest { source: SourceText::File(self.path.clone()), ..options.clone() };
        let Some(name) = &self.module_name else { return Ok(request) };
        request.module_name = Some(name.clone());
        // Cython looks for a dotted module's own declarations in folders, not beside it.
        let declarations = self.path.with_extension("pxd");
        if declarations.is_file() {
            let mut files = PackageFiles::default();
            let content = read_file(&declarations, "read the declarations")?;
            files.insert(&format!("{}.pxd", name.as_str().replace('.', "/")), content, Some(declarations));
            request.package_files = Arc::new(files);
        }
        Ok(request)
    }
}

impl PackageRequest {
    /// The package that lies in a folder: its `.pyx` files are compiled, its `.py` files are modules in Python, and its
    /// declarations and headers are there for both.
    ///
    /// # Errors
    /// As [`PackageRequest::new`], and [`Error::NoFile`] when there is no such folder.
    pub fn in_folder(name: ModuleName, folder: &Path, options: &BuildRequest) -> Result<Self, Error> {
        let mut sources = vec![];
        let mut options = options.clone();
        let files = files_in(folder, true)?;
        for inside in &files {
            let Some((stem, end)) = inside.rsplit_once('.') else { continue };
            let path = folder.join(inside);
            match end {
                // A program that lies there is no module.
                "py" if stem.split('/').any(|part| part.parse::<ModuleName>().is_err() && part != "__init__") => {}
                "pyx" | "py" => sources.push((stem.replace('/', "."), SourceText::File(path))),
                // Those of a module are found beside it.
                "pxd" if files.contains(&format!("{stem}.pyx")) => {}
                end if DECLARATIONS.contains(&end) => {
                    options.support_files.insert(inside.clone(), read_file(&path, "read the declarations")?);
                }
                _ => {}
            }
        }
        Self::new(name, sources, &options)
    }
}

/// The paths of the files in a folder, with slashes, in order.
fn files_in(folder: &Path, recursive: bool) -> Result<Vec<String>, Error> {
    if !folder.exists() {
        return Err(Error::NoFile { path: folder.to_owned() });
    }
    if !folder.is_dir() {
        return Err(Error::NotAFolder { path: folder.to_owned() });
    }
    let is_hidden = |name: &str| name.starts_with('.') || PASSED_OVER.contains(&name);
    let walk = WalkDir::new(folder).min_depth(1).max_depth(if recursive { usize::MAX } else { 1 }).sort_by_file_name();
    let mut files = vec![];
    for item in walk.into_iter().filter_entry(|item| item.depth() == 0 || !is_hidden(&file_name(item.path()))) {
        let item = item.map_err(|error| Error::Io { action: "list the folder", source: error.into() })?;
        let inside = item.path().strip_prefix(folder).unwrap_or(item.path());
        // A name that is not text is none that a module could have. A link to a file is one.
        if let Some(inside) = inside.to_str().filter(|_| item.path().is_file()) {
            files.push(inside.to_owned());
        }
    }
    Ok(files)
}

/// A part of a module's name for a folder. One that has to be changed gets digits of its own, so that two stay two.
fn identifier(folder: &str) -> String {
    if folder.parse::<ModuleName>().is_ok() {
        return folder.to_owned();
    }
    let letters = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let digest = Digest::of(folder.as_bytes()).to_string();
    format!("_{}_{}", folder.chars().map(letters).collect::<String>(), &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn what_matches_is_found_and_equal_names_are_told_apart() {
        let there =
            folder(&["a.pyx", "b.pyx", "x.py", "sub/a.pyx", "sub/c.pyx", "my-dir/a.pyx", ".git/d.pyx", "sub/a.pxd"]);
        let found = |pattern: &str, recursive| {
            let found = sources_in(there.path(), pattern, recursive).unwrap().into_iter();
            let name = |found: FoundSource| match found.module_name {
                Some(name) => format!("{} as {name}", found.name),
                None => found.name,
            };
            found.map(name).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(found("*.pyx", false), "a, b");
        assert_eq!(found("*.pyx", true), "a, b, my-dir/a as _my_dir_15d0e9c9.a, sub/a as sub.a, sub/c");
        assert_eq!(found("sub/*.pyx", true), "sub/a, sub/c");
        assert_eq!(found("*.nope", true), "");
        let of = |name: &str| {
            let found = sources_in(there.path(), "*.pyx", true).unwrap();
            found.iter().find(|found| found.name == name).unwrap().request(&BuildRequest::text("")).unwrap()
        };
        assert_eq!(of("sub/a").package_files.digests().keys().collect::<Vec<_>>(), ["sub/a.pxd"]);
        assert!(of("sub/c").package_files.is_empty());
    }

    #[test]
    fn what_is_no_folder_and_no_pattern() {
        let there = folder(&["a.pyx"]);
        let fails = |place: &str, pattern: &str| {
            let error = sources_in(&there.path().join(place), pattern, false).unwrap_err();
            assert!(error.hint().is_some(), "{error}");
            error
        };
        assert!(matches!(fails("nope", "*"), Error::NoFile { .. }));
        assert!(matches!(fails("a.pyx", "*"), Error::NotAFolder { .. }));
        assert!(matches!(fails(".", "a[.pyx"), Error::Pattern { .. }));
    }

    #[test]
    fn a_package_in_a_folder() {
        let there =
            folder(&["__init__.py", "core.pyx", "core.pxd", "util.pxi", "sub/deep.pyx", "sub/tool.py", "my-script.py"]);
        let package =
            PackageRequest::in_folder("mypkg".parse().unwrap(), there.path(), &BuildRequest::text("")).unwrap();
        let names = |names: Vec<&ModuleName>| names.into_iter().map(ModuleName::as_str).collect::<Vec<_>>().join(" ");
        assert_eq!(names(package.modules().keys().collect()), "mypkg.core mypkg.sub.deep");
        assert_eq!(names(package.python().keys().collect()), "mypkg mypkg.sub mypkg.sub.tool");
        let files = package.modules().values().next().unwrap().package_files.digests().keys();
        assert_eq!(
            files.map(String::as_str).collect::<Vec<_>>().join(" "),
            "mypkg/__init__.py mypkg/core.pxd mypkg/sub/__init__.py mypkg/sub/tool.py mypkg/util.pxi"
        );
    }
}
