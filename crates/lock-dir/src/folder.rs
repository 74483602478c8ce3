//! The lock folder: made when needed, made again when a collector has just removed it.
//!
//! ```text
//! <folder>/            0700
//!     lock             0600, always empty: it is locked, never written
//!     owner.json       who holds it, for people; written through owner.json.new
//! ```

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::file_system::{self, FileSystem};

pub(crate) const LOCK_FILE: &str = "lock";

/// How often a folder or lock file may vanish between making and using it, before that is an error.
pub(crate) const ATTEMPTS: usize = 100;

/// Makes the folder, and gives the one name by which all threads of this process know it, and the file system if that
/// is shared between machines.
pub(crate) fn prepare(folder: &Path) -> Result<(PathBuf, Option<&'static FileSystem>), Error> {
    let look = || {
        let canonical = fs_err::canonicalize(folder)?;
        let shared = file_system::shared(&canonical)?;
        Ok((canonical, shared))
    };
    with(folder, look).map_err(Error::io("create the lock folder"))
}

/// Does something in the folder, which exists then, unless it is removed at that very moment: then once more.
pub(crate) fn with<T>(folder: &Path, mut action: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut attempt = || {
        create(folder)?;
        action()
    };
    for _ in 1..ATTEMPTS {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => return result,
        }
    }
    attempt()
}

fn create(folder: &Path) -> io::Result<()> {
    // `fs_err` has no builder with a mode.
    match std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder) {
        // There is something, and a moment later it is no folder. Was it just removed, then the action fails, and both
        // are done again. Is it a file, then the action fails and says so.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            let text = format!("failed to create directory `{}`: {error}", folder.display());
            Err(io::Error::new(error.kind(), text))
        }
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_vanishes_is_made_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("3f/key");
        let mut collections = 3;
        let action = || {
            if collections > 0 {
                collections -= 1;
                fs_err::remove_dir_all(root.path())?;
            }
            fs_err::canonicalize(&folder)
        };
        assert_eq!(with(&folder, action).unwrap(), folder);
        assert_eq!(collections, 0);
    }

    #[test]
    fn an_absence_that_lasts_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let error = with(root.path(), || fs_err::canonicalize(root.path().join("absent"))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
