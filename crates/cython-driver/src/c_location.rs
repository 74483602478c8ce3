//! From a place in generated C back to the user's source.
//!
//! A compiler's error is about a file that the user never saw. Three trails lead back, tried in this order: a header's
//! name, which stands in the source as the user wrote it; a line of verbatim C, which was copied from the source; and the
//! comment that Cython writes before the code of each line, as `/* "square.pyx":3`.

/// A Cython source that a build read: its name in the build, and its text.
pub(crate) type Named<'a> = (&'a str, &'a str);

/// A place in one of the user's sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location<'a> {
    /// The source's name in the build.
    pub(crate) file: &'a str,
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1, in characters.
    pub(crate) column: usize,
}

/// Where in `sources` the compiler's `message` about `line` of `generated` comes from.
pub(crate) fn find<'a>(sources: &[Named<'a>], generated: &str, line: usize, message: &str) -> Option<Location<'a>> {
    missing_header(sources, message)
        .or_else(|| verbatim(sources, generated, line, message))
        .or_else(|| marked(sources, generated, line, message))
}

/// `nope.h: No such file or directory`, or Clang's `'nope.h' file not found`.
fn missing_header<'a>(sources: &[Named<'a>], message: &str) -> Option<Location<'a>> {
    let header = match message.split_once(": No such file") {
        Some((header, _)) => header,
        None => message.strip_suffix(" file not found")?.trim_matches('\''),
    };
    lines(sources).find_map(|(file, line, text)| {
        // The name may also stand in a comment.
        let names_it = text.contains("extern from") || text.trim_start().starts_with("#include");
        Some(Location { file, line, column: column_of(text, header).filter(|_| names_it)? })
    })
}

fn verbatim<'a>(sources: &[Named<'a>], generated: &str, line: usize, message: &str) -> Option<Location<'a>> {
    let text = generated.lines().nth(line.checked_sub(1)?)?.trim();
    if text.len() < 4 {
        return None;
    }
    let (file, line, found) = lines(sources).find(|(_, _, candidate)| candidate.trim() == text)?;
    Some(Location { file, line, column: column(found, message) })
}

fn marked<'a>(sources: &[Named<'a>], generated: &str, line: usize, message: &str) -> Option<Location<'a>> {
    let before: Vec<&str> = generated.lines().take(line).collect();
    if before.len() < line {
        return None;
    }
    // A brace at the margin ends a function: what stands above it is not about this line.
    let (name, number) = before.iter().rev().skip(1).take_while(|text| !text.starts_with('}')).find_map(|text| {
        let (name, digits) = text.trim_start().strip_prefix("/* \"")?.split_once("\":")?;
        Some((name, digits.trim_end().parse::<usize>().ok()?))
    })?;
    let (file, _) = sources.iter().find(|(file, _)| *file == name)?;
    let (_, line, text) = lines(sources).find(|(of, line, _)| of == file && *line == number)?;
    Some(Location { file, line, column: column(text, message) })
}

/// All lines, with their files and their numbers.
fn lines<'a>(sources: &[Named<'a>]) -> impl Iterator<Item = (&'a str, usize, &'a str)> {
    sources.iter().flat_map(|&(file, text)| text.lines().enumerate().map(move |(index, line)| (file, index + 1, line)))
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

    const SOURCE: &str = "# nope.h is a comment\ndef f(int n):\n    return nope(n)\ncdef extern from \"nope.h\":\n    \"\"\"\n    int broken(;\n    \"\"\"\n";
    const INCLUDED: &str = "cdef extern from \"gone.h\":\n    int far\ndef g():\n    return far\n";
    const GENERATED: &str = "#include \"nope.h\"\n    int broken(;\n}\n\n  /* \"m.pyx\":2\n * def f(int n):\n */\nstatic int f(int n) {\n  /* \"m.pyx\":3\n */\n  x = nope(n);\n}\nstatic int utility(void) {\n  oops;\n}\n/* \"project-root/a.pxi\":4\n */\n  y = far;\n";

    fn check(line: usize, message: &str, expected: Option<(&str, usize, usize)>) {
        let sources = [("m.pyx", SOURCE), ("project-root/a.pxi", INCLUDED)];
        let found = find(&sources, GENERATED, line, message).map(|place| (place.file, place.line, place.column));
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn three_trails() {
        check(1, "nope.h: No such file or directory", Some(("m.pyx", 4, 19)));
        check(1, "'nope.h' file not found", Some(("m.pyx", 4, 19)));
        check(2, "expected declaration specifiers before ';' token", Some(("m.pyx", 6, 16)));
        check(11, "implicit declaration of function 'nope'", Some(("m.pyx", 3, 12)));
        check(11, "something without a name", Some(("m.pyx", 3, 5)));
    }

    #[test]
    fn they_lead_into_included_files_too() {
        check(1, "gone.h: No such file or directory", Some(("project-root/a.pxi", 1, 19)));
        check(18, "'far' undeclared", Some(("project-root/a.pxi", 4, 12)));
    }

    #[test]
    fn no_trail_is_better_than_a_false_one() {
        check(14, "'oops' undeclared", None);
        check(99, "'oops' undeclared", None);
        check(1, "other.h: No such file or directory", None);
    }
}
