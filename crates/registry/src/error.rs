//! What can be wrong with a registry, and with one entry.

use std::{io, path::PathBuf};

use cache_key::BuildKey;

use crate::META_FORMAT;

/// Why the registry could not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The root cannot be written.
    #[error("the cache folder `{}` cannot be written", root.display())]
    Unwritable {
        /// The root.
        root: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something was written by a newer version.
    #[error("`{}` has format {found}, this version reads up to {META_FORMAT}", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// An entry does not hold what it should.
    #[error("the cache entry `{key}` is damaged: {damage}")]
    Damaged {
        /// Its key.
        key: BuildKey,
        /// What is wrong with it.
        damage: Damage,
    },
    /// An entry is being moved or published by another process.
    #[error("the cache entry `{key}` is busy")]
    Busy {
        /// Its key.
        key: BuildKey,
    },
    /// A lock could not be taken.
    #[error(transparent)]
    Lock(#[from] lock_dir::Error),
    /// The file system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

/// What is wrong with an entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// meta.json is not what it should be.
    #[error("its meta.json {0}")]
    Meta(String),
    /// The artifact is not there.
    #[error("its artifact `{0}` is missing")]
    Missing(String),
    /// The artifact is a link, a folder, a pipe, or has a second name.
    #[error("its artifact is {0}")]
    NotAFile(&'static str),
    /// The artifact has another size.
    #[error("its artifact has {found} bytes instead of {expected}")]
    Size {
        /// As meta.json says.
        expected: u64,
        /// As found.
        found: u64,
    },
    /// The artifact has the right size and other content.
    #[error("its artifact does not have the recorded content")]
    Content,
    /// The artifact is what was published, but is not one to load.
    #[error("its artifact is not loadable: {0}")]
    Unloadable(String),
}

impl Error {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unwritable { .. } => Some("make it writable, or choose another with PYXIDE_CACHE_DIR"),
            Self::TooNew { .. } => Some("upgrade pyxide, or point PYXIDE_CACHE_DIR at another folder"),
            Self::Damaged { .. } => Some("build it again: the damaged entry is then moved to quarantine"),
            Self::Busy { .. } => Some("try again in a moment"),
            Self::Lock(_) | Self::Io { .. } => None,
        }
    }
}
