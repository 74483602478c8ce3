#![doc = include_str!("../README.md")]
//!
//! ```
//! use platskript::{Options, compile};
//!
//! let compiled = compile("plan doe\n  klap tekst dag weireld amen\ngedaan\n", &Options::default()).unwrap();
//! assert_eq!(compiled.python, "\nprint('dag weireld')\n\n");
//! ```

mod code;
mod compile;
mod diagnostic;
mod format;
mod messages;
mod position;
mod python_error;
mod voice;

mod ast;
mod builtins;
mod cookie;
mod cursor;
mod emit;
mod limits;
mod lines;
mod literal;
mod names;
mod parser;
mod raw;
mod report;
mod resolve;
mod statement;
mod text;
mod value;
mod words;

pub use code::Code;
pub use compile::{Compiled, Options, check, compile, is_complete};
pub use diagnostic::{Diagnostic, Severity, Suggestion};
pub use format::format;
pub use position::Position;
pub use python_error::python_error;
pub use voice::Voice;
