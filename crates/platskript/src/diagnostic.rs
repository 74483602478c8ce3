//! What is wrong, and where.

use std::{fmt::Write as _, ops::Range};

use crate::{Code, Position, Voice, lines::lines, messages};

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
    /// What the message names.
    pub(crate) arguments: Vec<String>,
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

/// How many characters of a word a message repeats.
pub(crate) const SHOWN: usize = 60;

/// How many characters of a line a frame shows.
const WIDTH: usize = 100;

impl Diagnostic {
    /// What is wrong, in one sentence.
    pub fn message(&self, voice: Voice) -> String {
        messages::fill(messages::message(self.code, voice), &self.arguments)
    }

    /// What to do, in one sentence, if there is something to say.
    pub fn hint(&self, voice: Voice) -> Option<String> {
        let meant = self.suggestion.as_ref().map(|suggestion| suggestion.replacement.trim());
        if let Some(meant) = meant.filter(|meant| !meant.is_empty() && !meant.contains('\n')) {
            let hint = if self.suggestion.as_ref().is_some_and(|suggestion| suggestion.span.is_empty()) {
                messages::insertion(voice)
            } else {
                messages::replacement(voice)
            };
            return Some(messages::fill(hint, &[meant.to_owned()]));
        }
        messages::hint(self.code, voice).map(|hint| messages::fill(hint, &self.arguments))
    }

    /// File, line and column, the line of the source, and a caret below the place.
    pub fn frame(&self, source: &str, file: &str, voice: Voice) -> String {
        let word = messages::severity(self.severity, voice);
        let (number, column) = (self.start.line, self.start.column);
        let mut frame = format!("{word}[{}]: {}\n", self.code.as_str(), self.message(voice));
        let margin = " ".repeat(number.to_string().len());
        let (line, column_shown, width) = line_at(source, self.span.start).window(column, WIDTH);
        // A tab stays one in the line of the caret, so that both lines are equally wide.
        let before: String =
            line.chars().take(column_shown - 1).map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
        let length = if self.end.line == number { self.end.column - column } else { usize::MAX };
        let carets = length.clamp(1, (width + 1).saturating_sub(column_shown).max(1));
        let shown: String = line.chars().map(|letter| if is_harmless(letter) { letter } else { '\u{fffd}' }).collect();
        let written = writeln!(
            frame,
            "{margin}--> {file}:{number}:{column}\n{margin} |\n{number} | {shown}\n{margin} | {before}{}",
            "^".repeat(carets)
        );
        written.expect("a String takes everything");
        if let Some(hint) = self.hint(voice) {
            writeln!(frame, "{margin} = {hint}").expect("a String takes everything");
        }
        frame
    }
}

/// Whether a terminal shows a character as one.
fn is_harmless(letter: char) -> bool {
    letter == '\t' || !letter.is_control() && !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A line of a text.
pub(crate) struct Shown<'s>(&'s str);

/// The line with this byte.
pub(crate) fn line_at(source: &str, at: usize) -> Shown<'_> {
    let at = at.min(source.len());
    // Line ends that only Python knows are found from the last one that everybody knows.
    let begin = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = lines(&source[begin..]).find(|line| begin + line.end >= at);
    Shown(line.map_or("", |line| &source[begin + line.start..begin + line.end]))
}

impl Shown<'_> {
    /// What of the line is shown around a column: the text, the column in it, and how many characters it has.
    pub(crate) fn window(&self, column: usize, width: usize) -> (String, usize, usize) {
        let skipped = if column > width { column - width / 2 } else { 0 };
        let mut letters = self.0.chars().skip(skipped);
        let mut shown: String = letters.by_ref().take(width).collect();
        let mut column = column - skipped;
        if letters.next().is_some() {
            shown.push('…');
        }
        if skipped > 0 {
            shown.insert(0, '…');
            column += 1;
        }
        let count = shown.chars().count();
        (shown, column, count)
    }
}
