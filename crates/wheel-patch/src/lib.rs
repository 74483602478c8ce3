#![doc = include_str!("../README.md")]
//!
//! ```
//! use wheel_patch::{Severity, Rule, WheelName};
//!
//! let name = WheelName::parse("six-1.17.0-py2.py3-none-any.whl").unwrap();
//! assert_eq!((name.name.as_str(), name.tags.len()), ("six", 2));
//! assert_eq!(Rule::RecordHash.severity(), Severity::Error);
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
