//! The tree on disk. No other module joins a path below the root.
//!
//! ```text
//! <root>/                                             mode 0700
//! ├── CACHEDIR.TAG                                    tells backup programs that this can be made again
//! ├── tools/<name>/                                   a managed Cython environment
//! ├── tools/.new-<name>/<random>/                     one that the holder of its lock is installing
//! └── v1/                                             the version of this tree
//!     ├── entries/<kk>/<build key>/                   finished builds, which never change
//!     │   ├── <module>.pyx                            the normalised source; <module>.py, and the .pxd beside it
//!     │   ├── annotation.html                         what each line costs, if that was asked for
//!     │   ├── <module>.c                              the generated code (or .cpp), if that was asked for
//!     │   ├── <module>.<extension suffix>             the artifact
//!     │   └── meta.json                               what it is, and the digest of the artifact
//!     ├── packages/<kk>/<build key>/              modules that belong together, by the keys of their entries
//!     │   ├── files/<package>/__init__.py             its Python files, by their paths
//!     │   └── meta.json
//!     ├── manifests/<kk>/<portable digest>/<toolchain digest>.sets    dependency sets seen so far
//!     ├── objects/<request key>.<digest>.o            an object file that builds link with, named by its content
//!     ├── locks/request/<kk>/<request key>/           lock, owner.json: who builds
//!     ├── locks/entry/<kk>/<build key>/               who moves an entry
//!     ├── locks/export/<kk>/<digest>/                 who writes to the destination whose path has this digest
//!     ├── locks/tools/<name>/                         who installs a tool
//!     ├── stage/<request key>/<random>/               the lock holder's workspace: build/ and entry/
//!     ├── incoming/<build key>/<random>/entry/    a package or a module from elsewhere that the holder of its lock is writing
//!     ├── trash/<build key>/<random>/                 an entry that is being removed
//!     ├── pins/<alias>.json                           a name for an entry, which is not collected as long as it has one
//!     ├── pins/.<build key>.new                       a pin that the holder of the entry's lock is writing
//!     ├── quarantine/<build key>/<random>/            an entry that failed verification, and reason.txt
//!     ├── logs/<request key>.log                      what the tools of its last, failed build said; the newest 64
//!     └── probes/                                     remembered fingerprints
//! ```
//!
//! `<kk>` is the first two digits of the key that follows. Locks are taken in the order request, the request for an object file, entry,
//! and those of several entries in the order of their keys.

use std::path::{Path, PathBuf};

use cache_key::{BuildKey, Digest, RequestKey};

use crate::{Alias, PackagePath};

/// The file that says what an entry is.
pub(crate) const META: &str = "meta.json";

/// How the name of an unfinished installation begins.
const UNFINISHED: &str = ".new-";

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
        self.tools().join(name)
    }

    /// All managed environments, and those that are being installed.
    pub fn tools(&self) -> PathBuf {
        self.root.join("tools")
    }

    /// Where a managed environment is made before it is shown.
    pub fn unfinished_tool(&self, name: &str) -> PathBuf {
        self.tools().join(format!("{UNFINISHED}{name}"))
    }

    /// The parts of a cache by what is in them, for people who want to know where its bytes are.
    pub(crate) fn parts(&self) -> [(&'static str, PathBuf); 10] {
        [
            ("modules", self.entries()),
            ("packages", self.packages()),
            ("known dependencies", self.all_manifests()),
            ("object files", self.objects()),
            ("quarantine", self.quarantines()),
            ("unfinished", self.stages()),
            ("being removed", self.trash()),
            ("logs", self.logs()),
            ("remembered tools", self.probes()),
            ("installed tools", self.tools()),
        ]
    }

    /// All entries.
    pub fn entries(&self) -> PathBuf {
        self.version.join("entries")
    }

    /// One entry.
    pub fn entry(&self, key: &BuildKey) -> PathBuf {
        self.shard(key).join(key.to_string())
    }

    /// The folder that one entry is in, with others.
    pub fn shard(&self, key: &BuildKey) -> PathBuf {
        self.entries().join(key.shard())
    }

    /// All packages.
    pub fn packages(&self) -> PathBuf {
        self.version.join("packages")
    }

    /// One package.
    pub fn package(&self, key: &BuildKey) -> PathBuf {
        self.package_shard(key).join(key.to_string())
    }

    /// The folder that one package is in, with others.
    pub fn package_shard(&self, key: &BuildKey) -> PathBuf {
        self.packages().join(key.shard())
    }

    /// All manifests.
    pub(crate) fn all_manifests(&self) -> PathBuf {
        self.version.join("manifests")
    }

    /// The manifests of all toolchains for one portable part.
    pub fn manifests(&self, portable: &Digest) -> PathBuf {
        let digits = portable.to_string();
        self.all_manifests().join(&digits[..2]).join(digits)
    }

    /// One manifest.
    pub fn manifest(&self, portable: &Digest, toolchain: &Digest) -> PathBuf {
        self.manifests(portable).join(format!("{toolchain}.sets"))
    }

    /// All object files that builds link with.
    pub(crate) fn objects(&self) -> PathBuf {
        self.version.join("objects")
    }

    /// An object file that was made for a request.
    pub(crate) fn object(&self, key: &RequestKey, content: &Digest) -> PathBuf {
        self.objects().join(format!("{key}.{content}.o"))
    }

    /// The locks of all requests, in one folder for each beginning of a key.
    pub fn request_locks(&self) -> PathBuf {
        self.version.join("locks").join("request")
    }

    /// The lock of a request.
    pub fn request_lock(&self, key: &RequestKey) -> PathBuf {
        self.request_locks().join(key.shard()).join(key.to_string())
    }

    /// The locks of all entries, in one folder for each beginning of a key.
    pub fn entry_locks(&self) -> PathBuf {
        self.version.join("locks").join("entry")
    }

    /// The lock of an entry.
    pub fn entry_lock(&self, key: &BuildKey) -> PathBuf {
        self.entry_locks().join(key.shard()).join(key.to_string())
    }

    /// The locks of all exports, in one folder for each beginning of a digest.
    pub fn export_locks(&self) -> PathBuf {
        self.version.join("locks").join("export")
    }

    /// The lock of exports to the destination whose absolute path has this digest.
    pub fn export_lock(&self, destination: &Digest) -> PathBuf {
        let digits = destination.to_string();
        self.export_locks().join(&digits[..2]).join(digits)
    }

    /// The lock of a managed environment.
    pub fn tool_lock(&self, name: &str) -> PathBuf {
        self.version.join("locks").join("tools").join(name)
    }

    /// The workspaces of all requests.
    pub fn stages(&self) -> PathBuf {
        self.version.join("stage")
    }

    /// The workspaces of one request.
    pub fn stage(&self, key: &RequestKey) -> PathBuf {
        self.stages().join(key.to_string())
    }

    /// All that is being written by the holder of an entry's lock.
    pub fn incoming(&self) -> PathBuf {
        self.version.join("incoming")
    }

    /// What is being written under a key.
    pub fn incoming_of(&self, key: &BuildKey) -> PathBuf {
        self.incoming().join(key.to_string())
    }

    /// All that is being removed.
    pub fn trash(&self) -> PathBuf {
        self.version.join("trash")
    }

    /// What is being removed under a key.
    pub fn trash_of(&self, key: &BuildKey) -> PathBuf {
        self.trash().join(key.to_string())
    }

    /// All pins.
    pub fn pins(&self) -> PathBuf {
        self.version.join("pins")
    }

    /// One pin.
    pub fn pin(&self, alias: &Alias) -> PathBuf {
        self.pins().join(format!("{alias}.json"))
    }

    /// A pin of this entry while it is written.
    pub fn new_pin(&self, key: &BuildKey) -> PathBuf {
        self.pins().join(format!(".{key}.new"))
    }

    /// What failed verification under any key.
    pub fn quarantines(&self) -> PathBuf {
        self.version.join("quarantine")
    }

    /// What failed verification under a key.
    pub fn quarantine(&self, key: &BuildKey) -> PathBuf {
        self.quarantines().join(key.to_string())
    }

    /// What the tools of failed builds said.
    pub fn logs(&self) -> PathBuf {
        self.version.join("logs")
    }

    /// What the tools said in the last build of a request, if it failed.
    pub fn log(&self, key: &RequestKey) -> PathBuf {
        self.logs().join(format!("{key}.log"))
    }

    /// Remembered fingerprints.
    pub fn probes(&self) -> PathBuf {
        self.version.join("probes")
    }
}

/// The name of the tool that a folder beside the tools is an unfinished installation of.
pub(crate) fn unfinished_tool_name(folder: &str) -> Option<&str> {
    folder.strip_prefix(UNFINISHED)
}

/// The part of a stage in which tools run.
pub(crate) fn stage_build(stage: &Path) -> PathBuf {
    stage.join("build")
}

/// The part of a stage that becomes an entry.
pub(crate) fn stage_entry(stage: &Path) -> PathBuf {
    stage.join("entry")
}

/// The file that says what an entry is.
pub(crate) fn entry_meta(entry: &Path) -> PathBuf {
    entry.join(META)
}

/// One file in a module's entry.
pub(crate) fn entry_file(entry: &Path, name: &str) -> PathBuf {
    entry.join(name)
}

/// The folder in a package's entry that its files lie in.
pub(crate) fn package_files(entry: &Path) -> PathBuf {
    entry.join("files")
}

/// The name of one file in a package's entry, from there.
pub(crate) fn package_member(path: &PackagePath) -> String {
    format!("files/{path}")
}

/// One file in a package's entry.
pub(crate) fn package_file(entry: &Path, path: &PackagePath) -> PathBuf {
    package_files(entry).join(path.as_str())
}

/// The entry in a cell of the trash. It may be anything, and a rename replaces an empty folder by a folder only.
pub(crate) fn trashed_entry(cell: &Path) -> PathBuf {
    cell.join("entry")
}

/// The alias that a pin's file is named by, as a text that may be none.
pub(crate) fn alias_of_pin(name: &str) -> Option<&str> {
    name.strip_suffix(".json")
}

/// The key of the entry for which a pin was being written, as a text that may be none.
pub(crate) fn key_of_new_pin(name: &str) -> Option<&str> {
    name.strip_prefix('.')?.strip_suffix(".new")
}

/// Whether a file among the remembered fingerprints is one that was still being written, named by `tempfile`.
pub(crate) fn is_new_probe(name: &str) -> bool {
    name.starts_with(".tmp")
}

/// What an object file was made for, and the digest of what it should hold.
pub(crate) fn object_of(name: &str) -> Option<(RequestKey, Digest)> {
    let (key, content) = name.strip_suffix(".o")?.split_once('.')?;
    Some((key.parse().ok()?, content.parse().ok()?))
}

/// Whether a file among the logs is one.
pub(crate) fn is_log(name: &str) -> bool {
    name.strip_suffix(".log").is_some_and(|key| key.parse::<RequestKey>().is_ok())
}

/// The damaged entry in a cell of the quarantine.
pub(crate) fn quarantined_entry(cell: &Path) -> PathBuf {
    cell.join("entry")
}

/// Why it is there.
pub(crate) fn quarantine_reason(cell: &Path) -> PathBuf {
    cell.join("reason.txt")
}
