//! `pkg.mod:callable`

use std::{fmt, str::FromStr};

use crate::Error;

/// What a hook calls: a function, or something else that is called without arguments, and the module that has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntryPoint {
    /// The module, with dots.
    pub module: String,
    /// The name in it, possibly with dots.
    pub function: String,
}

impl EntryPoint {
    /// The first part of the module's name: what is imported first, whatever else is.
    pub fn package(&self) -> &str {
        self.module.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for EntryPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.module, self.function)
    }
}

impl FromStr for EntryPoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |reason| Error::EntryPoint { text: text.to_owned(), reason };
        let (module, function) = text.split_once(':').ok_or_else(|| wrong("there is no colon in it"))?;
        for (part, reason) in [
            (module, "what stands before the colon is no name of a module"),
            (function, "what stands behind the colon is no name in a module"),
        ] {
            if !part.split('.').all(is_identifier) {
                return Err(wrong(reason));
            }
        }
        // Marks above and below letters are parts of identifiers, and not of what `site` resolves.
        if !is_resolvable(text) {
            return Err(wrong("it has marks in it that interpreters do not take in a `.start`"));
        }
        Ok(Self { module: module.to_owned(), function: function.to_owned() })
    }
}

/// Whether `pkgutil.resolve_name(…, strict=True)` takes the form of this for an entry point. It takes more than Python has names for: keywords, and
/// letters that no identifier begins with.
pub(crate) fn is_resolvable(text: &str) -> bool {
    text.split_once(':').is_some_and(|(module, function)| [module, function].into_iter().all(is_dotted))
}

/// Words of letters, digits and underscores with dots between them, none of which begins with a digit.
fn is_dotted(text: &str) -> bool {
    let is_word = |word: &str| {
        word.chars().next().is_some_and(|first| !is_decimal(first))
            && word.chars().all(|letter| letter == '_' || is_alphanumeric(letter))
    };
    text.split('.').all(is_word)
}

/// What `str.isalnum` takes: Rust's `is_alphanumeric` has marks that belong to letters, and letters in circles, too.
fn is_alphanumeric(letter: char) -> bool {
    let is_mark = matches!(letter, '\u{1885}' | '\u{1886}');
    letter.is_numeric()
        || NO_BEGINNING.contains(&letter)
        || (letter.is_alphabetic() && unicode_ident::is_xid_start(letter) && !is_mark)
}

/// Letters that no identifier begins with.
const NO_BEGINNING: [char; 22] = [
    '\u{37a}', '\u{e33}', '\u{eb3}', '\u{2e2f}', '\u{fc5e}', '\u{fc5f}', '\u{fc60}', '\u{fc61}', '\u{fc62}',
    '\u{fc63}', '\u{fdfa}', '\u{fdfb}', '\u{fe70}', '\u{fe72}', '\u{fe74}', '\u{fe76}', '\u{fe78}', '\u{fe7a}',
    '\u{fe7c}', '\u{fe7e}', '\u{ff9e}', '\u{ff9f}',
];

/// What `\d` is: Rust's `is_numeric` has Roman numerals and fractions, too, of which only some old digits of Ethiopia and Yunnan continue an identifier alone.
fn is_decimal(letter: char) -> bool {
    letter.is_numeric()
        && unicode_ident::is_xid_continue(letter)
        && !unicode_ident::is_xid_start(letter)
        && !matches!(letter, '\u{1369}'..='\u{1371}' | '\u{19da}')
}

/// Whether a name can be written in Python.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first))
        && letters.all(unicode_ident::is_xid_continue)
        && !KEYWORDS.contains(&name)
}

/// Words that are no names, in every version of Python that is meant here.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points_are_read() {
        let entry: EntryPoint = "pkg.mod:Class.make".parse().unwrap();
        assert_eq!((entry.module.as_str(), entry.function.as_str(), entry.package()), ("pkg.mod", "Class.make", "pkg"));
        assert_eq!(entry.to_string(), "pkg.mod:Class.make");
        for wrong in [
            "pkg",
            "pkg:",
            ":f",
            "pkg.:f",
            "pkg:f()",
            "pkg mod:f",
            "1pkg:f",
            "pkg:f:g",
            "pkg:class",
            "pkg.class:f",
            "pkg: f",
            "a;b:c",
            "pkg:f\n",
            "म\u{94b}ड:f",
        ] {
            assert!(wrong.parse::<EntryPoint>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_interpreter_takes_more_than_can_be_written() {
        for taken in ["a:b", "a.b:c.d", "ä:ö", "_:_", "class:def", "\u{1369}a:\u{19da}", "\u{2167}:½"] {
            assert!(is_resolvable(taken), "{taken}");
        }
        for refused in [
            "a",
            "a:",
            ":a",
            "a:b:c",
            "a b:c",
            "a.:b",
            "1a:b",
            "a:1b",
            "a: b",
            "a:b()",
            "٣a:b",
            "म\u{94b}ड:x",
            "Ⓐ:x",
            "\u{1885}:x",
        ] {
            assert!(!is_resolvable(refused), "{refused}");
        }
        assert!(is_identifier("_1") && !is_identifier("1_"));
    }
}
