//! A text in the middle of a pass: what rules may change, and what is held.

use std::ops::Range;

use crate::words::{is_word, word_after, word_before};

/// A text, and the stretches of it that no rule may touch.
///
/// What is held stands in the text as itself, so that rules see what it is and nothing has to be put back. Rules are given what lies between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) text: String,
    pub(crate) held: Vec<Range<usize>>,
}

/// A stretch that rules may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) range: Range<usize>,
    /// Whether something is held before it. What a rule looks for does not touch that: it would be a part of something longer.
    pub(crate) before: bool,
    /// Whether something is held behind it.
    pub(crate) after: bool,
}

impl State {
    /// What lies between what is held.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        let ends = self.held.iter().map(|range| range.start).chain([self.text.len()]);
        let starts = std::iter::once(0).chain(self.held.iter().map(|range| range.end));
        let piece = |range: Range<usize>| Piece { before: range.start > 0, after: range.end < self.text.len(), range };
        starts.zip(ends).map(|(start, end)| piece(start..end)).collect()
    }

    /// The state after a step that rewrites each piece, or None where it changes none.
    ///
    /// A piece that would put a word directly beside what is held stays as it is: both would be one word, and another one.
    pub(crate) fn rewritten<E>(
        &self,
        mut rewrite: impl FnMut(&Piece) -> Result<Option<String>, E>,
    ) -> Result<Option<Self>, E> {
        let mut changed: Option<Self> = None;
        // Up to here the text has been taken over.
        let mut taken = 0;
        let mut held = self.held.iter().peekable();
        for piece in self.pieces() {
            let Some(text) = rewrite(&piece)?.filter(|text| !self.grows_together(text, &piece)) else { continue };
            let next = changed.get_or_insert_with(|| Self {
                text: String::with_capacity(self.text.len() + self.text.len() / 8),
                held: Vec::with_capacity(self.held.len()),
            });
            next.take_over(self, taken..piece.range.start, &mut held);
            next.text.push_str(&text);
            taken = piece.range.end;
        }
        if let Some(next) = &mut changed {
            next.take_over(self, taken..self.text.len(), &mut held);
        }
        Ok(changed)
    }

    fn grows_together(&self, text: &str, piece: &Piece) -> bool {
        let Piece { range, before, after } = piece;
        if let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) {
            *before && is_word(first) || *after && is_word(last)
        } else {
            *before && *after && (word_before(&self.text, range.start) || word_after(&self.text, range.end))
        }
    }

    /// Takes a stretch of an earlier state with what is held in it.
    fn take_over<'h>(
        &mut self,
        earlier: &Self,
        range: Range<usize>,
        held: &mut std::iter::Peekable<impl Iterator<Item = &'h Range<usize>>>,
    ) {
        let start = self.text.len();
        self.text.push_str(&earlier.text[range.clone()]);
        while let Some(next) = held.next_if(|it| it.end <= range.end) {
            self.held.push(next.start - range.start + start..next.end - range.start + start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is held stands in brackets.
    fn state(marked: &str) -> State {
        let mut state = State { text: String::new(), held: Vec::new() };
        for (index, part) in marked.split(['[', ']']).enumerate() {
            let start = state.text.len();
            state.text.push_str(part);
            if index % 2 == 1 {
                state.held.push(start..state.text.len());
            }
        }
        state
    }

    fn check(marked: &str, from: &str, to: &str, expected: &str) {
        let before = state(marked);
        let rewritten = before.rewritten(|piece| {
            let text = &before.text[piece.range.clone()];
            Ok::<_, ()>(text.contains(from).then(|| text.replace(from, to)))
        });
        assert_eq!(rewritten.unwrap().unwrap_or(before), state(expected), "{marked}");
    }

    #[test]
    fn pieces_change_and_the_rest_moves() {
        check("a [b] a [a][a] a", "a", "xyz", "xyz [b] xyz [a][a] xyz");
        check("[a] b", "b", "", "[a] ");
        check("", "b", "", "");
        check("a [b] c", "d", "", "a [b] c");
    }

    #[test]
    fn nothing_grows_together_with_what_is_held() {
        check("[a]-b [a]", "-", "", "[a]-b [a]");
        check("b-[a]", "-", "x", "b-[a]");
        check("[a]-[a]", "-", "", "[a]-[a]");
        check("[a]-[a]", "-", " ", "[a] [a]");
    }
}
