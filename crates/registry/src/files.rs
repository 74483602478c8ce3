//! Writing, moving and removing so that a crash leaves the old or the new, and each error names its file.

use std::{
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::Path,
};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::{
    fs::{CWD, OFlags, RenameFlags, renameat_with},
    io::Errno,
};

use crate::{
    Durability,
    folder::{Folder, Opened, read_at_most},
    layout::entry_meta,
};

/// What is kept of a file of a damaged entry that cannot be moved.
const COPY_LIMIT: u64 = 512 << 20;

/// The mode of folders that nobody else has to look into.
pub(crate) const PRIVATE: u32 = 0o700;

/// The mode of all other folders. Whatever the umask is, only their owner can write them.
pub(crate) const READABLE: u32 = 0o755;

/// Makes a folder and those above it, unless they are there.
pub(crate) fn make_folders(path: &Path, mode: u32) -> io::Result<()> {
    // `fs_err` has no builder with a mode.
    std::fs::DirBuilder::new().recursive(true).mode(mode).create(path).map_err(|error| named(path, &error))
}

/// Writes a new file with this mode, and waits until it is on disk.
pub(crate) fn write_new(path: &Path, content: &[u8], mode: u32, durability: Durability) -> io::Result<()> {
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    seal(&file, mode, durability)
}

/// Sets a file's mode, whatever the umask, and waits until it is on disk.
pub(crate) fn seal(file: &fs_err::File, mode: u32, durability: Durability) -> io::Result<()> {
    file.set_permissions(std::fs::Permissions::from_mode(mode))?;
    durability.sync(file)
}

/// Writes a file in place, for what is found to be broken and is written again after a crash.
pub(crate) fn write_over(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create(true).truncate(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    options.open(path)?.write_all(content)
}

/// Replaces a file of ours as a whole: readers see the old one or the new one. The new one is written in `stage`.
pub(crate) fn replace(path: &Path, content: &[u8], stage: &Path, durability: Durability) -> io::Result<()> {
    make_folders(path.parent().unwrap_or(path), READABLE)?;
    make_folders(stage, PRIVATE)?;
    let mut file = tempfile::NamedTempFile::new_in(stage)?;
    file.write_all(content)?;
    if durability == Durability::Full {
        file.as_file().sync_all().map_err(|error| named(file.path(), &error))?;
    }
    file.persist(path).map_err(|error| named(path, &error.error))?;
    Ok(())
}

/// Renames a folder. False when something is there already.
pub(crate) fn show_folder(from: &Path, to: &Path) -> io::Result<bool> {
    rename_without_replacing(from, to, || match rustix::fs::rename(from, to) {
        Ok(()) => Ok(true),
        // A plain rename onto a folder that is not empty fails, and none of ours is.
        Err(Errno::EXIST | Errno::NOTEMPTY) => Ok(false),
        Err(error) => Err(named(to, &error.into())),
    })
}

/// Renames a file. False when something is there already.
pub(crate) fn show_file(from: &Path, to: &Path) -> io::Result<bool> {
    rename_without_replacing(from, to, || link_and_remove(from, to))
}

fn link_and_remove(from: &Path, to: &Path) -> io::Result<bool> {
    match fs_err::hard_link(from, to) {
        Ok(()) => fs_err::remove_file(from).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn rename_without_replacing(from: &Path, to: &Path, otherwise: impl FnOnce() -> io::Result<bool>) -> io::Result<bool> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST | Errno::NOTEMPTY) => Ok(false),
        // Some file systems do not know the flag.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => otherwise(),
        Err(error) => Err(named(to, &error.into())),
    }
}

/// Removes what is there, be it a folder or a file, and tells whether something was. No link is followed.
pub(crate) fn remove(path: &Path) -> io::Result<bool> {
    let removed = match fs_err::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs_err::remove_dir_all(path),
        Ok(_) => fs_err::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Moves an entry into a folder that `cell` makes, or removes it where it is if it cannot be moved. True if it was moved.
///
/// What lies in a lower layer of an overlay file system, such as a cache that came with a container's image, cannot be
/// renamed. A full disk may have no room for the cell, and is when a collector is needed most.
pub(crate) fn discard(entry: &Path, to: impl FnOnce() -> io::Result<std::path::PathBuf>) -> io::Result<bool> {
    use io::ErrorKind::{CrossesDevices, QuotaExceeded, StorageFull};
    match to().and_then(|to| fs_err::rename(entry, to)) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), CrossesDevices | QuotaExceeded | StorageFull) => {
            dismantle(entry).map(|()| false)
        }
        Err(error) => Err(error),
    }
}

/// Moves an entry, or copies what of it can be copied and removes it. Nothing is lost that could be moved.
pub(crate) fn keep(entry: &Path, to: &Path) -> io::Result<()> {
    match fs_err::rename(entry, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            // A copy is to look at; that the entry goes is what matters.
            let _ = copy_files(entry, to);
            dismantle(entry)
        }
        other => other,
    }
}

/// Removes an entry that cannot be moved. Without its meta.json it is none, from the first step on.
fn dismantle(entry: &Path) -> io::Result<()> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match fs_err::remove_file(entry_meta(entry)) {
        Err(error) if !matches!(error.kind(), NotFound | NotADirectory) => return Err(error),
        _ => {}
    }
    remove(entry).map(drop)
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    make_folders(to, PRIVATE)?;
    let Some(parent) = from.parent() else { return Ok(()) };
    let Opened::Found(parent) = Folder::root(parent)? else { return Ok(()) };
    let Opened::Found(folder) = parent.folder(from)? else { return Ok(()) };
    for name in folder.names()? {
        let path = from.join(&name);
        if let Opened::Found((file, _)) = folder.file(&path)? {
            let bytes = read_at_most(file, &path, COPY_LIMIT)?;
            write_new(&to.join(&name), &bytes, 0o444, Durability::None)?;
        }
    }
    Ok(())
}

/// The error with the path in it, as `fs-err` would have it.
pub(crate) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    /// A folder on another file system than `other`, if this machine has one.
    fn elsewhere(other: &Path) -> Option<tempfile::TempDir> {
        let memory = tempfile::tempdir_in("/dev/shm").ok()?;
        let device = |path: &Path| fs_err::metadata(path).unwrap().dev();
        (device(memory.path()) != device(other)).then_some(memory)
    }

    fn entry(folder: &Path) -> std::path::PathBuf {
        let entry = folder.join("key");
        fs_err::create_dir(&entry).unwrap();
        fs_err::write(entry.join("meta.json"), "{}").unwrap();
        fs_err::write(entry.join("square.so"), "content").unwrap();
        entry
    }

    #[test]
    fn an_entry_that_cannot_be_moved_is_removed_or_copied() {
        let here = tempfile::tempdir().unwrap();
        // The home of a project may be in memory, too; then there is nothing to cross.
        let Some(there) = elsewhere(here.path()) else { return };
        let first = entry(here.path());
        assert!(!discard(&first, || Ok(there.path().join("cell"))).unwrap(), "it cannot have been moved");
        assert!(!first.exists() && !there.path().join("cell").exists());

        let second = entry(here.path());
        keep(&second, &there.path().join("kept")).unwrap();
        assert!(!second.exists());
        assert_eq!(fs_err::read(there.path().join("kept/square.so")).unwrap(), b"content");
    }

    #[test]
    fn a_full_disk_does_not_keep_an_entry() {
        let here = tempfile::tempdir().unwrap();
        let entry = entry(here.path());
        assert!(!discard(&entry, || Err(io::ErrorKind::StorageFull.into())).unwrap());
        assert!(!entry.exists());
    }

    #[test]
    fn other_refusals_leave_the_entry_as_it_is() {
        let here = tempfile::tempdir().unwrap();
        let entry = entry(here.path());
        let error = discard(&entry, || Ok(here.path().join("missing/cell"))).unwrap_err();
        assert!(error.to_string().contains("missing/cell"), "{error}");
        assert!(entry.join("meta.json").exists());
    }

    #[test]
    fn a_file_is_shown_where_nothing_is_with_and_without_the_flag() {
        for show in [show_file, link_and_remove] {
            let folder = tempfile::tempdir().unwrap();
            let (old, new) = (folder.path().join("old"), folder.path().join("new"));
            fs_err::write(&old, "old").unwrap();
            fs_err::write(&new, "new").unwrap();
            assert!(!show(&new, &old).unwrap());
            assert_eq!(fs_err::read_to_string(&old).unwrap(), "old");
            fs_err::remove_file(&old).unwrap();
            assert!(show(&new, &old).unwrap());
            assert_eq!(fs_err::read_to_string(&old).unwrap(), "new");
            assert!(!new.exists());
        }
    }

    #[test]
    fn what_is_removed_is_never_what_a_link_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let (precious, link) = (folder.path().join("precious"), folder.path().join("link"));
        fs_err::create_dir(&precious).unwrap();
        fs_err::os::unix::fs::symlink(&precious, &link).unwrap();
        assert!(remove(&link).unwrap() && precious.exists() && !link.is_symlink());
        assert!(!remove(&link).unwrap(), "there is nothing any more");
    }
}
