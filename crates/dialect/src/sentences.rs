//! Sentences: where one ends, and whether it asks something.

use std::ops::Range;

/// A sentence with the white space behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) range: Range<usize>,
    /// The `.`, `!` and `?` that end it; empty where the text ends first.
    pub(crate) ending: Range<usize>,
}

impl Sentence {
    /// Whether it ends with a question mark, perhaps among others.
    pub(crate) fn is_question(&self, text: &str) -> bool {
        text[self.ending.clone()].contains('?')
    }
}

/// The sentences of a text. What is protected ends none, whatever is in it.
pub(crate) fn sentences(text: &str, held: &[Range<usize>]) -> Vec<Sentence> {
    let ends = |byte: u8| matches!(byte, b'.' | b'!' | b'?');
    let bytes = text.as_bytes();
    let mut held = held.iter();
    let mut next_held = held.next();
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        if let Some(range) = next_held
            && range.start <= at
        {
            at = at.max(range.end);
            next_held = held.next();
        } else if ends(bytes[at]) {
            let stop = next_held.map_or(bytes.len(), |range| range.start);
            let end = at + bytes[at..stop].iter().take_while(|byte| ends(**byte)).count();
            let rest = &text[end..stop];
            let after = end + (rest.len() - rest.trim_start().len());
            found.push(Sentence { range: start..after, ending: at..end });
            (start, at) = (after, after);
        } else {
            at += 1;
        }
    }
    if start < text.len() {
        found.push(Sentence { range: start..text.len(), ending: text.len()..text.len() });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split<'t>(text: &'t str, held: &[Range<usize>]) -> Vec<(&'t str, bool)> {
        let all = sentences(text, held);
        all.iter().map(|it| (&text[it.range.clone()], it.is_question(text))).collect()
    }

    #[test]
    fn each_run_of_marks_ends_one() {
        let text = "Wat is wat. Wat zeg je?  WAT?! wat...\nWat… en wat";
        let expected = [
            ("Wat is wat. ", false),
            ("Wat zeg je?  ", true),
            ("WAT?! ", true),
            ("wat...\n", false),
            ("Wat… en wat", false),
        ];
        assert_eq!(split(text, &[]), expected);
        assert_eq!(split("", &[]), []);
        assert_eq!(split("1.5?", &[]), [("1.", false), ("5?", true)]);
    }

    #[test]
    fn what_is_held_ends_none() {
        assert_eq!(split("d.w.z. niet? m.a.w.", &[0..6, 13..19]), [("d.w.z. niet? ", true), ("m.a.w.", false)]);
    }
}
