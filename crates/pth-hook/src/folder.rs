//! The files of a site folder that an interpreter looks at when it starts.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use crate::Error;

/// A `site-packages` folder, as far as it matters at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFolder {
    /// Where it is; absolute.
    pub path: PathBuf,
    /// Its `.pth` and `.start` files, in any order.
    pub files: Vec<SiteFile>,
}

/// A `.pth` or `.start` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    /// Its name in the folder.
    pub name: OsString,
    /// What is in it.
    pub content: Content,
    /// Whether the system calls it hidden, which Windows and macOS can do.
    pub hidden: bool,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// It is a folder, a link to nothing, or may not be read: an interpreter goes on without it.
    ///
    /// It stands for pipes and devices, too, which an interpreter would open, and might wait for.
    Unreadable,
}

impl SiteFolder {
    /// Reads the files of a folder. Nothing else in it is looked at.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mut files = Vec::new();
        for entry in fs_err::read_dir(path).map_err(Error::io("list the folder"))? {
            let entry = entry.map_err(Error::io("list the folder"))?;
            let name = entry.file_name();
            if !is_pth(&name) && !is_start(&name) {
                continue;
            }
            let content = content(&entry.path()).unwrap_or(Content::Unreadable);
            files.push(SiteFile { name, content, hidden: false });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { path: path.to_owned(), files })
    }
}

impl SiteFile {
    /// A file that is not hidden.
    pub fn new(name: impl Into<OsString>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), content: Content::Bytes(bytes.into()), hidden: false }
    }

    /// Whether its name begins with a dot, or the system calls it hidden.
    pub fn is_hidden(&self) -> bool {
        self.hidden || self.name.as_bytes().starts_with(b".")
    }
}

/// Whether a name is one of a `.pth` file.
pub(crate) fn is_pth(name: &OsStr) -> bool {
    name.as_bytes().ends_with(b".pth")
}

/// Whether a name is one of a `.start` file.
pub(crate) fn is_start(name: &OsStr) -> bool {
    name.as_bytes().ends_with(b".start")
}

/// By which Python sorts names: their code points, where bytes that are no UTF-8 stand for code points of their own.
pub(crate) fn sort_key(name: &OsStr) -> Vec<u32> {
    let mut key = Vec::new();
    for chunk in name.as_bytes().utf8_chunks() {
        key.extend(chunk.valid().chars().map(u32::from));
        key.extend(chunk.invalid().iter().map(|byte| 0xDC00 + u32::from(*byte)));
    }
    key
}

fn content(path: &Path) -> io::Result<Content> {
    if fs_err::metadata(path)?.is_file() { Ok(Content::Bytes(fs_err::read(path)?)) } else { Ok(Content::Unreadable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_as_python_sorts_them() {
        let mut names: Vec<&OsStr> = [
            &b"b.pth"[..],
            b"B.pth",
            "\u{ff5e}.pth".as_bytes(),
            b"\xff.pth",
            b"\xfe.pth",
            b"_.pth",
            "\u{1f40d}.pth".as_bytes(),
        ]
        .map(OsStr::from_bytes)
        .to_vec();
        names.sort_by_key(|name| sort_key(name));
        let first: Vec<&[u8]> = names.iter().map(|name| name.as_bytes().strip_suffix(b".pth").unwrap()).collect();
        assert_eq!(first, [&b"B"[..], b"_", b"b", b"\xfe", b"\xff", "\u{ff5e}".as_bytes(), "\u{1f40d}".as_bytes()]);
    }

    #[test]
    fn only_hooks_are_read() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.pth", "b.start", "c.py", "pth", ".pth"] {
            fs_err::write(folder.path().join(name), name).unwrap();
        }
        fs_err::create_dir(folder.path().join("d.pth")).unwrap();
        let read = SiteFolder::read(folder.path()).unwrap();
        let names: Vec<_> =
            read.files.iter().map(|file| (file.name.to_str().unwrap(), file.content == Content::Unreadable)).collect();
        assert_eq!(names, [(".pth", false), ("a.pth", false), ("b.start", false), ("d.pth", true)]);
    }
}
