//! What keeps Python from reading a line of code, as far as it is certain without a parser.
//!
//! The line is split into tokens and statements. What is said to be wrong is wrong in every version; most of what is wrong inside of a statement is not seen.

use crate::entry::is_identifier;

/// A part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// A name or a keyword.
    Word(&'a str),
    /// A number.
    Number,
    /// A string.
    Text,
    /// Any other character.
    Sign(char),
}

/// Why the line that begins with `import` is no code; nothing if it may be code.
pub(crate) fn wrong(line: &str) -> Option<String> {
    match tokens(line) {
        Ok(Some(tokens)) => nested(&tokens).or_else(|| ordered(&tokens)),
        // What stands in an f-string is code, in each version another.
        Ok(None) => None,
        Err(reason) => Some(reason),
    }
}

/// The tokens of a line up to a comment; nothing if there are f-strings in it.
fn tokens(line: &str) -> Result<Option<Vec<Token<'_>>>, String> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\0' => return Err("there is a zero byte in it".to_owned()),
            '#' if rest.contains('\0') => return Err("there is a zero byte in it".to_owned()),
            '#' => break,
            ' ' | '\t' | '\u{c}' => 1,
            '\'' | '"' => {
                tokens.push(Token::Text);
                string(rest).ok_or("a string in it does not end")?
            }
            '0'..='9' => {
                tokens.push(Token::Number);
                span(rest, |letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.'))
            }
            first if is_word(first) => {
                let length = span(rest, is_word);
                let word = &rest[..length];
                if rest[length..].starts_with(['\'', '"']) && has_code(word) {
                    return Ok(None);
                }
                // What stands before a string belongs to it.
                if !(rest[length..].starts_with(['\'', '"']) && is_prefix(word)) {
                    tokens.push(Token::Word(word));
                }
                length
            }
            '$' | '?' | '`' => return Err(format!("`{first}` is no sign of Python's")),
            '!' if !rest[1..].starts_with('=') => return Err("`!` stands alone in it".to_owned()),
            '\\' => return Err("a backslash continues a line, and there is no other line".to_owned()),
            first => {
                tokens.push(Token::Sign(first));
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Ok(Some(tokens))
}

/// How long the string is that a text begins with.
fn string(text: &str) -> Option<usize> {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let end = if text.starts_with(&triple) { triple.as_str() } else { quote };
    let mut place = end.len();
    // A backslash keeps a quote from ending even a raw string.
    while !text[place..].starts_with(end) {
        let mut letters = text[place..].chars();
        let letter = letters.next()?;
        place += letter.len_utf8() + if letter == '\\' { letters.next()?.len_utf8() } else { 0 };
    }
    Some(place + end.len())
}

fn span(text: &str, belongs: fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || !letter.is_ascii()
}

/// Whether a string with this before it has code in it.
fn has_code(prefix: &str) -> bool {
    ["f", "fr", "rf", "t", "tr", "rt"].iter().any(|other| prefix.eq_ignore_ascii_case(other))
}

fn is_prefix(word: &str) -> bool {
    ["r", "u", "b", "br", "rb"].iter().any(|other| word.eq_ignore_ascii_case(other))
}

/// Whether brackets close as they open.
fn nested(tokens: &[Token<'_>]) -> Option<String> {
    let mut open = Vec::new();
    for token in tokens {
        let Token::Sign(sign) = *token else { continue };
        match sign {
            '(' => open.push((sign, ')')),
            '[' => open.push((sign, ']')),
            '{' => open.push((sign, '}')),
            ')' | ']' | '}' => match open.pop() {
                Some((_, close)) if close == sign => {}
                _ => return Some(format!("`{sign}` closes nothing")),
            },
            ';' => {
                if let Some((bracket, _)) = open.last() {
                    return Some(format!("`{bracket}` is not closed where the statement ends"));
                }
            }
            _ => {}
        }
    }
    open.pop().map(|(sign, _)| format!("`{sign}` is never closed"))
}

/// Whether each statement can be one.
fn ordered(tokens: &[Token<'_>]) -> Option<String> {
    let mut statements: Vec<&[Token<'_>]> = tokens.split(|token| *token == Token::Sign(';')).collect();
    // A semicolon may end the last one.
    if statements.len() > 1 {
        statements.pop_if(|last| last.is_empty());
    }
    statements.iter().find_map(|statement| misplaced(statement).or_else(|| unfinished(statement)))
}

/// What cannot stand between semicolons.
fn misplaced(statement: &[Token<'_>]) -> Option<String> {
    let Some(first) = statement.first() else { return Some("there is nothing before a semicolon".to_owned()) };
    match *first {
        Token::Word("import") if !imports(&statement[1..]) => {
            Some("`import` wants names of modules, with commas between them".to_owned())
        }
        Token::Word("from") if !is_from(statement) => Some("`from` wants a module, `import` and names".to_owned()),
        Token::Word(word) if BLOCKS.contains(&word) => {
            Some(format!("`{word}` begins a block, which cannot stand behind a semicolon"))
        }
        _ => None,
    }
}

/// Words that begin a block, or a part of one.
const BLOCKS: [&str; 12] =
    ["if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class", "async"];

/// `a.b as c, d`, as far as it is ASCII.
fn imports(tokens: &[Token<'_>]) -> bool {
    tokens.split(|token| *token == Token::Sign(',')).all(|part| {
        let mut words = part.iter();
        while let Some(Token::Word(word)) = words.next()
            && is_name(word)
        {
            match (words.next(), words.as_slice()) {
                (None, _) => return true,
                (Some(Token::Sign('.')), _) => {}
                (Some(Token::Word("as")), [Token::Word(name)]) => return is_name(name),
                _ => return false,
            }
        }
        false
    })
}

/// What other letters make a name depends on the version.
fn is_name(word: &str) -> bool {
    is_identifier(word) || !word.is_ascii()
}

fn is_from(statement: &[Token<'_>]) -> bool {
    let import = statement.iter().position(|token| *token == Token::Word("import"));
    import.is_some_and(|place| place > 1 && place + 1 < statement.len())
}

/// What cannot be the end of a statement.
fn unfinished(statement: &[Token<'_>]) -> Option<String> {
    const AFTER: &str = "=+-*/%&|^<>@~:";
    const WORDS: [&str; 13] =
        ["and", "or", "not", "in", "is", "if", "else", "lambda", "as", "del", "assert", "global", "await"];
    match *statement.last()? {
        // `from m import *`
        Token::Sign('*') if statement.first() == Some(&Token::Word("from")) => None,
        Token::Sign(sign) if AFTER.contains(sign) => Some(format!("something is missing behind `{sign}`")),
        Token::Word(word) if WORDS.contains(&word) => Some(format!("something is missing behind `{word}`")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_cannot_read() {
        for (line, reason) in [
            ("import (", "`(` is never closed"),
            ("import os; os.getcwd(]", "`]` closes nothing"),
            ("import os; f(;)", "`(` is not closed where the statement ends"),
            ("import os; x = 'it", "a string in it does not end"),
            ("import os; x = '''it'", "a string in it does not end"),
            (r"import os; x = r'\'", "a string in it does not end"),
            ("import os,", "`import` wants names of modules, with commas between them"),
            ("import ", "`import` wants names of modules, with commas between them"),
            ("import os sys", "`import` wants names of modules, with commas between them"),
            ("import os as", "`import` wants names of modules, with commas between them"),
            ("import a..b", "`import` wants names of modules, with commas between them"),
            ("import class", "`import` wants names of modules, with commas between them"),
            ("import a.b; from a import", "`from` wants a module, `import` and names"),
            ("import a; from import b", "`from` wants a module, `import` and names"),
            ("import a;; a.b()", "there is nothing before a semicolon"),
            ("import a; try: a.b()", "`try` begins a block, which cannot stand behind a semicolon"),
            ("import a; a.b = ", "something is missing behind `=`"),
            ("import a; a.b and", "something is missing behind `and`"),
            ("import a; if'a': pass", "`if` begins a block, which cannot stand behind a semicolon"),
            ("import a; !a", "`!` stands alone in it"),
            ("import a; a.b()?", "`?` is no sign of Python's"),
            ("import a; a.b() \\", "a backslash continues a line, and there is no other line"),
            ("import a # \0", "there is a zero byte in it"),
        ] {
            assert_eq!(wrong(line).as_deref(), Some(reason), "{line}");
        }
    }

    #[test]
    fn what_may_be_code() {
        for line in [
            "import os",
            "import os;",
            "import\tos , sys # (",
            "import a . b as c, d",
            "import äöü",
            "import Ⓐ; x = 1_0.5",
            "import os; x = '(' + \"it's\" + '''a'b''' + r'\\''",
            "import os; x = f\"{os.path.join('a', \"(\")}\"",
            "import os; x = b'\\'' if os.name != 'nt' else ...",
            "import os; x = [1., 1e-3, 0x_f][0:]; del x",
            "import os; from a import (b, c); from . import d; from .e import *",
            "import os; (lambda: os.getcwd())(); print(*[], sep='')",
            "import sys; exec(\"try: import m as hook\\nexcept ImportError: pass\\nelse: hook.go()\")",
            "import os; os.environ.get('A') and __import__('_distutils_hack').add_shim();",
        ] {
            assert_eq!(wrong(line), None, "{line}");
        }
    }
}
