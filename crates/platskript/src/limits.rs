//! How deep things may be nested, so that every supported Python compiles what comes out.
//!
//! | limit | what Python says beyond its own |
//! |---|---|
//! | blocks | "too many levels of indentation", with the hundredth |
//! | loops of one function | "too many statically nested blocks", with the twenty-first up to 3.12 |
//! | nested values | "too many nested parentheses", with the two hundred and first; each level makes three at most |
//! | long chains | recursion, from about 2900 links, less what is on the stack already |
//! | digits | "exceeds the limit (4300 digits) for integer string conversion" |

/// Open blocks other than `plan`.
pub(crate) const BLOCKS: usize = 99;
/// Open loops of one function.
pub(crate) const LOOPS: usize = 20;
/// Brackets, calls and signs within each other.
pub(crate) const NESTED: usize = 50;
/// Operators in a row, and what lies below them.
pub(crate) const CHAIN: u32 = 500;
/// Branches of one `als`.
pub(crate) const BRANCHES: usize = 500;
/// Digits of a whole number.
pub(crate) const DIGITS: usize = 4300;
