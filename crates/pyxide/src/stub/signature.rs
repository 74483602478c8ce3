//! The signature that Cython embeds in the first line of a documentation: `f(int n, double x=1.5) -> double`.

use serde::Deserialize;

/// How a parameter is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Kind {
    PositionalOnly,
    PositionalOrKeyword,
    VarPositional,
    KeywordOnly,
    VarKeyword,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// As Python would show it.
    pub(super) default: Option<String>,
    /// The annotation that its author gave.
    pub(super) annotation: Option<String>,
    /// The type that Cython knows.
    #[serde(default)]
    pub(super) c_type: Option<String>,
}

/// What an embedded signature says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Embedded {
    pub(super) parameters: Vec<Parameter>,
    pub(super) returns: Option<String>,
}

impl Parameter {
    pub(super) fn plain(name: &str) -> Self {
        Self::rest(name, Kind::PositionalOrKeyword)
    }

    pub(super) fn rest(name: &str, kind: Kind) -> Self {
        Self { name: name.to_owned(), kind, default: None, annotation: None, c_type: None }
    }
}

impl Embedded {
    /// The signature of the function or class of this name, if the documentation begins with one.
    pub(super) fn of(doc: &str, name: &str) -> Option<Self> {
        let line = doc.lines().next()?;
        let (called, rest) = line.split_once('(')?;
        if called != name && !called.ends_with(&format!(".{name}")) {
            return None;
        }
        let end = closing(rest)?;
        let returns = match rest[end + 1..].trim() {
            "" => None,
            rest => Some(rest.strip_prefix("->")?.trim().to_owned()),
        };
        Some(Self { parameters: parameters(&rest[..end]), returns })
    }
}

/// What inspection knows, with the types of the embedded signature where both have the same parameters.
pub(super) fn joined(mut known: Vec<Parameter>, embedded: &[Parameter]) -> Vec<Parameter> {
    if known.len() == embedded.len() {
        for (parameter, embedded) in known.iter_mut().zip(embedded) {
            parameter.c_type.clone_from(&embedded.c_type);
        }
    }
    known
}

fn parameters(text: &str) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    let mut kind = Kind::PositionalOrKeyword;
    for (index, word) in split(text, ',').into_iter().map(str::trim).filter(|word| !word.is_empty()).enumerate() {
        match word {
            "/" => found.iter_mut().for_each(|parameter| parameter.kind = Kind::PositionalOnly),
            "*" => kind = Kind::KeywordOnly,
            _ => {
                let (word, own) = match (word.strip_prefix("**"), word.strip_prefix('*')) {
                    (Some(word), _) => (word, Kind::VarKeyword),
                    (None, Some(word)) => {
                        kind = Kind::KeywordOnly;
                        (word, Kind::VarPositional)
                    }
                    (None, None) => (word, kind),
                };
                found.push(parameter(word, own, index));
            }
        }
    }
    found
}

/// One parameter: `int n`, `char *c`, `x: float = 1`, or a type whose name Cython does not write.
fn parameter(word: &str, kind: Kind, index: usize) -> Parameter {
    let parts = split(word, '=');
    let (declared, default) = match parts.len() {
        0 | 1 => (word, None),
        _ => (parts[0], Some(word[parts[0].len() + 1..].trim().to_owned())),
    };
    let parts = split(declared, ':');
    let (declared, annotation) = match parts.len() {
        0 | 1 => (declared, None),
        _ => (parts[0], Some(declared[parts[0].len() + 1..].trim().to_owned())),
    };
    let declared = declared.trim();
    let start = declared
        .rfind(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .map_or(0, |at| at + declared[at..].chars().next().map_or(1, char::len_utf8));
    let (type_, name) = declared.split_at(start);
    let (type_, name) =
        if name.is_empty() { (declared, format!("argument_{index}")) } else { (type_.trim(), name.to_owned()) };
    let c_type = Some(type_.to_owned()).filter(|type_| !type_.is_empty());
    Parameter { name, kind, default, annotation, c_type }
}

/// The parts of a text between separators that stand outside of brackets and quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quote, mut escaped) = (Vec::new(), 0, 0_i32, None, false);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == letter => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, _) if letter == separator && depth == 0 => {
                parts.push(&text[from..at]);
                from = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// Where the bracket closes that was opened before this text.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_i32, None, false);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == letter => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')') if depth == 0 => return Some(at),
            (None, ')' | ']' | '}') => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(doc: &str) -> Vec<(String, String)> {
        let embedded = Embedded::of(doc, "f").unwrap();
        embedded.parameters.into_iter().map(|it| (it.c_type.unwrap_or_default(), it.name)).collect()
    }

    #[test]
    fn types_and_names() {
        let pair = |type_: &str, name: &str| (type_.to_owned(), name.to_owned());
        assert_eq!(
            read("f(self, int n, unsigned long long k=5, char *c, const uint8_t[:, ::1] m=None, *a, **k)"),
            [
                pair("", "self"),
                pair("int", "n"),
                pair("unsigned long long", "k"),
                pair("char *", "c"),
                pair("const uint8_t[:, ::1]", "m"),
                pair("", "a"),
                pair("", "k"),
            ]
        );
        assert_eq!(
            read("C.f(str s='a, )(=:', ndarray[double,ndim=2]=None)"),
            [pair("str", "s"), pair("ndarray[double,ndim=2]", "argument_1")]
        );
        assert_eq!(read("f()"), []);
    }

    #[test]
    fn annotations_defaults_and_kinds() {
        let embedded =
            Embedded::of("f(int x: int = 1, /, y: 'str' = \"a\", *, z=None) -> double\n\nMore.", "f").unwrap();
        assert_eq!(embedded.returns.as_deref(), Some("double"));
        let told: Vec<_> =
            embedded.parameters.iter().map(|it| (it.kind, it.annotation.as_deref(), it.default.as_deref())).collect();
        assert_eq!(
            told,
            [
                (Kind::PositionalOnly, Some("int"), Some("1")),
                (Kind::PositionalOrKeyword, Some("'str'"), Some("\"a\"")),
                (Kind::KeywordOnly, None, Some("None")),
            ]
        );
    }

    #[test]
    fn what_is_no_signature() {
        for doc in ["", "Doc.", "g(int n)", "f(int n", "f(a) and more", "some f(x)"] {
            assert_eq!(Embedded::of(doc, "f"), None, "{doc}");
        }
    }
}
