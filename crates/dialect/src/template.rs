//! What a pattern's matches become: Python's templates, taken apart once.

use std::ops::Range;

/// A replacement with the groups that it takes from the match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Group(usize),
}

impl Template {
    /// Reads `\1`, `\g<1>`, `\g<name>` and the escapes of Python's templates; `names` are those of the pattern's groups, the whole match first.
    pub(crate) fn parse(text: &str, names: &[Option<String>]) -> Result<Self, String> {
        let mut parts = vec![Part::Text(String::new())];
        let mut rest = text;
        while let Some((plain, escape)) = rest.split_once('\\') {
            push(&mut parts, plain);
            let Some(character) = escape.chars().next() else {
                return Err("it ends with a backslash".to_owned());
            };
            if character == '0' {
                return Err("`\\0` is a character that no text has".to_owned());
            } else if character.is_ascii_digit() {
                let digits = escape.bytes().take(2).take_while(u8::is_ascii_digit).count();
                parts.push(Part::Group(group(&escape[..digits], names)?));
                rest = &escape[digits..];
            } else if let Some(named) = escape.strip_prefix("g<") {
                let (name, after) = named.split_once('>').ok_or("`\\g<` has no `>`")?;
                parts.push(Part::Group(group(name, names)?));
                rest = after;
            } else {
                let plain = match character {
                    'n' => "\n",
                    't' => "\t",
                    'r' => "\r",
                    'f' => "\x0c",
                    'v' => "\x0b",
                    'a' => "\x07",
                    'b' => "\x08",
                    '\\' => "\\",
                    // As in Python, where only letters have a meaning to come.
                    other if !other.is_ascii_alphabetic() => &escape[..other.len_utf8()],
                    other => return Err(format!("`\\{other}` means nothing")),
                };
                // Python keeps the backslash before what needs none.
                if !character.is_ascii_alphabetic() && character != '\\' {
                    push(&mut parts, "\\");
                }
                push(&mut parts, plain);
                rest = &escape[character.len_utf8()..];
            }
        }
        push(&mut parts, rest);
        Ok(Self(parts))
    }

    /// A replacement that is the same for each match.
    pub(crate) fn plain(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }

    /// What stands between the groups.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Group(_) => None,
        })
    }

    /// The same with its texts changed, and its groups left.
    pub(crate) fn map(&self, change: impl Fn(&str) -> String) -> Self {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => Part::Text(change(text)),
            Part::Group(group) => Part::Group(*group),
        });
        Self(parts.collect())
    }

    /// What a match becomes, whose groups stand at these places of the text.
    pub(crate) fn expand(&self, text: &str, group: impl Fn(usize) -> Option<Range<usize>>) -> String {
        let mut expanded = String::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => expanded.push_str(plain),
                Part::Group(index) => expanded.push_str(group(*index).map_or("", |range| &text[range])),
            }
        }
        expanded
    }
}

fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

fn group(name: &str, names: &[Option<String>]) -> Result<usize, String> {
    let index = match name.parse::<usize>() {
        Ok(index) => Some(index).filter(|index| *index < names.len()),
        Err(_) => names.iter().position(|known| known.as_deref() == Some(name)),
    };
    index.ok_or_else(|| format!("the pattern has no group `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(template: &str) -> Result<String, String> {
        let names = [None, None, Some("naam".to_owned()), None];
        let template = Template::parse(template, &names)?;
        Ok(template.expand("abc", |group| [Some(0..3), Some(0..1), Some(1..2), None][group].clone()))
    }

    #[test]
    fn groups_and_escapes_are_those_of_python() {
        let cases = [
            (r"\2-\1", "b-a"),
            (r"\g<1>0\g<naam>\g<0>", "a0babc"),
            (r"[\3]", "[]"),
            (r"a\\1\n", "a\\1\n"),
            (r"\.", r"\."),
            ("$1", "$1"),
            ("", ""),
        ];
        for (template, expected) in cases {
            assert_eq!(expanded(template).unwrap(), expected, "{template}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let cases = [
            (r"\4", "the pattern has no group `4`"),
            (r"\g<x>", "the pattern has no group `x`"),
            (r"\g<1", "`\\g<` has no `>`"),
            (r"\w", "`\\w` means nothing"),
            (r"\0", "`\\0` is a character that no text has"),
            ("a\\", "it ends with a backslash"),
        ];
        for (template, expected) in cases {
            assert_eq!(expanded(template).unwrap_err(), expected, "{template}");
        }
    }
}
