//! The files that a request names, read with mistrust.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use cache_key::{Digest, ModuleName, Syntax};
use cython_driver::Place;

use crate::{BuildRequest, Error, request::SourceText};

/// A source may have so many bytes. Cython needs hours and gigabytes for more.
const LARGEST_SOURCE: u64 = 16 << 20;

/// What marks the top folder of a project.
const PROJECT_MARKS: [&str; 5] = ["pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg"];

/// What stands for the name of a source that is not a file.
const STRING: &str = "<string>";

/// A source as it was found.
pub(crate) struct Read {
    pub(crate) label: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) place: Option<Place>,
    pub(crate) syntax: Syntax,
}

/// `called` is what a text is called.
pub(crate) fn read(source: &SourceText, called: Option<&str>) -> Result<Read, Error> {
    let bounded = |label: &str, size: u64| {
        if size > LARGEST_SOURCE {
            return Err(Error::TooLarge { label: label.to_owned(), size, limit: LARGEST_SOURCE });
        }
        Ok(())
    };
    let path = match source {
        SourceText::Text(text) => {
            let label = called.unwrap_or(STRING).to_owned();
            bounded(&label, text.len() as u64)?;
            let bytes = text.clone().into_bytes();
            return Ok(Read { label, bytes, place: None, syntax: Syntax::Cython });
        }
        SourceText::File(path) => path,
    };
    if let Ok(metadata) = fs_err::metadata(path)
        && metadata.is_file()
    {
        bounded(&path.display().to_string(), metadata.len())?;
    }
    let bytes = read_file(path, "read the source")?;
    let is_written_in = |syntax: &Syntax| path.extension().is_some_and(|extension| extension == syntax.suffix());
    let Some(syntax) = [Syntax::Cython, Syntax::Python].into_iter().find(is_written_in) else {
        return Err(Error::NotPyx { path: path.clone() });
    };
    let file = fs_err::canonicalize(path).map_err(|source| Error::Io { action: "find the source", source })?;
    let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
    let project = project_of(&folder);
    Ok(Read { label: path.display().to_string(), bytes, place: Some(Place { folder, project }), syntax })
}

pub(crate) fn read_file(path: &Path, action: &'static str) -> Result<Vec<u8>, Error> {
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Error::NoFile { path: path.to_owned() },
        _ => Error::Io { action, source },
    };
    // Opening a pipe or a device could wait for ever.
    if !fs_err::metadata(path).map_err(refused)?.is_file() {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    fs_err::read(path).map_err(refused)
}

/// The nearest folder at or above this one that looks like the top of a project, else the folder itself.
pub(crate) fn project_of(folder: &Path) -> PathBuf {
    let is_top = |folder: &&Path| PROJECT_MARKS.iter().any(|mark| folder.join(mark).exists());
    folder.ancestors().find(is_top).unwrap_or(folder).to_owned()
}

pub(crate) fn name_of(path: &Path) -> Result<ModuleName, Error> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    // A dot would make a package of it.
    let name = if stem.contains('.') {
        Err(cache_key::Error::ModuleName { name: stem.into_owned(), reason: "it has a dot" })
    } else {
        stem.parse()
    };
    name.map_err(|source| Error::FileName { path: path.to_owned(), source })
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is laid beside the source.
pub(crate) struct Support {
    /// All of it, by name.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Where those are that are files.
    pub(crate) places: BTreeMap<String, PathBuf>,
    pub(crate) given: Vec<(String, Digest)>,
    pub(crate) by_path: Vec<(String, Digest)>,
}

impl Support {
    pub(crate) fn read(request: &BuildRequest) -> Result<Self, Error> {
        let mut files = request.support_files.clone();
        let digest = |(name, content): (&String, &Vec<u8>)| (name.clone(), Digest::of(content));
        let given = files.iter().map(digest).collect();
        let (mut read, mut places) = (BTreeMap::new(), BTreeMap::new());
        for path in &request.support_paths {
            let name = file_name(path);
            if read.insert(name.clone(), read_file(path, "read the support file")?).is_some()
                || files.contains_key(&name)
            {
                return Err(Error::SupportTwice { name });
            }
            places.insert(name, path.clone());
        }
        let by_path = read.iter().map(digest).collect();
        files.extend(read);
        Ok(Self { files, places, given, by_path })
    }
}
