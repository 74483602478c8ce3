//! Reading and writing files so that neither links nor crashes can deceive.

use std::{
    io::{self, Read as _, Write as _},
    os::{fd::OwnedFd, unix::fs::MetadataExt as _},
    path::Path,
};

use rustix::fs::{Mode, OFlags, RawMode};
use serde::Serialize;

/// Opens a folder, unless it is a symbolic link. `None` where nothing is.
pub(crate) fn open_folder(path: &Path) -> io::Result<Option<OwnedFd>> {
    match rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
    {
        Ok(folder) => Ok(Some(folder)),
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(error) => Err(named(path, &error.into())),
    }
}

/// What a name in a folder turned out to be.
pub(crate) enum Opened {
    File(std::fs::File, std::fs::Metadata),
    Missing,
    Other(&'static str),
}

/// Opens a regular file with a single name in an open folder.
pub(crate) fn open_file(folder: &OwnedFd, name: &str) -> io::Result<Opened> {
    // Not blocking: opening a pipe would wait for somebody to write.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::openat(folder, name, flags, Mode::empty()) {
        Ok(file) => std::fs::File::from(file),
        Err(rustix::io::Errno::NOENT) => return Ok(Opened::Missing),
        Err(rustix::io::Errno::LOOP) => return Ok(Opened::Other("a symbolic link")),
        Err(error) => return Err(named(Path::new(name), &error.into())),
    };
    let metadata = file.metadata()?;
    Ok(if !metadata.is_file() {
        Opened::Other("not a regular file")
    } else if metadata.nlink() != 1 {
        Opened::Other("a file with a second name, which could change it")
    } else {
        Opened::File(file, metadata)
    })
}

/// Reads a file that is not larger than `limit`.
pub(crate) fn read_at_most(file: std::fs::File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit} bytes")));
    }
    Ok(bytes)
}

/// Writes a new file with this mode, and waits until it is on disk.
pub(crate) fn write_synced(path: &Path, content: &[u8], mode: RawMode) -> io::Result<()> {
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    seal(file.file(), mode)
}

/// Sets a file's mode, whatever the umask, and waits until it is on disk.
pub(crate) fn seal(file: &std::fs::File, mode: RawMode) -> io::Result<()> {
    rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?;
    file.sync_all()
}

/// Waits until a folder's names are on disk.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    fs_err::File::open(path)?.sync_all()
}

/// Replaces a file of ours as a whole: readers see the old one or the new one.
pub(crate) fn replace(path: &Path, content: &impl Serialize) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs_err::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec(content)?)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// The error with the path in it, as `fs-err` would have it.
pub(crate) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}
