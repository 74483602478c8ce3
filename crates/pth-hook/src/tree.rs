//! Files below a site folder, whether it lies on disk or in a wheel.

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use crate::{version::Version, wheel::Wheel};

/// A place where modules are found.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    /// A folder.
    Folder(PathBuf),
    /// What a wheel puts into a site folder, or into a folder of it.
    Wheel(Rc<Wheel>, String),
}

/// Files that are larger are not read: no module that runs at start is.
const LARGEST: u64 = 4 << 20;

impl Tree {
    /// The text of a file, if there is one and it is text.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(path);
                let metadata = fs_err::metadata(&path).ok()?;
                if !metadata.is_file() || metadata.len() > LARGEST {
                    return None;
                }
                String::from_utf8(fs_err::read(path).ok()?).ok()
            }
            Self::Wheel(wheel, folder) => String::from_utf8(wheel.read(&below(folder, path), LARGEST).ok()??).ok(),
        }
    }

    /// Whether there is such a file or folder.
    pub(crate) fn exists(&self, path: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(path).exists(),
            Self::Wheel(wheel, folder) => wheel.exists(&below(folder, path)),
        }
    }

    /// The source of a module, and whether it is a package.
    pub(crate) fn source(&self, module: &str) -> Option<(String, bool)> {
        let path = module.replace('.', "/");
        let package = self.text(&format!("{path}/__init__.py")).map(|text| (text, true));
        package.or_else(|| Some((self.text(&format!("{path}.py"))?, false)))
    }

    /// Whether a module is there in any form: as source, as an extension, as a folder.
    pub(crate) fn has_module(&self, module: &str) -> bool {
        let path = module.replace('.', "/");
        if self.exists(&path) || self.exists(&format!("{path}.py")) || self.exists(&format!("{path}.pyc")) {
            return true;
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        self.names(folder).iter().any(|file| abi(file, name).is_some())
    }

    /// The file that is loaded for a module of a folder: a package's, an extension that the version loads, the source, or byte code.
    pub(crate) fn module_file(&self, folder: &str, name: &str, version: Version) -> Option<String> {
        self.file_of(&below(folder, name), "__init__", version).or_else(|| self.file_of(folder, name, version))
    }

    fn file_of(&self, folder: &str, name: &str, version: Version) -> Option<String> {
        let mut names = self.names(folder);
        names.sort();
        let is_loaded = |file: &&String| abi(file, name).is_some_and(|abi| is_for(abi, version));
        let extension = names.iter().find(is_loaded);
        let plain = || ["py", "pyc"].iter().map(|ending| format!("{name}.{ending}")).find(|file| names.contains(file));
        let file = extension.cloned().or_else(plain)?;
        Some(below(folder, &file))
    }

    /// The names in a folder.
    fn names(&self, folder: &str) -> Vec<String> {
        match self {
            Self::Folder(root) => {
                let Ok(entries) = fs_err::read_dir(root.join(folder)) else { return Vec::new() };
                entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
            }
            Self::Wheel(wheel, root) => wheel.in_folder(&below(root, folder)).map(str::to_owned).collect(),
        }
    }

    /// The RECORD files, each with the name and version of its distribution.
    pub(crate) fn records(&self) -> Vec<(String, String)> {
        match self {
            Self::Folder(folder) => {
                let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
                let mut names: Vec<String> =
                    entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
                names.sort();
                let records = names.iter().filter_map(|name| {
                    Some((name.strip_suffix(".dist-info")?.replacen('-', " ", 1), record(&folder.join(name))?))
                });
                records.collect()
            }
            Self::Wheel(wheel, _) => wheel.record().into_iter().collect(),
        }
    }
}

/// A path below a folder, which may be none.
pub(crate) fn below(folder: &str, path: &str) -> String {
    let parts = [folder, path].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("/")
}

/// What stands between the name of a module and the ending of an extension: the ABI that it is for; nothing if the file is no extension of that name.
fn abi<'a>(file: &'a str, module: &str) -> Option<&'a str> {
    let rest = file.strip_prefix(module)?.strip_prefix('.')?;
    let abi = ["so", "pyd"].iter().find_map(|ending| rest.strip_suffix(ending))?;
    if abi.is_empty() { Some(abi) } else { abi.strip_suffix('.') }
}

/// Whether a version loads extensions for an ABI.
fn is_for(abi: &str, version: Version) -> bool {
    let number = ["cpython-3", "cp3"].iter().find_map(|begin| abi.strip_prefix(begin));
    number.is_none_or(|rest| {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse() == Ok(version.minor)
    })
}

fn record(info: &Path) -> Option<String> {
    fs_err::read_to_string(info.join("RECORD")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_for_a_module() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::Folder(folder.path().to_owned());
        let found = |name: &str| tree.module_file("", name, Version::of(12));
        let add = |name: &str| {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
            found("m")
        };
        assert_eq!(found("m"), None);
        for (name, loaded) in [
            ("mm.py", None),
            ("m/data.txt", None),
            ("m.cpython-311-x86_64-linux-gnu.so", None),
            ("m.pyc", Some("m.pyc")),
            ("m.py", Some("m.py")),
            ("m.cpython-312-x86_64-linux-gnu.so", Some("m.cpython-312-x86_64-linux-gnu.so")),
            ("m.abi3.so", Some("m.abi3.so")),
            ("m/__init__.pyc", Some("m/__init__.pyc")),
            ("m/__init__.py", Some("m/__init__.py")),
        ] {
            assert_eq!(add(name).as_deref(), loaded, "{name}");
        }
        fs_err::write(folder.path().join("n.so"), "").unwrap();
        assert_eq!(found("n").as_deref(), Some("n.so"));
        assert_eq!(tree.module_file("m", "__init__", Version::of(12)).as_deref(), Some("m/__init__.py"));
    }
}
