#![doc = include_str!("../README.md")]
//!
//! ```
//! use fingerprint::{Digest, FileStamp};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("square.pyx");
//! std::fs::write(&file, "def square(int x): return x * x\n")?;
//!
//! let before = FileStamp::of(&file)?.expect("the file was just written");
//! assert_eq!(FileStamp::of(&file)?, Some(before));
//! assert_eq!(Digest::of_file(&file)?, Digest::of(b"def square(int x): return x * x\n"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod compiler;
mod digest;
mod error;
mod interpreter;
mod packages;
mod probes;
mod processor;
mod programs;
mod stamp;
mod talk;
mod witnesses;

pub use compiler::{Compiler, CompilerQuery, Family, Language, Launcher};
pub use digest::{Digest, InvalidDigest};
pub use error::{Error, Refusal};
pub use interpreter::{Cython, Interpreter, InterpreterQuery, NumPy, Python, SearchPath};
pub use packages::{Packages, packages_with_header, packages_with_library};
pub use probes::Probes;
pub use processor::processor;
pub use programs::{Need, find_program, install_command, resolve_script, tool_path};
pub use stamp::FileStamp;
pub use witnesses::Witnesses;
