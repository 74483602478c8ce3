//! Terms that no rule may touch.

use std::collections::HashMap;
use std::ops::Range;

use crate::literal::Literal;
use crate::words::{end_of_word, fold_into, is_word};

/// Words of rules and penalties, which stay as they are in each dialect: somebody may act on them.
pub(crate) const EVERYWHERE: [&str; 17] = [
    "verplicht",
    "verboden",
    "mag",
    "moet",
    "kan",
    "niet",
    "geen",
    "tenzij",
    "enkel",
    "alleen",
    "behalve",
    "uitzondering",
    "uitzonderingen",
    "boete",
    "boetes",
    "straf",
    "straffen",
];

/// All terms of a dialect, found by their first words.
#[derive(Debug)]
pub(crate) struct Protection {
    terms: HashMap<String, Vec<Literal>>,
    longest_key: usize,
}

impl Protection {
    /// The terms of some packs, and those that hold everywhere.
    pub(crate) fn new<'t>(terms: impl Iterator<Item = &'t str>) -> Self {
        let mut found: HashMap<String, Vec<Literal>> = HashMap::new();
        for term in EVERYWHERE.into_iter().chain(terms) {
            let literal = Literal::phrase(term);
            if let Some(key) = literal.key.clone() {
                found.entry(key).or_default().push(literal);
            }
        }
        let longest_key = found.keys().map(String::len).max().unwrap_or(0);
        Self { terms: found, longest_key }
    }

    /// Where a text is protected, from left to right.
    ///
    /// Terms that overlap are one stretch: none of them may change, and neither may what they share.
    pub(crate) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut buffer = String::new();
        let mut at = 0;
        while let Some(offset) = text[at..].find(is_word) {
            let start = at + offset;
            at = end_of_word(text, start);
            // A spelling in two characters can be longer than the one that it is compared with, by thrice at most.
            if at - start > 3 * self.longest_key {
                continue;
            }
            fold_into(&mut buffer, &text[start..at]);
            for term in self.terms.get(buffer.as_str()).into_iter().flatten() {
                let Some(range) = term.around(text, start) else { continue };
                match found.last_mut() {
                    Some(last) if range.start < last.end => {
                        last.start = last.start.min(range.start);
                        last.end = last.end.max(range.end);
                    }
                    _ => found.push(range),
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_whole_and_in_any_case() {
        let protection = Protection::new(["in orde", "orde van de dag", "'t kan", "de"].into_iter());
        let cases: [(&str, &[&str]); 5] = [
            ("Het is VERPLICHT, niet kanten.", &["VERPLICHT", "niet"]),
            ("Alles in \n orde is in, orde.", &["in \n orde"]),
            ("in orde van de dag", &["in orde van de dag"]),
            ("heb 't kan de", &["'t kan", "de"]),
            ("niet-roken", &["niet"]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = protection.find(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
