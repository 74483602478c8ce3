//! One open lock file and the kernel's exclusive lock on it.
//!
//! The only user of `fd-lock`, whose guard would call `flock(LOCK_UN)` when dropped. That unlocks the open file
//! description, which a forked process shares: a child that dropped its copy of the guard would free its parent's lock.
//! So the guard is forgotten, and the lock lasts until the last copy of the descriptor is closed.

use std::io;
use std::mem;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::OpenOptionsExt;
use rustix::fs::OFlags;

use crate::Error;
use crate::file_system::{self, FileSystem};
use crate::folder::{self, LOCK_FILE};

/// What the kernel says to one try.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The lock is ours.
    Locked,
    /// Somebody else has it.
    Busy,
    /// Nobody can have it: the file system has no locks.
    NoLocks(&'static FileSystem),
}

/// An open lock file. Dropping it closes it, which releases the lock if no forked process has a copy.
pub(crate) struct LockFile {
    file: fd_lock::RwLock<fs_err::File>,
    path: PathBuf,
    identity: (u64, u64),
}

impl LockFile {
    /// Opens the lock file of this folder, both made if absent.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(LOCK_FILE);
        let open = || {
            // Writable, because exclusive locks on NFS need that. The standard library adds O_CLOEXEC.
            let file = fs_err::OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
                .open(&path)?;
            let metadata = file.metadata()?;
            Ok((file, (metadata.dev(), metadata.ino())))
        };
        let (file, identity) = folder::with(folder, open).map_err(Error::io("open the lock file"))?;
        Ok(Self { file: fd_lock::RwLock::new(file), path, identity })
    }

    /// Locks if nobody else has the lock.
    pub(crate) fn try_lock(&mut self) -> Result<Answer, Error> {
        loop {
            match self.flock() {
                Ok(()) => return Ok(Answer::Locked),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Answer::Busy),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    if let Some(file_system) = file_system::without_locks(&error) {
                        return Ok(Answer::NoLocks(file_system));
                    }
                    let text = format!("failed to lock `{}`: {error}", self.path.display());
                    return Err(Error::io("take the lock")(io::Error::new(error.kind(), text)));
                }
            }
        }
    }

    /// Whether the path still names this file, which it does not after a collector removed it.
    pub(crate) fn is_current(&self) -> Result<bool, Error> {
        match fs_err::symlink_metadata(&self.path) {
            Ok(metadata) => Ok(self.identity == (metadata.dev(), metadata.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io("check the lock file")(error)),
        }
    }

    fn flock(&mut self) -> io::Result<()> {
        #[cfg(test)]
        if let Some(refusal) = self.path.parent().and_then(crate::pretence::refusal) {
            return Err(refusal);
        }
        self.file.try_write().map(mem::forget)
    }

    /// A second descriptor of the same open file, as a forked process has.
    #[cfg(test)]
    pub(crate) fn duplicate(&mut self) -> fs_err::File {
        let guard = self.file.try_write().unwrap();
        let copy = guard.try_clone().unwrap();
        mem::forget(guard);
        copy
    }
}
