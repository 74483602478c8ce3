//! What a word is, when two spellings are one, and how a capital is kept.

/// Whether a character belongs to a word.
///
/// Letters, digits of all kinds and `_` do, as in Python's `\w`, and so does an accent that is a character of its own: `e` without its accent is
/// another letter. The marks that turn a character into a picture do not.
pub(crate) fn is_word(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || character == '_'
    } else {
        character.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&character)
    }
}

/// The one spelling of a character: small, and with the typewriter's apostrophe.
pub(crate) fn fold(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    match character {
        // A curly apostrophe is what word processors make of the straight one that packs are written with.
        '’' => '\'',
        'ı' => 'i',
        'ſ' => 's',
        'ς' => 'σ',
        other => other.to_lowercase().next().unwrap_or(other),
    }
}

/// The same with its case kept.
pub(crate) fn straight(character: char) -> char {
    if character == '’' { '\'' } else { character }
}

/// Writes a word in its one spelling into a buffer that is used again and again.
pub(crate) fn fold_into(buffer: &mut String, word: &str) {
    buffer.clear();
    if word.is_ascii() {
        buffer.push_str(word);
        buffer.make_ascii_lowercase();
    } else {
        buffer.extend(word.chars().map(fold));
    }
}

/// The words of a text with their offsets.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_word)?;
        at = end_of_word(text, start);
        Some((start, &text[start..at]))
    })
}

/// Where the word ends that starts, or goes on, at an offset.
pub(crate) fn end_of_word(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii() {
            if !is_word(char::from(byte)) {
                return at;
            }
            at += 1;
        } else {
            match text[at..].chars().next() {
                Some(character) if is_word(character) => at += character.len_utf8(),
                _ => return at,
            }
        }
    }
    at
}

/// Whether the character before an offset belongs to a word.
pub(crate) fn word_before(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(is_word)
}

/// Whether the character behind an offset belongs to a word.
pub(crate) fn word_after(text: &str, at: usize) -> bool {
    text[at..].chars().next().is_some_and(is_word)
}

/// Whether nothing in a text could be a capital and is none.
fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

fn is_capitalised(text: &str) -> bool {
    text.chars().find(|it| it.is_alphabetic()).is_some_and(char::is_uppercase)
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() && !matches!(character, '\n' | '\r')
}

/// A text that is being rewritten, with the capital that its next word is owed.
///
/// Dutch writes no capital behind an apostrophe: `Het is` becomes `'t Is`, so that what was the first word gives its capital to the second.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) text: String,
    owed: bool,
}

impl Writer {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), owed: false }
    }

    /// Goes on with text that stays.
    pub(crate) fn copy(&mut self, text: &str) {
        if self.owed { self.pay(text) } else { self.text.push_str(text) }
    }

    /// Goes on with what stands in for `matched`, in its case if that is wanted.
    pub(crate) fn replace(&mut self, matched: &str, to: &str, preserve_case: bool) {
        let owed = std::mem::take(&mut self.owed);
        if to.is_empty() {
            self.owed = owed;
        } else if !preserve_case {
            self.text.push_str(to);
        } else if is_upper(matched) {
            self.text.push_str(&to.to_uppercase());
        } else if owed || is_capitalised(matched) {
            self.capitalise(to);
        } else {
            self.text.push_str(to);
        }
    }

    /// Writes a text with its first letter as a capital.
    fn capitalise(&mut self, text: &str) {
        match text.find(is_word) {
            Some(at) if !is_clitic(text) => {
                self.text.push_str(&text[..at]);
                self.pay(&text[at..]);
            }
            _ => self.pay(text),
        }
    }

    /// Writes a text and gives its first word the capital that is owed. Where there is no word yet, it is owed still.
    fn pay(&mut self, text: &str) {
        let start = text.find(|it| !is_blank(it)).unwrap_or(text.len());
        let (blanks, rest) = text.split_at(start);
        self.text.push_str(blanks);
        self.owed = true;
        if is_clitic(rest) {
            let apostrophe = rest.chars().next().map_or(0, char::len_utf8);
            let (clitic, rest) = rest.split_at(end_of_word(rest, apostrophe));
            self.text.push_str(clitic);
            self.pay(rest);
        } else if let Some(first) = rest.chars().next() {
            self.owed = false;
            self.text.extend(first.to_uppercase());
            self.text.push_str(&rest[first.len_utf8()..]);
        }
    }
}

/// Whether a text starts with a word that has an apostrophe in front, such as `'t`.
fn is_clitic(text: &str) -> bool {
    text.strip_prefix(['\'', '’']).is_some_and(|rest| word_after(rest, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_digits_and_accents() {
        let all: Vec<_> = words("'t is één_2, e\u{301}e\u{301}n even\u{fe0f} 🍺½x").map(|(_, word)| word).collect();
        assert_eq!(all, ["t", "is", "één_2", "e\u{301}e\u{301}n", "even", "½x"]);
    }

    #[test]
    fn spellings_are_one() {
        let mut buffer = String::new();
        for (word, folded) in [("ÉÉN", "één"), ("’T", "'t"), ("\u{212a}an", "kan"), ("İs", "is")] {
            fold_into(&mut buffer, word);
            assert_eq!(buffer, folded);
        }
    }

    #[test]
    fn capitals_are_kept() {
        let cases = [
            ("even", "efkes", "efkes huis"),
            ("Even", "efkes", "Efkes huis"),
            ("EVEN", "efkes", "EFKES huis"),
            ("eVEN", "efkes", "efkes huis"),
            ("X", "efkes", "EFKES huis"),
            ("Even", "Efkes zO", "Efkes zO huis"),
            ("Het", "'t", "'t Huis"),
            ("HET", "'t", "'T huis"),
            ("Het", "’t schoon", "’t Schoon huis"),
            ("Er", "d'r", "D'r huis"),
            ("Wel", "", " huis"),
        ];
        for (matched, to, expected) in cases {
            let mut writer = Writer::default();
            writer.replace(matched, to, true);
            writer.copy(" huis");
            assert_eq!(writer.text, expected, "{matched}");
        }
    }

    #[test]
    fn an_owed_capital_reaches_the_next_word_only() {
        for (rest, expected) in
            [(", ja", "'t, ja"), ("\nja", "'t\nja"), ("  ja ja", "'t  Ja ja"), (" 'n ja", "'t 'n Ja")]
        {
            let mut writer = Writer::default();
            writer.replace("Het", "'t", true);
            writer.copy(rest);
            assert_eq!(writer.text, expected);
        }
    }
}
