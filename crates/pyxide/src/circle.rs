//! Modules that import each other in a circle.
//!
//! Python and Cython bear many circles, so one is no error by itself. But where an import fails in the middle of one, what
//! is said then (`cannot import name`) does not tell who imports whom.

use std::collections::{BTreeMap, BTreeSet};

use cache_key::ModuleName;

/// A text of a module: its source, or its declarations.
pub(crate) struct Text {
    pub(crate) module: ModuleName,
    pub(crate) content: String,
    /// Whether relative names start at it rather than at the package around it.
    pub(crate) is_package: bool,
}

/// Who imports whom, among modules that are known.
pub(crate) type Imports = BTreeMap<ModuleName, BTreeSet<ModuleName>>;

/// What the modules that have these texts import of each other when they are imported, as far as the texts tell.
pub(crate) fn imports_among(texts: &[Text]) -> Imports {
    let known: BTreeMap<&str, &ModuleName> = texts.iter().map(|text| (text.module.as_str(), &text.module)).collect();
    let mut imports = Imports::new();
    for text in texts {
        let named = names_in(text).into_iter().filter_map(|name| known.get(name.as_str()).copied());
        let others = named.filter(|name| **name != text.module).cloned();
        imports.entry(text.module.clone()).or_default().extend(others);
    }
    imports
}

/// A shortest circle: each module imports the next, and the last the first.
pub(crate) fn find(imports: &Imports) -> Vec<ModuleName> {
    let circles = imports.keys().filter_map(|start| circle_from(start, imports));
    circles.min_by_key(Vec::len).unwrap_or_default()
}

/// A shortest way from a module back to itself.
fn circle_from(start: &ModuleName, imports: &Imports) -> Option<Vec<ModuleName>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = vec![];
        for way in ways {
            let last = way.last()?;
            for next in imports.get(last).into_iter().flatten() {
                if next == start {
                    return Some(way.into_iter().cloned().collect());
                }
                if seen.insert(next) {
                    longer.push([way.as_slice(), &[next]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

/// What a text imports and cimports when it is imported, by whole names: for `from .a import b` both `a` and `a.b`, which
/// may be a module as well.
fn names_in(text: &Text) -> Vec<String> {
    let package = match text.module.as_str().rsplit_once('.') {
        _ if text.is_package => text.module.as_str(),
        Some((package, _)) => package,
        None => "",
    };
    let mut names = vec![];
    for line in text.content.lines() {
        let words = line.split('#').next().unwrap_or_default();
        // What stands in a function is imported when it is called.
        let is_outside = !words.starts_with([' ', '\t']);
        let words = words.trim();
        if let Some((from, what)) = words.strip_prefix("from ").and_then(|rest| split_at_import(rest, is_outside)) {
            let Some(from) = absolute(from.trim(), package) else { continue };
            let listed = what.trim_matches(['(', ')', '\\', ' ']).split(',').filter_map(first_word);
            names.extend(listed.map(|name| format!("{from}.{name}")));
            names.push(from);
        } else if let Some(what) =
            words.strip_prefix("cimport ").or_else(|| words.strip_prefix("import ").filter(|_| is_outside))
        {
            names.extend(what.split(',').filter_map(first_word).map(str::to_owned));
        }
    }
    names
}

/// The two halves of what follows `from`.
fn split_at_import(rest: &str, is_outside: bool) -> Option<(&str, &str)> {
    rest.split_once(" cimport ").or_else(|| rest.split_once(" import ").filter(|_| is_outside))
}

fn first_word(text: &str) -> Option<&str> {
    text.split_whitespace().next()
}

/// A name without leading dots. `None` where they lead out of all packages.
fn absolute(name: &str, package: &str) -> Option<String> {
    let rest = name.trim_start_matches('.');
    let up = name.len() - rest.len();
    let mut from = package;
    for _ in 1..up.max(1) {
        from = from.rsplit_once('.')?.0;
    }
    Some(match (up, rest) {
        (0, rest) => rest.to_owned(),
        (_, "") => from.to_owned(),
        (_, rest) => format!("{from}.{rest}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(texts: &[(&str, &str)]) -> String {
        let text = |(module, text): &(&str, &str)| Text {
            module: module.trim_end_matches('/').parse().unwrap(),
            content: (*text).to_owned(),
            is_package: module.ends_with('/'),
        };
        let texts: Vec<Text> = texts.iter().map(text).collect();
        find(&imports_among(&texts)).iter().map(ModuleName::as_str).collect::<Vec<_>>().join(" > ")
    }

    #[test]
    fn circles_are_found_by_what_is_imported_at_import() {
        assert_eq!(circle(&[("p.a", "from .b cimport B\n"), ("p.b", "from p.a import f\n")]), "p.a > p.b");
        assert_eq!(circle(&[("p.a", "from . import b\n"), ("p.b", "import p.a\n")]), "p.a > p.b");
        assert_eq!(circle(&[("p/", "from .a import f\n"), ("p.a", "from . import g\n")]), "p > p.a");
        assert_eq!(circle(&[("p.s.a", "from ..b cimport B\n"), ("p.b", "cimport p.s.a as it, os\n")]), "p.b > p.s.a");
        let three = [("p.a", "from .b import x"), ("p.b", "from .c import x"), ("p.c", "from .a import (x, y)")];
        assert_eq!(circle(&three), "p.a > p.b > p.c");
    }

    #[test]
    fn what_is_no_circle() {
        assert_eq!(circle(&[("p.a", "from .b cimport B\n"), ("p.b", "import p.c, os\n"), ("p.c", "x = 1\n")]), "");
        assert_eq!(circle(&[("p.a", "from .b import f\n"), ("p.b", "def f():\n    from .a import g\n")]), "");
        assert_eq!(circle(&[("p.a", "from .a cimport A\nfrom .... import x\n# from .b import y\n"), ("p.b", "")]), "");
    }
}
