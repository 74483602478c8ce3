#![doc = include_str!("../README.md")]
//!
//! ```
//! use dialect::{Options, Packs};
//!
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! # fs_err::create_dir(folder.join("packs"))?;
//! fs_err::write(folder.join("index.json"), r#"[{"id": "vlaams/gent", "label": "Gent", "inherits": [], "file": "gent.json"}]"#)?;
//! fs_err::write(
//!     folder.join("packs/gent.json"),
//!     r#"{"id": "vlaams/gent", "label": "Gent", "rules": [{"type": "replace_word", "from": "even", "to": "efkes"}]}"#,
//! )?;
//! let gent = Packs::open(folder)?.dialect("vlaams/gent")?;
//! assert_eq!(gent.transform("Wacht even. EVEN!", &Options::default())?, "Wacht efkes. EFKES!");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dialect;
mod error;
mod expression;
mod group;
mod index;
mod json;
mod literal;
mod options;
mod pack;
mod packs;
mod particles;
mod program;
mod protection;
mod reader;
mod sentences;
mod state;
mod template;
mod validate;
mod words;

pub use dialect::Dialect;
pub use error::{Error, Place};
pub use expression::PatternFault;
pub use index::Entry;
pub use options::Options;
pub use packs::Packs;
pub use validate::{Finding, Severity, validate};
