//! `tekst …`: words that are meant as they stand, and where they end.

use crate::{
    Code,
    ast::{Expr, Kind},
    cursor::run,
    lines::is_space,
    names::{begins_name, continues_name},
    report::replace,
    value::{REPEATED, Reader},
    words::{InText, begins_value, in_text},
};

impl<'s> Reader<'s, '_> {
    /// The words behind `tekst`, which was taken and began here.
    pub(crate) fn text(&mut self, begin: usize) -> Expr<'s> {
        let mut text = String::new();
        let mut doubtful = None;
        let mut end = self.cursor.at;
        loop {
            self.cursor.skip_blanks();
            let (word, is_closed) = self.piece();
            if word.is_empty() || word == "amen" || self.is_end_of_head(word) {
                break;
            }
            let is_doubtful = match in_text(word) {
                InText::MayEnd | InText::ShouldEnd if self.is_followed_by_value(word) => break,
                InText::ShouldEnd => true,
                InText::Doubtful => word == "nie" || self.is_followed_by_value(word),
                InText::Word | InText::MayEnd => false,
            };
            if is_doubtful && doubtful.is_none() {
                doubtful = Some((self.cursor.at, word));
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
            self.cursor.at += word.len();
            end = self.cursor.at;
            if is_closed {
                break;
            }
        }
        self.cursor.at = end;
        if let Some((at, word)) = doubtful {
            let quotable = text.len() <= REPEATED && !text.contains(['"', '\\']);
            let suggestion = if quotable { replace(begin..end, format!("\"{text}\"")) } else { None };
            self.report.add(Code::OperatorInText, at..at + word.len(), &[word], suggestion);
        }
        Expr::new(Kind::Text(text), begin..end)
    }

    /// The word here, or what of it comes before the bracket or the comma that ends the text; and whether that is so.
    fn piece(&mut self) -> (&'s str, bool) {
        if self.place.brackets == 0 {
            return (self.cursor.peek(), false);
        }
        let rest = self.cursor.rest();
        let mut open = 0_usize;
        for (at, letter) in rest.char_indices() {
            match letter {
                '(' | '[' => open += 1,
                ')' | ']' if open == 0 => return (&rest[..at], true),
                ')' | ']' => open -= 1,
                ',' if open == 0 && self.place.commas => return (&rest[..at], true),
                _ if is_space(letter) => return (&rest[..at], false),
                _ => {}
            }
        }
        (rest, false)
    }

    /// Whether the head of a block ends with the word here.
    fn is_end_of_head(&mut self, word: &str) -> bool {
        if !self.in_head {
            return false;
        }
        if word != "dan" {
            return self.cursor.ends_with("doe");
        }
        let mut behind = self.cursor.clone();
        behind.at += word.len();
        behind.ends_with("doe")
    }

    /// Whether a value begins behind the word here.
    fn is_followed_by_value(&self, word: &str) -> bool {
        let mut behind = self.cursor.clone();
        behind.at += word.len();
        behind.skip_blanks();
        let rest = behind.rest();
        let next = run(rest);
        let after = rest[next.len()..].chars().next();
        let is_called = matches!(after, Some('(' | '['))
            && next.chars().next().is_some_and(begins_name)
            && next.chars().all(|letter| continues_name(letter) || letter == '-');
        begins_value(next) || is_called || rest.starts_with(['(', '"'])
    }
}
