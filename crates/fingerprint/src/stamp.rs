//! A cheap answer to "has this file been touched?".
//!
//! A stamp can only ever say "untouched" wrongly in one way: a change within the clock tick in which the stamp was
//! taken. So a stamp that is younger than two seconds is never relied on ([`FileStamp::is_settled`]); whoever holds one
//! compares content instead. The change time is part of it because the modification time can be set back.

use std::{
    io,
    os::unix::fs::MetadataExt as _,
    path::Path,
    time::{Duration, SystemTime},
};

use rustix::{fs::Stat, io::Errno};
use serde::{Deserialize, Serialize};

/// How old a file's last change must be before its stamp can be relied on.
const SETTLING: Duration = Duration::from_secs(2);

/// Device, inode, size, modification and change time of a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds since 1970.
    modified: (i64, i64),
    /// Seconds and nanoseconds since 1970.
    changed: (i64, i64),
}

impl FileStamp {
    /// How many bytes it has as bytes.
    pub const BYTES: usize = 56;

    /// The stamp of what `path` leads to, or `None` where nothing is.
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        // Hits do little else, and the standard library asks for more than is in a stamp.
        match rustix::fs::stat(path) {
            Ok(stat) => Ok(Some(Self::from_stat(&stat))),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            // It says the same, with the path.
            Err(_) => fs_err::metadata(path).map(|metadata| Some(Self::from_metadata(&metadata))),
        }
    }

    #[expect(clippy::useless_conversion, reason = "the types are other ones on other processors")]
    fn from_stat(stat: &Stat) -> Self {
        let nanoseconds = |number: u64| i64::try_from(number).unwrap_or_default();
        Self {
            device: stat.st_dev.into(),
            inode: stat.st_ino.into(),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            modified: (stat.st_mtime.into(), nanoseconds(stat.st_mtime_nsec.into())),
            changed: (stat.st_ctime.into(), nanoseconds(stat.st_ctime_nsec.into())),
        }
    }

    /// The stamp in metadata that was already read.
    pub fn from_metadata(metadata: &std::fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The stamp as bytes, for files of many.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let Self { device, inode, size, modified, changed } = self;
        let numbers = [modified.0, modified.1, changed.0, changed.1].map(i64::cast_unsigned);
        let mut bytes = [0; Self::BYTES];
        for (place, number) in bytes.chunks_exact_mut(8).zip([*device, *inode, *size].iter().chain(&numbers)) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// The stamp with these bytes. All bytes are one's.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let mut numbers = [0; 7];
        for (number, place) in numbers.iter_mut().zip(bytes.as_chunks().0) {
            *number = u64::from_le_bytes(*place);
        }
        let [device, inode, size, rest @ ..] = numbers;
        let [modified, modified_ns, changed, changed_ns] = rest.map(u64::cast_signed);
        Self { device, inode, size, modified: (modified, modified_ns), changed: (changed, changed_ns) }
    }

    /// Whether the last change is so long ago that another one would show.
    #[must_use]
    pub fn is_settled(&self, now: SystemTime) -> bool {
        let Ok(now) = now.duration_since(SystemTime::UNIX_EPOCH) else { return false };
        let latest = self.modified.max(self.changed);
        let (Ok(seconds), Ok(nanoseconds)) = (u64::try_from(latest.0), u32::try_from(latest.1)) else { return false };
        Duration::new(seconds, nanoseconds) + SETTLING <= now
    }

    /// Whether the file was changed after `other` was last changed, as far as one clock made both stamps.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        // The modification time is whatever its owner says; the change time is the kernel's.
        self.changed > other.changed
    }

    /// Whether a folder got its name after `other` was last changed, and nothing was put into it since.
    ///
    /// A rename changes the change time of what is renamed and leaves its modification time, on all of Linux's usual file
    /// systems. So do changes of mode and owner.
    #[must_use]
    pub fn is_renamed_after(&self, other: &Self) -> bool {
        self.is_newer_than(other) && self.changed != self.modified
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_what_was_read_of_it_have_the_same_stamp() {
        let program = std::env::current_exe().unwrap();
        let paths = [program.as_path(), Path::new("/dev/null"), Path::new("/"), Path::new("/proc/self/exe")];
        for path in paths {
            let read = FileStamp::from_metadata(&fs_err::metadata(path).unwrap());
            assert_eq!(FileStamp::of(path).unwrap(), Some(read), "{}", path.display());
        }
        for absent in ["/dev/null/k.h", "/of/nobody", ""] {
            assert_eq!(FileStamp::of(Path::new(absent)).unwrap(), None, "{absent}");
        }
        let error = FileStamp::of(Path::new(&"long".repeat(100))).unwrap_err();
        assert!(error.to_string().contains("long"), "{error}");
    }

    #[test]
    fn bytes_are_read_as_they_were_written() {
        let numbers: [u8; FileStamp::BYTES] = std::array::from_fn(|index| u8::try_from(index).unwrap() | 0x80);
        let stamp = FileStamp::from_bytes(numbers);
        assert_eq!(stamp.to_bytes(), numbers);
        assert_eq!((stamp.size, stamp.modified.1 < 0), (0x9796_9594_9392_9190, true));
    }

    #[test]
    fn a_restored_modification_time_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.h");
        fs_err::write(&path, "#define K 1\n").unwrap();
        let before = FileStamp::of(&path).unwrap().unwrap();
        let written = fs_err::metadata(&path).unwrap().modified().unwrap();
        // The change time is the kernel's and has the resolution of its clock tick.
        let after = loop {
            fs_err::write(&path, "#define K 2\n").unwrap();
            let file = fs_err::OpenOptions::new().write(true).open(&path).unwrap();
            file.file().set_modified(written).unwrap();
            let after = FileStamp::of(&path).unwrap().unwrap();
            if after.changed != before.changed {
                break after;
            }
        };
        assert_eq!((before.size, before.modified), (after.size, after.modified));
        assert_ne!(before, after);
    }

    #[test]
    fn a_young_stamp_is_not_relied_on() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = FileStamp::of(folder.path()).unwrap().unwrap();
        let now = SystemTime::now();
        assert!(!stamp.is_settled(now));
        assert!(stamp.is_settled(now + Duration::from_secs(3)));
        assert!(!stamp.is_settled(SystemTime::UNIX_EPOCH), "a clock that was set back proves nothing");
    }

    #[test]
    fn a_file_from_the_future_is_not_newer() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs_err::write(&path, "").unwrap();
            path
        };
        let old = write("old");
        let file = fs_err::OpenOptions::new().write(true).open(&old).unwrap();
        file.file().set_modified(SystemTime::now() + Duration::from_hours(24)).unwrap();
        let stamp = |path: &Path| FileStamp::of(path).unwrap().unwrap();
        // The change time has the resolution of the kernel's tick.
        let new = loop {
            let new = write("new");
            if stamp(&new).changed != stamp(&old).changed {
                break new;
            }
        };
        assert!(stamp(&new).is_newer_than(&stamp(&old)));
        assert!(!stamp(&old).is_newer_than(&stamp(&new)));
    }

    #[test]
    fn what_is_not_there_has_no_stamp() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(FileStamp::of(&file.path().with_extension("gone")).unwrap(), None);
        assert_eq!(FileStamp::of(&file.path().join("below a file")).unwrap(), None);
    }
}
