//! What differs between two runs of the same test, and how a snapshot writes it.

use std::path::Path;

const KEY_LENGTH: usize = 64;

/// Replaces folders, keys and durations.
pub(crate) fn apply(text: &str, folders: &[&Path]) -> String {
    let mut text = text.to_owned();
    let mut folders: Vec<_> = folders.iter().map(|folder| folder.to_string_lossy()).collect();
    // The longest first, since one may be a part of the other.
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.len()));
    for folder in folders {
        text = text.replace(folder.as_ref(), "[TEMP]");
    }
    replace_tokens(&text)
}

/// Replaces keys and durations, which are looked for where no word or number is already under way.
fn replace_tokens(text: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside = replaced.ends_with(|it: char| it.is_alphanumeric() || it == '_' || it == '.');
        let token = if inside { None } else { key(rest).or_else(|| duration(rest)) };
        let (length, replacement) = token.unwrap_or((first.len_utf8(), &rest[..first.len_utf8()]));
        replaced.push_str(replacement);
        rest = &rest[length..];
    }
    replaced
}

/// The length of a key that a text starts with.
fn key(text: &str) -> Option<(usize, &'static str)> {
    let length = text.find(|it: char| !it.is_ascii_hexdigit()).unwrap_or(text.len());
    (length == KEY_LENGTH && ends(&text[length..])).then_some((length, "[KEY]"))
}

/// The length of a duration that a text starts with: a number with a fraction, and a unit.
fn duration(text: &str) -> Option<(usize, &'static str)> {
    let (whole, rest) = digits(text)?;
    let (fraction, rest) = digits(rest.strip_prefix('.')?)?;
    let (space, rest) = rest.strip_prefix(' ').map_or((0, rest), |rest| (1, rest));
    let unit = ["ms", "µs", "ns", "s"].into_iter().find(|unit| rest.strip_prefix(unit).is_some_and(ends))?;
    Some((whole + 1 + fraction + space + unit.len(), "[TIME]"))
}

/// The number of digits that a text starts with, and what follows.
fn digits(text: &str) -> Option<(usize, &str)> {
    let length = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    (length > 0).then(|| (length, &text[length..]))
}

/// Whether no word goes on here.
fn ends(rest: &str) -> bool {
    !rest.starts_with(|it: char| it.is_alphanumeric() || it == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(apply(text, &[Path::new("/t/x"), Path::new("/real/t/x")]), expected);
    }

    #[test]
    fn folders() {
        check("at /t/x/project, /real/t/x", "at [TEMP]/project, [TEMP]");
        check("/t/y", "/t/y");
    }

    #[test]
    fn keys() {
        let key = "0123456789abcdef".repeat(4);
        check(&format!("{key}\n/{key}/m.so"), "[KEY]\n/[KEY]/m.so");
        check(&format!("{key}0 x{key}"), &format!("{key}0 x{key}"));
        check(&key[..63], &key[..63]);
    }

    #[test]
    fn durations() {
        check("in 1.23s, 45.6 ms, 7.0 µs.", "in [TIME], [TIME], [TIME].");
        check("3 s, 1.2.3s, v1.2s, 1.5 source, 1.5 seconds", "3 s, 1.2.3s, v1.2s, 1.5 source, 1.5 seconds");
    }
}
