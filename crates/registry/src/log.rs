//! What the tools of a failed build were told and said, for people to read.
//!
//! One file for each request: the next failure replaces it and the next success removes it. A log is nobody's input, so
//! that there are not too many is decided by their age.

use std::{
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use cache_key::RequestKey;
use lock_dir::Held;

use crate::{
    Error, Registry,
    files::{remove, replace},
    layout::is_log,
};

/// So many logs are kept, the newest.
const KEPT: usize = 64;

impl Registry {
    /// Keeps what the tools of a failed build were told and said, and tells where.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written, [`Error::Untrusted`] when others could write it.
    pub fn keep_log(&self, held: &Held, request: &RequestKey, text: &str) -> Result<PathBuf, Error> {
        self.assert_held(held, request);
        let (path, stage) = (self.layout().log(request), self.layout().stage(request));
        let written = replace(&path, text.as_bytes(), &stage, crate::Durability::None);
        // Workspaces that are still in use keep it.
        let _ = fs_err::remove_dir(&stage);
        written.map_err(|source| Error::Io { action: "write the build log", source })?;
        self.forget_old_logs()?;
        Ok(path)
    }

    /// Removes the log of an earlier failure. That it stays is no reason to fail.
    pub fn drop_log(&self, held: &Held, request: &RequestKey) {
        self.assert_held(held, request);
        let _ = remove(&self.layout().log(request));
    }

    fn forget_old_logs(&self) -> Result<(), Error> {
        let folder = self.layout().logs();
        let names = self.names(&folder)?;
        let mut dated: Vec<(SystemTime, &String)> = names
            .iter()
            .filter(|name| is_log(name))
            // One that is gone was removed by somebody else.
            .filter_map(|name| Some((written(&folder.join(name)).ok()?, name)))
            .collect();
        dated.sort();
        let old = dated.len().saturating_sub(KEPT);
        for (_, name) in &dated[..old] {
            remove(&folder.join(name)).map_err(|source| Error::Io { action: "remove an old build log", source })?;
        }
        Ok(())
    }
}

fn written(path: &Path) -> io::Result<SystemTime> {
    fs_err::symlink_metadata(path)?.modified()
}
