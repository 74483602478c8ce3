//! Files below a site folder, whether it lies on disk or in a wheel.

use std::path::{Path, PathBuf};

use crate::wheel::Wheel;

/// A place where modules are found.
#[derive(Debug)]
pub(crate) enum Tree {
    /// A folder.
    Folder(PathBuf),
    /// What a wheel puts into a site folder.
    Wheel(Wheel),
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
            Self::Wheel(wheel) => String::from_utf8(wheel.read(path, LARGEST).ok()??).ok(),
        }
    }

    /// Whether there is such a file or folder.
    pub(crate) fn exists(&self, path: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(path).exists(),
            Self::Wheel(wheel) => wheel.exists(path),
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
        // An extension's name has its ABI in it.
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let is_extension = |file: &str| {
            file.strip_prefix(name).is_some_and(|rest| {
                rest.starts_with('.') && [".so", ".pyd"].iter().any(|ending| rest.ends_with(ending))
            })
        };
        match self {
            Self::Folder(root) => fs_err::read_dir(root.join(folder))
                .is_ok_and(|files| files.flatten().any(|file| file.file_name().to_str().is_some_and(is_extension))),
            Self::Wheel(wheel) => wheel.in_folder(folder).any(is_extension),
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
            Self::Wheel(wheel) => wheel.record().into_iter().collect(),
        }
    }
}

fn record(info: &Path) -> Option<String> {
    fs_err::read_to_string(info.join("RECORD")).ok()
}
