//! What a tool complained about, as data that points at the user's own file.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::{Serialize, Serializer};

/// So many notes of a diagnostic are shown. All are in its data.
const SHOWN_NOTES: usize = 3;

/// Which step of a build spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Cython.
    Cython,
    /// The C or C++ compiler, and the linker that it starts.
    Compiler,
}

impl Phase {
    /// Who speaks, as the beginning of a sentence.
    pub(crate) fn tool(self) -> &'static str {
        match self {
            Self::Cython => "Cython",
            Self::Compiler => "the compiler",
        }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// There is no module because of it.
    Error,
    /// There is a module all the same.
    Warning,
}

/// One complaint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The user's file, or what stands for a source without one.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column, counted from 1, in characters.
    pub column: Option<usize>,
    /// The tool's words.
    pub message: String,
    /// The text of the line.
    pub source_line: Option<String>,
    /// What else the tool said about it.
    pub notes: Vec<Note>,
}

/// What a tool said besides about a complaint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The file that it is about.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column, counted from 1, in characters.
    pub column: Option<usize>,
    /// The tool's words.
    pub message: String,
}

/// A step of a build that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The step.
    pub phase: Phase,
    /// Its complaints, in the tool's order; errors are never left out.
    pub diagnostics: Vec<Diagnostic>,
    /// The program and its arguments, where one was started.
    pub command: Vec<String>,
    /// How the program ended.
    pub status: String,
    /// All that it printed, shortened in the middle when very long.
    pub output: String,
    /// What is not there, if that is the reason. What to do about it depends on the system.
    #[serde(skip)]
    pub lack: Option<Lack>,
    /// What the user could do, where that is the same on all systems.
    pub hint: Option<String>,
    /// Who spoke: the versions of Python, Cython, the compiler, and NumPy if the module uses it.
    pub versions: BTreeMap<String, String>,
    /// The file that has all that the tools were told and said, if somebody wrote it.
    #[serde(serialize_with = "text")]
    pub log_path: Option<PathBuf>,
    /// What belongs into that file.
    #[serde(skip)]
    pub log: String,
}

/// A path as text, since JSON has no other bytes.
#[expect(clippy::ref_option, reason = "serde calls it so")]
fn text<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

/// Something that a build needs and that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A header, by the name in `#include`.
    Header(String),
    /// A library, by the name after `-l`.
    Library(String),
    /// What the compiler needs for OpenMP.
    OpenMp,
    /// The headers of the interpreter.
    PythonHeaders,
    /// NumPy.
    NumPy,
    /// The part of the compiler that knows C++.
    Cxx,
    /// The programs that a compiler calls to assemble and to link.
    Linker,
}

impl Diagnostic {
    /// The complaint with its place, source line and a caret, in colour or not.
    #[must_use]
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        // Tools end some messages with a newline and give some several lines.
        let message = self.message.trim();
        let (Some(file), Some(line), Some(text)) = (&self.file, self.line, &self.source_line) else {
            let place = match (&self.file, self.line) {
                (Some(file), Some(line)) => format!("{file}:{line}: "),
                (Some(file), None) => format!("{file}: "),
                (None, _) => String::new(),
            };
            let group = Group::with_title(level.primary_title(format!("{place}{message}")));
            return renderer.render(&[self.with_notes(group)]);
        };
        let snippet = Snippet::source(text.as_str()).line_start(line).path(file.as_str());
        let snippet = snippet.annotation(AnnotationKind::Primary.span(span(text, self.column.unwrap_or(1))));
        renderer.render(&[self.with_notes(level.primary_title(message).element(snippet))])
    }

    fn with_notes<'a>(&'a self, group: Group<'a>) -> Group<'a> {
        let more = self.notes.len().saturating_sub(SHOWN_NOTES);
        // One more is no longer than the line that says so.
        let (shown, more) = if more == 1 { (SHOWN_NOTES + 1, 0) } else { (SHOWN_NOTES, more) };
        let notes = self.notes.iter().take(shown).map(ToString::to_string);
        let rest = (more > 0).then(|| format!("and {more} more notes"));
        group.elements(notes.chain(rest).map(|note| Level::NOTE.message(note)))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}:{line}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            (None, _) => {}
        }
        f.write_str(&self.message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = || self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        if errors().next().is_none() {
            let last: Vec<&str> = self.output.trim_end().lines().rev().take(20).collect();
            write!(f, "{} {}", self.phase.tool(), self.status)?;
            return last.iter().rev().try_for_each(|line| write!(f, "\n{line}"));
        }
        for (index, error) in errors().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}", error.render(false))?;
        }
        Ok(())
    }
}

/// The bytes of the word that begins at a column, or of the one character there.
fn span(text: &str, column: usize) -> std::ops::Range<usize> {
    let start = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(index, _)| index);
    let rest = &text[start..];
    let word: usize =
        rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').map(char::len_utf8).sum();
    start..start + if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn diagnostic(line: &str, column: usize) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            file: Some("größe.pyx".into()),
            line: Some(3),
            column: Some(column),
            message: "undeclared name not builtin: undefined_thing\n".into(),
            source_line: Some(line.into()),
            notes: vec![],
        }
    }

    #[test]
    fn file_line_column_source_and_caret() {
        assert_snapshot!(diagnostic("    return undefined_thing(", 12).render(false), @"
        error: undeclared name not builtin: undefined_thing
         --> größe.pyx:3:12
          |
        3 |     return undefined_thing(
          |            ^^^^^^^^^^^^^^^
        ");
        assert_snapshot!(diagnostic("é = ß + \tundefined_thing", 10).render(false), @"
        error: undeclared name not builtin: undefined_thing
         --> größe.pyx:3:10
          |
        3 | é = ß +     undefined_thing
          |             ^^^^^^^^^^^^^^^
        ");
        assert_snapshot!(diagnostic("short", 99).render(false), @"
        error: undeclared name not builtin: undefined_thing
         --> größe.pyx:3:6
          |
        3 | short
          |      ^
        ");
        assert_snapshot!(diagnostic("", 1).render(false), @"
        error: undeclared name not builtin: undefined_thing
         --> größe.pyx:3:1
          |
        3 |
          | ^
        ");
    }

    #[test]
    fn without_a_place_the_message_stands_alone() {
        let mut diagnostic = diagnostic("", 1);
        diagnostic.source_line = None;
        assert_snapshot!(diagnostic.render(false), @"error: größe.pyx:3: undeclared name not builtin: undefined_thing");
        diagnostic.file = None;
        assert_snapshot!(diagnostic.render(false), @"error: undeclared name not builtin: undefined_thing");
    }

    #[test]
    fn notes_stand_below_and_are_not_too_many() {
        let mut diagnostic = diagnostic("f(1)", 1);
        let note =
            |number| Note { file: Some("k.h".into()), line: Some(number), column: None, message: "candidate".into() };
        diagnostic.notes = (1..=5).map(note).collect();
        assert_snapshot!(diagnostic.render(false), @"
        error: undeclared name not builtin: undefined_thing
         --> größe.pyx:3:1
          |
        3 | f(1)
          | ^
          |
          = note: k.h:1: candidate
          = note: k.h:2: candidate
          = note: k.h:3: candidate
          = note: and 2 more notes
        ");
        diagnostic.notes.truncate(4);
        assert!(diagnostic.render(false).ends_with("k.h:4: candidate"));
        diagnostic.source_line = None;
        assert!(diagnostic.render(false).ends_with("k.h:4: candidate"));
    }
}
