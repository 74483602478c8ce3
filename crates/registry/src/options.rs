//! How much a registry promises, and how much it believes.

use std::{fs::Metadata, io, os::unix::fs::MetadataExt as _, path::Path, sync::Arc};

/// What a caller may choose about a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// What survives a power cut.
    pub durability: Durability,
    /// Whose files are believed.
    pub trust: Trust,
}

/// What survives a power cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// What was published is on disk before it is shown.
    #[default]
    Full,
    /// Nothing is waited for. What a power cut spoils is seen as damaged and built again: for CI and memory file systems.
    None,
}

/// Whose files are believed. Loading an entry runs what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trust {
    /// Only what belongs to this user or to root and that nobody else can write.
    #[default]
    Strict,
    /// The same for a [`Layer`](crate::Layer), which may also belong to these users, and which is never written.
    Layer(Arc<[u32]>),
    /// Whatever is there: everybody who may write the cache is trusted like oneself.
    Anyone,
}

/// Why others could have put something there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// Another user owns it.
    #[error("belongs to user {0}")]
    Owner(u32),
    /// Its group can write it.
    #[error("can be written by its group")]
    Group,
    /// Everybody can write it.
    #[error("can be written by everybody")]
    Everybody,
    /// It leads somewhere else. Not even [`Trust::Anyone`] follows links below the root.
    #[error("is a symbolic link")]
    Link,
}

impl Durability {
    /// Waits until a file is on disk.
    pub(crate) fn sync(self, file: &fs_err::File) -> io::Result<()> {
        match self {
            Self::Full => file.sync_all(),
            Self::None => Ok(()),
        }
    }

    /// Waits until a folder's names are on disk.
    pub(crate) fn sync_folder(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Full => fs_err::File::open(path)?.sync_all(),
            Self::None => Ok(()),
        }
    }
}

impl Trust {
    /// Why what has this metadata is not to be believed, if it is not.
    pub(crate) fn doubt(&self, metadata: &Metadata) -> Option<Distrust> {
        self.doubt_of(metadata.uid(), metadata.mode())
    }

    /// Why what has this owner and mode is not to be believed, if it is not.
    pub(crate) fn doubt_of(&self, owner: u32, mode: u32) -> Option<Distrust> {
        let named: &[u32] = match self {
            Self::Strict => &[],
            Self::Layer(users) => users,
            Self::Anyone => return None,
        };
        if owner != 0 && owner != rustix::process::geteuid().as_raw() && !named.contains(&owner) {
            Some(Distrust::Owner(owner))
        } else if mode & 0o002 != 0 {
            Some(Distrust::Everybody)
        } else if mode & 0o020 != 0 {
            Some(Distrust::Group)
        } else {
            None
        }
    }

    /// Whether nothing is ever written there.
    pub(crate) fn is_of_layer(&self) -> bool {
        matches!(self, Self::Layer(_))
    }
}
