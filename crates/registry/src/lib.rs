#![doc = include_str!("../README.md")]
//!
//! ```
//! use cache_key::BuildKey;
//! use registry::Registry;
//!
//! let folder = tempfile::tempdir()?;
//! let registry = Registry::new(folder.path());
//! let key: BuildKey = "5f".repeat(32).parse()?;
//! assert!(registry.entry(&key)?.is_none());
//! assert!(registry.list()?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod entry;
mod error;
mod files;
mod layout;
mod manifest;
mod meta;
mod registry;
mod stage;

pub use entry::{Artifact, Entry};
pub use error::{Damage, Error};
pub use layout::Layout;
pub use manifest::{Changed, KnownSet, Manifest, Places, Remembered};
pub use meta::{Kind, META_FORMAT, Meta, Origin, Record, Timings};
pub use registry::{Listed, Publication, Registry};
pub use stage::{Stage, Staged};
