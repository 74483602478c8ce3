//! Programs on disk: which ones are meant, and what is in them.

use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

use crate::Error;

/// The most that is read of one file. What is larger was not written by hand.
const LIMIT: u64 = 256 << 20;
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The text of a program, and what people call it.
#[derive(Debug)]
pub(crate) struct Source {
    /// As it was typed or found.
    pub(crate) name: String,
    /// Where it lies; nowhere if it came through standard input.
    pub(crate) path: Option<PathBuf>,
    /// The text without a byte order mark.
    pub(crate) text: String,
    /// How many bytes of the file stand before the text.
    pub(crate) offset: usize,
}

impl Source {
    /// Reads one program; `-` is standard input.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        if path == Path::new("-") {
            let bytes = limited("<stdin>", io::stdin().lock())?;
            return Self::of("<stdin>".to_owned(), None, bytes);
        }
        let file = fs_err::File::open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::Missing { file: name.clone() },
            _ => Error::Io { source },
        })?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(Error::Folder { file: name });
        }
        let bytes = limited(&name, file)?;
        Self::of(name, Some(path.to_owned()), bytes)
    }

    fn of(name: String, path: Option<PathBuf>, bytes: Vec<u8>) -> Result<Self, Error> {
        let mut text = String::from_utf8(bytes).map_err(|error| not_utf8(&name, &error))?;
        let offset = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        text.drain(..offset);
        Ok(Self { name, path, text, offset })
    }
}

/// All text of standard input.
pub(crate) fn standard_input() -> Result<String, Error> {
    Ok(Source::read(Path::new("-"))?.text)
}

/// The programs that are meant: files and `-` as they are, of a folder the `.plats` files in and below it.
///
/// What cannot be read stands in the list as its error, so that the others are looked at nevertheless.
pub(crate) fn expand(paths: &[PathBuf]) -> Vec<Result<PathBuf, Error>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let inside = programs(path);
            if inside.is_empty() {
                found.push(Err(Error::NoPrograms { folder: path.display().to_string() }));
            }
            found.extend(inside);
        } else {
            found.push(Ok(path.clone()));
        }
    }
    found
}

/// The programs of a folder, without hidden folders, in the order of their names.
fn programs(folder: &Path) -> Vec<Result<PathBuf, Error>> {
    let shown =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(shown);
    let program = |entry: walkdir::Result<walkdir::DirEntry>| match entry {
        Ok(entry) if !entry.path().is_dir() && entry.path().extension().is_some_and(|it| it == "plats") => {
            Some(Ok(entry.into_path()))
        }
        Ok(_) => None,
        Err(error) => Some(Err(Error::Io { source: error.into() })),
    };
    entries.filter_map(program).collect()
}

/// Reads a stream up to the limit.
fn limited(name: &str, stream: impl io::Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    stream.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|source| Error::Io { source })?;
    if bytes.len() as u64 > LIMIT {
        return Err(Error::TooLarge { file: name.to_owned(), limit: LIMIT });
    }
    Ok(bytes)
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Error {
    let at = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let before = String::from_utf8_lossy(&bytes[..at]);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Error::NotUtf8 {
        file: name.to_owned(),
        byte: bytes[at],
        line: before.matches('\n').count() + 1,
        column: before[start..].chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let source = Source::of("a".to_owned(), None, "\u{feff}klap amen".into()).unwrap();
        assert_eq!((source.text.as_str(), source.offset), ("klap amen", 3));
        let source = Source::of("a".to_owned(), None, "klap \u{feff}amen".into()).unwrap();
        assert_eq!((source.text.as_str(), source.offset), ("klap \u{feff}amen", 0));
    }

    #[test]
    fn a_wrong_byte_has_its_place() {
        let error = Source::of("a".to_owned(), None, b"een\nt\xc3\xa9 \xff".to_vec()).unwrap_err();
        assert!(matches!(error, Error::NotUtf8 { byte: 0xff, line: 2, column: 4, .. }), "{error}");
    }

    #[test]
    fn a_folder_stands_for_its_programs() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["b.plats", "a.txt", "sub/a.plats", ".git/x.plats", "sub/.x.plats"] {
            fs_err::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs_err::write(root.join(name), "").unwrap();
        }
        let found: Vec<_> = expand(&[root.to_owned(), "-".into()]).into_iter().map(Result::unwrap).collect();
        assert_eq!(found, [root.join("b.plats"), root.join("sub/a.plats"), "-".into()]);
        fs_err::create_dir(root.join("empty")).unwrap();
        assert!(matches!(expand(&[root.join("empty")])[..], [Err(Error::NoPrograms { .. })]));
    }
}
