//! Reading what lies below the root, one name at a time, so that no link is ever followed.
//!
//! A path is looked up anew by each system call that gets it, and any part of it could meanwhile have become a link. A
//! [`Folder`] is an open descriptor, and what is opened in it is one name without a slash.

use std::{
    ffi::{OsStr, OsString},
    fs::{File, Metadata},
    io::{self, Read as _},
    mem::MaybeUninit,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::{
    fd::AsFd,
    fs::{
        AtFlags, CWD, FileType, Mode, OFlags, RawDir, Stat, Timespec, Timestamps, UTIME_OMIT, openat, statat, utimensat,
    },
    io::Errno,
    path::Arg,
};

use crate::files::named;

/// An open folder. It stays what it is when its path becomes another's.
#[derive(Debug)]
pub(crate) struct Folder {
    /// For the names in it only, so that no permission to list it is needed.
    file: File,
    path: PathBuf,
}

/// What a name in a folder turned out to be.
#[derive(Debug)]
pub(crate) enum Opened<T> {
    Found(T),
    Missing,
    Link,
    Other(&'static str),
}

/// Folders in folders are looked into so far. A package has eight parts at most.
const DEEPEST: u32 = 32;

const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Folder {
    /// Opens the folder that a path leads to, through links if need be.
    pub(crate) fn root(path: &Path) -> io::Result<Opened<Self>> {
        match openat(CWD, path, FOLDER, Mode::empty()) {
            Ok(file) => Ok(Opened::Found(Self { file: file.into(), path: path.to_owned() })),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(Opened::Missing),
            Err(error) => Err(named(path, &error.into())),
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a folder in this one.
    pub(crate) fn folder(&self, path: &Path) -> io::Result<Opened<Self>> {
        let name = last(path)?;
        match openat(&self.file, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(file) => Ok(Opened::Found(Self { file: file.into(), path: path.to_owned() })),
            Err(Errno::NOENT) => Ok(Opened::Missing),
            // Which of the two a link gives depends on the flags and the system.
            Err(Errno::NOTDIR | Errno::LOOP) => {
                let stat = statat(&self.file, name, AtFlags::SYMLINK_NOFOLLOW);
                let is_link = stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink);
                Ok(if is_link { Opened::Link } else { Opened::Other("not a folder") })
            }
            Err(error) => Err(named(path, &error.into())),
        }
    }

    /// Opens a regular file with a single name in this folder.
    pub(crate) fn file(&self, path: &Path) -> io::Result<Opened<(File, Metadata)>> {
        // Not blocking: opening a pipe would wait for somebody to write.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = match openat(&self.file, last(path)?, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(Opened::Missing),
            Err(Errno::LOOP) => return Ok(Opened::Link),
            Err(error) => return Err(named(path, &error.into())),
        };
        let metadata = file.metadata().map_err(|error| named(path, &error))?;
        Ok(if !metadata.is_file() {
            Opened::Other("not a regular file")
        } else if metadata.nlink() != 1 {
            Opened::Other("a file with a second name, which could change it")
        } else {
            Opened::Found((file, metadata))
        })
    }

    /// The names in it, in no order.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let read = || -> Result<_, Errno> {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let mut names = Vec::new();
            for item in rustix::fs::Dir::new(openat(&self.file, ".", flags, Mode::empty())?)? {
                let item = item?;
                let name = item.file_name().to_bytes();
                if name != b"." && name != b".." {
                    names.push(OsStr::from_bytes(name).to_owned());
                }
            }
            Ok(names)
        };
        read().map_err(|error| named(&self.path, &error.into()))
    }

    /// What is in this folder under a name, itself if it is a link. `None` where nothing is.
    pub(crate) fn stat(&self, name: &OsStr) -> io::Result<Option<Stat>> {
        match statat(&self.file, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(named(&self.path.join(name), &error.into())),
        }
    }

    /// Opens a file below this folder by a path of several names. Only its last name is certain to be no link.
    pub(crate) fn open_below(&self, path: &Path) -> io::Result<Option<File>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match openat(&self.file, path, flags, Mode::empty()) {
            Ok(file) => Ok(Some(file.into())),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(named(&self.path.join(path), &error.into())),
        }
    }

    /// Tells the size of each file in a tree below this folder; the name may be a file's, too. No link is followed, and
    /// one counts as the file that it is.
    pub(crate) fn each_file_below(&self, name: &OsStr, tell: &mut dyn FnMut(u64)) -> io::Result<()> {
        sizes(&self.file, name, DEEPEST, tell).map_err(|error| named(&self.path.join(name), &error.into()))
    }

    /// Its owner, mode and times.
    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata().map_err(|error| named(&self.path, &error))
    }

    /// Sets its modification time, and leaves the time of access alone.
    pub(crate) fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let omitted = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
        let modified =
            Timespec { tv_sec: since.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: since.subsec_nanos().into() };
        let times = Timestamps { last_access: omitted, last_modification: modified };
        utimensat(&self.file, ".", &times, AtFlags::empty()).map_err(|error| named(&self.path, &error.into()))
    }
}

/// Reads a file that is not larger than `limit`.
pub(crate) fn read_at_most(file: File, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // Room for all of it, rather than twice as much each time that there is too little. It may have another size by now.
    let size = file.metadata().map_err(|error| named(path, &error))?.len();
    // With a byte more, the end is seen without asking for more.
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or(0) + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| named(path, &error))?;
    if bytes.len() as u64 > limit {
        let error = io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit} bytes"));
        return Err(named(path, &error));
    }
    Ok(bytes)
}

fn sizes(parent: impl AsFd, name: impl Arg + Copy, depth: u32, tell: &mut dyn FnMut(u64)) -> Result<(), Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = match openat(&parent, name, flags, Mode::empty()) {
        Ok(folder) => folder,
        Err(Errno::NOTDIR | Errno::LOOP) => {
            let stat = statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
            tell(stat.st_size.try_into().unwrap_or(0));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    // Most folders of entries have a handful of names.
    let mut buffer = [MaybeUninit::uninit(); 2048];
    let mut names = RawDir::new(&folder, &mut buffer);
    while let Some(item) = names.next() {
        let item = item?;
        let name = item.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        // Not every file system tells what something is when it lists it.
        if matches!(item.file_type(), FileType::Directory | FileType::Unknown) && depth > 0 {
            sizes(&folder, name, depth - 1, tell)?;
        } else {
            let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            tell(stat.st_size.try_into().unwrap_or(0));
        }
    }
    Ok(())
}

fn last(path: &Path) -> io::Result<&OsStr> {
    path.file_name().ok_or_else(|| named(path, &io::ErrorKind::InvalidFilename.into()))
}
