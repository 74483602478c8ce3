//! The words of the language.

use crate::ast::Binary;

/// What an operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Binary(Binary),
    Compare(&'static str),
    Glue,
}

/// How tightly operators bind; what is higher binds tighter.
pub(crate) mod binding {
    pub(crate) const ANYTHING: u8 = 0;
    pub(crate) const OR: u8 = 1;
    pub(crate) const AND: u8 = 2;
    pub(crate) const NOT: u8 = 3;
    pub(crate) const COMPARE: u8 = 4;
    pub(crate) const GLUE: u8 = 5;
    pub(crate) const ADD: u8 = 6;
    pub(crate) const MULTIPLY: u8 = 7;
    pub(crate) const SIGN: u8 = 8;
    pub(crate) const VALUE: u8 = 9;
}

impl Operator {
    /// How tightly it binds.
    pub(crate) fn binding(self) -> u8 {
        match self {
            Self::Compare(_) => binding::COMPARE,
            Self::Glue => binding::GLUE,
            Self::Binary(Binary::Or) => binding::OR,
            Self::Binary(Binary::And) => binding::AND,
            Self::Binary(Binary::Add | Binary::Subtract) => binding::ADD,
            Self::Binary(_) => binding::MULTIPLY,
        }
    }
}

/// The operator that a word is between two values.
pub(crate) fn operator(word: &str) -> Option<Operator> {
    use Operator::{Compare, Glue};
    Some(match word {
        "plakt" => Glue,
        "derbij" | "plus" => Operator::Binary(Binary::Add),
        "deraf" | "min" => Operator::Binary(Binary::Subtract),
        "keer" | "maal" => Operator::Binary(Binary::Multiply),
        "gedeeld" | "door" => Operator::Binary(Binary::Divide),
        "rest" => Operator::Binary(Binary::Remainder),
        "enook" | "en" => Operator::Binary(Binary::And),
        "ofwel" | "of" => Operator::Binary(Binary::Or),
        "isgelijk" | "izz" => Compare("=="),
        "isniegelijk" | "izzniet" => Compare("!="),
        "isgroterdan" | "groterdan" => Compare(">"),
        "iskleinerdan" | "kleinerdan" => Compare("<"),
        "isgroterofgelijk" | "groterofgelijk" => Compare(">="),
        "iskleinerofgelijk" | "kleinerofgelijk" => Compare("<="),
        _ => return None,
    })
}

/// What a word means in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InText {
    /// A word like any other.
    Word,
    /// It ends the text if a value follows, and is a word of it otherwise.
    MayEnd,
    /// The same, but seldom what is meant where no value follows.
    ShouldEnd,
    /// It never ends a text, but looks as if it should: there were texts before there was the word.
    Doubtful,
}

/// What a word means in a text.
pub(crate) fn in_text(word: &str) -> InText {
    match word {
        "en" | "of" => InText::MayEnd,
        "plakt" | "derbij" | "deraf" | "keer" | "gedeeld" | "isgelijk" | "isniegelijk" | "isgroterdan"
        | "iskleinerdan" | "enook" | "ofwel" => InText::ShouldEnd,
        // A `nie` behind a text would have nothing to negate but what follows, with nothing between the two.
        "nie" => InText::Doubtful,
        _ if operator(word).is_some() => InText::Doubtful,
        _ => InText::Word,
    }
}

/// Whether a word begins a value.
pub(crate) fn begins_value(word: &str) -> bool {
    matches!(word, "da" | "getal" | "tekst" | "waar" | "onwaar" | "roep" | "nie" | "spatie")
}

/// The words that begin lines.
pub(crate) const STARTERS: &[&str] =
    &["als", "amen", "anders", "geeftterug", "gedaan", "klap", "maak", "plan", "roep", "zet", "zolang"];

/// What somebody means who writes this at the beginning of a line.
pub(crate) fn meant_starter(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let synonym = match lower.as_str() {
        "print" | "zeg" | "zegt" | "zegnekeer" | "toon" | "schrijf" => "klap",
        "as" | "if" => "als",
        "while" | "zolange" | "solang" => "zolang",
        "else" | "anderst" => "anders",
        "return" | "geefterug" | "geef" | "teruggeven" => "geeftterug",
        "einde" | "klaar" | "end" | "stop" | "gedoan" => "gedaan",
        "functie" | "funksie" | "def" | "make" => "maak",
        "set" | "let" | "stel" => "zet",
        "call" | "doe" => "roep",
        other => near(other, STARTERS)?,
    };
    Some(synonym)
}

/// What somebody means who writes this between two values.
pub(crate) fn meant_operator(word: &str) -> Option<&'static str> {
    const OPERATORS: &[&str] = &[
        "plakt",
        "derbij",
        "deraf",
        "keer",
        "gedeeld",
        "rest",
        "isgelijk",
        "isniegelijk",
        "isgroterdan",
        "iskleinerdan",
        "isgroterofgelijk",
        "iskleinerofgelijk",
        "enook",
        "ofwel",
    ];
    Some(match word {
        "+" => "derbij",
        "-" => "deraf",
        "*" | "x" => "keer",
        "/" | ":" | "gedeelddoor" => "gedeeld",
        "%" | "modulo" => "rest",
        "==" | "=" | "is" | "gelijk" => "isgelijk",
        "!=" | "<>" | "isniet" => "isniegelijk",
        ">" | "groter" => "isgroterdan",
        "<" | "kleiner" => "iskleinerdan",
        ">=" => "isgroterofgelijk",
        "<=" => "iskleinerofgelijk",
        "and" | "&&" | "&" => "enook",
        "or" | "||" | "|" => "ofwel",
        other => near(other, OPERATORS)?,
    })
}

/// The word that is nearest, if it is near enough to have been meant.
pub(crate) fn near<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // Nobody means a known word with one that is far longer, and comparing long words takes long.
    let length = word.len();
    if !(3..=40).contains(&length) {
        return None;
    }
    let close = known.iter().filter(|it| it.len().abs_diff(length) <= 2);
    close
        .map(|it| (strsim::osa_distance(word, it), *it))
        .filter(|(distance, it)| *distance <= if it.len().min(length) > 4 { 2 } else { 1 })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near() {
        assert_eq!(meant_starter("Klap"), Some("klap"));
        assert_eq!(meant_starter("geeftrug"), Some("geeftterug"));
        assert_eq!(meant_starter("zegt"), Some("klap"));
        assert_eq!(meant_starter("fiets"), None);
        assert_eq!(meant_operator("isgroterda"), Some("isgroterdan"));
        assert_eq!(meant_operator("<="), Some("iskleinerofgelijk"));
        assert_eq!(meant_operator(&"a".repeat(100)), None);
    }
}
