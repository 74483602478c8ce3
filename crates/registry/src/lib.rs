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
mod collect;
mod entry;
mod error;
mod export;
mod files;
mod folder;
mod layout;
mod log;
mod manifest;
mod meta;
mod options;
mod pin;
mod registry;
mod stage;
mod sweep;

pub use alias::Alias;
pub use collect::{Collected, Rules};
pub use entry::{Artifact, Entry};
pub use error::{Damage, Error};
pub use export::Overwrite;
pub use layout::Layout;
pub use manifest::{Changed, KnownSet, Looked, Manifest, Places, Remembered};
pub use meta::{Dependencies, Kind, META_FORMAT, Meta, Origin, Record, Timings};
pub use options::{Distrust, Durability, Options, Trust};
pub use pin::{ListedPin, Pin};
pub use registry::{Listed, Publication, Registry};
pub use stage::{Stage, Staged};
pub use sweep::Swept;
