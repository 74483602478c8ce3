//! Texts of others as they can be shown.

/// A message: in one line, with nothing in it that a terminal would take for orders, and without the middle of a very long one.
pub fn printable(text: &str) -> String {
    clean(text, 2000)
}

/// The name of a file, in the same way.
pub(crate) fn place(name: &str) -> String {
    clean(name, 300)
}

fn clean(text: &str, most: usize) -> String {
    let end = text.char_indices().nth(most).map(|_| text.char_indices().nth(most / 2).map_or(0, |(place, _)| place));
    let mut shown = String::new();
    for letter in text[..end.unwrap_or(text.len())].chars() {
        if letter.is_control() || turns_around(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    if end.is_none() { shown } else { format!("{shown}… ({} bytes)", text.len()) }
}

/// What makes a terminal show letters in another order than they stand.
fn turns_around(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_a_cursor() {
        assert_eq!(printable("a \u{1b}[2J\u{7}\r\n\u{9b}b"), r"a \u{1b}[2J\u{7}\r\n\u{9b}b");
        assert_eq!(place("gnp.\u{202e}x"), r"gnp.\u{202e}x");
        assert_eq!(printable("`ä` 🐍"), "`ä` 🐍");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(place(&"ä".repeat(300)), "ä".repeat(300));
        assert_eq!(place(&"ä".repeat(301)), format!("{}… (602 bytes)", "ä".repeat(150)));
    }
}
