//! Which line of a source a symbol belongs to that the loader does not find.

use crate::{Diagnostic, Severity, c_location, linker};

/// An error about a symbol, with the line of these sources that declares it, else the one that uses it. A source is its
/// name, as its user knows it, and its text.
#[must_use]
pub fn symbol_error(sources: &[(&str, &str)], symbol: &str, message: String) -> Diagnostic {
    let demangled = plain_name(symbol);
    let name = linker::plain_name(&demangled);
    let found = c_location::declared_extern(sources, name).or_else(|| c_location::used(sources, name));
    let text = found.and_then(|found| sources.iter().find(|(file, _)| *file == found.file)).map(|(_, text)| *text);
    Diagnostic {
        severity: Severity::Error,
        file: found.map(|found| found.file.to_owned()),
        line: found.map(|found| found.line),
        column: found.map(|found| found.column),
        message,
        source_line: text.zip(found).and_then(|(text, found)| text.lines().nth(found.line - 1).map(str::to_owned)),
        notes: vec![],
    }
}

/// The name of a function in C++, from `_Z3fari` or `_ZN2ns3farEi`. Others are as they are.
fn plain_name(symbol: &str) -> String {
    let Some(mut rest) = symbol.strip_prefix("_Z") else { return symbol.to_owned() };
    rest = rest.trim_start_matches(['N', 'K']);
    let mut last = None;
    while let Some(end) = rest.find(|letter: char| !letter.is_ascii_digit()).filter(|end| *end > 0) {
        let Some(name) = rest[..end].parse().ok().and_then(|length: usize| rest.get(end..end + length)) else { break };
        last = Some(name.to_owned());
        rest = &rest[end + name.len()..];
    }
    last.unwrap_or_else(|| symbol.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cpp() {
        for (symbol, name) in [("far", "far"), ("_Z3fari", "far"), ("_ZN2ns3farEi", "far"), ("_ZSt4cout", "_ZSt4cout")]
        {
            assert_eq!(plain_name(symbol), name);
        }
    }

    #[test]
    fn the_declaration_before_the_use() {
        let source = "cdef extern from *:\n    int far(int)\ndef f():\n    return far(1)\n";
        let found = symbol_error(&[("m.pyx", source)], "_Z3fari", "undefined symbol".into());
        assert_eq!((found.line, found.column), (Some(2), Some(9)));
        assert_eq!(symbol_error(&[("m.pyx", source)], "near", String::new()).file, None);
    }
}
