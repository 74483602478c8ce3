#![doc = include_str!("../README.md")]
//!
//! ```
//! let status = cli::main(["pyxide", "--version"].map(Into::into), None);
//! assert_eq!(status, cli::SUCCESS);
//! ```

mod args;
mod commands;
mod exit;
mod invoke;
mod progress;
mod report;
mod runner;
mod signals;

pub use exit::{BUILD_FAILED, CACHE, INTERRUPTED, RAISED, SUCCESS, TOOLS_MISSING, USAGE, WHEEL};
pub use invoke::main;
pub use progress::Progress;
