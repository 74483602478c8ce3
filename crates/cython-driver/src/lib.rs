#![doc = include_str!("../README.md")]
//!
//! ```
//! use cython_driver::{Header, Source};
//!
//! let source = Source::normalise(b"# distutils: language = c++\r\ndef f(): pass")?;
//! assert_eq!(source.text(), "# distutils: language = c++\ndef f(): pass\n");
//! assert_eq!(Header::read(source.text()).language.as_deref(), Some("c++"));
//! # Ok::<(), cython_driver::Error>(())
//! ```

mod build;
mod c_location;
mod complaints;
mod dependencies;
mod depfile;
mod diagnostics;
mod error;
mod flags;
mod header;
mod includes;
mod job;
mod libraries;
mod linker;
mod managed;
mod plan;
mod process;
mod reader;
mod source;
mod symbols;
mod traceback;
mod utility;
mod worker;

pub use build::{Product, build};
pub use dependencies::{Found, normalised, relative};
pub use diagnostics::{Diagnostic, Failure, Lack, Note, Phase, Severity};
pub use error::Error;
pub use flags::{Refusal, RefusedArgument, Stage, check_arguments, uses_native_cpu};
pub use header::Header;
pub use job::{Job, NumPyUse, PackageFiles, Place, Tools};
pub use managed::{InstallError, install_cython, requirements};
pub use plan::{Command, RECIPE, Workspace, source_links};
pub use source::Source;
pub use symbols::symbol_error;
pub use traceback::LOADER_STATE;
pub use utility::{Utility, build_utility};
pub use worker::{Patience, Worker};
