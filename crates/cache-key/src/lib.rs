#![doc = include_str!("../README.md")]
//!
//! ```
//! use cache_key::{BuildKey, Dependency, DependencyPath, Digest, RequestKey};
//!
//! let request = RequestKey::from_parts(Digest::of(b"portable"), Digest::of(b"toolchain"));
//! let header = DependencyPath::in_source_folder("k.h");
//! let one = BuildKey::new(&request, &[Dependency::File { path: header.clone(), digest: Digest::of(b"#define K 1") }]);
//! let two = BuildKey::new(&request, &[Dependency::File { path: header, digest: Digest::of(b"#define K 2") }]);
//! assert_ne!(one, two);
//! assert_eq!(one.to_string().parse(), Ok(one));
//! ```

mod dependency;
mod error;
mod fields;
mod framing;
mod key;
mod module_name;

pub use dependency::{Base, Dependency, DependencyPath};
pub use error::Error;
pub use fields::{Abi, Portable, Syntax, Toolchain};
pub use fingerprint::{Digest, Language};
pub use framing::{Fields, Value};
pub use key::{BuildKey, KEY_VERSION, RequestKey};
pub use module_name::ModuleName;
