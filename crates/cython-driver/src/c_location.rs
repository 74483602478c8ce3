//! From a place in generated C back to the user's source.
//!
//! A compiler's error is about a file that the user never saw. Three trails lead back, tried in this order: a header's
//! name, which stands in the source as the user wrote it; a line of verbatim C, which was copied from the source; and the
//! comment that Cython writes before the code of each line, as `/* "square.pyx":3`.

use crate::Source;

/// A place in the user's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1, in characters.
    pub(crate) column: usize,
}

/// Where in `source`, called `name` in the build, the compiler's `message` about `line` of `generated` comes from.
pub(crate) fn find(source: &Source, name: &str, generated: &str, line: usize, message: &str) -> Option<Location> {
    missing_header(source, message)
        .or_else(|| verbatim(source, generated, line, message))
        .or_else(|| marked(source, name, generated, line, message))
}

/// `nope.h: No such file or directory`, or Clang's `'nope.h' file not found`.
fn missing_header(source: &Source, message: &str) -> Option<Location> {
    let header = match message.split_once(": No such file") {
        Some((header, _)) => header,
        None => message.strip_suffix(" file not found")?.trim_matches('\''),
    };
    source
        .text()
        .lines()
        .enumerate()
        .find_map(|(index, text)| Some(Location { line: index + 1, column: column_of(text, header)? }))
}

fn verbatim(source: &Source, generated: &str, line: usize, message: &str) -> Option<Location> {
    let text = generated.lines().nth(line.checked_sub(1)?)?.trim();
    if text.len() < 4 {
        return None;
    }
    let (index, found) = source.text().lines().enumerate().find(|(_, candidate)| candidate.trim() == text)?;
    Some(Location { line: index + 1, column: column(found, message) })
}

fn marked(source: &Source, name: &str, generated: &str, line: usize, message: &str) -> Option<Location> {
    let marker = format!("/* \"{name}\":");
    let before: Vec<&str> = generated.lines().take(line).collect();
    // A brace at the margin ends a function: what stands above it is not about this line.
    let number = before.iter().rev().skip(1).take_while(|text| !text.starts_with('}')).find_map(|text| {
        let digits = text.trim_start().strip_prefix(&marker)?;
        digits.trim_end().parse::<usize>().ok()
    })?;
    Some(Location { line: number, column: column(source.line(number)?, message) })
}

/// The column of the name that the message quotes, or of the first letter.
fn column(text: &str, message: &str) -> usize {
    let quoted = message.split(['\'', '‘', '’']).skip(1).step_by(2);
    quoted
        .filter(|name| !name.is_empty())
        .find_map(|name| column_of(text, name))
        .unwrap_or_else(|| 1 + text.chars().take_while(|letter| letter.is_whitespace()).count())
}

fn column_of(text: &str, part: &str) -> Option<usize> {
    Some(1 + text[..text.find(part)?].chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str =
        "def f(int n):\n    return nope(n)\ncdef extern from \"nope.h\":\n    \"\"\"\n    int broken(;\n    \"\"\"\n";
    const GENERATED: &str = "#include \"nope.h\"\n    int broken(;\n}\n\n  /* \"m.pyx\":1\n * def f(int n):\n */\nstatic int f(int n) {\n  /* \"m.pyx\":2\n */\n  x = nope(n);\n}\nstatic int utility(void) {\n  oops;\n}\n";

    fn check(line: usize, message: &str, expected: Option<(usize, usize)>) {
        let source = Source::normalise(SOURCE.as_bytes()).unwrap();
        let found = find(&source, "m.pyx", GENERATED, line, message).map(|place| (place.line, place.column));
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn three_trails() {
        check(1, "nope.h: No such file or directory", Some((3, 19)));
        check(1, "'nope.h' file not found", Some((3, 19)));
        check(2, "expected declaration specifiers before ';' token", Some((5, 16)));
        check(11, "implicit declaration of function 'nope'", Some((2, 12)));
        check(11, "something without a name", Some((2, 5)));
    }

    #[test]
    fn no_trail_is_better_than_a_false_one() {
        check(14, "'oops' undeclared", None);
        check(99, "'oops' undeclared", None);
        check(1, "other.h: No such file or directory", None);
    }
}
