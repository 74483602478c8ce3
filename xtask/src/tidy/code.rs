//! Rust source, taken apart just far enough that rules are not fooled by prose.
//!
//! | in | `text` | elsewhere |
//! |---|---|---|
//! | code | as it is | |
//! | comments, doc comments | blanks | `comments` |
//! | string literals | quotes, with blanks between them | `literals` |
//! | character literals | blanks | |
//!
//! Offsets and lines are those of the source. This is no parser: a `#[cfg(test)]` item ends with the first
//! brace or semicolon that closes it, which is right for items, and rules ask nothing finer.

use std::collections::BTreeMap;
use std::ops::Range;

/// A scanned file.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// The source with comments and the contents of literals blanked.
    pub(super) text: String,
    /// String literals in the order of the source.
    pub(super) literals: Vec<Literal>,
    /// What comments say, by line from 1.
    pub(super) comments: BTreeMap<usize, String>,
    tests: Vec<Range<usize>>,
    attributes: Vec<Range<usize>>,
}

/// A string literal without its quotes; escapes are left as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Where it starts, its prefix included.
    pub(super) offset: usize,
    pub(super) value: String,
}

impl Code {
    /// Takes a source apart.
    pub(super) fn scan(source: &str) -> Self {
        let mut scanner = Scanner { source, at: 0, line: 1, text: String::new(), code: Self::default() };
        while scanner.at < source.len() {
            scanner.token();
        }
        let mut code = scanner.code;
        code.text = scanner.text;
        code.attributes = attributes(&code.text);
        code.tests = tests(&code.text, &code.attributes);
        code
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }

    /// Whether this place exists in test builds only.
    pub(super) fn is_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// Whether this place is within `#[...]`.
    pub(super) fn is_attribute(&self, offset: usize) -> bool {
        self.attributes.iter().any(|range| range.contains(&offset))
    }

    /// Where a word stands in the code, as a whole word.
    pub(super) fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        words(&self.text, word)
    }
}

/// Where a word stands in a text, as a whole word.
pub(super) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part_of_word = |it: char| it.is_alphanumeric() || it == '_';
    text.match_indices(word).map(|(offset, _)| offset).filter(move |offset| {
        !text[..*offset].ends_with(part_of_word) && !text[offset + word.len()..].starts_with(part_of_word)
    })
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    line: usize,
    text: String,
    code: Code,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    /// Takes one comment, literal or character.
    fn token(&mut self) {
        let rest = self.rest();
        if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            self.comment(length);
        } else if rest.starts_with("/*") {
            let length = block_comment(rest);
            self.comment(length);
        } else if let Some((prefix, hashes)) = self.string_prefix() {
            self.string(prefix, hashes);
        } else if rest.starts_with('\'') {
            let length = character(rest);
            if length == 1 { self.keep(1) } else { self.blank(length) }
        } else {
            let length = rest.chars().next().map_or(0, char::len_utf8);
            self.keep(length);
        }
    }

    fn comment(&mut self, length: usize) {
        for (number, line) in self.rest()[..length].lines().map(str::to_owned).enumerate().collect::<Vec<_>>() {
            self.code.comments.entry(self.line + number).or_default().push_str(&line);
        }
        self.blank(length);
    }

    /// The length of what stands before the quote (`br##`), and the number of hashes if it is raw.
    fn string_prefix(&self) -> Option<(usize, Option<usize>)> {
        let rest = self.rest();
        let quote = rest.find(|it| !"brc#".contains(it))?;
        let prefix = &rest[..quote];
        if !rest[quote..].starts_with('"') {
            return None;
        }
        let letters = prefix.trim_end_matches('#');
        let hashes = prefix.len() - letters.len();
        let inside_word = self.source[..self.at].ends_with(|it: char| it.is_alphanumeric() || it == '_');
        match letters {
            "" if hashes == 0 => Some((0, None)),
            "b" | "c" if hashes == 0 && !inside_word => Some((quote, None)),
            "r" | "br" | "cr" if !inside_word => Some((quote, Some(hashes))),
            _ => None,
        }
    }

    fn string(&mut self, prefix: usize, hashes: Option<usize>) {
        let offset = self.at;
        self.keep(prefix + 1);
        let rest = self.rest();
        let length = match hashes {
            Some(hashes) => rest.find(&format!("\"{}", "#".repeat(hashes))).unwrap_or(rest.len()),
            None => escaped(rest),
        };
        let value = rest[..length].to_owned();
        self.code.literals.push(Literal { offset, value });
        self.blank(length);
        self.keep((1 + hashes.unwrap_or(0)).min(self.rest().len()));
    }

    fn keep(&mut self, length: usize) {
        let taken = &self.source[self.at..self.at + length];
        self.line += taken.matches('\n').count();
        self.text.push_str(taken);
        self.at += length;
    }

    fn blank(&mut self, length: usize) {
        for byte in self.source[self.at..self.at + length].bytes() {
            self.line += usize::from(byte == b'\n');
            self.text.push(if byte == b'\n' { '\n' } else { ' ' });
        }
        self.at += length;
    }
}

/// The length of a block comment, which may hold others.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of a string up to the quote that ends it.
fn escaped(text: &str) -> usize {
    let mut backslash = false;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if backslash => backslash = false,
            b'\\' => backslash = true,
            b'"' => return offset,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal, or 1 for the tick of a lifetime.
fn character(text: &str) -> usize {
    let inside = &text[1..];
    if let Some(escape) = inside.strip_prefix('\\') {
        // What is escaped may itself be a tick.
        let after = escape.chars().next().map_or(0, char::len_utf8);
        return escape[after..].find('\'').map_or(1, |end| 1 + 1 + after + end + 1);
    }
    let length = inside.chars().next().map_or(0, char::len_utf8);
    if inside[length..].starts_with('\'') { 1 + length + 1 } else { 1 }
}

/// Where attributes stand in blanked code.
fn attributes(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find('#').map(|offset| from + offset) {
        let body = text[start + 1..].strip_prefix('!').unwrap_or(&text[start + 1..]);
        if body.starts_with('[') {
            let end = closing(text, text.len() - body.len());
            found.push(start..end);
            from = end;
        } else {
            from = start + 1;
        }
    }
    found
}

/// Where code for tests alone stands: each `#[cfg(test)]` with the item behind it, or the whole file.
fn tests(text: &str, attributes: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (index, attribute) in attributes.iter().enumerate() {
        let condition: String = text[attribute.clone()].split_whitespace().collect();
        if condition == "#![cfg(test)]" {
            return std::iter::once(0..text.len()).collect();
        }
        if condition != "#[cfg(test)]" && !condition.starts_with("#[cfg(all(test,") {
            continue;
        }
        // The item starts behind the attributes that follow this one.
        let mut item = attribute.end;
        for next in &attributes[index + 1..] {
            if !text[item..next.start].trim().is_empty() {
                break;
            }
            item = next.end;
        }
        found.push(attribute.start..item_end(text, item));
    }
    found
}

/// Where an item ends: behind its semicolon, or behind the brace that closes its body.
fn item_end(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(offset) = text[at..].find([';', '{', '(', '[']).map(|offset| at + offset) {
        at = match text.as_bytes()[offset] {
            b';' => return offset + 1,
            b'{' => return closing(text, offset),
            // Parameters, or a type such as `[u8; 2]`, whose semicolon ends nothing.
            _ => closing(text, offset),
        };
    }
    text.len()
}

/// The offset behind the bracket that closes the one at `open`.
fn closing(text: &str, open: usize) -> usize {
    let mut depth = 0;
    for (offset, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return offset + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanked_and_kept_aside() {
        let code = Code::scan("a // one\n/* /* x */\n y */ b\n");
        assert_eq!(code.text, "a       \n          \n      b\n");
        assert_eq!(code.comments[&1], "// one");
        assert_eq!(code.comments[&3], " y */");
    }

    #[test]
    fn literals_are_blanked_and_kept_aside() {
        let code = Code::scan(r##"f("a\"//b", r#"c"d"#, b"e", br"f\", '"', '\'', 'x', '\u{1f}')"##);
        let values: Vec<_> = code.literals.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(values, ["a\\\"//b", "c\"d", "e", "f\\"]);
        let left: String = code.text.chars().filter(|it| !it.is_whitespace() && *it != '#').collect();
        assert_eq!(left, r#"f("",r"",b"",br"",,,,)"#);
    }

    #[test]
    fn lifetimes_are_no_characters() {
        let code = Code::scan("fn f<'a>(x: &'a str) -> &'static str { 'label: loop {} }");
        assert!(code.text.contains("&'a str) -> &'static str { 'label: loop"));
    }

    #[test]
    fn offsets_and_lines_are_those_of_the_source() {
        let source = "// ü\nlet s = \"é\n\";\nunsafe {}\n";
        let code = Code::scan(source);
        assert_eq!(code.text.len(), source.len());
        let offset = code.words("unsafe").next().unwrap();
        assert_eq!((offset, code.line(offset)), (source.find("unsafe").unwrap(), 4));
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(words("unsafe_code is_unsafe unsafe", "unsafe").collect::<Vec<_>>(), [22]);
    }

    #[test]
    fn test_items_are_known() {
        let source = "fn a() {}\n#[cfg(test)]\n#[path = \"x\"]\nmod tests { fn b() { [1; 2]; } }\nfn c() {}\n\
            #[cfg(test)]\nuse d;\nfn e(x: [u8; 2]) {}\n#[cfg(test)]\nfn f(x: [u8; 2]) { g }\nh";
        let places = [("a()", false), ("b()", true), ("c()", false), ("d;", true), ("e(", false), ("g }", true)];
        let code = Code::scan(source);
        for (name, test) in places {
            assert_eq!(code.is_test(source.find(name).unwrap()), test, "{name}");
        }
        assert!(!code.is_test(source.len() - 1));
    }

    #[test]
    fn a_whole_file_can_be_a_test() {
        assert!(Code::scan("//! docs\n#![cfg(test)]\nfn a() {}\n").is_test(30));
        assert!(!Code::scan("#![cfg(not(test))]\nfn a() {}\n").is_test(22));
    }

    #[test]
    fn unfinished_sources_end() {
        for source in ["\"", "r#\"", "/*", "'", "'\\", "#[", "#[cfg(test)]", "b\"\\"] {
            assert_eq!(Code::scan(source).text.len(), source.len(), "{source}");
        }
    }
}
