//! Lines and words as Python's `str.splitlines` and `str.split` see them.

use std::ops::Range;

/// What `str.splitlines` ends a line at.
pub(crate) fn is_line_end(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What `str.split` splits at: white space, and four control characters that Rust does not count as such.
pub(crate) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}')
}

/// The lines of a text as ranges of bytes, without what ends them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at == text.len() {
            return None;
        }
        let begin = at;
        let Some((length, end)) = text[begin..].char_indices().find(|(_, letter)| is_line_end(*letter)) else {
            at = text.len();
            return Some(begin..at);
        };
        at = begin + length + end.len_utf8();
        if end == '\r' && text[at..].starts_with('\n') {
            at += 1;
        }
        Some(begin..begin + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_python() {
        let split = |text: &str| lines(text).map(|line| text[line].to_owned()).collect::<Vec<_>>();
        assert_eq!(split(""), [""; 0]);
        assert_eq!(split("a"), ["a"]);
        assert_eq!(split("a\n"), ["a"]);
        assert_eq!(split("\n\n"), ["", ""]);
        assert_eq!(split("a\r\nb\rc\n\rd"), ["a", "b", "c", "", "d"]);
        assert_eq!(
            split("a\u{b}b\u{c}c\u{1c}d\u{1d}e\u{1e}f\u{85}g\u{2028}h\u{2029}i\u{1f}j"),
            ["a", "b", "c", "d", "e", "f", "g", "h", "i\u{1f}j"]
        );
    }

    #[test]
    fn blanks_are_those_of_python() {
        for blank in ['\u{1f}', '\u{a0}', '\u{3000}', '\t', ' '] {
            assert!(is_space(blank), "{blank:?}");
        }
        for other in ['\u{200b}', '\u{feff}', 'a'] {
            assert!(!is_space(other), "{other:?}");
        }
    }
}
