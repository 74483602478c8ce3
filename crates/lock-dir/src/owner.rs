//! `owner.json`: who holds a lock, for people and never for decisions.
//!
//! It may be absent, late, or left by a process that was killed. It has no format number because nothing rests on it:
//! a file that cannot be understood counts as none, and failing to write one is no reason not to build.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use fs_err::os::unix::fs::OpenOptionsExt;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

const FILE: &str = "owner.json";
/// One fixed name suffices: only the holder writes.
const NEW_FILE: &str = "owner.json.new";
const MAX_BYTES: u64 = 16 * 1024;

/// Who took a lock last, by their own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Owner {
    /// The process, on its host and in its namespace.
    pub pid: u32,
    /// The name of the host or container.
    pub host: String,
    /// What the lock was taken for, such as `build`.
    pub purpose: String,
    /// When it was taken, in seconds since 1970 by the clock of that host.
    pub since: u64,
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Somebody else wrote the file: no control character of theirs reaches a terminal.
        let (host, purpose) = (self.host.escape_debug(), self.purpose.escape_debug());
        write!(formatter, "process {} on `{host}` for `{purpose}`", self.pid)
    }
}

/// Who seems to hold the lock of this folder: to tell a user whom they wait for.
///
/// Not promised: that this process still lives, or that nobody holds the lock when there is no answer.
pub fn owner(folder: &Path) -> Option<Owner> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = fs_err::OpenOptions::new().read(true).custom_flags(flags).open(folder.join(FILE)).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Writes who we are. Only the holder may.
pub(crate) fn write(folder: &Path, purpose: &str) -> io::Result<()> {
    let owner = Owner {
        pid: std::process::id(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        purpose: purpose.to_owned(),
        since: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
    };
    let new = folder.join(NEW_FILE);
    fs_err::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(&new)?
        .write_all(&serde_json::to_vec(&owner)?)?;
    fs_err::rename(&new, folder.join(FILE))
}

/// Removes what [`write()`] wrote, also half a file of a holder that was killed. Only the holder may.
pub(crate) fn remove(folder: &Path) {
    for name in [FILE, NEW_FILE] {
        let _ = fs_err::remove_file(folder.join(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(owner(folder.path()), None);

        write(folder.path(), "build").unwrap();
        let found = owner(folder.path()).unwrap();
        assert_eq!((found.pid, found.purpose.as_str()), (std::process::id(), "build"));
        assert!(!folder.path().join(NEW_FILE).exists());

        fs_err::write(folder.path().join(NEW_FILE), "{").unwrap();
        remove(folder.path());
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_of_others_is_read_with_care() {
        let folder = tempfile::tempdir().unwrap();
        let check = |text: &str, expected: Option<&str>| {
            fs_err::write(folder.path().join(FILE), text).unwrap();
            assert_eq!(owner(folder.path()).map(|owner| owner.to_string()).as_deref(), expected, "{text}");
        };
        check("", None);
        check(r#"{"pid": "one"}"#, None);
        check(
            r#"{"pid": 1, "host": "h\u001b[2J", "purpose": "build", "since": 0, "later": true}"#,
            Some(r"process 1 on `h\u{1b}[2J` for `build`"),
        );
    }
}
