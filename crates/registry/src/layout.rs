//! The tree on disk. No other module joins a path below the root.
//!
//! ```text
//! <root>/                                             mode 0700
//! ├── CACHEDIR.TAG                                    tells backup programs that this can be made again
//! ├── tools/                                          managed Cython environments, one folder each
//! └── v1/                                             the version of this tree
//!     ├── entries/<kk>/<build key>/                   finished builds, which never change
//!     │   ├── <module>.pyx                            the normalised source
//!     │   ├── <module>.<extension suffix>             the artifact
//!     │   └── meta.json                               what it is, and the digest of the artifact
//!     ├── manifests/<kk>/<portable digest>/<toolchain digest>.json    dependency sets seen so far
//!     ├── locks/request/<kk>/<request key>/           lock, owner.json: who builds
//!     ├── locks/entry/<kk>/<build key>/               who moves an entry
//!     ├── locks/tools/<name>/                         who installs a tool
//!     ├── stage/<request key>/<random>/               the lock holder's workspace: build/ and entry/
//!     ├── quarantine/<build key>/<random>/            an entry that failed verification, and reason.txt
//!     └── probes/                                     remembered fingerprints
//! ```
//!
//! `<kk>` is the first two digits of the key that follows. Locks are taken in the order request, entry.

use std::path::{Path, PathBuf};

use cache_key::{BuildKey, Digest, RequestKey};

/// The paths below a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
    version: PathBuf,
}

impl Layout {
    /// The paths below this root.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self { version: root.join("v1"), root }
    }

    /// The root itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The tag that backup programs look for.
    pub fn cache_tag(&self) -> PathBuf {
        self.root.join("CACHEDIR.TAG")
    }

    /// A managed environment.
    pub fn tool(&self, name: &str) -> PathBuf {
        self.root.join("tools").join(name)
    }

    /// Where managed environments are made before they are shown.
    pub fn tools(&self) -> PathBuf {
        self.root.join("tools")
    }

    /// All entries.
    pub fn entries(&self) -> PathBuf {
        self.version.join("entries")
    }

    /// One entry.
    pub fn entry(&self, key: &BuildKey) -> PathBuf {
        self.entries().join(key.shard()).join(key.to_string())
    }

    /// The manifests of all toolchains for one portable part.
    pub fn manifests(&self, portable: &Digest) -> PathBuf {
        let digits = portable.to_string();
        self.version.join("manifests").join(&digits[..2]).join(digits)
    }

    /// One manifest.
    pub fn manifest(&self, portable: &Digest, toolchain: &Digest) -> PathBuf {
        self.manifests(portable).join(format!("{toolchain}.json"))
    }

    /// The lock of a request.
    pub fn request_lock(&self, key: &RequestKey) -> PathBuf {
        self.version.join("locks").join("request").join(key.shard()).join(key.to_string())
    }

    /// The lock of an entry.
    pub fn entry_lock(&self, key: &BuildKey) -> PathBuf {
        self.version.join("locks").join("entry").join(key.shard()).join(key.to_string())
    }

    /// The lock of a managed environment.
    pub fn tool_lock(&self, name: &str) -> PathBuf {
        self.version.join("locks").join("tools").join(name)
    }

    /// The workspaces of one request.
    pub fn stage(&self, key: &RequestKey) -> PathBuf {
        self.version.join("stage").join(key.to_string())
    }

    /// What failed verification under a key.
    pub fn quarantine(&self, key: &BuildKey) -> PathBuf {
        self.version.join("quarantine").join(key.to_string())
    }

    /// Remembered fingerprints.
    pub fn probes(&self) -> PathBuf {
        self.version.join("probes")
    }
}

/// The part of a stage in which tools run.
pub(crate) fn stage_build(stage: &Path) -> PathBuf {
    stage.join("build")
}

/// The part of a stage that becomes an entry.
pub(crate) fn stage_entry(stage: &Path) -> PathBuf {
    stage.join("entry")
}

/// The damaged entry in a cell of the quarantine.
pub(crate) fn quarantined_entry(cell: &Path) -> PathBuf {
    cell.join("entry")
}

/// Why it is there.
pub(crate) fn quarantine_reason(cell: &Path) -> PathBuf {
    cell.join("reason.txt")
}
