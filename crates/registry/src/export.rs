//! Copies of entries for elsewhere.
//!
//! An export is written beside its destination and renamed. Its name there follows from the destination and the cache,
//! and who holds the destination's lock owns it: so what a killed export left is removed by the next one to the same
//! place. What is there is replaced only when that is asked for, and otherwise not even if it appears in the last moment.
//! A link would let whoever writes the export change the entry, so it is always a copy, of bytes that were verified.

use std::{
    io,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    path::{Path, PathBuf},
};

use cache_key::{BuildKey, Digest};
use lock_dir::Held;

use crate::{
    Entry, Error, Registry,
    files::{READABLE, make_folders, remove, seal, show_file, show_folder, write_new},
};

/// The mode of exported files.
const FILE: u32 = 0o644;

/// Whether an export may replace a file. It never replaces a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// What is there stays, and nothing is exported.
    No,
    /// The file or link that is there is replaced as a whole, not written into.
    Yes,
}

impl Registry {
    /// Writes an entry's artifact, or the `whole` entry as a folder, to another place, and gives its path.
    ///
    /// An artifact goes into the destination if that is a folder. The folder that the destination is in must exist.
    ///
    /// # Errors
    /// [`Error::NoEntry`], [`Error::Damaged`] as in [`Entry::read_artifact`]; [`Error::Exists`] when something is
    /// there that must not be replaced; [`Error::Lock`] when another export to the same place takes too long; [`Error::Io`] when the
    /// file system refuses, and what was there still is.
    pub fn export(
        &self,
        key: &BuildKey,
        destination: &Path,
        overwrite: Overwrite,
        whole: bool,
    ) -> Result<PathBuf, Error> {
        let entry = self.entry(key)?.ok_or(Error::NoEntry { key: *key })?;
        let content = Content::of(&entry, whole)?;
        let mut place = std::path::absolute(destination).map_err(io)?;
        if !whole && place.is_dir() {
            place.push(&entry.meta().artifact);
        }
        let shape = if whole { Shape::Folder } else { Shape::File(overwrite) };
        self.put_as(&place, shape, &mut |staged| self.stage_export(&content, staged).map_err(io))
    }

    /// Lets a file be written and shows it at its destination, or leaves what is there.
    pub(crate) fn put(
        &self,
        destination: &Path,
        overwrite: Overwrite,
        write: &mut dyn FnMut(&Path) -> Result<(), Error>,
    ) -> Result<PathBuf, Error> {
        let place = std::path::absolute(destination).map_err(io)?;
        self.put_as(&place, Shape::File(overwrite), write)
    }

    /// Has an export written beside its place, under a name that belongs to the holder of the place's lock, and shows it.
    fn put_as(
        &self,
        place: &Path,
        shape: Shape,
        write: &mut dyn FnMut(&Path) -> Result<(), Error>,
    ) -> Result<PathBuf, Error> {
        let (Some(parent), Some(name)) = (place.parent(), place.file_name()) else {
            return Err(Error::Exists { path: place.to_owned(), can_replace: false });
        };
        // One place has one lock, however it is spelled.
        let parent = fs_err::canonicalize(parent).map_err(io)?;
        let place = parent.join(name);

        let root = fs_err::canonicalize(self.layout().root()).map_err(io)?;
        let staged = parent.join(staged_name(&root, &place));
        let held = self.export_lock(&place)?;
        let written = self.write_export(write, &staged, &place, shape, held.is_some());
        if let Some(held) = held {
            // Whether or not the export is there, nobody may ever come back to this place.
            let _ = held.remove();
        }
        if written? {
            return Ok(place);
        }
        let can_replace = shape != Shape::Folder && !place.symlink_metadata().is_ok_and(|there| there.is_dir());
        Err(Error::Exists { path: place, can_replace })
    }

    /// The lock of a destination. There is none in a cache that cannot be written, which can still be exported from.
    fn export_lock(&self, place: &Path) -> Result<Option<Held>, Error> {
        let lock = self.layout().export_lock(&Digest::of(place.as_os_str().as_bytes()));
        match Self::short_lock(&lock, "export") {
            Err(Error::Lock(lock_dir::Error::Io { source, .. }))
                if matches!(source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) =>
            {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Writes and shows, and leaves nothing else. False when there is something that must not be replaced.
    fn write_export(
        &self,
        write: &mut dyn FnMut(&Path) -> Result<(), Error>,
        staged: &Path,
        place: &Path,
        shape: Shape,
        is_locked: bool,
    ) -> Result<bool, Error> {
        if is_locked {
            remove(staged).map_err(io)?;
        }
        // Where renaming cannot be told not to replace, a folder would replace an empty one.
        if shape != Shape::File(Overwrite::Yes) && place.symlink_metadata().is_ok() {
            return Ok(false);
        }
        let show = || match shape {
            Shape::File(Overwrite::Yes) => fs_err::rename(staged, place).map(|()| true),
            Shape::File(Overwrite::No) => show_file(staged, place),
            Shape::Folder => show_folder(staged, place),
        };
        let shown = write(staged).and_then(|()| show().map_err(io));
        // Without a lock, what is there already may be another's who is just writing it.
        let is_anothers =
            |error: &Error| matches!(error, Error::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists);
        let is_ours = is_locked || !shown.as_ref().is_err_and(is_anothers);
        if is_ours && !matches!(shown, Ok(true)) {
            let _ = remove(staged);
        }
        if shown? {
            self.options().durability.sync_folder(place.parent().unwrap_or(place)).map_err(io)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Gives a file that was written beside its place the mode of exports, and waits until it is on disk.
    pub(crate) fn finish_file(&self, file: &fs_err::File) -> io::Result<()> {
        seal(file, FILE, self.options().durability)
    }

    fn stage_export(&self, content: &Content, staged: &Path) -> io::Result<()> {
        let durability = self.options().durability;
        match content {
            Content::Artifact(bytes) => write_new(staged, bytes, FILE, durability),
            Content::Whole(files) => {
                make_folders(staged, READABLE)?;
                fs_err::set_permissions(staged, std::fs::Permissions::from_mode(READABLE))?;
                for (name, bytes) in files {
                    write_new(&staged.join(name), bytes, FILE, durability)?;
                }
                durability.sync_folder(staged)
            }
        }
    }
}

/// What is written, and what may become of what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    File(Overwrite),
    /// It never replaces anything.
    Folder,
}

/// What is exported, verified.
enum Content {
    Artifact(Vec<u8>),
    Whole(Vec<(String, Vec<u8>)>),
}

impl Content {
    fn of(entry: &Entry, whole: bool) -> Result<Self, Error> {
        let artifact = entry.read_artifact()?.bytes;
        if !whole {
            return Ok(Self::Artifact(artifact));
        }
        let mut files = entry.others()?;
        files.push((entry.meta().artifact.clone(), artifact));
        Ok(Self::Whole(files))
    }
}

fn io(source: io::Error) -> Error {
    Error::Io { action: "export the cache entry", source }
}

/// The name under which an export is written. Two caches do not share it, because they do not share the lock.
fn staged_name(root: &Path, place: &Path) -> String {
    let paths = [root, place].map(|path| Digest::of(path.as_os_str().as_bytes()).to_string());
    format!(".pyxide-{}.new", &Digest::of(paths.concat().as_bytes()).to_string()[..32])
}
