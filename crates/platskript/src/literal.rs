//! Texts and numbers as Python writes them.

use std::{borrow::Cow, fmt::Write as _};

use crate::{Code, limits::DIGITS};

/// Appends a text as a literal of Python, on one line whatever is in it.
pub(crate) fn push_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    let mut plain = 0;
    for (at, letter) in text.char_indices() {
        let is_special = letter == '\\' || letter == quote || is_hidden(letter);
        if is_special {
            out.push_str(&text[plain..at]);
            plain = at + letter.len_utf8();
            if is_hidden(letter) {
                push_escape(out, u32::from(letter));
            } else {
                out.push('\\');
                out.push(letter);
            }
        }
    }
    out.push_str(&text[plain..]);
    out.push(quote);
}

/// What a quoted text could not be read for, and the bytes it is about.
pub(crate) struct BadQuote {
    pub(crate) code: Code,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Reads the quoted text that `text` begins with: the same as a literal of Python, and the length of what was read.
pub(crate) fn quoted(text: &str) -> Result<(String, usize), BadQuote> {
    let quote = text.chars().next().unwrap_or('"');
    let mut literal = String::new();
    literal.push(quote);
    let mut at = quote.len_utf8();
    while let Some(letter) = text[at..].chars().next() {
        if letter == quote {
            literal.push(quote);
            return Ok((literal, at + 1));
        }
        if letter == '\\' {
            at += escape(&mut literal, text, at)?;
            continue;
        }
        if is_hidden(letter) {
            push_escape(&mut literal, u32::from(letter));
        } else {
            literal.push(letter);
        }
        at += letter.len_utf8();
    }
    Err(BadQuote { code: Code::UnclosedQuote, from: 0, to: text.len() })
}

/// A number as Python takes it; nothing if it is none, or Python refuses it.
pub(crate) fn number(written: &str) -> Option<Cow<'_, str>> {
    let (sign, rest) = written.strip_prefix('-').map_or(("", written), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !fraction.is_none_or(is_digits) {
        return None;
    }
    if fraction.is_some() {
        return Some(Cow::Borrowed(written));
    }
    // Python refuses zeros in front of a whole number, which means the same without them.
    let digits = whole.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    if digits.len() > DIGITS {
        return None;
    }
    Some(if digits.len() == whole.len() { Cow::Borrowed(written) } else { Cow::Owned(format!("{sign}{digits}")) })
}

/// Reads what a backslash begins, and returns its length.
fn escape(literal: &mut String, text: &str, at: usize) -> Result<usize, BadQuote> {
    let rest = &text[at + 1..];
    let Some(letter) = rest.chars().next() else {
        return Err(BadQuote { code: Code::UnclosedQuote, from: 0, to: text.len() });
    };
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '0'..='7' => {
            let length = rest.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            push_escape(literal, u32::from_str_radix(&rest[..length], 8).unwrap_or_default());
            return Ok(1 + length);
        }
        'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' | '\'' | '"' => {
            literal.push('\\');
            literal.push(letter);
            return Ok(2);
        }
        'N' => 0,
        _ => {
            // Python keeps the backslash of what it does not know, and warns.
            literal.push_str("\\\\");
            return Ok(1);
        }
    };
    let length = rest[1..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
    let value = u32::from_str_radix(rest.get(1..=length).unwrap_or_default(), 16);
    if digits == 0 || length < digits || value.is_ok_and(|value| value > u32::from(char::MAX)) {
        return Err(BadQuote { code: Code::BadEscape, from: at, to: at + 1 + letter.len_utf8() + length });
    }
    literal.push('\\');
    literal.push_str(&rest[..=length]);
    Ok(2 + length)
}

/// Whether a character is better written as a number: it ends lines, cannot be seen, or turns what stands around it.
fn is_hidden(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || u32::from(letter) & 0xfffe == 0xfffe
}

fn push_escape(out: &mut String, value: u32) {
    let written = match value {
        0..=0xff => write!(out, "\\x{value:02x}"),
        0x100..=0xffff => write!(out, "\\u{value:04x}"),
        _ => write!(out, "\\U{value:08x}"),
    };
    written.expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let check = |text: &str, expected: &str| {
            let mut out = String::new();
            push_text(&mut out, text);
            assert_eq!(out, expected);
        };
        check("gdag", "'gdag'");
        check("'t kan", "\"'t kan\"");
        check("'t is \"goe\"", "'\\'t is \"goe\"'");
        check("a\\nb", "'a\\\\nb'");
        check("a\u{200b}\0\u{2028}\u{10ffff}é", "'a\\u200b\\x00\\u2028\\U0010ffffé'");
    }

    #[test]
    fn quotes() {
        let check = |text: &str, expected: &str| {
            let (literal, length) = quoted(text).ok().unwrap();
            assert_eq!(literal, expected);
            assert_eq!(length, text.len());
        };
        check("\"a  b\"", "\"a  b\"");
        check("'\"'", "'\"'");
        check(r#""\n\\\"\x41\u00e9\U0001f1e7""#, r#""\n\\\"\x41\u00e9\U0001f1e7""#);
        check(r#""\0\1234\777\d\é""#, r#""\x00\x534\u01ff\\d\\é""#);
        check("\"\0\"", "\"\\x00\"");
        let code = |text: &str| quoted(text).err().map(|bad| (bad.code, bad.from, bad.to));
        assert_eq!(code("\"a"), Some((Code::UnclosedQuote, 0, 2)));
        assert_eq!(code("\"a\\"), Some((Code::UnclosedQuote, 0, 3)));
        assert_eq!(code("\"a\\\""), Some((Code::UnclosedQuote, 0, 4)));
        assert_eq!(code(r#""a\xé""#), Some((Code::BadEscape, 2, 4)));
        assert_eq!(code(r#""\u12""#), Some((Code::BadEscape, 1, 5)));
        assert_eq!(code(r#""\U00110000""#), Some((Code::BadEscape, 1, 11)));
        assert_eq!(code(r#""\N{DASH}""#), Some((Code::BadEscape, 1, 3)));
    }

    #[test]
    fn numbers() {
        let check = |written: &str, expected: Option<&str>| assert_eq!(number(written).as_deref(), expected);
        check("5", Some("5"));
        check("-5", Some("-5"));
        check("007", Some("7"));
        check("-00", Some("-0"));
        check("00.50", Some("00.50"));
        for none in ["", "-", "3,14", "3.", ".5", "--5", "٣", "1e5", "0x1", "1.2.3", &"1".repeat(4301)] {
            check(none, None);
        }
        let longest = format!("0{}", "1".repeat(4300));
        check(&longest, Some(&longest[1..]));
    }
}
