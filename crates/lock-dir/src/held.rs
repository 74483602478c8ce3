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
///
/// Not promised: that nobody else holds the same. That is for [`is_exclusive`](Self::is_exclusive) to say.
#[must_use = "the lock is released when this is dropped"]
pub struct Held {
    place: Place,
    is_locked: bool,
    removed: bool,
}

impl Held {
    /// For a place whose file is locked and was found to be current.
    pub(crate) fn locked(place: Place, purpose: &str) -> Self {
        // For people alone: a full disk must not keep anybody from using what is there.
        let _ = owner::write(place.folder(), purpose);
        Self { place, is_locked: true, removed: false }
    }

    /// For the first place in the queue of this process, where the kernel's lock is not used.
    ///
    /// There is no `owner.json`: several may be inside, and each would remove what the others wrote.
    pub(crate) fn unlocked(place: Place) -> Self {
        Self { place, is_locked: false, removed: false }
    }

    /// Whether nobody else, on this machine, holds this lock.
    ///
    /// False on a file system that is shared between machines or has no locks: there, a `Held` excludes the other
    /// threads of this process and nobody else. False also in a process that was forked from the holder.
    ///
    /// What is safe without the lock needs no look: building in a stage of one's own, publishing by a rename that
    /// replaces nothing. What must not run beside another holder has to ask, and to leave it when the answer is no:
    /// sweeping a stage, which may be another's who is alive, and collecting, which may take what another has just
    /// found or pinned.
    ///
    /// Not promised, even if true: that no other machine is inside. A server locks the disk that its clients reach by
    /// network, and they do not.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.is_locked && !self.place.is_inherited()
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
    /// next lock file stays. Where the lock is not [exclusive](Self::is_exclusive), an empty folder is removed, and
    /// nothing that somebody may have locked.
    pub fn remove(mut self) -> Result<(), Error> {
        const ACTION: &str = "remove the lock folder";
        if self.place.is_inherited() {
            let source = io::Error::other("the lock belongs to the process that this one was forked from");
            return Err(Error::Io { action: ACTION, source });
        }
        if self.is_locked {
            let folder = self.place.folder();
            owner::remove(folder);
            fs_err::remove_file(folder.join(LOCK_FILE)).map_err(Error::io(ACTION))?;
        }
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
        if !self.removed && self.is_exclusive() {
            owner::remove(self.place.folder());
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Held")
            .field("folder", &self.folder())
            .field("is_exclusive", &self.is_exclusive())
            .finish()
    }
}
