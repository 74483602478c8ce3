//! A word or phrase, and where it stands in a text.

use std::ops::Range;

use crate::words::{end_of_word, fold, fold_into, is_word, straight, word_after, word_before, words};

/// A word or phrase that is looked for as a whole: what stands beside it belongs to no word.
///
/// So `'t` is found in `'t is` and `('t)`, and not in `heb't`, where it is the end of another word.
#[derive(Debug, Clone)]
pub(crate) struct Literal {
    units: Vec<Unit>,
    exact: bool,
    /// The first word in its one spelling: a text without it cannot hold the rest. None if there is no word in it.
    pub(crate) key: Option<String>,
    /// How many characters stand before that word.
    before_key: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Character(char),
    /// Any white space, at least one.
    Blanks,
}

impl Literal {
    /// A text that is looked for with its blanks as they are.
    pub(crate) fn new(text: &str, exact: bool) -> Self {
        let spelled = if exact { straight } else { fold };
        Self::from_units(text, text.chars().map(|it| Unit::Character(spelled(it))).collect(), exact)
    }

    /// Words with any white space between them, in any case.
    pub(crate) fn phrase(text: &str) -> Self {
        let mut units = Vec::new();
        for part in text.split_whitespace() {
            if !units.is_empty() {
                units.push(Unit::Blanks);
            }
            units.extend(part.chars().map(|it| Unit::Character(fold(it))));
        }
        Self::from_units(text.trim_start(), units, false)
    }

    fn from_units(text: &str, units: Vec<Unit>, exact: bool) -> Self {
        let first = words(text).next();
        let key = first.map(|(_, word)| {
            let mut key = String::new();
            fold_into(&mut key, word);
            key
        });
        // Blanks before the first word have been trimmed where they are one unit.
        let before_key = first.map_or(0, |(offset, _)| text[..offset].chars().count());
        Self { units, exact, key, before_key }
    }

    /// The end of a match that starts exactly here, as a whole.
    ///
    /// `before` and `after` say whether a word stands directly beside the text.
    pub(crate) fn at(&self, text: &str, start: usize, before: bool, after: bool) -> Option<usize> {
        let beside = if start == 0 { before } else { word_before(text, start) };
        if beside {
            return None;
        }
        let end = self.units_at(text, start)?;
        let beside = if end == text.len() { after } else { word_after(text, end) };
        (!beside).then_some(end)
    }

    /// A match around the first word of the literal, which stands at `word`.
    pub(crate) fn around(&self, text: &str, word: usize) -> Option<Range<usize>> {
        let mut start = word;
        for character in text[..word].chars().rev().take(self.before_key) {
            start -= character.len_utf8();
        }
        self.at(text, start, false, false).map(|end| start..end)
    }

    /// The first match from an offset on.
    pub(crate) fn find(&self, text: &str, from: usize, before: bool, after: bool) -> Option<Range<usize>> {
        let Some(Unit::Character(first)) = self.units.first().copied() else { return None };
        let mut at = from;
        if is_word(first) {
            // Only where a word starts can one that starts with a letter be.
            if at > 0 && word_before(text, at) || at == 0 && before {
                at = end_of_word(text, at);
            }
            loop {
                at += text[at..].find(is_word)?;
                let is_first = text[at..].chars().next().is_some_and(|it| self.spelled(it) == first);
                if is_first && let Some(end) = self.at(text, at, before, after) {
                    return Some(at..end);
                }
                at = end_of_word(text, at);
            }
        }
        for (offset, character) in text[from..].char_indices() {
            let at = from + offset;
            if self.spelled(character) == first
                && let Some(end) = self.at(text, at, before, after)
            {
                return Some(at..end);
            }
        }
        None
    }

    /// Whether it is found anywhere in a text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.find(text, 0, false, false).is_some()
    }

    fn spelled(&self, character: char) -> char {
        if self.exact { straight(character) } else { fold(character) }
    }

    fn units_at(&self, text: &str, start: usize) -> Option<usize> {
        let mut rest = text[start..].chars();
        for unit in &self.units {
            match unit {
                Unit::Character(expected) => {
                    if self.spelled(rest.next()?) != *expected {
                        return None;
                    }
                }
                Unit::Blanks => {
                    let trimmed = rest.as_str().trim_start();
                    if trimmed.len() == rest.as_str().len() {
                        return None;
                    }
                    rest = trimmed.chars();
                }
            }
        }
        Some(text.len() - rest.as_str().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(literal: &Literal, text: &str) -> Vec<String> {
        let mut at = 0;
        let mut found = Vec::new();
        while let Some(range) = literal.find(text, at, false, false) {
            at = range.end;
            found.push(text[range].to_owned());
        }
        found
    }

    #[test]
    fn whole_words_are_found() {
        let cases: [(&str, &str, &[&str]); 9] = [
            ("goed", "goedkoop goeden Goed, goed-goed _goed goed1 (goed)", &["Goed", "goed", "goed", "goed"]),
            ("'t", "'t is 't huis, heb't ('T) ’t", &["'t", "'t", "'T", "’t"]),
            ("'k", "'k weet, ik 'kwam", &["'k"]),
            ("d'r", "d'r is, d’r, dr, ed'r, d're", &["d'r", "d’r"]),
            ("a.b", "a.b axb a.bc A.B", &["a.b", "A.B"]),
            ("ten huize van", "Ten huize van TEN HUIZE VAN ten  huize van", &["Ten huize van", "TEN HUIZE VAN"]),
            ("één", "één Één tweeën e\u{301}en", &["één", "Één"]),
            ("ne", "ne ne\u{301}", &["ne"]),
            ("&", "a & b a&b", &["&"]),
        ];
        for (literal, text, expected) in cases {
            assert_eq!(found(&Literal::new(literal, false), text), expected, "{literal}");
        }
    }

    #[test]
    fn an_exact_word_has_its_case() {
        assert_eq!(found(&Literal::new("Goed", true), "Goed goed GOED"), ["Goed"]);
    }

    #[test]
    fn a_phrase_has_any_blanks() {
        assert_eq!(found(&Literal::phrase(" in  orde "), "in orde, In \n orde, inorde"), ["in orde", "In \n orde"]);
    }

    #[test]
    fn neighbours_outside_of_the_text_count() {
        let literal = Literal::new("-", false);
        assert_eq!(literal.find("- x", 0, true, false), None);
        assert_eq!(literal.find("x -", 0, false, true), None);
        assert_eq!(literal.find("- x", 0, false, false), Some(0..1));
    }
}
