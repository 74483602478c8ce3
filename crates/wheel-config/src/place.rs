//! Where something is said.

use std::fmt;
use std::ops::Range;

/// The name of the file that all settings are in.
pub(crate) const PYPROJECT: &str = "pyproject.toml";

/// A place in pyproject.toml: for editors by line and column, for people by the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key, as in `tool.pyxide.wheel.files[0].from`.
    pub key: String,
}

impl Place {
    pub(crate) fn new(text: &str, span: Range<usize>, key: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: key.into(),
        }
    }
}

/// `pyproject.toml:7:1`, which terminals and editors understand.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PYPROJECT}:{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a = 1\né = \"ü\" # x\n";
        let place = Place::new(text, text.find('#').unwrap()..text.len(), "é");
        assert_eq!((place.line, place.column), (2, 9));
        assert_eq!(place.to_string(), "pyproject.toml:2:9");
    }
}
