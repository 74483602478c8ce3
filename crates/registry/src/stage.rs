//! The lock holder's workspace, and what becomes of it.
//!
//! A build happens in `build/`. What is to be published is put together in `entry/`, written and synced file by file,
//! meta.json last, so that even a file system that cannot rename folders atomically never shows an entry without one
//! whose files are all there. Whatever is left behind by a dead holder is swept by the next one, who has the same lock.

use std::{
    io,
    path::{Path, PathBuf},
};

use cache_key::Digest;
use tempfile::TempDir;

use crate::{
    Durability, Error, META_FORMAT, Meta,
    files::{PRIVATE, READABLE, make_folders, seal, write_new},
    layout::{entry_meta, stage_build, stage_entry},
};

/// A private workspace. Dropping it removes it.
#[derive(Debug)]
pub struct Stage {
    folder: TempDir,
    durability: Durability,
}

/// A complete entry that can be published.
#[derive(Debug)]
#[must_use = "a staged entry is thrown away unless it is published"]
pub struct Staged {
    pub(crate) stage: Stage,
    pub(crate) meta: Meta,
}

impl Stage {
    pub(crate) fn new(parent: &Path, durability: Durability) -> io::Result<Self> {
        make_folders(parent, PRIVATE)?;
        let stage = Self { folder: new_cell(parent)?, durability };
        make_folders(&stage.build(), PRIVATE)?;
        make_folders(&stage.entry(), READABLE)?;
        Ok(stage)
    }

    /// The folder to build in.
    pub fn build(&self) -> PathBuf {
        stage_build(self.folder.path())
    }

    pub(crate) fn entry(&self) -> PathBuf {
        stage_entry(self.folder.path())
    }

    /// Puts the entry together: source, artifact, what lies beside them, meta.json. Fills in the artifact's size and digest.
    ///
    /// `beside` are names in the entry and files whose content is kept by these names.
    ///
    /// # Errors
    /// [`Error::Io`] when the file system refuses; nothing is published then.
    pub fn complete(
        self,
        source: (&str, &str),
        artifact: &Path,
        beside: &[(String, PathBuf)],
        mut meta: Meta,
    ) -> Result<Staged, Error> {
        self.fill(source, artifact, beside, &mut meta)
            .map_err(|source| Error::Io { action: "write the cache entry", source })?;
        Ok(Staged { stage: self, meta })
    }

    fn fill(
        &self,
        (name, text): (&str, &str),
        artifact: &Path,
        beside: &[(String, PathBuf)],
        meta: &mut Meta,
    ) -> io::Result<()> {
        let (entry, durability) = (self.entry(), self.durability);
        write_new(&entry.join(name), text.as_bytes(), 0o444, durability)?;
        for (name, file) in beside {
            write_new(&entry.join(name), &fs_err::read(file)?, 0o444, durability)?;
        }
        let place = entry.join(&meta.artifact);
        // A compiler may have made links of its own; what is published is a file that nobody else has a name for.
        fs_err::copy(artifact, &place)?;
        let bytes = fs_err::read(&place)?;
        meta.format = META_FORMAT;
        meta.artifact_size = bytes.len() as u64;
        meta.artifact_blake3 = Digest::of(&bytes);
        seal(&fs_err::File::open(&place)?, 0o444, durability)?;
        write_new(&entry_meta(&entry), &meta.to_file()?, 0o444, durability)?;
        durability.sync_folder(&entry)
    }
}

impl Staged {
    /// The digest of its artifact.
    pub fn artifact_blake3(&self) -> Digest {
        self.meta.artifact_blake3
    }
}

/// A new folder with a random name that only its owner can enter.
pub(crate) fn new_cell(parent: &Path) -> io::Result<TempDir> {
    use std::os::unix::fs::PermissionsExt as _;
    let private = std::fs::Permissions::from_mode(PRIVATE);
    tempfile::Builder::new().prefix("").rand_bytes(12).permissions(private).tempdir_in(parent)
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The folder of the request is removed with its last workspace; a busy one stays.
        let parent = self.folder.path().parent().map(Path::to_owned);
        let _ = fs_err::remove_dir_all(self.folder.path());
        if let Some(parent) = parent {
            let _ = fs_err::remove_dir(parent);
        }
    }
}
