//! Patterns: compiled once, run in linear time.

use std::ops::Range;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_syntax::ast::ErrorKind;
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::words::is_word;

/// What a compiled pattern may need: one with counted repetitions of large classes could take gigabytes.
const MEMORY: usize = 4 << 20;

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternFault {
    /// It looks ahead or behind.
    #[error("look-ahead and look-behind cannot be run in linear time")]
    LookAround,
    /// It asks for a group again.
    #[error("a reference back to a group cannot be run in linear time")]
    BackReference,
    /// It would take too much memory.
    #[error("it is too large")]
    TooLarge,
    /// It is no pattern.
    #[error("{0}")]
    Syntax(String),
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) regex: Regex,
    hir: Hir,
    /// Whether each match lies within one [`run`], so that no more than that needs to be searched at a time.
    within_runs: bool,
    /// What each match holds.
    needle: Option<String>,
}

impl Expression {
    /// Compiles a pattern of Python's kind, as far as it can be run in linear time.
    pub(crate) fn new(pattern: &str, ignore_case: bool, multi_line: bool) -> Result<Self, PatternFault> {
        let pattern = end_of_text(pattern);
        // Python's way to refer back by name is no syntax at all here, and should not be called a slip.
        if pattern.contains("(?P=") {
            return Err(PatternFault::BackReference);
        }
        let config = syntax::Config::new().case_insensitive(ignore_case).multi_line(multi_line);
        let hir = syntax::parse_with(&pattern, &config).map_err(|error| fault(&error))?;
        let config = Regex::config().nfa_size_limit(Some(MEMORY));
        let regex = Regex::builder().configure(config).build_from_hir(&hir).map_err(|_| PatternFault::TooLarge)?;
        let within_runs = hir.properties().minimum_len().is_some_and(|length| length > 0) && stays_within_runs(&hir);
        Ok(Self { regex, within_runs, needle: needle(&hir), hir })
    }

    /// The names of the groups, the whole match first.
    pub(crate) fn group_names(&self) -> Vec<Option<String>> {
        let names = self.regex.group_info().pattern_names(regex_automata::PatternID::ZERO);
        names.map(|name| name.map(str::to_owned)).collect()
    }

    /// The next part of a text, from `at` on, in which there could be a match.
    ///
    /// Searching word by word is a detour only at first sight: where a text has letters beyond ASCII, a search for `\b` goes on slowly to its end.
    pub(crate) fn next_part(&self, text: &str, at: usize, end: usize) -> Option<Range<usize>> {
        if at >= end {
            return (at == end && !self.within_runs).then_some(at..end);
        }
        let first = match &self.needle {
            Some(needle) => at + text[at..end].find(needle.as_str())?,
            None => at,
        };
        if !self.within_runs {
            return Some(at..end);
        }
        let bytes = &text.as_bytes()[..end];
        let start = first - bytes[at..first].iter().rev().take_while(|byte| run(**byte)).count();
        let start = start + bytes[start..].iter().position(|byte| run(*byte))?;
        let length = bytes[start..].iter().take_while(|byte| run(**byte)).count();
        Some(start..start + length)
    }

    /// The same without knowing where there could be a match.
    #[cfg(test)]
    pub(crate) fn in_one_part(&self) -> Self {
        Self { within_runs: false, needle: None, ..self.clone() }
    }

    /// Why the pattern catches more than anybody can mean, if it does.
    pub(crate) fn too_broad(&self) -> Option<&'static str> {
        if self.hir.properties().minimum_len().is_none_or(|length| length == 0) {
            Some("it also matches where there is nothing")
        } else if runs_on(&self.hir) {
            Some("it has a part that runs on over any number of words")
        } else if !names_something(&self.hir) {
            Some("it demands no letter of its own, so that it matches words that it does not know")
        } else {
            None
        }
    }
}

/// Whether a byte belongs to a run: a word, and all that is not ASCII, whatever it is.
fn run(byte: u8) -> bool {
    !byte.is_ascii() || is_word(char::from(byte))
}

/// Whether a pattern matches nothing but what a run has, and looks at nothing but the bounds of words.
fn stays_within_runs(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty => true,
        HirKind::Literal(literal) => literal.0.iter().copied().all(run),
        HirKind::Class(Class::Unicode(class)) => (0..128u8)
            .map(char::from)
            .filter(|it| !is_word(*it))
            .all(|it| !class.iter().any(|range| (range.start()..=range.end()).contains(&it))),
        HirKind::Class(Class::Bytes(_)) => false,
        HirKind::Look(look) => matches!(look, Look::WordUnicode | Look::WordUnicodeNegate),
        HirKind::Repetition(repetition) => stays_within_runs(&repetition.sub),
        HirKind::Capture(capture) => stays_within_runs(&capture.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().all(stays_within_runs),
    }
}

/// A text that each match ends with, if there is one.
fn needle(hir: &Hir) -> Option<String> {
    let endings = Extractor::new().kind(ExtractKind::Suffix).extract(hir);
    match endings.literals()? {
        [ending] => String::from_utf8(ending.as_bytes().to_owned()).ok().filter(|it| !it.is_empty()),
        _ => None,
    }
}

/// Python's `\Z` is the end of the text, which is `\z` elsewhere.
fn end_of_text(pattern: &str) -> String {
    let mut changed = String::with_capacity(pattern.len());
    let mut escaped = false;
    for character in pattern.chars() {
        changed.push(if escaped && character == 'Z' { 'z' } else { character });
        escaped = !escaped && character == '\\';
    }
    changed
}

fn fault(error: &regex_syntax::Error) -> PatternFault {
    match error {
        regex_syntax::Error::Parse(error) => match error.kind() {
            ErrorKind::UnsupportedLookAround => PatternFault::LookAround,
            ErrorKind::UnsupportedBackreference => PatternFault::BackReference,
            ErrorKind::NestLimitExceeded(_) => PatternFault::TooLarge,
            kind => PatternFault::Syntax(format!("{kind}, at character {}", error.span().start.column)),
        },
        regex_syntax::Error::Translate(error) => PatternFault::Syntax(error.kind().to_string()),
        other => PatternFault::Syntax(other.to_string()),
    }
}

/// Whether a part repeats without end what stands between words as well as what they are made of.
fn runs_on(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            let endless =
                repetition.max.is_none() && class(&repetition.sub).is_some_and(|it| has(it, ' ') && has(it, 'e'));
            endless || runs_on(&repetition.sub)
        }
        HirKind::Capture(capture) => runs_on(&capture.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().any(runs_on),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
    }
}

/// Whether each match has a letter or digit that the pattern names, or one of a few.
fn names_something(hir: &Hir) -> bool {
    /// More letters than this are named by what they have in common; fewer, one by one: `[aeiou]` in both cases and with accents.
    const FEW: u32 = 64;
    match hir.kind() {
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).contains(is_word),
        HirKind::Class(Class::Unicode(class)) => {
            let size: u32 = class.iter().map(|range| u32::from(range.end()) - u32::from(range.start()) + 1).sum();
            size <= FEW && class.iter().all(|range| is_word(range.start()) && is_word(range.end()))
        }
        HirKind::Repetition(repetition) => repetition.min > 0 && names_something(&repetition.sub),
        HirKind::Capture(capture) => names_something(&capture.sub),
        HirKind::Concat(all) => all.iter().any(names_something),
        HirKind::Alternation(all) => all.iter().all(names_something),
        HirKind::Class(Class::Bytes(_)) | HirKind::Empty | HirKind::Look(_) => false,
    }
}

fn class(hir: &Hir) -> Option<&Class> {
    match hir.kind() {
        HirKind::Class(class) => Some(class),
        HirKind::Capture(capture) => class(&capture.sub),
        _ => None,
    }
}

fn has(class: &Class, character: char) -> bool {
    match class {
        Class::Unicode(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&character)),
        Class::Bytes(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pattern: &str) -> String {
        Expression::new(pattern, true, false).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_linear_is_refused() {
        for pattern in ["goed(?!e)", "(?<=a)b", "(?=a)", "(?<!a)b"] {
            assert_eq!(refused(pattern), "look-ahead and look-behind cannot be run in linear time", "{pattern}");
        }
        for pattern in [r"(a)\1", "(?P<a>a)(?P=a)"] {
            assert_eq!(refused(pattern), "a reference back to a group cannot be run in linear time", "{pattern}");
        }
        assert_eq!(refused(r"(\w{100}){100}{100}"), "it is too large");
        assert_eq!(refused(&format!("{}a{}", "(".repeat(1000), ")".repeat(1000))), "it is too large");
        assert_eq!(refused("a("), "unclosed group, at character 2");
    }

    #[test]
    fn the_end_of_a_text_is_spelled_as_in_python() {
        assert!(Expression::new(r"a\Z", false, false).unwrap().regex.is_match("ba"));
        assert!(Expression::new(r"a\\Z", false, false).unwrap().regex.is_match(r"a\Z"));
    }

    #[test]
    fn only_what_could_match_is_searched() {
        let parts = |pattern: &str, text: &str| {
            let expression = Expression::new(pattern, false, false).unwrap();
            let mut at = 0;
            let mut found = Vec::new();
            while let Some(part) = expression.next_part(text, at, text.len()) {
                at = part.end;
                found.push(text[part.clone()].to_owned());
                if part.is_empty() || at == text.len() {
                    break;
                }
            }
            found
        };
        let text = "Eigenlijk is 't één mógelijk-heerlijk ding";
        assert_eq!(parts(r"\b(\w+)elijk\b", text), ["mógelijk"]);
        assert_eq!(parts(r"\w[aeo]\w", text), ["Eigenlijk", "is", "t", "één", "mógelijk", "heerlijk", "ding"]);
        for whole in [r"\w+ is", r"^e", r"\w*", r"[^a]e", r"a|\s"] {
            assert_eq!(parts(whole, text)[0], text, "{whole}");
        }
        assert_eq!(parts(r"\s+is", "a b"), Vec::<String>::new());
    }

    #[test]
    fn broad_patterns_are_known() {
        let broad = |pattern: &str| Expression::new(pattern, true, false).unwrap().too_broad();
        for pattern in [
            ".*",
            r"\w*",
            r"\s+",
            r"\w+",
            "(a|)",
            r"\bde .* het\b",
            "de[^.]+",
            r"(\w+) (\w+)",
            ".",
            r"(\w+|a)",
            "^",
            r"\d+",
        ] {
            assert!(broad(pattern).is_some(), "{pattern}");
        }
        for pattern in [r"\bdat is\b", r"(\w+)lijk\b", r"[aeiou]n\b", r"\bde\s+(\w+)", "[0-9]+", r"a.b"] {
            assert_eq!(broad(pattern), None, "{pattern}");
        }
    }
}
