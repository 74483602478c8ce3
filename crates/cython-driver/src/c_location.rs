//! From a place in generated C back to the user's source.
//!
//! A compiler's error is about a file that the user never saw. Four trails lead back, tried in this order: a header's
//! name, which stands in the source as the user wrote it; a line of verbatim C, which was copied from the source; the
//! comment that Cython writes before the code of each line, as `/* "square.pyx":3`; and the name of a variable, which is
//! declared before the first of those comments.

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

/// A place in the generated code, and what the compiler says about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1, as the compiler counts.
    pub(crate) column: Option<usize>,
    pub(crate) message: &'a str,
    pub(crate) counting: Counting,
}

/// What a compiler's columns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    /// Places on a terminal, where a tab goes on to the next multiple of eight: GCC.
    Cells,
    /// Bytes: Clang.
    Bytes,
}

impl Counting {
    /// The compiler's column of a line, in characters.
    pub(crate) fn characters(self, text: &str, column: usize) -> usize {
        let mut at = 1;
        for (index, letter) in text.chars().enumerate() {
            if at >= column {
                return index + 1;
            }
            at += match self {
                Self::Bytes => letter.len_utf8(),
                Self::Cells if letter == '\t' => 8 - (at - 1) % 8,
                Self::Cells => cells(letter),
            };
        }
        text.chars().count() + 1
    }
}

/// How many places of a terminal a character takes, in the blocks that matter: East Asian ones and pictures take two.
fn cells(letter: char) -> usize {
    match u32::from(letter) {
        0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// Where in `sources` the compiler's message about a spot of `generated` comes from.
pub(crate) fn find<'a>(sources: &[Named<'a>], generated: &str, spot: Spot<'_>) -> Option<Location<'a>> {
    missing_header(sources, spot.message)
        .or_else(|| included(sources, generated, spot.line))
        .or_else(|| verbatim(sources, generated, spot))
        .or_else(|| marked(sources, generated, spot))
        .or_else(|| declared(sources, generated, spot))
}

/// `nope.h: No such file or directory`, or Clang's `'nope.h' file not found`.
fn missing_header<'a>(sources: &[Named<'a>], message: &str) -> Option<Location<'a>> {
    header(sources, name_of_missing_header(message)?)
}

/// The header that a compiler says it did not find.
pub(crate) fn name_of_missing_header(message: &str) -> Option<&str> {
    match message.split_once(": No such file") {
        Some((header, _)) => Some(header),
        None => Some(message.strip_suffix(" file not found")?.trim_matches('\'')),
    }
}

/// Where the source asks for a header.
fn header<'a>(sources: &[Named<'a>], name: &str) -> Option<Location<'a>> {
    lines(sources).find_map(|(file, line, text)| {
        // The name may also stand in a comment.
        let names_it = text.contains("extern from") || text.trim_start().starts_with("#include");
        Some(Location { file, line, column: column_of(text, name).filter(|_| names_it)? })
    })
}

/// The line of the source that a line `#include "k.h"` was made from.
fn included<'a>(sources: &[Named<'a>], generated: &str, line: usize) -> Option<Location<'a>> {
    let name = generated.lines().nth(line.checked_sub(1)?)?.strip_prefix("#include ")?.trim();
    header(sources, name.trim_matches(['"', '<', '>']))
}

fn verbatim<'a>(sources: &[Named<'a>], generated: &str, spot: Spot<'_>) -> Option<Location<'a>> {
    let generated: Vec<&str> = generated.lines().collect();
    let index = spot.line.checked_sub(1)?;
    let text = *generated.get(index)?;
    if text.trim().len() < 4 {
        return None;
    }
    // The same line may stand in several blocks. It comes from the one with the same lines around it.
    let mut best: Option<(usize, Location<'a>)> = None;
    for &(file, source) in sources {
        let source: Vec<&str> = source.lines().collect();
        let same = |here: usize, there: usize| {
            generated.get(here).zip(source.get(there)).is_some_and(|(one, other)| one.trim() == other.trim())
        };
        for (at, found) in source.iter().enumerate().filter(|(_, found)| found.trim() == text.trim()) {
            let above = (1..=index.min(at)).take_while(|step| same(index - step, at - step)).count();
            let below = (1..source.len() - at).take_while(|step| same(index + step, at + step)).count();
            if best.is_none_or(|(likeness, _)| above + below > likeness) {
                let column = match spot.column {
                    Some(column) => shifted(spot.counting.characters(text, column), text, found),
                    None => column(found, spot.message),
                };
                best = Some((above + below, Location { file, line: at + 1, column }));
            }
        }
    }
    best.map(|(_, location)| location)
}

/// A column of a line that stands with another indentation in the source.
fn shifted(column: usize, generated: &str, source: &str) -> usize {
    let indentation = |text: &str| text.chars().take_while(|letter| letter.is_whitespace()).count();
    (column + indentation(source)).saturating_sub(indentation(generated)).max(1)
}

fn marked<'a>(sources: &[Named<'a>], generated: &str, spot: Spot<'_>) -> Option<Location<'a>> {
    let before: Vec<&str> = generated.lines().take(spot.line).collect();
    if before.len() < spot.line {
        return None;
    }
    // A brace at the margin ends a function: what stands above it is not about this line.
    let (name, number) =
        before.iter().rev().skip(1).take_while(|text| !text.starts_with('}')).find_map(|text| mark(text))?;
    let (file, line, text) = line_of(sources, name, number)?;
    Some(Location { file, line, column: column(text, spot.message) })
}

/// The file and the line in a comment `/* "square.pyx":3`.
fn mark(text: &str) -> Option<(&str, usize)> {
    let (name, digits) = text.trim_start().strip_prefix("/* \"")?.split_once("\":")?;
    Some((name, digits.trim_end().parse().ok()?))
}

fn line_of<'a>(sources: &[Named<'a>], name: &str, number: usize) -> Option<(&'a str, usize, &'a str)> {
    lines(sources).find(|(file, line, _)| *file == name && *line == number)
}

/// The declaration of a variable: they stand at the beginning of their function, before its first comment.
fn declared<'a>(sources: &[Named<'a>], generated: &str, spot: Spot<'_>) -> Option<Location<'a>> {
    let mut rest = generated.lines().skip(spot.line.checked_sub(1)?);
    let (_, variable) = rest.next()?.split_once("__pyx_v_")?;
    let length = variable.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(variable.len());
    let variable = &variable[..length];
    let (name, number) = rest.take_while(|text| !text.starts_with('}')).find_map(mark)?;
    let of_file: Vec<_> = lines(sources).filter(|(file, ..)| *file == name).collect();
    // The comment is about a statement of the function; what it declares is mostly above, and belongs to no other.
    let (above, below) = of_file.split_at(number.min(of_file.len()));
    let declares = |(_, _, text): &&(&'a str, usize, &'a str)| {
        (text.contains("cdef ") || text.contains("def ") || text.contains(": ")) && word(text, variable).is_some()
    };
    let &(file, line, text) = above.iter().rev().find(declares).or_else(|| below.iter().find(declares))?;
    let column = quoted_column(text, spot.message).or_else(|| word(text, variable))?;
    Some(Location { file, line, column })
}

/// Where the sources use a name of C, or else declare it.
pub(crate) fn used<'a>(sources: &[Named<'a>], name: &str) -> Option<Location<'a>> {
    let uses = |outside: bool| {
        sources.iter().find_map(|&(file, text)| {
            outside_of_declarations(text).zip(text.lines().enumerate()).find_map(|(is_outside, (index, text))| {
                let is_comment = text.trim_start().starts_with('#');
                let column = word(text, name).filter(|_| is_outside == outside && !is_comment)?;
                Some(Location { file, line: index + 1, column })
            })
        })
    };
    uses(true).or_else(|| uses(false))
}

/// Where a text defines a name of C: the line that has it and does not end as a declaration.
pub(crate) fn defined(text: &str, name: &str) -> Option<(usize, usize)> {
    let mut found = text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, word(line, name)?, line)));
    let first = found.clone().next();
    let is_definition = |line: &str| !line.trim_end().ends_with(';') || line.contains(['{', '=']);
    let best = found.find(|(_, _, line)| is_definition(line) && !line.trim_start().starts_with("return")).or(first);
    best.map(|(line, column, _)| (line, column))
}

/// Where the sources declare a name of C.
pub(crate) fn declared_extern<'a>(sources: &[Named<'a>], name: &str) -> Option<Location<'a>> {
    sources.iter().find_map(|&(file, text)| {
        let mut verbatim = false;
        outside_of_declarations(text).zip(text.lines().enumerate()).find_map(|(is_outside, (index, text))| {
            let quotes = text.matches("\"\"\"").count() + text.matches("'''").count();
            let in_verbatim = verbatim;
            verbatim ^= quotes % 2 == 1;
            let column = word(text, name).filter(|_| !is_outside && !in_verbatim)?;
            Some(Location { file, line: index + 1, column })
        })
    })
}

/// The comment in the header of a source that asks for a library.
pub(crate) fn library<'a>(sources: &[Named<'a>], name: &str) -> Option<Location<'a>> {
    lines(sources).take_while(|(_, _, text)| text.trim().is_empty() || text.starts_with('#')).find_map(
        |(file, line, text)| {
            let (_, value) = text.split_once("distutils:")?.1.split_once('=')?;
            let column = text.chars().count() - value.chars().count()
                + value.find(name).map(|at| value[..at].chars().count())?;
            text.contains("librar").then_some(Location { file, line, column: column + 1 })
        },
    )
}

/// For each line, whether it is outside of the blocks that `cdef extern from` begins.
fn outside_of_declarations(text: &str) -> impl Iterator<Item = bool> {
    let mut block: Option<usize> = None;
    text.lines().map(move |line| {
        let indentation = line.chars().take_while(|letter| letter.is_whitespace()).count();
        if line.trim().is_empty() {
            return block.is_none();
        }
        if block.is_some_and(|outer| indentation <= outer) {
            block = None;
        }
        if block.is_none() && line.contains("extern from") {
            block = Some(indentation);
        }
        block.is_none()
    })
}

/// All lines, with their files and their numbers.
fn lines<'a>(sources: &[Named<'a>]) -> impl Iterator<Item = (&'a str, usize, &'a str)> {
    sources.iter().flat_map(|&(file, text)| text.lines().enumerate().map(move |(index, line)| (file, index + 1, line)))
}

/// The column of the name that the message quotes, or of the first letter.
fn column(text: &str, message: &str) -> usize {
    quoted_column(text, message).unwrap_or_else(|| 1 + text.chars().take_while(|letter| letter.is_whitespace()).count())
}

fn quoted_column(text: &str, message: &str) -> Option<usize> {
    let quoted = message.split(['\'', '‘', '’']).skip(1).step_by(2);
    quoted.filter(|name| !name.is_empty()).find_map(|name| {
        // `measure(int, int)` is a call of `measure`, and `__pyx_v_t` the variable `t`.
        let call = name.split('(').next().unwrap_or_default();
        let last = call.rsplit("::").next().unwrap_or_default();
        let variable = name.strip_prefix("__pyx_v_").unwrap_or_default();
        let is_name = |name: &&str| name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        let words = [name, call, last, variable].into_iter().filter(is_name).find_map(|name| word(text, name));
        words.or_else(|| column_of(text, name))
    })
}

/// The column of a whole word.
pub(crate) fn word(text: &str, name: &str) -> Option<usize> {
    if name.is_empty() {
        return None;
    }
    let belongs = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let mut found = text.match_indices(name).filter(|(at, _)| {
        !belongs(text[..*at].chars().next_back()) && !belongs(text[at + name.len()..].chars().next())
    });
    found.next().map(|(at, _)| 1 + text[..at].chars().count())
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
        let spot = Spot { line, column: None, message, counting: Counting::Bytes };
        let found = find(&sources, GENERATED, spot).map(|place| (place.file, place.line, place.column));
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn trails() {
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
        check(4, "other.h: No such file or directory", None);
    }

    #[test]
    fn equal_lines_are_told_apart_by_those_around_them() {
        let source = "cdef extern from *:\n    \"\"\"\n    int one(void) {\n\treturn y;\n    }\n    int two(void) {\n\treturn y;\n    }\n    \"\"\"\n";
        let generated = "    int one(void) {\n\treturn y;\n    }\n    int two(void) {\n\treturn y;\n    }\n";
        let check = |line, column, counting, expected| {
            let spot = Spot { line, column: Some(column), message: "", counting };
            let found = find(&[("m.pyx", source)], generated, spot).unwrap();
            assert_eq!((found.line, found.column), expected);
        };
        check(2, 9, Counting::Bytes, (4, 9));
        check(5, 16, Counting::Cells, (7, 9));
    }

    #[test]
    fn a_variable_is_found_where_it_is_declared() {
        let source = "def f():\n    cdef thing t\n    t.x = 1\n\ndef g(t):\n    return t\n";
        let generated = "static int f(void) {\n  thing __pyx_v_t;\n  /* \"m.pyx\":3\n */\n}\n";
        let spot = Spot { line: 2, column: Some(3), message: "unknown type name 'thing'", counting: Counting::Cells };
        let found = find(&[("m.pyx", source)], generated, spot).unwrap();
        assert_eq!((found.line, found.column), (2, 10));
    }

    #[test]
    fn names_of_c_in_sources() {
        let source = "cdef extern from *:\n    \"\"\"\n    int far(int);\n    \"\"\"\n\n    int far(int)\n# far\ndef f():\n    return farther + far(1)\n";
        let sources = [("m.pyx", source)];
        let place = |found: Option<Location<'_>>| found.map(|place| (place.line, place.column));
        assert_eq!(place(used(&sources, "far")), Some((9, 22)));
        assert_eq!(place(declared_extern(&sources, "far")), Some((6, 9)));
        assert_eq!(place(used(&sources, "fa")), None);
        assert_eq!(defined("int f(void);\nint f(void) { return 1; }\n", "f"), Some((2, 5)));
        let header =
            "# distutils: language = c++\n# distutils: libraries = m nope\nx = 1\n# distutils: libraries = late\n";
        assert_eq!(place(library(&[("m.pyx", header)], "nope")), Some((2, 28)));
        assert_eq!(place(library(&[("m.pyx", header)], "late")), None);
    }

    #[test]
    fn columns_are_characters() {
        assert_eq!(Counting::Cells.characters("\tx = ß + y", 16), 8 + 1);
        assert_eq!(Counting::Bytes.characters("\tx = ß + y", 11), 10);
        assert_eq!(Counting::Cells.characters("日 y", 4), 3);
        assert_eq!(Counting::Bytes.characters("ab", 99), 3);
    }
}
