#![doc = include_str!("../README.md")]
//!
//! ```
//! use wheel_patch::{Severity, Rule, WheelName};
//!
//! let name = WheelName::parse("six-1.17.0-py2.py3-none-any.whl").unwrap();
//! assert_eq!((name.name.as_str(), name.tags.len()), ("six", 2));
//! assert_eq!(Rule::RecordHash.severity(), Severity::Error);
//! ```
//!
//! A wheel is made, changed, and brought back:
//!
//! ```
//! use wheel_patch::{Addition, Change, Content, CreateOptions, NewWheel, Options, Target, UndoOptions, apply, create, undo};
//!
//! let file = |path: &str, text: &str| Addition {
//!     target: Target::Root,
//!     path: path.to_owned(),
//!     content: Content::Bytes(text.into()),
//!     executable: false,
//!     replace: false,
//! };
//! let new = NewWheel {
//!     name: "greetings".to_owned(),
//!     version: "1.0".to_owned(),
//!     tag: "py3-none-any".to_owned(),
//!     is_purelib: true,
//!     generator: "example 1".to_owned(),
//!     metadata: "Summary: Says hello\n".to_owned(),
//!     files: vec![file("greetings.py", "HELLO = 'hello'\n")],
//! };
//! let folder = tempfile::tempdir()?;
//! let wheel = create(&new, folder.path(), &CreateOptions::default())?;
//! let before = std::fs::read(&wheel)?;
//!
//! let applied = apply(&wheel, &[Change::Add(file("words/nl.txt", "hoi\n"))], &Options::default())?;
//! assert_eq!((applied.added, applied.can_undo), (vec!["words/nl.txt".to_owned()], true));
//!
//! undo(&wheel, &UndoOptions::default())?;
//! assert_eq!(std::fs::read(&wheel)?, before);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod archive;
mod change;
mod content;
mod create;
mod deflate;
mod diff;
mod error;
mod file_name;
mod gather;
mod hash;
mod inspect;
mod installed;
mod layout;
mod limits;
mod listing;
mod mark;
mod members;
mod metadata;
mod name;
mod normalise;
mod output;
mod plan;
mod prepare;
mod record;
mod repair;
mod replace;
mod rule;
mod sbom;
mod undo;
mod wheel;
mod window;

pub use apply::{Review, apply, apply_reviewed};
pub use change::{Addition, Applied, Change, Check, Content, Durability, Options, Patience, Scheme, Target};
pub use create::{CreateOptions, NewWheel, create};
pub use diff::{Changed, Difference, Executable, Field, Mark, diff};
pub use error::Error;
pub use file_name::WheelName;
pub use gather::gather;
pub use inspect::{Inspection, MemberInfo, inspect};
pub use limits::Limits;
pub use members::Members;
pub use name::{MemberName, NameError};
pub use normalise::{Compression, Decision, NormaliseOptions, Normalised, normalise};
pub use repair::{Repair, RepairOptions, Repaired, repair};
pub use rule::{Finding, Rule, Severity, printable, shown};
pub use sbom::{SbomOptions, add_sbom};
pub use undo::{UndoOptions, Undone, undo};
pub use wheel::verify;
