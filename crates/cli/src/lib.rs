#![doc = include_str!("../README.md")]
//!
//! ```
//! let status = cli::main(["pyxide", "--version"].map(Into::into), &cli::Caller::default());
//! assert_eq!(status, cli::SUCCESS);
//! ```

mod args;
mod commands;
mod demo;
mod exit;
mod invoke;
mod progress;
mod report;
mod runner;
mod signals;

pub use exit::{BUILD_FAILED, CACHE, INTERRUPTED, RAISED, SUCCESS, TOOLS_MISSING, UNSOUND, USAGE};
pub use invoke::{Caller, main};
pub use progress::Progress;
