//! File systems on which the kernel's lock is not to be used, by the number that `statfs` gives.
//!
//! What these have in common is that other machines may see the same files. A lock there is a question to a server:
//! even the non-blocking one may hang, unkillable, and where the server keeps no locks the answer is "yes" for each
//! machine. Some of them do keep locks between machines, and some are not shared at all (FUSE has one number for all);
//! for these, too, we give up the lock, which costs at most double work, rather than risk a hang, which costs the day.
//!
//! Not told: an overlay over a network file system. It has a number of its own, and is locked like a local one. Nor
//! whether other machines reach a local disk: its server takes the lock, and its clients do not.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;

/// A file system on which there is no exclusion.
#[derive(Debug)]
pub(crate) struct FileSystem {
    magic: u32,
    name: &'static str,
    /// An atomic, and not a set behind a mutex that a forked process could find locked.
    is_told: AtomicBool,
}

/// The numbers are those of Linux.
static SHARED: [FileSystem; 24] = [
    FileSystem::new(0x0000_6969, "NFS"),
    FileSystem::new(0x0000_517B, "SMB"),
    FileSystem::new(0xFF53_4D42, "CIFS"),
    FileSystem::new(0xFE53_4D42, "SMB2"),
    FileSystem::new(0x6573_5546, "FUSE"),
    FileSystem::new(0x0102_1997, "9p"),
    FileSystem::new(0x0BD0_0BD0, "Lustre"),
    FileSystem::new(0x4750_4653, "GPFS"),
    FileSystem::new(0x5346_414F, "AFS"),
    FileSystem::new(0x6B41_4653, "kAFS"),
    FileSystem::new(0x00C3_6400, "Ceph"),
    FileSystem::new(0x1983_0326, "BeeGFS"),
    FileSystem::new(0xAAD7_AAEA, "PanFS"),
    FileSystem::new(0x0116_1970, "GFS2"),
    FileSystem::new(0x7461_636F, "OCFS2"),
    FileSystem::new(0x6163_6673, "ACFS"),
    FileSystem::new(0xBEEF_DEAD, "StorNext"),
    FileSystem::new(0x0131_11A8, "Ibrix"),
    FileSystem::new(0x7375_7245, "Coda"),
    FileSystem::new(0x0000_564C, "NCP"),
    FileSystem::new(0x786F_4256, "VirtualBox shared folder"),
    FileSystem::new(0xBACB_ACBC, "VMware shared folder"),
    FileSystem::new(0x7C7C_6673, "Parallels shared folder"),
    FileSystem::new(0x00C0_FFEE, "hostfs"),
];

/// Stands for each file system that is not in the table, and answered that it has no locks.
static WITHOUT_LOCKS: FileSystem = FileSystem::new(0, "a file system without locks");

impl FileSystem {
    pub(crate) const fn new(magic: u32, name: &'static str) -> Self {
        Self { magic, name, is_told: AtomicBool::new(false) }
    }

    /// Tells the name, at most once per process.
    pub(crate) fn tell_once(&self, told: &dyn Fn(&str)) {
        if !self.is_told.swap(true, Ordering::Relaxed) {
            told(self.name);
        }
    }
}

/// The shared file system on which this folder lies, none if it is a local one.
///
/// # Errors
///
/// Only that the folder is not there.
pub(crate) fn shared(folder: &Path) -> io::Result<Option<&'static FileSystem>> {
    #[cfg(test)]
    if let Some(pretended) = crate::pretence::file_system(folder) {
        return Ok(Some(pretended));
    }
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    match rustix::fs::statfs(folder) {
        Ok(answer) => Ok(by_magic(answer.f_type)),
        Err(Errno::NOENT) => Err(Errno::NOENT.into()),
        // A sandbox may refuse the question. Then the lock is tried, as on most file systems.
        Err(_) => Ok(None),
    }
}

/// What to make of a refused lock: where there are no locks, the file system. Any other refusal is none of ours.
pub(crate) fn without_locks(refusal: &io::Error) -> Option<&'static FileSystem> {
    match Errno::from_io_error(refusal)? {
        Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP => Some(&WITHOUT_LOCKS),
        _ => None,
    }
}

/// The number is signed, unsigned, long or short, depending on the machine. Its lower half is the same everywhere.
fn by_magic(magic: impl Into<i128>) -> Option<&'static FileSystem> {
    let magic = magic.into() & 0xFFFF_FFFF;
    SHARED.iter().find(|known| i128::from(known.magic) == magic)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn file_systems_are_known_by_their_numbers() {
        let check = |magic: i128, expected: Option<&str>| {
            assert_eq!(by_magic(magic).map(|known| known.name), expected, "{magic:#x}");
        };
        let shared = [
            (rustix::fs::NFS_SUPER_MAGIC.into(), "NFS"),
            (0x6969, "NFS"),
            (0x517B, "SMB"),
            (0xFF53_4D42, "CIFS"),
            (0xFE53_4D42, "SMB2"),
            (0x6573_5546, "FUSE"),
            (0x0102_1997, "9p"),
            (0x0BD0_0BD0, "Lustre"),
            (0x4750_4653, "GPFS"),
            (0x5346_414F, "AFS"),
            (0x6B41_4653, "kAFS"),
            (0x00C3_6400, "Ceph"),
            (0x1983_0326, "BeeGFS"),
            // As a machine with 32 bits gives it.
            (i128::from(0xFF53_4D42_u32.cast_signed()), "CIFS"),
        ];
        for (magic, name) in shared {
            check(magic, Some(name));
        }
        let local = [
            ("ext4", 0xEF53),
            ("XFS", 0x5846_5342),
            ("Btrfs", 0x9123_683E),
            ("tmpfs", 0x0102_1994),
            ("overlay", 0x794C_7630),
            ("ZFS", 0x2FC1_2FC1),
            ("nothing", 0),
        ];
        for (_, magic) in local {
            check(magic, None);
        }
    }

    #[test]
    fn no_number_stands_in_the_table_twice() {
        let distinct: HashSet<_> = SHARED.iter().map(|known| known.magic).collect();
        assert_eq!(distinct.len(), SHARED.len());
    }

    #[test]
    fn a_name_is_told_once() {
        let (one, two) = (FileSystem::new(1, "one"), FileSystem::new(2, "two"));
        let told = RefCell::new(Vec::new());
        for known in [&one, &two, &one, &two] {
            known.tell_once(&|name| told.borrow_mut().push(name.to_owned()));
        }
        assert_eq!(told.into_inner(), ["one", "two"]);
    }

    #[test]
    fn only_the_absence_of_locks_is_read_as_such() {
        for errno in [Errno::NOLCK, Errno::NOSYS, Errno::OPNOTSUPP] {
            assert!(without_locks(&errno.into()).is_some(), "{errno}");
        }
        for errno in [Errno::IO, Errno::WOULDBLOCK, Errno::INTR, Errno::NOMEM, Errno::BADF, Errno::STALE] {
            assert!(without_locks(&errno.into()).is_none(), "{errno}");
        }
        assert!(without_locks(&io::ErrorKind::Unsupported.into()).is_none());
    }
}
