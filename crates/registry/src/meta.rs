//! meta.json: what an entry is.
//!
//! The names of the fields that the format's origin has are kept (`artifact_filename` beside `artifact`, `support_paths`).
//! Readers ignore fields that they do not know and accept every older format; `data/meta-samples/` has one of each.

use std::collections::BTreeMap;

use cache_key::{BuildKey, Dependency, Digest, Language, ModuleName, Portable, RequestKey, Toolchain};
use serde::{Deserialize, Serialize};

/// The newest format, and the one that is written.
pub const META_FORMAT: u32 = 1;

/// What an entry is and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The format of this file.
    pub format: u32,
    /// What kind of entry it is.
    pub kind: Kind,
    /// The entry's key.
    pub key: BuildKey,
    /// The key of the request that it was built for.
    pub request_key: RequestKey,
    /// The name that it was compiled for, and that it must be imported by.
    pub module_name: ModuleName,
    /// The artifact's file name in the entry.
    pub artifact: String,
    /// The same again, for readers of the older name.
    pub artifact_filename: String,
    /// The artifact's digest.
    pub artifact_blake3: Digest,
    /// The artifact's size in bytes.
    pub artifact_size: u64,
    /// The libraries that are loaded with it.
    #[serde(default)]
    pub needed: Vec<String>,
    /// When it was published: UTC, to the second.
    pub created_utc: String,
    /// Who built it: versions of Python, Cython, NumPy, compiler, platform.
    pub fingerprint: BTreeMap<String, String>,
    /// The digest of the normalised source.
    pub source_blake3: Digest,
    /// Support files given as text, and their digests.
    #[serde(default)]
    pub support_files: Vec<(String, Digest)>,
    /// Support files given as paths, by file name, and their digests.
    #[serde(default)]
    pub support_paths: Vec<(String, Digest)>,
    /// Extra C or C++ sources and their digests.
    #[serde(default)]
    pub extra_sources: Vec<(String, Digest)>,
    /// Cython's directives.
    #[serde(default)]
    pub directives: BTreeMap<String, String>,
    /// Include folders, as they are in the key.
    #[serde(default)]
    pub include_dirs: Vec<String>,
    /// The language that Cython translated to.
    pub language: Language,
    /// All options that entered the request key.
    pub request: Record,
    /// What was read.
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
    /// How long the steps took.
    #[serde(default)]
    pub timings: Timings,
    /// What the tools remarked.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// How it got here.
    pub origin: Origin,
}

/// What kind of entry it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// One extension module.
    Module,
}

/// How an entry got here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Origin {
    /// It was built here.
    Built,
}

/// Everything that entered the request key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The portable part.
    pub portable: Portable,
    /// The toolchain part.
    pub toolchain: Toolchain,
}

/// How long the steps of a build took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Cython.
    pub cython_s: f64,
    /// The compiler and the linker.
    pub compiler_s: f64,
}

/// What must be understood before anything else is.
#[derive(Deserialize)]
pub(crate) struct Format {
    pub(crate) format: u32,
}
