//! What a build read besides what its caller named.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Digest, framing::Frame};

/// Where a dependency's path starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// At the folder of the source, so that a project can be moved. The path may begin with `../`.
    Source,
    /// At a folder of the interpreter's search path, so that environments can share builds.
    Site,
    /// At the root of the file system.
    Root,
    /// At the folder that holds the package which the module is built as a part of. What lies there was given with
    /// the request, so that it need not be anywhere.
    Package,
}

/// The name of a file that is the same wherever the project lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DependencyPath {
    /// Where the path starts.
    pub base: Base,
    /// The path from there, with slashes.
    pub path: String,
}

/// One thing that a build read, or looked for in vain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Dependency {
    /// A file was read.
    File {
        /// The file.
        path: DependencyPath,
        /// What it held.
        digest: Digest,
    },
    /// That something is there was seen, but not what it holds: a package marker.
    Exists {
        /// The file.
        path: DependencyPath,
    },
    /// A file was looked for, was not there, and would have been used.
    Absent {
        /// The file.
        path: DependencyPath,
    },
    /// An installed package was used; its version stands for its files.
    Package {
        /// The package.
        name: String,
        /// Its version.
        version: String,
    },
}

impl DependencyPath {
    /// A path from the source's folder.
    pub fn in_source_folder(path: impl Into<String>) -> Self {
        Self { base: Base::Source, path: path.into() }
    }
}

impl fmt::Display for DependencyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl Dependency {
    /// Three values: its kind, its name, and what was found there.
    pub(crate) fn frame(&self, frame: &mut Frame) {
        frame.value_list(3);
        match self {
            Self::File { path, digest } => {
                frame.value_text("file");
                path.frame(frame);
                frame.value_digest(digest);
            }
            Self::Exists { path } => {
                frame.value_text("exists");
                path.frame(frame);
                frame.absent();
            }
            Self::Absent { path } => {
                frame.value_text("absent");
                path.frame(frame);
                frame.absent();
            }
            Self::Package { name, version } => {
                frame.value_text("package");
                frame.value_text(name);
                frame.value_text(version);
            }
        }
    }
}

impl DependencyPath {
    fn frame(&self, frame: &mut Frame) {
        frame.value_list(2);
        frame.value_text(match self.base {
            Base::Source => "source",
            Base::Site => "site",
            Base::Root => "root",
            Base::Package => "package",
        });
        frame.value_text(&self.path);
    }
}
