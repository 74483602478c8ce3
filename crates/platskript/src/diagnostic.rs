//! What is wrong, and where.

use std::ops::Range;

use crate::{Code, Position, Voice};

/// Something wrong or doubtful in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What.
    pub code: Code,
    /// Whether the text is refused for it.
    pub severity: Severity,
    /// Where, in bytes.
    pub span: Range<usize>,
    /// Where it begins.
    pub start: Position,
    /// Where it ends; the column is that of the first character behind it.
    pub end: Position,
    /// What to write instead, if it is known.
    pub suggestion: Option<Suggestion>,
}

/// Whether a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// It is.
    Error,
    /// It is not, but somebody should look.
    Warning,
}

/// A change of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What to replace, in bytes; empty where something is missing.
    pub span: Range<usize>,
    /// What to write there.
    pub replacement: String,
}

impl Diagnostic {
    /// What is wrong, in one sentence.
    pub fn message(&self, _voice: Voice) -> String {
        self.code.name().to_owned()
    }

    /// What to do, in one sentence, if there is something to say.
    pub fn hint(&self, _voice: Voice) -> Option<String> {
        None
    }

    /// File, line and column, the line of the source, and a caret below the place.
    pub fn frame(&self, source: &str, file: &str, voice: Voice) -> String {
        let line = crate::lines::lines(source).nth(self.start.line - 1).map_or("", |line| &source[line]);
        format!("{}\n --> {file}:{}:{}\n  | {line}\n", self.message(voice), self.start.line, self.start.column)
    }
}
