#![doc = include_str!("../README.md")]
//!
//! ```
//! use ext_loader::{Machine, Refusal, Wanted, inspect};
//!
//! let wanted = Wanted { init_symbol: "PyInit_square", machine: Machine::host() };
//! assert_eq!(inspect(b"", &wanted), Err(Refusal::Empty));
//! assert_eq!(inspect(b"#!/bin/sh", &wanted), Err(Refusal::NotElf));
//! ```

mod elf;
mod error;
mod verified;

pub use elf::{Facts, Machine, Part, Refusal, Wanted, inspect};
pub use error::Error;
pub use verified::{Importer, Verified, verify};
