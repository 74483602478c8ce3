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
mod host;
mod machine;
mod refusal;
mod sources;
mod verified;

pub use elf::{Facts, Wanted, init_symbol, inspect};
pub use error::Error;
pub use host::{Exception, Host, HostError, HostedModule};
pub use machine::Machine;
pub use refusal::{Part, Refusal};
pub use sources::Sources;
pub use verified::{Importer, MARK, Verified, describe, verify, verify_file};
