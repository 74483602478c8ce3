#![doc = include_str!("../README.md")]
//!
//! ```
//! use cache_key::BuildKey;
//! use registry::Registry;
//!
//! let folder = tempfile::tempdir()?;
//! let registry = Registry::new(folder.path().join("cache"));
//! let key: BuildKey = "5f".repeat(32).parse()?;
//! assert!(registry.entry(&key)?.is_none());
//! assert!(registry.list()?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alias;
mod bundle;
mod collect;
mod entry;
mod error;
mod export;
mod files;
mod folder;
mod layer;
mod layout;
mod list;
mod log;
mod manifest;
mod meta;
mod object;
mod options;
mod package;
mod pin;
mod publish;
mod purge;
mod quarantine;
mod registry;
mod stage;
mod stats;
mod sweep;
mod walk;

pub use alias::Alias;
pub use bundle::{Bundle, Carried, CarriedMeta, Packed, Received};
pub use collect::{Collected, Rules};
pub use entry::{Artifact, Entry};
pub use error::{Damage, Error};
pub use export::Overwrite;
pub use layer::Layer;
pub use layout::Layout;
pub use list::{Listed, Overview};
pub use manifest::{Changed, KnownSet, Looked, Manifest, Places, Remembered};
pub use meta::{Dependencies, Kind, META_FORMAT, Meta, Origin, Record, Timings};
pub use options::{Distrust, Durability, Options, Trust};
pub use package::{ListedPackage, PackageEntry, PackageFile, PackageMeta, PackageModule, PackagePath};
pub use pin::{ListedPin, Pin};
pub use publish::{External, NewPackage, utc};
pub use purge::{Pinned, Purged};
pub use quarantine::{Cleared, Quarantined};
pub use registry::{Publication, Registry};
pub use stage::{Stage, Staged};
pub use stats::{PartSize, Stats};
pub use sweep::Swept;
