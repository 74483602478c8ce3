//! Python that passes through, where the caller asked for it.

use crate::{
    ast::{Binary, Expr, Kind},
    literal,
    names::Name,
    value::Reader,
    words::{Operator, operator},
};

impl<'s> Reader<'s, '_> {
    /// Reads a value word by word: what the language knows is translated, all else stays. Nothing if what comes out could not be one value.
    pub(crate) fn raw_value(&mut self, mark: usize) -> Option<Expr<'s>> {
        let findings = self.report.mark();
        let value = self.raw_words();
        let last = self.report.mark();
        // What was found by reading it in the other way holds only if this way fails.
        let (from, to) = if value.is_some() { (mark, findings) } else { (findings, last) };
        self.report.forget_between(from, to);
        value
    }

    fn raw_words(&mut self) -> Option<Expr<'s>> {
        let begin = self.cursor.at;
        let mut python = String::new();
        let mut end = begin;
        while !self.is_end() {
            let at = self.cursor.at;
            if !python.is_empty() && at > end {
                python.push(' ');
            }
            let word = self.cursor.peek();
            self.cursor.at += word.len();
            match word {
                "tekst" => {
                    if let Kind::Text(text) = self.text(at).kind {
                        literal::push_text(&mut python, &text);
                    }
                }
                "getal" => python.push_str(&literal::number(self.cursor.peek())?),
                "da" => {
                    let word = self.cursor.peek();
                    match Name::read(word, self.cursor.at) {
                        Some(name) => python.push_str(&name.python),
                        None => python.push_str(word),
                    }
                }
                "spatie" => python.push_str("' '"),
                "waar" => python.push_str("True"),
                "onwaar" => python.push_str("False"),
                "nie" => python.push_str("not"),
                "roep" => return None,
                _ if word.starts_with(['"', '\'']) => {
                    self.cursor.at = at;
                    let (text, length) = literal::quoted(self.cursor.rest()).ok()?;
                    python.push_str(&text);
                    self.cursor.at += length;
                    self.quotes.push(at..self.cursor.at);
                }
                _ => match operator(word) {
                    Some(operator) => python.push_str(sign(operator)),
                    None => python.push_str(word),
                },
            }
            if matches!(word, "getal" | "da") {
                self.cursor.next();
            }
            end = self.cursor.at;
        }
        is_whole(&python).then(|| Expr::new(Kind::Raw(python), begin..end))
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Compare(sign) => sign,
        Operator::Glue | Operator::Binary(Binary::Add) => "+",
        Operator::Binary(Binary::Or) => "or",
        Operator::Binary(Binary::And) => "and",
        Operator::Binary(Binary::Subtract) => "-",
        Operator::Binary(Binary::Multiply) => "*",
        Operator::Binary(Binary::Divide) => "/",
        Operator::Binary(Binary::Remainder) => "%",
    }
}

/// Whether Python could be one value: its brackets and quotes are closed, and no statement ends in it.
pub(crate) fn is_whole(python: &str) -> bool {
    let mut open = Vec::new();
    let mut letters = python.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop() == Some(letter) => {}
            '"' | '\'' => loop {
                match letters.next() {
                    None => return false,
                    Some('\\') => drop(letters.next()),
                    Some(other) if other == letter => break,
                    Some(_) => {}
                }
            },
            ')' | ']' | '}' | '#' | ';' | '\\' | '\0' => return false,
            _ => {}
        }
    }
    open.is_empty() && !python.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_one_value() {
        for good in ["x if y else z", "f'{a}'", "{1: [2]}", "'#;'", "'\\''"] {
            assert!(is_whole(good), "{good}");
        }
        for bad in ["1 ); print('x'", "'a", "(", ")", "a # b", "a; b", "a \\", ""] {
            assert!(!is_whole(bad), "{bad}");
        }
    }
}
