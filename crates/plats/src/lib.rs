#![doc = include_str!("../README.md")]
//!
//! ```
//! let status = plats::run(["plats", "versie"].map(Into::into).to_vec(), &plats::Host::default());
//! assert_eq!(status, plats::SUCCESS);
//! ```

mod alias;
mod args;
mod commands;
mod error;
mod files;
mod host;
mod input;
mod invoke;
mod packs;
mod program;
mod python;
mod report;
mod settings;
mod source;
mod texts;

pub use error::Error;
pub use host::Host;
pub use invoke::{FAILURE, SUCCESS, USAGE, main, run};
