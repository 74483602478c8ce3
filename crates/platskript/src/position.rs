//! Places as people count them.

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1, as Python's `str.splitlines` counts.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}
