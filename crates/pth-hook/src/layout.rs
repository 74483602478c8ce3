//! Where an interpreter looks below a prefix.

use std::path::{Path, PathBuf};

use crate::version::Version;

/// The folders of a prefix in which libraries are.
const LIBRARIES: [&str; 2] = ["lib", "lib64"];

/// How the folders of an interpreter's version are called: `python3.12`, `python3.13t`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    /// The name that stands in the path of a site folder.
    pub(crate) fn of_site(site: &Path) -> Option<Self> {
        Self::read(site.parent()?.file_name()?.to_str()?)
    }

    fn read(text: &str) -> Option<Self> {
        let name = Self(text.to_owned());
        text.starts_with("python3.").then(|| name.version()).flatten().map(|_| name)
    }

    /// The version that it stands for.
    pub(crate) fn version(&self) -> Option<Version> {
        self.0.strip_prefix("python")?.trim_end_matches('t').parse().ok()
    }

    fn is_free_threaded(&self) -> bool {
        self.0.ends_with('t')
    }
}

/// Which version's folders a prefix has: those that are wanted if they are there, else those of the newest interpreter. An installation may have the folders of several
/// versions, of which one interpreter sees one.
pub(crate) fn name(prefix: &Path, wanted: Option<Version>) -> Option<Name> {
    let mut names: Vec<(bool, Name)> = Vec::new();
    for entry in ["lib", "lib64", "local/lib"].iter().filter_map(|folder| fs_err::read_dir(prefix.join(folder)).ok()) {
        names.extend(entry.flatten().filter_map(|entry| {
            let name = Name::read(entry.file_name().to_str()?)?;
            let has_library = entry.path().join("os.py").is_file();
            let is_there = ["site-packages", "dist-packages"].iter().any(|kind| entry.path().join(kind).is_dir());
            (has_library || is_there).then_some((has_library, name))
        }));
    }
    let minor = |name: &Name| name.version().map(|version| version.minor);
    let best = |(has_library, name): &&(bool, Name)| (*has_library, minor(name), !name.is_free_threaded());
    let is_wanted = |(_, name): &&(bool, Name)| minor(name) == wanted.map(|version| version.minor);
    let chosen = names.iter().filter(is_wanted).max_by_key(best).or_else(|| names.iter().max_by_key(best));
    chosen.map(|(_, name)| name.clone())
}

/// The site folders of a prefix that are there, in the order in which an interpreter reads them: one that is installed in `installation`, possibly seen from a virtual environment.
pub(crate) fn site_folders(
    prefix: &Path,
    Name(name): &Name,
    installation: Option<&Path>,
    is_virtual: bool,
) -> Vec<PathBuf> {
    // Fedora and its relatives keep the library there. In an environment it is the same folder by another name, and read as another.
    let is_apart = fs_err::canonicalize(prefix.join("lib64")).ok() != fs_err::canonicalize(prefix.join("lib")).ok();
    let is_known =
        installation.is_some_and(|prefix| is_library(prefix, "lib64", name) && !is_library(prefix, "lib", name));
    let libraries: &[&str] = if is_apart || is_known { &["lib64", "lib"] } else { &["lib"] };
    let is_debian = prefix.join("lib/python3/dist-packages").is_dir();
    let mut found = Vec::new();
    if is_virtual || !is_debian {
        found.extend(libraries.iter().map(|libraries| format!("{libraries}/{name}/site-packages")));
    }
    // An interpreter of its own below `/usr/local` has nothing to do with Debian's, whose folder may be there, too.
    if is_debian || !libraries.iter().any(|libraries| is_library(prefix, libraries, name)) {
        found.push(format!("local/lib/{name}/dist-packages"));
        found.push("lib/python3/dist-packages".to_owned());
        found.extend(libraries.iter().map(|libraries| format!("{libraries}/{name}/dist-packages")));
    }
    found.iter().map(|folder| prefix.join(folder)).filter(|folder| folder.is_dir()).collect()
}

/// Whether the library of a version is in a prefix.
pub(crate) fn has_library(prefix: &Path, Name(name): &Name) -> bool {
    LIBRARIES.iter().any(|libraries| is_library(prefix, libraries, name))
}

fn is_library(prefix: &Path, libraries: &str, name: &str) -> bool {
    prefix.join(libraries).join(name).join("os.py").is_file()
}

/// What is on `sys.path` before all site folders.
pub(crate) fn library(installation: &Path, Name(name): &Name) -> Vec<PathBuf> {
    let found = LIBRARIES.into_iter().find(|libraries| is_library(installation, libraries, name));
    let libraries = installation.join(found.unwrap_or("lib"));
    let folder = libraries.join(name);
    vec![libraries.join(format!("{}.zip", name.replace('.', ""))), folder.clone(), folder.join("lib-dynload")]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in a prefix with these folders and files.
    fn found(there: &[&str], wanted: Option<u8>, is_virtual: bool) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        for path in there.iter().map(|path| root.path().join(path)) {
            if path.extension().is_some_and(|ending| ending == "py") {
                fs_err::create_dir_all(path.parent().unwrap()).unwrap();
                fs_err::write(path, "").unwrap();
            } else {
                fs_err::create_dir_all(path).unwrap();
            }
        }
        let Some(name) = name(root.path(), wanted.map(Version::of)) else { return Vec::new() };
        let folders = site_folders(root.path(), &name, Some(root.path()), is_virtual);
        folders.iter().map(|path| path.strip_prefix(root.path()).unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn one_version_is_seen() {
        let several = [
            "lib/python3.9/site-packages",
            "lib/python3.13/site-packages",
            "lib/python3.13t/site-packages",
            "lib/python3.14",
        ];
        assert_eq!(found(&several, None, false), ["lib/python3.13/site-packages"]);
        assert_eq!(found(&several, Some(9), false), ["lib/python3.9/site-packages"]);
        assert_eq!(found(&several, Some(12), false), ["lib/python3.13/site-packages"]);
        assert_eq!(found(&several[2..], None, false), ["lib/python3.13t/site-packages"]);
        let left = ["lib/python3.12/os.py", "lib/python3/dist-packages", "local/lib/python3.13/dist-packages"];
        assert_eq!(found(&left, None, false), ["lib/python3/dist-packages"]);
        assert_eq!(found(&["lib/python3", "lib/pythonic/site-packages"], None, false), [""; 0]);
    }

    #[test]
    fn folders_of_distributions() {
        let debian = [
            "lib/python3/dist-packages",
            "lib/python3.15/os.py",
            "lib/python3.15/dist-packages",
            "lib/python3.15/site-packages",
            "local/lib/python3.15/dist-packages",
        ];
        let dist = ["local/lib/python3.15/dist-packages", "lib/python3/dist-packages", "lib/python3.15/dist-packages"];
        assert_eq!(found(&debian, None, false), dist);
        assert_eq!(found(&debian, None, true)[0], "lib/python3.15/site-packages");
        assert_eq!(found(&debian, None, true)[1..], dist);
        let built = ["lib/python3.12/os.py", "lib/python3.12/dist-packages", "lib/python3.12/site-packages"];
        assert_eq!(found(&built, None, false), ["lib/python3.12/site-packages"]);
        let fedora = ["lib64/python3.12/os.py", "lib64/python3.12/site-packages", "lib/python3.12/site-packages"];
        assert_eq!(found(&fedora, None, false), ["lib64/python3.12/site-packages", "lib/python3.12/site-packages"]);
        let apart = ["lib/python3.12/os.py", "lib64/python3.12/site-packages", "lib/python3.12/site-packages"];
        assert_eq!(found(&apart, None, false), ["lib64/python3.12/site-packages", "lib/python3.12/site-packages"]);
        let of_an_administrator = ["lib/python3.12/dist-packages"];
        assert_eq!(found(&of_an_administrator, None, false), of_an_administrator);
    }

    #[test]
    fn the_library() {
        let root = tempfile::tempdir().unwrap();
        let shown = |name: &str| {
            let paths = library(root.path(), &Name(name.to_owned()));
            paths
                .iter()
                .map(|path| path.strip_prefix(root.path()).unwrap().to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(shown("python3.12"), ["lib/python312.zip", "lib/python3.12", "lib/python3.12/lib-dynload"]);
        fs_err::create_dir_all(root.path().join("lib64/python3.13t")).unwrap();
        fs_err::write(root.path().join("lib64/python3.13t/os.py"), "").unwrap();
        assert_eq!(
            shown("python3.13t"),
            ["lib64/python313t.zip", "lib64/python3.13t", "lib64/python3.13t/lib-dynload"]
        );
    }
}
