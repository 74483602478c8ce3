//! Lines and words as Python's `str.splitlines` and `str.split` see them.

use std::ops::Range;

/// What `str.splitlines` ends a line at.
fn is_line_end(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What `str.split` splits at: white space, and four control characters that Rust does not count as such.
pub(crate) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}')
}

/// The lines of a text as ranges of bytes, without what ends them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        if at == bytes.len() {
            return None;
        }
        let begin = at;
        while let Some(&byte) = bytes.get(at) {
            // All that ends lines begins with one of these.
            if matches!(byte, b'\n'..=b'\r' | 0x1c..=0x1e | 0xc2 | 0xe2)
                && let Some(letter) = text[at..].chars().next().filter(|letter| is_line_end(*letter))
            {
                let end = at;
                at += letter.len_utf8();
                if letter == '\r' && bytes.get(at) == Some(&b'\n') {
                    at += 1;
                }
                return Some(begin..end);
            }
            at += 1;
        }
        Some(begin..at)
    })
}

/// The length of the blanks that a text begins with.
pub(crate) fn blanks(text: &str) -> usize {
    length_while(text, |byte| matches!(byte, b'\t'..=b'\r' | 0x1c..=b' '), is_space)
}

/// The length of the word that a text begins with.
pub(crate) fn word(text: &str) -> usize {
    length_while(text, |byte| !matches!(byte, b'\t'..=b'\r' | 0x1c..=b' '), |letter| !is_space(letter))
}

/// How much of the beginning is wanted; bytes are asked for ASCII, characters for all else.
pub(crate) fn length_while(text: &str, ascii: impl Fn(u8) -> bool, other: impl Fn(char) -> bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let length = if byte.is_ascii() {
            usize::from(ascii(byte))
        } else {
            let letter = text[at..].chars().next().filter(|letter| other(*letter));
            letter.map_or(0, char::len_utf8)
        };
        if length == 0 {
            break;
        }
        at += length;
    }
    at
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
            split("a\u{b}b\u{c}c\u{1c}d\u{1d}e\u{1e}f\u{85}g\u{2028}h\u{2029}i\u{1f}jé\u{a0}€"),
            ["a", "b", "c", "d", "e", "f", "g", "h", "i\u{1f}jé\u{a0}€"]
        );
    }

    #[test]
    fn blanks_are_those_of_python() {
        for blank in ['\u{1f}', '\u{a0}', '\u{3000}', '\t', ' ', '\u{85}', '\u{1c}'] {
            let text = format!("{blank}a");
            assert_eq!((blanks(&text), word(&text)), (blank.len_utf8(), 0), "{blank:?}");
        }
        for other in ['\u{200b}', '\u{feff}', 'a', '\0', '\u{1b}', 'é'] {
            let text = format!("{other} ");
            assert_eq!((blanks(&text), word(&text)), (0, other.len_utf8()), "{other:?}");
        }
    }
}
