#![doc = include_str!("../README.md")]
//!
//! ```
//! use test_support::TestContext;
//!
//! let context = TestContext::new();
//! context.link_tool("cat");
//! context.write("square.pyx", "def square(int n): ...\n");
//!
//! let snapshot = context.snapshot(context.command("cat").arg("square.pyx"));
//! assert_eq!(snapshot, "exit: 0\n--- stdout\ndef square(int n): ...\n--- stderr\n");
//! ```

mod context;
mod filters;
mod shim;

pub use context::TestContext;
pub use shim::ShimBehaviour;
