//! Putting a new file in the place of an old one, in one step or not at all.

use std::{
    io,
    os::{fd::AsRawFd as _, unix::fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{AtFlags, CWD, Gid, Mode, OFlags, RenameFlags, Uid};
use tempfile::TempPath;

use crate::{Durability, Error, wheel::file_name};

/// Where the system lists a process's open files.
const DESCRIPTORS: &str = "/proc/self/fd";

/// A wheel that is open, and where its successor goes.
#[derive(Debug)]
pub(crate) struct WheelFile {
    /// The wheel as it is.
    pub(crate) file: fs_err::File,
    wheel: PathBuf,
    /// Another place than the wheel's.
    output: Option<PathBuf>,
    stamp: Stamp,
    metadata: std::fs::Metadata,
}

/// By which a file is known not to have been changed or exchanged.
type Stamp = (u64, u64, u64, i64, i64, i64, i64);

fn stamp(metadata: &std::fs::Metadata) -> Stamp {
    (
        metadata.dev(),
        metadata.ino(),
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    )
}

impl WheelFile {
    /// Opens a wheel that is to be replaced, or to be written to `output` with changes.
    pub(crate) fn open(wheel: &Path, output: Option<&Path>) -> Result<Self, Error> {
        let io = |source| Error::Io { action: "read the wheel", source };
        let path = || wheel.to_owned();
        if output.is_none() && fs_err::symlink_metadata(wheel).map_err(io)?.is_symlink() {
            return Err(Error::Symlink { path: path() });
        }
        let file = fs_err::File::open(wheel).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(Error::NotAFile { path: path() });
        }
        if output.is_none() && metadata.nlink() > 1 {
            return Err(Error::Hardlinks { path: path(), links: metadata.nlink() });
        }
        if let Some(output) = output.filter(|output| output.symlink_metadata().is_ok()) {
            return Err(Error::OutputExists { path: output.to_owned() });
        }
        Ok(Self { file, wheel: path(), output: output.map(Path::to_owned), stamp: stamp(&metadata), metadata })
    }

    /// Opens a wheel that is only looked at.
    pub(crate) fn open_to_read(wheel: &Path) -> Result<Self, Error> {
        let io = |source| Error::Io { action: "read the wheel", source };
        let file = fs_err::File::open(wheel).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(Error::NotAFile { path: wheel.to_owned() });
        }
        Ok(Self { file, wheel: wheel.to_owned(), output: None, stamp: stamp(&metadata), metadata })
    }

    /// The wheel's path.
    pub(crate) fn wheel(&self) -> &Path {
        &self.wheel
    }

    /// The path of its successor.
    pub(crate) fn place(&self) -> &Path {
        self.output.as_deref().unwrap_or(&self.wheel)
    }

    /// An empty file beside the place of the successor.
    pub(crate) fn draft(&self) -> Result<Draft, Error> {
        Draft::beside(self.place())
    }

    /// Lets those read a draft who can read the wheel.
    pub(crate) fn lend_mode(&self, draft: &Draft) -> Result<(), Error> {
        let set = draft.file.set_permissions(self.metadata.permissions());
        set.map_err(|source| Error::Io { action: "write beside the wheel", source })
    }

    /// Puts a finished draft in its place.
    pub(crate) fn replace(&self, draft: Draft, durability: Durability) -> Result<(), Error> {
        let now = fs_err::symlink_metadata(&self.wheel);
        let open = self.file.metadata().map(|metadata| stamp(&metadata));
        let is_same = |found: io::Result<Stamp>| found.is_ok_and(|found| found == self.stamp);
        if !is_same(open) || (self.output.is_none() && !is_same(now.map(|metadata| stamp(&metadata)))) {
            return Err(Error::Changed { path: self.wheel.clone() });
        }
        draft
            .take_over(&self.metadata)
            .map_err(|source| Error::Io { action: "keep the wheel's mode and owner", source })?;
        draft.show(self.place(), self.output.is_none(), durability)
    }
}

/// A file that nobody knows of yet. Unless it is shown, nothing of it is left.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) file: fs_err::File,
    folder: PathBuf,
    /// The beginning of its name until it is shown.
    prefix: String,
    /// Its name, where files cannot be without one.
    named: Option<TempPath>,
}

/// The end of a draft's name.
const SUFFIX: &str = ".part";

impl Draft {
    /// An empty file in the folder of another one.
    pub(crate) fn beside(path: &Path) -> Result<Self, Error> {
        let io = |source| Error::Io { action: "write beside the wheel", source };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let name: String = file_name(path).chars().take(60).collect();
        let prefix = format!(".{name}.");
        // A file without a name goes with its process, however that ends.
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        if let Ok(file) = rustix::fs::open(&folder, flags, Mode::RUSR | Mode::WUSR)
            && Path::new(DESCRIPTORS).exists()
        {
            let file = fs_err::File::from_parts(file.into(), path);
            return Ok(Self { file, folder, prefix, named: None });
        }
        let made = tempfile::Builder::new().prefix(&prefix).suffix(SUFFIX).tempfile_in(&folder).map_err(io)?;
        let (file, named) = made.into_parts();
        let file = fs_err::File::from_parts(file, &named);
        Ok(Self { file, folder, prefix, named: Some(named) })
    }

    /// Gives it a name that is nobody's, if it has none.
    fn name(&mut self) -> io::Result<TempPath> {
        if let Some(named) = self.named.take() {
            return Ok(named);
        }
        let own = format!("{DESCRIPTORS}/{}", self.file.as_raw_fd());
        let link =
            |path: &Path| rustix::fs::linkat(CWD, &own, CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from);
        let made = tempfile::Builder::new().prefix(&self.prefix).suffix(SUFFIX).make_in(&self.folder, link)?;
        Ok(made.into_temp_path())
    }

    /// Gives it the mode and the owner of another file.
    fn take_over(&self, metadata: &std::fs::Metadata) -> io::Result<()> {
        let own = self.file.metadata()?;
        if (own.uid(), own.gid()) != (metadata.uid(), metadata.gid()) {
            let (owner, group) = (Uid::from_raw(metadata.uid()), Gid::from_raw(metadata.gid()));
            rustix::fs::fchown(&self.file, Some(owner), Some(group))?;
        }
        // After the owner, whose change takes rights away.
        self.file.set_permissions(metadata.permissions())
    }

    /// Waits until it is on disk, and gives it its name.
    pub(crate) fn show(mut self, place: &Path, replaces: bool, durability: Durability) -> Result<(), Error> {
        let io = |source| Error::Io { action: "write the changed wheel", source };
        if durability == Durability::Full {
            self.file.sync_all().map_err(io)?;
        }
        // Opened while there is still a way back.
        let folder = match durability {
            Durability::None => None,
            Durability::Full => Some(fs_err::File::open(&self.folder).map_err(io)?),
        };
        let temporary = self.name().map_err(io)?;
        if replaces {
            fs_err::rename(&temporary, place).map_err(io)?;
        } else {
            match rustix::fs::renameat_with(CWD, &*temporary, CWD, place, RenameFlags::NOREPLACE) {
                Ok(()) => {}
                Err(rustix::io::Errno::EXIST) => return Err(Error::OutputExists { path: place.to_owned() }),
                // Some file systems do not know the flag, and a link does not replace either.
                Err(_) => fs_err::hard_link(&temporary, place).map_err(io)?,
            }
        }
        // The name is gone, or is the second one of a link.
        let _ = temporary.close();
        folder.map_or(Ok(()), |folder| folder.sync_all()).map_err(io)
    }
}
