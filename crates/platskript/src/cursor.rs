//! A place in a line, and what stands there.

use std::ops::Range;

use crate::lines::{blanks, is_space, length_while, word};

/// A place in a line.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'s> {
    pub(crate) source: &'s str,
    pub(crate) at: usize,
    /// Where the line ends.
    pub(crate) end: usize,
}

impl<'s> Cursor<'s> {
    /// What is left of the line.
    pub(crate) fn rest(&self) -> &'s str {
        &self.source[self.at..self.end]
    }

    /// The text of a range.
    pub(crate) fn text(&self, span: &Range<usize>) -> &'s str {
        &self.source[span.clone()]
    }

    /// Goes to the next word.
    pub(crate) fn skip_blanks(&mut self) {
        self.at += blanks(self.rest());
    }

    /// The word here, behind blanks; empty at the end of the line.
    pub(crate) fn peek(&mut self) -> &'s str {
        self.skip_blanks();
        let rest = self.rest();
        &rest[..word(rest)]
    }

    /// Takes the word here.
    pub(crate) fn next(&mut self) -> Range<usize> {
        let length = self.peek().len();
        self.at += length;
        self.at - length..self.at
    }

    /// What a value is read from: a word, or the part of it before a bracket, a comma or a quote.
    pub(crate) fn run(&mut self) -> &'s str {
        self.skip_blanks();
        run(self.rest())
    }

    /// Whether the line, or all of it but its comment, ends here.
    pub(crate) fn is_over(&mut self) -> bool {
        self.skip_blanks();
        self.at == self.end || self.rest().starts_with('#')
    }

    /// Whether the word here is this one; looks no further than its end, so that asking often costs little.
    pub(crate) fn is_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        self.rest().strip_prefix(word).is_some_and(|behind| behind.chars().next().is_none_or(is_space))
    }

    /// Whether the word here is this one, and the last of the line but for its comment.
    pub(crate) fn ends_with(&mut self, last: &str) -> bool {
        if !self.is_word(last) {
            return false;
        }
        let mut behind = self.clone();
        behind.at += last.len();
        behind.is_over()
    }

    /// Where the last word before here ends.
    pub(crate) fn end_of_last(&self, begin: usize) -> usize {
        begin + self.source[begin..self.at].trim_end_matches(is_space).len()
    }
}

/// The part of a text before a blank, a bracket, a comma or a quote.
pub(crate) fn run(text: &str) -> &str {
    let ascii = |byte| !matches!(byte, b'\t'..=b'\r' | 0x1c..=b' ' | b'(' | b')' | b'[' | b']' | b',' | b'"');
    &text[..length_while(text, ascii, |letter| !is_space(letter))]
}
