//! What can go wrong while a lock is taken or removed.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::Owner;

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Somebody else holds the lock, and [`Wait::Never`](crate::Wait::Never) was asked for.
    #[error("`{}` is locked{}", folder.display(), by(owner.as_ref()))]
    Busy {
        /// The lock folder.
        folder: PathBuf,
        /// Who seems to hold it.
        owner: Option<Owner>,
    },
    /// Somebody else held the lock for as long as [`Wait::AtMost`](crate::Wait::AtMost) allowed to wait.
    #[error("`{}` is still locked after {waited:.1?}{}", folder.display(), by(owner.as_ref()))]
    TimedOut {
        /// The lock folder.
        folder: PathBuf,
        /// How long the wait was.
        waited: Duration,
        /// Who seems to hold it.
        owner: Option<Owner>,
    },
    /// The caller's `cancelled` said so.
    #[error("cancelled while waiting for a lock")]
    Cancelled,
    /// This thread holds the lock that it asks for, and would wait for itself.
    #[error("this thread already holds the lock that it asks for")]
    WouldDeadlock,
    /// The system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Busy { .. } => Some("wait for the other process, or allow waiting"),
            Self::TimedOut { .. } => {
                Some("the other process is alive: wait longer, or end it, which frees the lock at once")
            }
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Some("locks need a folder that can be written: choose another cache folder")
                }
                _ => None,
            },
            Self::Cancelled | Self::WouldDeadlock => None,
        }
    }

    /// For `map_err`: what was attempted when the system refused.
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

fn by(owner: Option<&Owner>) -> String {
    owner.map(|owner| format!(" by {owner}")).unwrap_or_default()
}
