//! Putting a new file in the place of an old one, in one step or not at all.

use std::{
    io,
    os::{
        fd::AsRawFd as _,
        unix::fs::{MetadataExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::{
    fs::{AtFlags, CWD, FlockOperation, Gid, Mode, OFlags, RenameFlags, Uid},
    io::Errno,
};
use tempfile::TempPath;

use crate::{Durability, Error, Patience, wheel::file_name};

/// Where the system lists a process's open files.
const DESCRIPTORS: &str = "/proc/self/fd";
/// Where the system lists who holds locks.
const LOCKS: &str = "/proc/locks";
/// How long to wait without saying so. Another change of the same wheel is done with it by then.
const MOMENT: Duration = Duration::from_secs(1);
/// How long to wait before the lock is asked for again.
const PAUSE: Duration = Duration::from_millis(5);

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
        let (file, metadata) = open_file(wheel, "read the wheel")?;
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
        let (file, metadata) = open_file(wheel, "read the wheel")?;
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
        match &self.output {
            // Belongs to who makes it, with the wheel's mode as far as new files may have it, like a copy.
            Some(output) => Draft::with_mode(output, self.metadata.permissions().mode() & 0o777),
            None => Draft::beside(&self.wheel),
        }
    }

    /// Lets those read a draft who can read the wheel.
    pub(crate) fn lend_mode(&self, draft: &Draft) -> Result<(), Error> {
        let set = draft.file.set_permissions(self.metadata.permissions());
        set.map_err(|source| Error::Io { action: "write beside the wheel", source })
    }

    /// Puts a finished draft in its place, unless the wheel is not what it was when it was opened.
    pub(crate) fn replace(&self, draft: Draft, durability: Durability, patience: Patience) -> Result<(), Error> {
        if self.output.is_none() {
            draft
                .take_over(&self.metadata)
                .map_err(|source| Error::Io { action: "keep the wheel's mode and owner", source })?;
        }
        let ready = draft.ready(durability)?;
        if self.output.is_none() {
            self.lock(patience)?;
        }
        self.is_unchanged()?;
        ready.show(self.place(), self.output.is_none())
    }

    /// Keeps others who change the same wheel from replacing it as long as it is open.
    ///
    /// Where the file system has no locks, there is a moment between the last look at the wheel and its exchange.
    fn lock(&self, patience: Patience) -> Result<(), Error> {
        let (started, mut is_told) = (Instant::now(), false);
        loop {
            match rustix::fs::flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK | Errno::INTR) => {}
                _ => return Ok(()),
            }
            let waited = started.elapsed();
            if waited >= patience.at_most {
                return Err(Error::Locked { path: self.wheel.clone(), owner: self.owner() });
            }
            if waited >= MOMENT && !is_told {
                is_told = true;
                (patience.told)(&self.wheel, self.owner());
            }
            thread::sleep(PAUSE);
        }
    }

    /// The process that holds the wheel, where the system tells.
    fn owner(&self) -> Option<u32> {
        let (_, inode, ..) = self.stamp;
        let locks = fs_err::read_to_string(LOCKS).ok()?;
        locks.lines().find_map(|line| owner(line, inode))
    }

    /// Whether both the open file and what has its name now are the wheel that was read.
    fn is_unchanged(&self) -> Result<(), Error> {
        let is_same = |found: io::Result<std::fs::Metadata>| found.is_ok_and(|found| stamp(&found) == self.stamp);
        let is_named = self.output.is_some() || is_same(fs_err::symlink_metadata(&self.wheel));
        if is_named && is_same(self.file.metadata()) {
            Ok(())
        } else {
            Err(Error::Changed { path: self.wheel.clone() })
        }
    }
}

/// The process of a line in the system's list of locks, such as `1: FLOCK  ADVISORY  WRITE 4242 08:01:1234 0 EOF`, if it holds
/// the file of this number.
fn owner(line: &str, inode: u64) -> Option<u32> {
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        [_, "FLOCK", _, _, process, file, ..] => {
            let is_it = file.rsplit(':').next()?.parse() == Ok(inode);
            process.parse().ok().filter(|process| is_it && *process > 0)
        }
        _ => None,
    }
}

/// Opens a file to read it, and nothing else: not a pipe, which nobody may ever write to, and no device.
pub(crate) fn open_file(path: &Path, action: &'static str) -> Result<(fs_err::File, std::fs::Metadata), Error> {
    let io = |source| Error::Io { action, source };
    let not_a_file = || Error::NotAFile { path: path.to_owned() };
    if fs_err::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(not_a_file());
    }
    // What takes the file's place in this moment does not make it wait either.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = fs_err::OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if metadata.is_file() { Ok((file, metadata)) } else { Err(not_a_file()) }
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
    /// An empty file in the folder of another one, which only its owner can read.
    pub(crate) fn beside(path: &Path) -> Result<Self, Error> {
        Self::with_mode(path, 0o600)
    }

    /// The same with this mode, as far as the process lets new files have it.
    fn with_mode(path: &Path, mode: u32) -> Result<Self, Error> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let refused = |source| Error::Folder { folder: folder.clone(), source };
        let name: String = file_name(path).chars().take(60).collect();
        let prefix = format!(".{name}.");
        // A file without a name goes with its process, however that ends.
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match rustix::fs::open(&folder, flags, Mode::from_raw_mode(mode)) {
            Ok(file) if Path::new(DESCRIPTORS).exists() => {
                let file = fs_err::File::from_parts(file.into(), path);
                return Ok(Self { file, folder, prefix, named: None });
            }
            Err(error @ (Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::PERM | Errno::ROFS)) => {
                return Err(refused(error.into()));
            }
            _ => {}
        }
        let mut builder = tempfile::Builder::new();
        let permissions = std::fs::Permissions::from_mode(mode);
        let temporary = builder.prefix(&prefix).suffix(SUFFIX).permissions(permissions).tempfile_in(&folder);
        // The error's own text has the name that was tried, which nobody knows.
        let temporary = temporary.map_err(|error| refused(error.kind().into()))?;
        let (file, named) = temporary.into_parts();
        let file = fs_err::File::from_parts(file, &named);
        Ok(Self { file, folder, prefix, named: Some(named) })
    }

    /// A path by which this process can read it.
    pub(crate) fn path(&self) -> PathBuf {
        match &self.named {
            Some(named) => named.to_path_buf(),
            None => format!("{DESCRIPTORS}/{}", self.file.as_raw_fd()).into(),
        }
    }

    /// Gives it a name that is nobody's, if it has none.
    fn name(&mut self) -> io::Result<TempPath> {
        if let Some(named) = self.named.take() {
            return Ok(named);
        }
        let own = self.path();
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
    pub(crate) fn show(self, place: &Path, replaces: bool, durability: Durability) -> Result<(), Error> {
        self.ready(durability)?.show(place, replaces)
    }

    /// Waits until it is on disk. It has no name yet, so that who is killed while it waits for others leaves nothing.
    fn ready(self, durability: Durability) -> Result<Ready, Error> {
        if durability == Durability::Full {
            self.file.sync_all().map_err(write)?;
        }
        // Opened while there is still a way back.
        let folder = match durability {
            Durability::None => None,
            Durability::Full => Some(fs_err::File::open(&self.folder).map_err(write)?),
        };
        Ok(Ready { draft: self, folder })
    }
}

/// A finished draft.
struct Ready {
    draft: Draft,
    /// Where it is, if that has to be on disk as well.
    folder: Option<fs_err::File>,
}

impl Ready {
    fn show(self, place: &Path, replaces: bool) -> Result<(), Error> {
        let Self { mut draft, folder } = self;
        let temporary = draft.name().map_err(write)?;
        if replaces {
            fs_err::rename(&temporary, place).map_err(write)?;
        } else {
            match rustix::fs::renameat_with(CWD, &*temporary, CWD, place, RenameFlags::NOREPLACE) {
                Ok(()) => {}
                Err(Errno::EXIST) => return Err(Error::OutputExists { path: place.to_owned() }),
                // Some file systems do not know the flag, and a link does not replace either.
                Err(_) => fs_err::hard_link(&temporary, place).map_err(write)?,
            }
        }
        // The name is gone, or is the second one of a link.
        let _ = temporary.close();
        folder.map_or(Ok(()), |folder| folder.sync_all()).map_err(write)
    }
}

fn write(source: io::Error) -> Error {
    Error::Io { action: "write the changed wheel", source }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    static TOLD: AtomicUsize = AtomicUsize::new(0);

    fn opened() -> (tempfile::TempDir, WheelFile, fs_err::File) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo-1.0-py3-none-any.whl");
        fs_err::write(&path, "old").unwrap();
        let target = WheelFile::open(&path, None).unwrap();
        let other = fs_err::File::open(&path).unwrap();
        rustix::fs::flock(&other, FlockOperation::LockExclusive).unwrap();
        (folder, target, other)
    }

    #[test]
    fn who_holds_a_wheel_is_not_waited_for_without_end() {
        let (folder, target, _other) = opened();
        let draft = target.draft().unwrap();
        let patience = Patience { at_most: Duration::from_millis(20), ..Patience::default() };
        let error = target.replace(draft, Durability::None, patience).unwrap_err();
        let own = std::process::id();
        assert!(matches!(&error, Error::Locked { owner: Some(owner), .. } if *owner == own), "{error:?}");
        assert!(error.to_string().ends_with(&format!("is locked by process {own}")), "{error}");
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs_err::read_to_string(target.wheel()).unwrap(), "old");
    }

    #[test]
    fn waiting_is_told_once() {
        let (_folder, target, other) = opened();
        let told = |_: &Path, owner: Option<u32>| {
            assert_eq!(owner, Some(std::process::id()));
            TOLD.fetch_add(1, Ordering::Relaxed);
        };
        let patience = Patience { told, ..Patience::default() };
        thread::scope(|scope| {
            scope.spawn(move || {
                while TOLD.load(Ordering::Relaxed) == 0 {
                    thread::sleep(PAUSE);
                }
                thread::sleep(10 * PAUSE);
                drop(other);
            });
            target.replace(target.draft().unwrap(), Durability::None, patience).unwrap();
        });
        assert_eq!(TOLD.load(Ordering::Relaxed), 1);
        assert_eq!(fs_err::read_to_string(target.wheel()).unwrap(), "");
    }

    #[test]
    fn lines_of_the_list_of_locks() {
        assert_eq!(owner("1: FLOCK  ADVISORY  WRITE 4242 08:01:1234 0 EOF", 1234), Some(4242));
        assert_eq!(owner("1: FLOCK  ADVISORY  WRITE 4242 08:01:1234 0 EOF", 123), None);
        assert_eq!(owner("1: -> FLOCK  ADVISORY  WRITE 4243 08:01:1234 0 EOF", 1234), None, "it waits, too");
        assert_eq!(owner("1: POSIX  ADVISORY  WRITE 4242 08:01:1234 0 EOF", 1234), None);
        assert_eq!(owner("1: FLOCK  ADVISORY  WRITE 0 08:01:1234 0 EOF", 1234), None, "it is in another container");
        assert_eq!(owner("", 1234), None);
    }
}
