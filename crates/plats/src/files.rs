//! Files that are written: whole or not at all, and never over somebody else's.
//!
//! What `plats build` writes ends with a line that names its source and has a digest of all that stands above it. A file
//! is ours if that digest is right: whoever edits it makes it theirs. The line is the last one, so that all others keep
//! the number of the line that they come from.

use std::{io::Write as _, path::Path};

use crate::Error;

const MARK: &str = "# plats build ";

/// Writes a file in one step: a reader sees the old text or the new one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::Io { source };
    // A link stays one, and what it leads to gets the text.
    let path = fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let before = fs_err::metadata(&path).ok().map(|metadata| metadata.permissions());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".plats-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let named = |source: std::io::Error| {
        // The name of the temporary file would help nobody.
        let text = format!("cannot write `{}`: {}", path.display(), plain(&source));
        failed(std::io::Error::new(source.kind(), text))
    };
    let mut file = builder.tempfile_in(folder).map_err(named)?;
    file.write_all(text.as_bytes()).map_err(named)?;
    if let Some(permissions) = before {
        file.as_file().set_permissions(permissions).map_err(named)?;
    }
    file.persist(&path).map_err(|error| named(error.error))?;
    Ok(())
}

/// What the system says, without a path that was put before it.
fn plain(error: &std::io::Error) -> String {
    error.raw_os_error().map_or_else(
        || {
            let text = error.to_string();
            text.split(" at path ").next().unwrap_or_default().to_owned()
        },
        |code| std::io::Error::from_raw_os_error(code).to_string(),
    )
}

/// Python with the line that makes it ours.
pub(crate) fn marked(python: &str, source: &str) -> String {
    let name: String = source.chars().map(|it| if it.is_control() { '?' } else { it }).collect();
    let above = if python.is_empty() || python.ends_with('\n') { python.to_owned() } else { format!("{python}\n") };
    format!("{above}{MARK}{} {name}\n", digest(&above))
}

/// Whether a text is as this command wrote it.
pub(crate) fn is_ours(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let start = body.rfind('\n').map_or(0, |newline| newline + 1);
    let (above, last) = body.split_at(start);
    last.strip_prefix(MARK).and_then(|rest| rest.split(' ').next()).is_some_and(|found| found == digest(above))
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_known_until_somebody_edits_it() {
        for python in ["", "print(1)\n", "\nprint(1)\n\n"] {
            let text = marked(python, "a\nb.plats");
            assert!(text.starts_with(python) && is_ours(&text), "{text:?}");
            assert_eq!(text.lines().count(), python.lines().count() + 1);
            assert!(!is_ours(&text.replacen('#', "x = 1\n#", 1)));
            assert!(!is_ours(python));
        }
    }

    #[test]
    fn a_file_is_replaced_with_its_permissions_and_its_link() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.py"), folder.path().join("b.py"));
        replace(&file, "1").unwrap();
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o750)).unwrap();
        std::os::unix::fs::symlink("a.py", &link).unwrap();
        replace(&link, "2").unwrap();
        assert_eq!(fs_err::read_to_string(&file).unwrap(), "2");
        assert_eq!(fs_err::metadata(&file).unwrap().permissions().mode() & 0o777, 0o750);
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 2);
        let error = replace(&folder.path().join("no/x.py"), "").unwrap_err().to_string();
        assert!(error.contains("no/x.py") && !error.contains(".plats-"), "{error}");
    }
}
