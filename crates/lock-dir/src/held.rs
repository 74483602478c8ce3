//! The lock itself, as a value.

use std::fmt;
use std::io;
use std::path::Path;

use crate::folder::LOCK_FILE;
use crate::table::Place;
use crate::{Error, owner};

/// A lock, held until this is dropped. Give `&Held` to what must not happen without it.
///
/// References may go to other threads; the value stays in the thread that acquired it. A copy in a forked process
/// locks nothing, and dropping it there releases nothing.
#[must_use = "the lock is released when this is dropped"]
pub struct Held {
    place: Place,
    removed: bool,
}

impl Held {
    /// For a place whose file is locked and was found to be current.
    pub(crate) fn new(place: Place, purpose: &str) -> Self {
        // For people alone: a full disk must not keep anybody from using what is there.
        let _ = owner::write(place.folder(), purpose);
        Self { place, removed: false }
    }

    /// The lock folder, by its canonical path.
    pub fn folder(&self) -> &Path {
        self.place.folder()
    }

    /// A second descriptor of the locked file, as a forked process has.
    #[cfg(test)]
    pub(crate) fn duplicate_file(&self) -> fs_err::File {
        self.place.file().as_mut().unwrap().duplicate()
    }

    /// Removes the lock folder while holding its lock, for the collector.
    ///
    /// Whoever waits for the lock notices and makes the folder again. A folder in which somebody has already made the
    /// next lock file stays.
    pub fn remove(mut self) -> Result<(), Error> {
        const ACTION: &str = "remove the lock folder";
        if self.place.is_inherited() {
            let source = io::Error::other("the lock belongs to the process that this one was forked from");
            return Err(Error::Io { action: ACTION, source });
        }
        let folder = self.place.folder();
        owner::remove(folder);
        fs_err::remove_file(folder.join(LOCK_FILE)).map_err(Error::io(ACTION))?;
        // From here on another process may own the folder: what is in it is no longer ours to remove.
        self.removed = true;
        match fs_err::remove_dir(self.place.folder()) {
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
                Err(Error::io(ACTION)(error))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.removed && !self.place.is_inherited() {
            owner::remove(self.place.folder());
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Held").field("folder", &self.folder()).finish_non_exhaustive()
    }
}
