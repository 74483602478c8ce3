#![doc = include_str!("../README.md")]
//!
//! ```
//! use pth_hook::{Request, StartPolicy, write};
//!
//! let written = write(&Request {
//!     name: "greetings".to_owned(),
//!     entry: "greetings.codec:register".parse()?,
//!     policy: StartPolicy::Auto,
//!     requires_python: Some(">=3.10".to_owned()),
//!     shim: Some("_greetings_hook".to_owned()),
//! })?;
//! let names: Vec<&str> = written.files.iter().map(|(name, _)| name.as_str()).collect();
//! assert_eq!(names, ["_greetings_hook.py", "greetings.pth"]);
//! # Ok::<(), pth_hook::Error>(())
//! ```

mod audit;
mod code;
mod encoding;
mod entry;
mod environment;
mod error;
mod folder;
mod imports;
mod layout;
mod lint;
mod marks;
mod measure;
mod model;
mod modules;
mod packages;
mod paths;
mod policy;
mod shown;
mod stem;
mod step;
mod syntax;
mod tree;
mod version;
mod wheel;
mod write;

pub use audit::{Audit, Hook, audit};
pub use encoding::Locale;
pub use entry::EntryPoint;
pub use error::Error;
pub use folder::{Content, SiteFile, SiteFolder};
pub use lint::{Finding, RULES, Severity, lint, lint_wheel};
pub use marks::Mark;
pub use measure::{FEWEST_ROUNDS, Interval, Measured, Plan, measure};
pub use model::{Start, World, start};
pub use policy::{Files, NEWEST_RELEASE, StartPolicy};
pub use shown::printable;
pub use stem::check_stem;
pub use step::{Code, Complaint, Place, Ran, Skipped, Step};
pub use version::{ImportLines, Version};
pub use wheel::Members;
pub use write::{Request, Written, write};
