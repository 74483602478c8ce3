//! Copies of entries for elsewhere.
//!
//! An export is written beside its destination and renamed. Its name there follows from the destination and the cache,
//! and who holds the destination's lock owns it: so what a killed export left is removed by the next one to the same
//! place. What is there is replaced only when that is asked for, and otherwise not even if it appears in the last moment.
//! A link would let whoever writes the export change the entry, so it is always a copy, of bytes that were verified.

use std::{
    ffi::OsString,
    io,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    path::{Path, PathBuf},
};

use cache_key::{BuildKey, Digest};
use lock_dir::Held;
use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};
use serde::Deserialize;

use crate::{
    Entry, Error, Registry,
    entry::META_LIMIT,
    files::{READABLE, make_folders, named, remove, seal, show_file, show_folder, write_new},
    folder::{Folder, Opened, read_at_most},
    layout::entry_meta,
};

/// The mode of exported files.
const FILE: u32 = 0o644;

/// Whether an export may replace what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// What is there stays, and nothing is exported.
    No,
    /// The file or link that is there is replaced as a whole, not written into; a folder only if it is an earlier export of
    /// the same entry with nothing else in it.
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
        let Some(entry) = self.entry(key)? else {
            return Err(match self.package(key)? {
                Some(package) => Error::IsPackage { key: *key, name: package.meta().package_name.clone() },
                None => Error::NoEntry { key: *key },
            });
        };
        let content = Content::of(&entry, whole)?;
        let mut place = std::path::absolute(destination).map_err(io)?;
        if !whole && place.is_dir() {
            place.push(&entry.meta().artifact);
        }
        let earlier = Earlier { key, content: &content };
        let shape = match (whole, overwrite) {
            (false, _) => Shape::File(overwrite),
            (true, Overwrite::Yes) if earlier.is_in(&place) => Shape::Exchanged(&earlier),
            (true, _) => Shape::Folder,
        };
        let put = self.put_as(&place, shape, &mut |staged| self.stage_export(&content, staged).map_err(io));
        put.map_err(|error| match error {
            Error::Exists { path, .. } if whole && overwrite == Overwrite::No && earlier.is_in(&path) => {
                Error::Exists { path, can_replace: true }
            }
            other => other,
        })
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
        shape: Shape<'_>,
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
        let is_file = matches!(shape, Shape::File(_));
        let can_replace = is_file && !place.symlink_metadata().is_ok_and(|there| there.is_dir());
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
        shape: Shape<'_>,
        is_locked: bool,
    ) -> Result<bool, Error> {
        if is_locked {
            remove(staged).map_err(io)?;
        }
        // Where renaming cannot be told not to replace, a folder would replace an empty one.
        if matches!(shape, Shape::File(Overwrite::No) | Shape::Folder) && place.symlink_metadata().is_ok() {
            return Ok(false);
        }
        let show = || match shape {
            Shape::File(Overwrite::Yes) => fs_err::rename(staged, place).map(|()| true),
            Shape::File(Overwrite::No) => show_file(staged, place),
            Shape::Folder => show_folder(staged, place),
            Shape::Exchanged(earlier) => exchange(staged, place, earlier),
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
#[derive(Clone, Copy)]
enum Shape<'a> {
    File(Overwrite),
    /// It never replaces anything.
    Folder,
    /// It takes the place of an earlier export.
    Exchanged(&'a Earlier<'a>),
}

/// What an earlier export of an entry is known by.
struct Earlier<'a> {
    key: &'a BuildKey,
    content: &'a Content,
}

/// What must be known of an exported meta.json.
#[derive(Deserialize)]
struct HasKey {
    key: BuildKey,
}

impl Earlier<'_> {
    /// Whether a folder is one, with nothing in it that an export would not write again.
    fn is_in(&self, place: &Path) -> bool {
        let Content::Whole(files) = self.content else { return false };
        let known = || -> io::Result<bool> {
            // Neither the folder nor its meta.json may be a link to somebody's.
            let (Some(parent), true) = (place.parent(), fs_err::symlink_metadata(place)?.is_dir()) else {
                return Ok(false);
            };
            let Opened::Found(parent) = Folder::root(parent)? else { return Ok(false) };
            let Opened::Found(folder) = parent.folder(place)? else { return Ok(false) };
            let meta = entry_meta(place);
            let Opened::Found((file, _)) = folder.file(&meta)? else { return Ok(false) };
            let meta: Option<HasKey> = serde_json::from_slice(&read_at_most(file, &meta, META_LIMIT)?).ok();
            let is_known = |name: &OsString| files.iter().any(|(known, _)| *name == **known);
            Ok(meta.is_some_and(|meta| meta.key == *self.key) && folder.names()?.iter().all(is_known))
        };
        known().unwrap_or(false)
    }
}

/// Gives a folder another's place, and removes that, unless it is not what was to be replaced.
fn exchange(staged: &Path, place: &Path, earlier: &Earlier<'_>) -> io::Result<bool> {
    let exchange = || renameat_with(CWD, staged, CWD, place, RenameFlags::EXCHANGE);
    match exchange() {
        Ok(()) => {}
        // It is gone meanwhile, or the file system does not know how.
        Err(Errno::NOENT | Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => return show_folder(staged, place),
        Err(error) => return Err(named(place, &error.into())),
    }
    if !earlier.is_in(staged) {
        // Somebody has put something there since it was looked at.
        exchange().map_err(|error| named(place, &error.into()))?;
        return Ok(false);
    }
    remove(staged)?;
    Ok(true)
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
