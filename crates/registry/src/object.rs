//! Object files that builds link with, such as Cython's own code for memoryviews: made once, like an entry, and only ever
//! read by builds.
//!
//! The name of an object's file has the digest of its content, so that one that was damaged is not taken for one. The
//! holder of its request's lock writes it. Losing one costs the time to make it again; so the last few are kept, and
//! those that have not been used for longest go.

use std::{path::PathBuf, time::SystemTime};

use cache_key::{Digest, RequestKey};
use lock_dir::Held;

use crate::{
    Error, Registry,
    entry::USE_INTERVAL,
    files::{remove, replace},
    folder::{Opened, read_at_most},
    layout::object_of,
};

/// So many objects are kept, those that were used last.
const KEPT: usize = 16;

/// What is larger is none.
const LIMIT: u64 = 64 << 20;

impl Registry {
    /// The object file that was made for this request, if it is there and as it was written. One that is not is removed.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::Untrusted`] when others could have put something there.
    pub fn object(&self, request: &RequestKey) -> Result<Option<Vec<u8>>, Error> {
        let io = |source| Error::Io { action: "read an object file in the cache", source };
        let objects = self.layout().objects();
        let Some(folder) = self.folder(&objects)? else { return Ok(None) };
        for name in self.names(&objects)? {
            let Some((key, digest)) = object_of(&name).filter(|(key, _)| key == request) else { continue };
            let path = self.layout().object(&key, &digest);
            if let Opened::Found((file, metadata)) = folder.file(&path).map_err(io)?
                && self.options().trust.doubt(&metadata).is_none()
            {
                note_use(&file, metadata.modified().ok());
                let bytes = read_at_most(file, &path, LIMIT).map_err(io)?;
                if Digest::of(&bytes) == digest {
                    return Ok(Some(bytes));
                }
            }
            remove(&path).map_err(io)?;
        }
        Ok(None)
    }

    /// Keeps an object file for this request.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written, [`Error::Untrusted`] when others could write it.
    pub fn keep_object(&self, held: &Held, request: &RequestKey, bytes: &[u8]) -> Result<(), Error> {
        self.assert_held(held, request);
        let io = |source| Error::Io { action: "keep an object file", source };
        let (path, stage) = (self.layout().object(request, &Digest::of(bytes)), self.layout().stage(request));
        let written = replace(&path, bytes, &stage, self.options().durability);
        // Workspaces that are still in use keep it.
        let _ = fs_err::remove_dir(&stage);
        written.map_err(io)?;
        let mut dated: Vec<(SystemTime, PathBuf)> = self
            .objects()?
            .into_iter()
            // One that is gone was removed by somebody else.
            .filter_map(|path| Some((fs_err::symlink_metadata(&path).ok()?.modified().ok()?, path)))
            .collect();
        dated.sort();
        let old = dated.len().saturating_sub(KEPT);
        dated[..old].iter().try_for_each(|(_, path)| remove(path).map(drop)).map_err(io)
    }

    /// The files of all objects.
    pub(crate) fn objects(&self) -> Result<Vec<PathBuf>, Error> {
        let names = self.names(&self.layout().objects())?;
        let known = names.iter().filter_map(|name| object_of(name));
        Ok(known.map(|(key, digest)| self.layout().object(&key, &digest)).collect())
    }
}

/// Notes that a file is used now. In a cache that cannot be written nothing is noted.
fn note_use(file: &std::fs::File, noted: Option<SystemTime>) {
    let now = SystemTime::now();
    if noted.and_then(|noted| now.duration_since(noted).ok()).is_some_and(|age| age > USE_INTERVAL) {
        let _ = file.set_modified(now);
    }
}
